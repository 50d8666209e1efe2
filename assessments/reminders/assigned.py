"""What is assigned to whom: one fact per person and job, never one per sheet, visit or ballot paper.

Assignments to a team have no time of their own. Its day is the one on which the person was first told of so many: it
stays while they do not become more, and is today's once they do, so that more work is told anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from ..cycles.models import Assignment, Cycle, TeamMembership
from ..cycles.scoping import ScopeBranch
from ..inspections.choices import OPEN_VISITS, UNDONE, VisitStatus
from ..inspections.models import Rectification, Visit
from ..polls.choices import Mode
from ..polls.choices import Status as PollStatus
from ..polls.models import Poll
from .choices import Matter, Task
from .holders import Fact, Holders
from .models import Message

Sums = dict[tuple[int, int], int]


def assigned(holders: Holders, today: date) -> Iterator[Fact]:
    """Everything that is assigned today: six queries, whatever the number of rows."""
    told = _told()
    yield from _team_work(holders, today, told, Task.REVIEW, _reviews())
    yield from _team_work(holders, today, told, Task.VISIT, _visits())
    yield from _paper_polls(holders)
    yield from _persons(holders)


def _told() -> dict[tuple[int, str, int], tuple[int, date]]:
    """How many the person was last told of, and when."""
    rows = Message.objects.filter(matter=Matter.ASSIGNED, void="").order_by("pk")
    return {
        (user, task, subject): (number, on)
        for user, task, subject, number, on in rows.values_list("user_id", "task", "subject_id", "number", "on")
    }


def _reviews() -> Iterable[tuple[int, str, int, int]]:
    """Branches of open cycles by team, those under review where not everybody is: (cycle, its name, team, number)."""
    listed = ScopeBranch.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch"))
    in_scope = Q(cycle__review_scope=Cycle.Scope.ALL) | Exists(listed)
    rows = Assignment.objects.filter(in_scope, cycle__status=Cycle.Status.OPEN).order_by()
    return rows.values_list("cycle_id", "cycle__name", "team_id").annotate(number=Count("pk"))


def _visits() -> Iterable[tuple[int, str, int, int]]:
    """Visits of open cycles by team, while one of them is not over: (plan, its name, team, number)."""
    rows = Visit.objects.filter(team__isnull=False, plan__cycle__status=Cycle.Status.OPEN).order_by()
    rows = rows.exclude(status=VisitStatus.CANCELLED).values("plan_id", "plan__name", "team_id")
    rows = rows.annotate(number=Count("pk"), left=Count("pk", filter=Q(status__in=OPEN_VISITS)))
    return rows.filter(left__gt=0).values_list("plan_id", "plan__name", "team_id", "number")


def _team_work(
    holders: Holders, today: date, told: dict, task: str, rows: Iterable[tuple[int, str, int, int]]
) -> Iterator[Fact]:
    """One fact per member and job, over all teams that somebody belongs to."""
    found = list(rows)
    members = TeamMembership.objects.filter(team__in={team for _key, _name, team, _number in found})
    people: dict[int, set[int]] = defaultdict(set)
    for team, user in members.values_list("team_id", "user_id"):
        people[team].add(user)
    sums: Sums = defaultdict(int)
    names: dict[int, str] = {}
    for subject, name, team, number in found:
        names[subject] = name
        for user in people[team] & holders.inspectors:
            sums[user, subject] += number
    for (user, subject), number in sums.items():
        most, on = told.get((user, task, subject), (0, today))
        yield Fact(
            user, task, subject, on if number <= most else today, names[subject], number=max(number, most),
            matter=Matter.ASSIGNED,
        )  # fmt: skip


def _paper_polls(holders: Holders) -> Iterator[Fact]:
    """Paper polls to count (计票) and counts to confirm (监票): for the department above, without one for the office;
    by year plan, dated by the last that came. Who counted does not confirm."""
    rows = Poll.objects.filter(mode=Mode.PAPER, status__in=(PollStatus.PLANNED, PollStatus.ENTERED)).order_by()
    numbers: dict[tuple[int, str, int], int] = defaultdict(int)
    days: dict[tuple[int, str, int], date] = {}
    names: dict[int, str] = {}
    columns = ("plan_id", "plan__name", "branch__organization__path", "created_at", "entered_at", "entered_by_id")
    for plan, name, path, made, entered, teller in rows.values_list(*columns):
        names[plan] = name
        task, at = (Task.CONFIRM, entered) if entered else (Task.COUNT, made)
        for user in (set(holders.above(path)) or holders.offices) - {teller}:
            numbers[user, task, plan] += 1
            days[user, task, plan] = max(days.get((user, task, plan), date.min), _day(at))
    for (user, task, plan), number in numbers.items():
        on = days[user, task, plan]
        yield Fact(user, task, plan, on, names[plan], number=number, matter=Matter.ASSIGNED)


def _persons(holders: Holders) -> Iterator[Fact]:
    """Who was named for a rectification by somebody else and holds an office of the branch under that name."""
    rows = Rectification.objects.filter(status__in=UNDONE, answered_at__isnull=False).exclude(person="").order_by()
    named = rows.filter(finding__branch__appointments__user__name=F("person"))
    columns = (
        "pk", "answered_at", "answered_by_id", "finding__branch_id", "finding__branch__name",
        "finding__branch__appointments__user_id",
    )  # fmt: skip
    people: dict[tuple[int, date, int, str], set[int]] = defaultdict(set)
    for pk, at, by, branch, name, user in named.values_list(*columns):
        if user in holders.of_branch.get(branch, ()) and user != by:
            people[pk, _day(at), branch, name].add(user)
    for (pk, on, _branch, name), users in people.items():
        if len(users) == 1:  # of two with one name nobody knows who is meant
            yield Fact(users.pop(), Task.RECTIFY, pk, on, name, matter=Matter.ASSIGNED)


def _day(at: datetime | None) -> date:
    return timezone.localdate(at) if at else date.min
