"""What waits for whom today, read from the rooms where it arises: deadlines ahead and over, and what has happened.

A message is written from a fact and holds as long as the fact does: after a step was moved, a sheet submitted or a
notice withdrawn the fact is another one or gone. No voter is told of polls: who has not voted is a secret.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.utils import timezone

from ..cycles.models import Assignment, Cycle, Step, TeamMembership
from ..cycles.scoping import ScopeBranch
from ..inspections.choices import WITH_BRANCH
from ..inspections.models import Rectification
from ..results.models import Publication, Result
from ..results.notices.models import Notice, Objection
from ..sheets.choices import EDITABLE, Status
from ..sheets.models import Sheet
from .assigned import assigned
from .choices import Matter, Task
from .holders import Fact, Holders

NEWS = timedelta(days=14)  # older answers are no news


def facts(now: datetime) -> Iterator[Fact]:
    """Everything that holds at this moment, account by account."""
    today = timezone.localdate(now)
    holders = Holders(today)
    steps = Step.objects.filter(cycle__status=Cycle.Status.OPEN)
    ends = {(cycle, kind): at for cycle, kind, at in steps.values_list("cycle_id", "kind", "ends_at")}
    yield from _sheets(holders, ends)
    yield from _preliminary(holders, ends)
    yield from _review(holders, ends)
    yield from _rectifications(holders)
    yield from _notices(holders, now, today)
    yield from _answers(holders, now)
    yield from assigned(holders, today)


def last_day(until: datetime) -> date:
    """The last day on which something is in time; a deadline is the first moment that is too late."""
    return timezone.localdate(until - timedelta(microseconds=1))


def _deadline(users: Iterable[int], task: str, subject: int, until: datetime | None, label: str) -> Iterator[Fact]:
    if until is not None:
        for user in users:
            yield Fact(user, task, subject, last_day(until), label, until)


def _sheets(holders: Holders, ends: dict) -> Iterator[Fact]:
    """Self-assessments to finish, and returned sheets: that they came back, and until when they are corrected."""
    rows = Sheet.objects.filter(cycle__status=Cycle.Status.OPEN, status__in=EDITABLE).order_by()
    rows = rows.annotate(returned_at=Max("remarks__written_at", filter=Q(remarks__is_open=True)))
    for pk, status, branch, name, cycle, cycle_name, extended, returned in rows.values_list(
        "pk", "status", "branch_id", "branch__name", "cycle_id", "cycle__name", "extended_until", "returned_at"
    ).iterator(chunk_size=2000):
        users, label = holders.of_branch.get(branch, ()), f"{name} · {cycle_name}"
        if status == Status.DRAFT:
            yield from _deadline(users, Task.SELF, pk, extended or ends.get((cycle, Step.Kind.SELF)), label)
            continue
        yield from _deadline(users, Task.CORRECT, pk, extended or ends.get((cycle, Step.Kind.REVIEW)), label)
        if returned is not None:
            day = timezone.localdate(returned)
            for user in users:
                yield Fact(user, Task.CORRECT, pk, day, label, matter=Matter.RETURNED)


def _preliminary(holders: Holders, ends: dict) -> Iterator[Fact]:
    """Submitted sheets below a department: one fact per reviewer and cycle, with how many there are."""
    rows = Sheet.objects.filter(cycle__status=Cycle.Status.OPEN, status=Status.SUBMITTED).order_by()
    found = rows.values_list("cycle_id", "cycle__name", "organization__path").annotate(number=Count("pk"))
    sums: dict[tuple[int, int], int] = defaultdict(int)
    names: dict[int, str] = {}
    for cycle, name, path, number in found:
        names[cycle] = name
        for user in holders.above(path):
            sums[user, cycle] += number
    yield from _summed(Task.PRELIMINARY, sums, names, ends, Step.Kind.PRELIMINARY)


def _review(holders: Holders, ends: dict) -> Iterator[Fact]:
    """Sheets that wait for a team: one fact per inspector and cycle. Branches outside the review's scope do not."""
    listed = ScopeBranch.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch"))
    in_scope = Q(cycle__review_scope=Cycle.Scope.ALL) | Exists(listed)
    waits = Q(branch__sheets__status=Status.REVIEW) | (Q(branch__sheets__status=Status.PASSED) & in_scope)
    rows = Assignment.objects.filter(waits, cycle__status=Cycle.Status.OPEN, branch__sheets__cycle=F("cycle"))
    found = list(rows.order_by().values_list("cycle_id", "cycle__name", "team_id").annotate(number=Count("pk")))
    teams: dict[int, set[int]] = defaultdict(set)
    members = TeamMembership.objects.filter(team__in={team for _c, _n, team, _number in found})
    for team, user in members.values_list("team_id", "user_id"):
        teams[team].add(user)
    sums: dict[tuple[int, int], int] = defaultdict(int)
    names: dict[int, str] = {}
    for cycle, name, team, number in found:
        names[cycle] = name
        for user in teams[team] & holders.inspectors:
            sums[user, cycle] += number
    yield from _summed(Task.REVIEW, sums, names, ends, Step.Kind.REVIEW)


def _summed(task: str, sums: dict, names: dict[int, str], ends: dict, kind: str) -> Iterator[Fact]:
    for (user, cycle), number in sums.items():
        if (until := ends.get((cycle, kind))) is not None:
            yield Fact(user, task, cycle, last_day(until), names[cycle], until, number)


def _rectifications(holders: Holders) -> Iterator[Fact]:
    """Problems to be put right; the deadline's day counts whole."""
    rows = Rectification.objects.filter(status__in=WITH_BRANCH).order_by()
    for pk, due_on, branch, name in rows.values_list("pk", "due_on", "finding__branch_id", "finding__branch__name"):
        until = timezone.make_aware(datetime.combine(due_on + timedelta(days=1), datetime.min.time()))
        for user in holders.of_branch.get(branch, ()):
            yield Fact(user, Task.RECTIFY, pk, due_on, name, until)


def _notices(holders: Holders, now: datetime, today: date) -> Iterator[Fact]:
    """Notices that are open: secretaries and deputies of the branches in them, and the departments above those."""
    rows = Notice.objects.filter(publication__status=Publication.Status.NOTICE, starts_on__lte=today, ends_at__gt=now)
    for notice in rows.select_related("publication__tally__cycle", "publication__tally__plan"):
        tally, users = notice.publication.tally, set()
        branches = Result.objects.filter(tally=tally).order_by()
        for branch, path in branches.values_list("branch_id", "branch__organization__path"):
            users |= {*holders.of_branch.get(branch, ()), *holders.above(path)}
        label = tally.cycle.name if tally.cycle else tally.plan.name
        for user in users:
            yield Fact(user, Task.NOTICE, notice.pk, notice.starts_on, label, matter=Matter.NOTICE)


def _answers(holders: Holders, now: datetime) -> Iterator[Fact]:
    """Objections raised in the portal that were answered lately: for who raised it, while the branch is still his."""
    rows = Objection.objects.filter(channel=Objection.Channel.PORTAL, answered_at__gt=now - NEWS).order_by()
    for pk, at, branch, name, user in rows.values_list(
        "pk", "answered_at", "branch_id", "branch__name", "entered_by_id"
    ):
        if user in holders.of_branch.get(branch, ()):
            yield Fact(user, Task.OBJECTION, pk, timezone.localdate(at), name, matter=Matter.ANSWERED)
