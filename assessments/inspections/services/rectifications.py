"""Findings, and the small rectification that follows: asked for, answered, checked, struck off (销号) or sent back."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle
from ...schemes.loading import indicator_index
from .. import rules
from ..checklist import version_of
from ..choices import WITH_BRANCH, RectificationStatus, Source
from ..models import Finding, Rectification, Visit
from .signing import open_rectifications
from .visits import hold, written_reason

if TYPE_CHECKING:
    from members.models import User

LEAST = 5


def _problem(text: str) -> str:
    text = (text or "").strip()
    if len(text) < LEAST:
        raise PortalError(_("Say in at least five characters what the problem is."), field="problem")
    return text[:500]


def _deadline(due_on: date | None, *, is_required: bool = True) -> date | None:
    if due_on is None and not is_required:
        return None
    if problem := rules.deadline_problem(due_on, timezone.localdate()):
        raise PortalError(problem, field="due_on")
    return due_on


@transaction.atomic
def add_finding(
    *, visit: Visit, actor: "User", problem: str, due_on: date | None, code: str = "", at: datetime | None = None
) -> Finding:
    """A problem seen on a visit. With a deadline it goes to the branch when the record is signed; without one it is
    only told. Raises: PermissionDenied; PortalError; StaleState."""
    require(rules.can_record(actor, visit))
    indicator = indicator_index(version_of(visit)).indicators.get(code) if code else None
    problem, due_on = _problem(problem), _deadline(due_on, is_required=False)
    hold(visit)
    finding = Finding.objects.create(
        branch=visit.branch, organization_id=visit.organization_id, cycle=visit.plan.cycle, visit=visit,
        indicator=indicator, problem=problem, due_on=due_on, found_by=actor, found_at=at or timezone.now(),
    )  # fmt: skip
    after = {"problem": problem, "due_on": due_on.isoformat() if due_on else None, "indicator": code}
    audit.record(actor, "visit.finding_added", visit, after=after)
    return finding


@transaction.atomic
def remove_finding(*, finding: Finding, actor: "User") -> None:
    """Take back what was noted by mistake, before the record is signed."""
    if finding.visit is None:
        raise PortalError(_("Only a finding of a visit in progress is taken back."))
    require(rules.can_record(actor, finding.visit))
    hold(finding.visit)
    audit.record(actor, "visit.finding_removed", finding.visit, before={"problem": finding.problem})
    finding.delete()


@transaction.atomic
def ask(
    *, actor: "User", branch: Branch, cycle: Cycle, source: str, problem: str, due_on: date | None,
    at: datetime | None = None,
) -> Rectification:  # fmt: skip
    """A problem that came up outside a visit (review, poll, other): the branch is asked to put it right at once.

    `branch` has its organization at hand. Raises: PermissionDenied; PortalError naming the field.
    """
    finding = Finding(branch=branch, organization=branch.organization, cycle=cycle, found_by=actor)
    require(rules.can_ask(actor, finding))
    if source not in Source.values or source == Source.VISIT:
        raise PortalError(_("Choose where the problem came up."), field="source")
    finding.source, finding.problem, finding.due_on = source, _problem(problem), _deadline(due_on)
    finding.found_at = at or timezone.now()
    finding.save(force_insert=True)
    return open_rectifications([finding], actor, finding.found_at)[0]


@transaction.atomic
def answer(
    *, row: Rectification, actor: "User", version: int, measures: str, person: str, at: datetime | None = None
) -> Rectification:
    """What the branch has done and who is in charge; proofs are attached before. It then waits to be checked."""
    require(rules.can_answer(actor, row))
    measures, person = measures.strip(), person.strip()
    if len(measures) < LEAST:
        raise PortalError(_("Say in at least five characters what was done."), field="measures")
    if not person:
        raise PortalError(_("Name the person in charge."), field="person")
    said = {"measures": measures[:2000], "person": person[:40], "answered_by": actor}
    return _move(
        row, actor, "answered", version, WITH_BRANCH, status=RectificationStatus.ANSWERED,
        answered_at=at or timezone.now(), **said,
    )  # fmt: skip


@transaction.atomic
def strike_off(
    *, row: Rectification, actor: "User", version: int, note: str = "", at: datetime | None = None
) -> object:
    """Checked and done (销号); never by the person who answered."""
    require(rules.can_check(actor, row))
    known = {"checked_by": actor, "checked_at": at or timezone.now(), "check_note": note.strip()[:300]}
    answered = (RectificationStatus.ANSWERED,)
    return _move(row, actor, "closed", version, answered, note=note.strip(), status=RectificationStatus.CLOSED, **known)


@transaction.atomic
def send_back(
    *, row: Rectification, actor: "User", version: int, reason: str, due_on: date | None, at: datetime | None = None
) -> Rectification:
    """Not good enough: back to the branch with a reason; a deadline that is over is replaced."""
    require(rules.can_check(actor, row))
    reason = written_reason(reason)
    due_on = _deadline(due_on or row.due_on)
    known = {"checked_by": actor, "checked_at": at or timezone.now(), "check_note": reason, "due_on": due_on}
    answered = (RectificationStatus.ANSWERED,)
    return _move(row, actor, "returned", version, answered, note=reason, status=RectificationStatus.RETURNED, **known)


@transaction.atomic
def move_deadline(
    *, row: Rectification, actor: "User", version: int, due_on: date | None, reason: str
) -> Rectification:
    """More time, with a reason; the old day stays in the trail."""
    require(rules.can_move_deadline(actor, row))
    reason = written_reason(reason)
    fields = {"due_on": _deadline(due_on)}
    return _move(
        row, actor, "deadline_moved", version, (*WITH_BRANCH, RectificationStatus.ANSWERED), note=reason, **fields
    )


def _move(
    row: Rectification, actor: "User", event: str, version: int, allowed: tuple[str, ...], *, note: str = "",
    **fields: object,
) -> Rectification:  # fmt: skip
    """One conditional step with its audit row."""
    rows = Rectification.objects.filter(pk=row.pk, version=version, status__in=allowed)
    if not rows.update(**fields, version=version + 1):
        raise StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
    told = ("status", "due_on", "measures", "person")
    before = {name: str(getattr(row, name)) for name in told if name in fields}
    after = {name: str(fields[name]) for name in told if name in fields}
    for name, value in {**fields, "version": version + 1}.items():
        setattr(row, name, value)
    audit.record(actor, f"rectification.{event}", row, before=before, after=after, note=note)
    return row
