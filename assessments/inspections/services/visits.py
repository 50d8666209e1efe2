"""One visit from its date to the signed record."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import Access, require
from branchportal.changing import plain
from branchportal.errors import PortalError, StaleState
from branchportal.figures import micro

from ...schemes.loading import engine_scheme, indicator_index
from .. import rules
from ..checklist import check_rows, version_of
from ..choices import VISIT_MOVES, Verdict, VisitStatus
from ..models import Visit, VisitCheck

if TYPE_CHECKING:
    from members.models import User

ONSITE = "onsite"
LEAST_REASON = 5


def stale() -> StaleState:
    """The sentence for a step that somebody else overtook."""
    return StaleState(_("The visit was changed meanwhile. Reload the page and try again."))


def move(
    visit: Visit, actor: "User", action: str, version: int, *, access: Access, note: str = "", **fields: object
) -> Visit:
    """One conditional step along `VISIT_MOVES` with its audit row."""
    require(access)
    allowed, target = VISIT_MOVES[action]
    before = visit.status
    rows = Visit.objects.filter(pk=visit.pk, version=version, status__in=allowed)
    if not rows.update(status=target, version=version + 1, **fields):
        raise stale()
    for name, value in {"status": target, "version": version + 1, **fields}.items():
        setattr(visit, name, value)
    shown = {name: plain(value) for name, value in fields.items() if isinstance(value, date | str) and name != "record"}
    after = {"status": target, **shown}
    audit.record(actor, f"visit.{PAST[action]}", visit, before={"status": before}, after=after, note=note)
    return visit


PAST = {"schedule": "scheduled", "begin": "begun", "sign": "signed", "postpone": "postponed", "cancel": "cancelled"}


def written_reason(text: str) -> str:
    """A reason of at least five characters, or a refusal."""
    text = (text or "").strip()
    if len(text) < LEAST_REASON:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    return text[:200]


@transaction.atomic
def schedule_visit(*, visit: Visit, actor: "User", version: int, planned_on: date | None) -> Visit:
    """Set or change the date; a postponed visit is planned again."""
    access, plan = rules.can_schedule(actor, visit), visit.plan
    require(access)
    if planned_on is None or not plan.starts_on <= planned_on <= plan.ends_on:
        days = {"from": plan.starts_on, "to": plan.ends_on}
        raise PortalError(_("Choose a day between %(from)s and %(to)s.") % days, field="planned_on")
    return move(visit, actor, "schedule", version, access=access, planned_on=planned_on, reason="")


@transaction.atomic
def begin_visit(*, visit: Visit, actor: "User", version: int, at: datetime | None = None) -> Visit:
    """Begin on the spot; the day is that of the visit until another one is written."""
    at = at or timezone.now()
    access = rules.can_begin(actor, visit)
    fields = {"begun_by": actor, "begun_at": at, "visited_on": timezone.localdate(at)}
    return move(visit, actor, "begin", version, access=access, **fields)


@transaction.atomic
def postpone_visit(*, visit: Visit, actor: "User", version: int, reason: str) -> Visit:
    """Not now, with a reason; what was recorded so far is kept."""
    access = rules.can_schedule(actor, visit)
    require(access)
    reason = written_reason(reason)
    return move(visit, actor, "postpone", version, access=access, note=reason, reason=reason, planned_on=None)


@transaction.atomic
def cancel_visit(*, visit: Visit, actor: "User", version: int, reason: str) -> Visit:
    """Not at all, with a reason."""
    access = rules.can_cancel(actor, visit)
    require(access)
    reason = written_reason(reason)
    return move(visit, actor, "cancel", version, access=access, note=reason, reason=reason)


def hold(visit: Visit) -> None:
    """Take the visit's row so that no signature overtakes the change; its version grows by one."""
    moved = Visit.objects.filter(pk=visit.pk, status=VisitStatus.IN_PROGRESS, version=visit.version)
    if not moved.update(version=visit.version + 1):
        raise stale()
    visit.version += 1


