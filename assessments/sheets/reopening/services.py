"""Ask, grant or refuse; granting copies the sealed sheet into a new revision under review, the old one stays."""

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ..choices import Action, ClaimKind, ClaimStatus, Status
from ..models import Claim, ComponentScore, EvidenceLink, Mark, MarkCount, Sheet
from ..services.approving import changed, written_reason
from ..services.records import items_of
from ..workflow import next_status
from . import rules
from .models import Reopening
from .parts import store_parts

if TYPE_CHECKING:
    from members.models import User

KEPT_OF_SHEET = (
    "cycle_id", "branch_id", "scheme_version_id", "organization_id", "sector_id", "unit_id", "due_count",
    "filled_count", "self_total_up", "extended_until", "meeting_on", "meeting_present", "submitted_by_id",
    "submitted_at", "passed_by_id", "passed_at", "begun_by_id", "begun_at", "whole_poll_up", "whole_meeting_up",
    "poll_score_up", "top_votes", "counted_votes",
)  # fmt: skip


@transaction.atomic
def ask_reopening(*, sheet: Sheet, actor: "User", reason: str, at: datetime | None = None) -> Reopening:
    """Ask the deciding authority to open a sealed sheet again. Raises: PermissionDenied; PortalError."""
    require(rules.can_ask(actor, sheet))
    return record_request(sheet=sheet, actor=actor, reason=reason, at=at)


@transaction.atomic
def record_request(
    *,
    sheet: Sheet,
    actor: "User",
    reason: str,
    veto_code: str = "",
    veto_document: str = "",
    veto_on: date | None = None,
    at: datetime | None = None,
) -> Reopening:
    """The request itself, for callers that have asked their own rule (an objection, a reply to a consultation).

    With `veto_code` (of the scheme) the grant records that veto. Raises: PermissionDenied; PortalError.
    """
    require(rules.can_be_reopened(sheet))
    reason = written_reason(reason)
    if veto_code and veto_code not in items_of(sheet.scheme_version, ClaimKind.VETO):
        raise PortalError(_("Choose one of the vetoes of the scheme."), field="veto_code")
    reopening = Reopening.objects.create(
        sheet=sheet,
        reason=reason[:300],
        veto_code=veto_code,
        veto_document=veto_document.strip()[:200],
        veto_on=veto_on,
        asked_by=actor,
        asked_at=at or timezone.now(),
    )
    audit.record(actor, "sheet.reopening_asked", sheet, after={"veto": veto_code}, note=reason)
    return reopening


@transaction.atomic
def decide_reopening(
    *,
    reopening: Reopening,
    actor: "User",
    grant: bool,
    reason: str,
    codes: Collection[str] | None = None,
    at: datetime | None = None,
) -> Reopening:
    """Grant (the sheet gets a new revision in review) or refuse.

    `codes` grants a part: the indicators that may change, with `parts.CLAIMS` also claims and records; the others stay
    as they were sealed. Raises: PermissionDenied; PortalError; StaleState.
    """
    require(rules.can_decide(actor, reopening))
    reason, at = written_reason(reason), at or timezone.now()
    part = store_parts(reopening, codes) if grant and codes is not None else {}
    revision = _reopen(reopening, actor, at, part) if grant else None
    status = Reopening.Status.GRANTED if grant else Reopening.Status.REFUSED
    rows = Reopening.objects.filter(pk=reopening.pk, status=Reopening.Status.ASKED)
    moved = rows.update(status=status, decided_by=actor, decided_at=at, decision_reason=reason[:300], revision=revision)
    if not moved:
        raise StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
    action = "sheet.reopened" if grant else "sheet.reopening_refused"
    after = {"revision": revision.revision if revision else None, **part}
    audit.record(actor, action, reopening.sheet, after=after, note=reason)
    reopening.refresh_from_db()
    return reopening


def _reopen(reopening: Reopening, actor: "User", at: datetime, part: dict[str, object]) -> Sheet:
    """The new revision: marks, counts, claims and files as they were sealed, to be reviewed and approved again."""
    old = Sheet.objects.get(pk=reopening.sheet_id)
    target = next_status(old.status, Action.REOPEN)
    rows = Sheet.objects.filter(pk=old.pk, status=old.status, version=old.version)
    if target is None or not rows.update(status=target, version=old.version + 1):
        raise changed()
    kept = {name: getattr(old, name) for name in KEPT_OF_SHEET}
    new = Sheet.objects.create(**kept, revision=old.revision + 1, status=Status.REVIEW)
    _copy_marks(old, new)
    _copy_claims(old, new)
    _copy_scores(old, new)
    if reopening.veto_code:
        _record_veto(reopening, new, at)
    after = {"revision": new.revision, "replaces": old.digest, **part}
    audit.record(actor, "sheet.revised", new, after=after, note=reopening.reason)
    return new


def _copy_marks(old: Sheet, new: Sheet) -> None:
    marks = list(Mark.objects.filter(sheet=old).order_by("pk"))
    counts = list(MarkCount.objects.filter(mark__sheet=old))
    before = [mark.pk for mark in marks]
    for mark in marks:
        mark.pk, mark.sheet_id, mark.version = None, new.pk, 1
        mark._state.adding = True
    made = dict(zip(before, Mark.objects.bulk_create(marks), strict=True))
    for count in counts:
        count.pk, count.mark_id = None, made[count.mark_id].pk
        count._state.adding = True
    MarkCount.objects.bulk_create(counts)


def _copy_claims(old: Sheet, new: Sheet) -> None:
    claims = list(Claim.objects.filter(sheet=old).order_by("pk"))
    links = list(EvidenceLink.objects.filter(sheet=old).order_by("pk"))
    before = [claim.pk for claim in claims]
    for claim in claims:
        claim.pk, claim.sheet_id, claim.version = None, new.pk, 1
        claim._state.adding = True
    made = dict(zip(before, Claim.objects.bulk_create(claims), strict=True))
    for link in links:
        link.pk, link.sheet_id = None, new.pk
        link.claim_id = made[link.claim_id].pk if link.claim_id else None
        link._state.adding = True
    EvidenceLink.objects.bulk_create(links)


def _copy_scores(old: Sheet, new: Sheet) -> None:
    scores = list(ComponentScore.objects.filter(sheet=old))
    for score in scores:
        score.pk, score.sheet_id = None, new.pk
        score._state.adding = True
    ComponentScore.objects.bulk_create(scores)


def _record_veto(reopening: Reopening, sheet: Sheet, at: datetime) -> None:
    """As a record by who asked: a second person accepts or refuses it during the review."""
    claim = Claim.objects.create(
        sheet=sheet,
        kind=ClaimKind.VETO,
        item_code=reopening.veto_code,
        matter=reopening.reason[:200],
        document=reopening.veto_document,
        happened_on=reopening.veto_on,
        status=ClaimStatus.RECORDED,
        entered_by=reopening.asked_by,
        entered_at=at,
    )
    audit.record(reopening.asked_by, "claim.recorded", claim, after={"kind": "veto", "item": reopening.veto_code})
