"""Facts of a year as a whole, recorded by one person and accepted by another, where no poll gives them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import YearPlan
from ...schemes.loading import engine_scheme
from .. import rules
from ..choices import FactKind, FactStatus
from ..models import Poll, YearFact
from ..targets import YEAR

if TYPE_CHECKING:
    from members.models import User

LIMITS = {FactKind.SCORE: 100_000_000, FactKind.TOP_SHARE: 1_000_000}
KINDS = (*LIMITS, FactKind.FLAG, FactKind.VETO)  # in the order of the list


def items(plan: YearPlan, branch: Branch | None = None) -> list[tuple[str, str]]:
    """What can be recorded for a year, as ("kind:code", label): by the branch's scheme, or by any of the year's."""
    found = {f"{kind}:": str(FactKind(kind).label) for kind in LIMITS}
    for version in [plan.version_for(branch.sector_id)] if branch else plan.versions:
        scheme = engine_scheme(version)
        found |= {f"{FactKind.FLAG}:{flag.code}": f"{flag.code} {flag.text}" for flag in scheme.flags}
        found |= {f"{FactKind.VETO}:{veto.code}": f"{veto.code} {veto.text}" for veto in scheme.veto}
    return sorted(found.items(), key=lambda pair: KINDS.index(pair[0].partition(":")[0]))


@transaction.atomic
def record_fact(
    *,
    actor: "User",
    plan: YearPlan,
    branch: Branch,
    item: str,
    value_up: int | None,
    document: str,
    at: datetime | None = None,
) -> YearFact:
    """Record a fact of the year with its document. `value_up`: the score 0..100 or a share 0..1, in millionths.

    Raises: PermissionDenied; PortalError; StaleState where a poll gives the figure, or the fact stands already.
    """
    require(rules.can_record_fact(actor))
    if item not in dict(items(plan, branch)):
        raise PortalError(_("Choose what is recorded from the list of the scheme."), field="item")
    kind, _colon, code = item.partition(":")
    most = LIMITS.get(FactKind(kind))
    if most and (value_up is None or not 0 <= value_up <= most):
        raise PortalError(_("Give a number between 0 and %(most)d.") % {"most": most // 1_000_000}, field="value")
    if not document.strip():
        raise PortalError(_("Give the number of the document that this rests on."), field="document")
    if most and Poll.objects.of_target(plan_id=plan.pk, cycle_id=None, branch_id=branch.pk, target=YEAR).exists():
        raise StaleState(_("A poll about the year of this branch gives the figure; it is not typed by hand."))
    try:
        with transaction.atomic():
            fact = YearFact.objects.create(
                plan=plan, branch=branch, kind=kind, code=code, value_up=value_up if most else 1_000_000,
                of_up=1_000_000 if kind != FactKind.SCORE else 100_000_000, document=document.strip()[:200],
                entered_by=actor, entered_at=at or timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise StaleState(_("This fact stands for the branch already. Take it back first.")) from error
    audit.record(actor, "year_fact.recorded", fact, after={"item": item, "value_up": value_up, "document": document})
    return fact


@transaction.atomic
def decide_fact(
    *, actor: "User", fact: YearFact, version: int, accept: bool, at: datetime | None = None
) -> YearFact:  # fmt: skip
    """Accept or refuse a fact as a second person; accepted, the year's next tally reads it."""
    require(rules.can_decide_fact(actor, fact))
    status = FactStatus.ACCEPTED if accept else FactStatus.REFUSED
    _move(fact, actor, "year_fact.decided", version, status, decided_by=actor, decided_at=at or timezone.now())
    return fact


@transaction.atomic
def withdraw_fact(*, actor: "User", fact: YearFact, version: int) -> YearFact:
    """Take a fact back; a tally that read it keeps what it read."""
    require(rules.can_withdraw_fact(actor, fact))
    _move(fact, actor, "year_fact.withdrawn", version, FactStatus.WITHDRAWN)
    return fact


def _move(fact: YearFact, actor: "User", action: str, version: int, status: str, **fields: object) -> None:
    rows = YearFact.objects.filter(pk=fact.pk, status=fact.status, version=version)
    if not rows.update(status=status, version=version + 1, **fields):
        raise StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
    audit.record(actor, action, fact, before={"status": fact.status}, after={"status": status})
    fact.refresh_from_db()
