"""Report-and-appraisal meetings (述职评议会): an agenda of secretaries, a poll about each, closed together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch, Organization
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle
from .. import rules
from ..choices import Mode, Status
from ..models import Meeting, Poll, PollForm
from ..targets import MEETING
from .closing import settle
from .running import Rosters, check_place, check_rosters, make_poll, open_poll

if TYPE_CHECKING:
    from members.models import User

MOST_BRANCHES = 60


@dataclass(frozen=True)
class Speaker:
    """One line of the agenda."""

    branch: Branch
    speaker: str = ""
    speaks_at: time | None = None


@transaction.atomic
def plan_meeting(
    *,
    actor: "User",
    form: PollForm,
    cycle: Cycle,
    organization: Organization,
    name: str,
    held_on: date,
    place: str,
    mode: str,
    rosters: Rosters,
    agenda: Sequence[Speaker],
    at: datetime | None = None,
) -> Meeting:
    """Plan a meeting and a poll about each branch on its agenda. `rosters`: who votes, by group, the same for all.

    Raises: PermissionDenied; PortalError naming the field; StaleState where a branch has such a poll in the cycle.
    """
    require(rules.can_run(actor, organization))
    if form.target != MEETING:
        raise PortalError(_("Choose a ballot paper for report-and-appraisal meetings."), field="form")
    check_place(form, cycle.plan, cycle)
    check_rosters(rosters)
    if not name.strip():
        raise PortalError(_("Give the meeting a name."), field="name")
    if not agenda or len(agenda) > MOST_BRANCHES:
        raise PortalError(_("Put one to %(most)d branches on the agenda.") % {"most": MOST_BRANCHES}, field="agenda")
    at = at or timezone.now()
    meeting = Meeting.objects.create(
        cycle=cycle, organization=organization, form=form, name=name.strip()[:100], held_on=held_on,
        place=place.strip()[:100], mode=mode, created_by=actor, created_at=at,
    )  # fmt: skip
    for position, line in enumerate(agenda, start=1):
        if not line.branch.organization.path.startswith(organization.path):
            text = _("%(branch)s does not belong to %(organization)s.")
            raise PortalError(text % {"branch": line.branch.name, "organization": organization.name}, field="agenda")
        make_poll(
            form, cycle.plan, cycle, line.branch, mode, rosters, actor, at, meeting=meeting, position=position,
            speaker=line.speaker.strip()[:40], speaks_at=line.speaks_at,
        )  # fmt: skip
    audit.record(actor, "meeting.planned", meeting, after={"name": meeting.name, "branches": len(agenda)})
    return meeting


@transaction.atomic
def reorder_agenda(
    *, actor: "User", meeting: Meeting, version: int, lines: dict[int, tuple[int, str, time | None]]
) -> None:
    """Order, speaker and time by poll: `lines[poll] = (position, speaker, time)`."""
    require(rules.can_change_meeting(actor, meeting))
    if not Meeting.objects.filter(pk=meeting.pk, version=version).update(version=version + 1):
        raise StaleState(_("The agenda was changed meanwhile. Reload the page and try again."))
    for poll, (position, speaker, speaks_at) in lines.items():
        rows = Poll.objects.filter(pk=poll, meeting=meeting)
        rows.update(position=position, speaker=speaker.strip()[:40], speaks_at=speaks_at)
    audit.record(actor, "meeting.agenda_changed", meeting, after={"order": [line[0] for line in lines.values()]})


@transaction.atomic
def open_meeting(*, actor: "User", meeting: Meeting, at: datetime | None = None) -> int:
    """Open the polls of a meeting held by link, all at once. Returns how many."""
    require(rules.can_change_meeting(actor, meeting))
    if meeting.mode != Mode.ONLINE:
        raise PortalError(_("This meeting votes on paper; its ballots are counted and entered."))
    polls = list(_polls(meeting, Status.PLANNED))
    for poll in polls:
        open_poll(actor=actor, poll=poll, at=at)
    return len(polls)


@transaction.atomic
def close_meeting(*, actor: "User", meeting: Meeting, at: datetime | None = None) -> int:
    """Close what is open and end the meeting; polls on paper must have been counted and confirmed. Returns how many."""
    require(rules.can_change_meeting(actor, meeting))
    at = at or timezone.now()
    waiting = [poll.branch.name for poll in _polls(meeting, Status.ENTERED, Status.PLANNED)]
    if waiting:
        text = _("Not yet voted on, or not confirmed: %(names)s.")
        raise PortalError(text % {"names": "、".join(waiting[:5])})
    polls = list(_polls(meeting, Status.OPEN))
    for poll in polls:
        settle(poll, actor, at, {Status.OPEN})
    rows = Meeting.objects.filter(pk=meeting.pk, status=Meeting.Status.PLANNED)
    if not rows.update(status=Meeting.Status.CLOSED, version=meeting.version + 1):
        raise StaleState(_("The meeting was closed meanwhile."))
    audit.record(actor, "meeting.closed", meeting, after={"polls": meeting.polls.count()})
    return len(polls)


def _polls(meeting: Meeting, *states: Status) -> object:
    rows = Poll.objects.filter(meeting=meeting, status__in=states).select_related("branch__organization", "form")
    return rows.order_by("position")