@transaction.atomic
def save_check(
    *, visit: Visit, actor: "User", code: str, version: int, verdict: str, note: str, at: datetime
) -> VisitCheck:
    """What was seen at one indicator; `version` is the check's, 0 where there is none yet.

    Raises: PermissionDenied; PortalError; StaleState with what stands there.
    """
    require(rules.can_record(actor, visit))
    row = next((row for row in check_rows(visit) if row.code == code), None)
    if row is None:
        raise PortalError(_("The check list has no indicator %(code)s. Reload the page.") % {"code": code})
    if verdict not in Verdict.values:
        raise PortalError(_("“%(name)s”: choose what you saw.") % {"name": row.name}, field="verdict")
    note = note.strip()[:500]
    if verdict == Verdict.PROBLEM and len(note) < LEAST_REASON:
        message = _("“%(name)s”: say in at least five characters what is wrong.")
        raise PortalError(message % {"name": row.name}, field="note")
    indicator = indicator_index(version_of(visit)).indicators[code]
    rows = VisitCheck.objects.filter(visit=visit, indicator=indicator)
    before = rows.first()
    if (before.version if before else 0) != version:
        seen = {"verdict": before.get_verdict_display(), "note": before.note} if before else {}
        raise StaleState(_("A colleague has recorded this row meanwhile. Reload the page to see it."), **seen)
    hold(visit)
    said = {"verdict": verdict, "note": note, "entered_by": actor, "entered_at": at}
    if before is None:
        check = VisitCheck.objects.create(visit=visit, indicator=indicator, **said)
    else:
        if not rows.filter(version=version).update(**said, version=version + 1):
            raise stale()
        check = rows.get()
    old = {"verdict": before.verdict, "note": before.note} if before else None
    after = {"indicator": code, "verdict": verdict, "note": note}
    audit.record(actor, "visit.checked", visit, before=old, after=after)
    return check


@transaction.atomic
def save_record(
    *,
    visit: Visit,
    actor: "User",
    version: int,
    visited_on: date | None,
    present_name: str,
    present_post: str,
    course: str,
    opinion: str,
    score: str = "",
) -> Visit:
    """Day, who was present for the branch, what was done, the impression, and the on-site score where there is one."""
    require(rules.can_record(actor, visit))
    if visited_on is not None and visited_on > timezone.localdate():
        raise PortalError(_("The day of the visit cannot lie in the future."), field="visited_on")
    values = {
        "visited_on": visited_on or visit.visited_on,
        "present_name": present_name.strip()[:40],
        "present_post": present_post.strip()[:40],
        "course": course.strip()[:4000],
        "opinion": opinion.strip()[:4000],
        "score_up": _score(visit, score),
    }
    if values["score_up"] != visit.score_up:
        values["score_by"] = actor if values["score_up"] is not None else None
    changed = {name: value for name, value in values.items() if getattr(visit, name) != value}
    if not changed:
        return visit
    rows = Visit.objects.filter(pk=visit.pk, version=version, status=VisitStatus.IN_PROGRESS)
    if not rows.update(**changed, version=version + 1):
        raise stale()
    before = {name: plain(getattr(visit, name)) for name in changed}
    for name, value in {**changed, "version": version + 1}.items():
        setattr(visit, name, value)
    after = {name: plain(value) for name, value in changed.items()}
    audit.record(actor, "visit.recorded", visit, before=before, after=after)
    return visit


def scores(visit: Visit) -> bool:
    """Whether the scheme has an on-site component that this visit may give."""
    return any(part.source == ONSITE for part in engine_scheme(version_of(visit)).components)


def _score(visit: Visit, text: str) -> int | None:
    text = (text or "").strip()
    if not text:
        return None
    if not scores(visit):
        raise PortalError(_("The scheme has no on-site component; leave the score empty."), field="score")
    full = engine_scheme(version_of(visit)).full_marks_up
    try:
        found = micro(text)
    except ValueError:
        found = -1
    if not 0 <= found <= full:
        raise PortalError(_("The score must lie between 0 and %(full)s.") % {"full": full // 1_000_000}, field="score")
    return found
