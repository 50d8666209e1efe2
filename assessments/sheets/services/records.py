"""Penalties, vetoes and facts: recorded by one person, answered by the branch, decided by another person."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ..choices import ClaimKind, ClaimStatus
from ..models import Claim, Sheet
from ..rules import records as rules
from .approving import changed, written_reason

if TYPE_CHECKING:
    from members.models import User

RECORDED_KINDS = (ClaimKind.PENALTY, ClaimKind.VETO, ClaimKind.FLAG)


def items_of(version: SchemeVersion, kind: str) -> dict:
    """The scheme's items of a kind by code."""
    scheme = engine_scheme(version)
    found = {
        ClaimKind.BONUS: scheme.bonus.items,
        ClaimKind.PENALTY: scheme.penalty.items,
        ClaimKind.VETO: scheme.veto,
        ClaimKind.FLAG: scheme.flags,
    }
    return {item.code: item for item in found[ClaimKind(kind)]}


@transaction.atomic
def record_claim(
    *,
    sheet: Sheet,
    actor: "User",
    kind: str,
    item_code: str,
    matter: str,
    document: str,
    happened_on: date | None,
    level: str = "",
    count: int = 1,
    at: datetime | None = None,
) -> Claim:
    """Record a penalty, a veto or a confirmed fact with its document; it counts once a second person accepts it.

    Raises: PermissionDenied; PortalError naming the field that is wrong; StaleState.
    """
    require(rules.can_record(actor, sheet))
    matter, document = matter.strip(), document.strip()
    _check(sheet, kind, item_code, level, matter, document, happened_on, count)
    _touch(sheet)
    claim = Claim.objects.create(
        sheet=sheet,
        kind=kind,
        item_code=item_code,
        level=level,
        matter=matter[:200],
        document=document[:200],
        happened_on=happened_on,
        count=count,
        status=ClaimStatus.RECORDED,
        entered_by=actor,
        entered_at=at or timezone.now(),
    )
    after = {"kind": kind, "item": item_code, "level": level, "matter": matter, "document": document, "count": count}
    audit.record(actor, "claim.recorded", claim, after=after)
    return claim


def _check(
    sheet: Sheet, kind: str, code: str, level: str, matter: str, document: str, happened_on: date | None, count: int
) -> None:
    if kind not in RECORDED_KINDS or code not in items_of(sheet.scheme_version, kind):
        raise PortalError(_("Choose what is recorded from the list of the scheme."), field="item")
    levels = getattr(items_of(sheet.scheme_version, kind)[code], "levels_up", {})
    if (level in levels) != bool(levels) or (level and not levels):
        raise PortalError(_("Choose one of the levels of this item."), field="level")
    if len(matter) < 5:
        raise PortalError(_("Say in at least five characters what happened."), field="matter")
    if not document:
        raise PortalError(_("Give the number of the document that this rests on."), field="document")
    if happened_on is None or happened_on > timezone.localdate():
        raise PortalError(_("Give the date of the document; it cannot lie in the future."), field="happened_on")
    if not 1 <= count <= 1000:
        raise PortalError(_("How many must be between 1 and 1000."), field="count")


def _touch(sheet: Sheet) -> None:
    """Take the sheet's row so that no approval overtakes the change; its version grows by one."""
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(version=F("version") + 1):
        raise changed()


@transaction.atomic
def decide_claim(
    *, claim: Claim, actor: "User", version: int, accept: bool, reason: str = "", at: datetime | None = None
) -> Claim:
    """Accept or refuse a bonus claim or a record; a refusal needs a reason. Never by who entered it.

    `claim` has its sheet (with organization) at hand.
    """
    require(rules.can_decide(actor, claim))
    reason = written_reason(reason) if not accept else reason.strip()
    target = ClaimStatus.ACCEPTED if accept else ClaimStatus.REFUSED
    _touch(claim.sheet)
    _move(
        claim, actor, "claim.decided", version, reason, status=target, decided_by=actor, decided_at=at or timezone.now()
    )
    return claim


@transaction.atomic
def answer_record(*, claim: Claim, actor: "User", version: int, answer: str) -> Claim:
    """What the branch says to a record about it."""
    require(rules.can_answer(actor, claim))
    answer = written_reason(answer)
    moved = Claim.objects.filter(pk=claim.pk, version=version).update(answer=answer, version=version + 1)
    if not moved:
        raise _stale()
    audit.record(actor, "claim.answered", claim, before={"answer": claim.answer}, after={"answer": answer})
    claim.refresh_from_db()
    return claim


@transaction.atomic
def take_back_record(*, claim: Claim, actor: "User", version: int, reason: str) -> Claim:
    """Take back a record made by mistake, before anybody has decided it."""
    require(rules.can_take_back(actor, claim))
    reason = written_reason(reason)
    _touch(claim.sheet)
    _move(claim, actor, "claim.taken_back", version, reason, status=ClaimStatus.WITHDRAWN)
    return claim


def _move(claim: Claim, actor: "User", action: str, version: int, reason: str, **fields: object) -> None:
    """One conditional change of a claim's status with its audit row."""
    before = claim.status
    rows = Claim.objects.filter(pk=claim.pk, status=before, version=version)
    if not rows.update(decision_reason=reason[:200], version=version + 1, **fields):
        raise _stale()
    audit.record(actor, action, claim, before={"status": before}, after={"status": fields["status"]}, note=reason)
    for name, value in {**fields, "decision_reason": reason[:200], "version": version + 1}.items():
        setattr(claim, name, value)


def _stale() -> StaleState:
    return StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
