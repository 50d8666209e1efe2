"""Findings and rectifications of a period, and how far the sheets of each cycle are: counts for the statistics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from ...cycles.models import Cycle, Step
from ...inspections.choices import WITH_BRANCH, RectificationStatus
from ...inspections.models import Finding, Rectification
from ...sheets.choices import EDITABLE, Status
from ...sheets.models import Sheet

REACHED = {
    "submitted": {Status.SUBMITTED, Status.PASSED, Status.REVIEW, Status.APPROVED, Status.SEALED},
    "passed": {Status.PASSED, Status.REVIEW, Status.APPROVED, Status.SEALED},
    "approved": {Status.APPROVED, Status.SEALED},
    "sealed": {Status.SEALED},
}

STATES = (
    RectificationStatus.OPEN,
    RectificationStatus.ANSWERED,
    RectificationStatus.RETURNED,
    RectificationStatus.CLOSED,
)


@dataclass(frozen=True)
class Progress:
    """How many sheets of a cycle got how far; each step counts those that went further, too.

    Of the submitted ones `on_time` met the step's deadline, `extended` a later one that was granted, `late` neither.
    """

    cycle: Cycle
    asked: int  # exempt ones are not asked
    submitted: int
    passed: int
    approved: int
    sealed: int
    exempt: int
    returned: int  # with the branch again
    open: int  # never submitted yet
    on_time: int
    extended: int
    late: int
    self_totals_up: Sequence[int]
    review_totals_up: Sequence[int]


@dataclass(frozen=True)
class Care:
    """Findings and what became of them."""

    findings: int = 0
    open: int = 0
    answered: int = 0
    returned: int = 0
    closed: int = 0
    overdue: int = 0

    @property
    def rectifications(self) -> int:
        return self.open + self.answered + self.returned + self.closed

    @property
    def undone(self) -> int:
        return self.rectifications - self.closed


def progress_of(cycles: Sequence[Cycle], sheets: QuerySet[Sheet]) -> list[Progress]:
    """One line a cycle, of the current ones among `sheets`. One query."""
    found: dict[int, list[tuple]] = {cycle.pk: [] for cycle in cycles}
    ends = Step.objects.filter(cycle=OuterRef("cycle_id"), kind=Step.Kind.SELF).values("ends_at")[:1]
    rows = sheets.filter(cycle__in=found).current().order_by().annotate(due_at=Subquery(ends))
    columns = ("status", "submitted_at", "extended_until", "self_total_up", "review_total_up")
    deadlines: dict[int, datetime | None] = {}
    for cycle, *row, due_at in rows.values_list("cycle_id", *columns, "due_at"):
        found[cycle].append(tuple(row))
        deadlines[cycle] = due_at
    return [_progress(cycle, found[cycle.pk], deadlines.get(cycle.pk)) for cycle in cycles]


def _progress(cycle: Cycle, rows: Sequence[tuple], deadline: datetime | None) -> Progress:
    statuses = [row[0] for row in rows]
    reached = {name: sum(status in wanted for status in statuses) for name, wanted in REACHED.items()}
    times = [(at, until) for status, at, until, *_rest in rows if status in REACHED["submitted"] and at]
    on_time = sum(deadline is None or at < deadline for at, _until in times)
    extended = sum(deadline is not None and at >= deadline and until is not None and at < until for at, until in times)
    exempt = statuses.count(Status.EXEMPT)
    return Progress(
        cycle=cycle,
        asked=len(rows) - exempt,
        **reached,
        exempt=exempt,
        returned=statuses.count(Status.RETURNED),
        open=sum(status in EDITABLE and at is None for status, at, *_rest in rows),
        on_time=on_time,
        extended=extended,
        late=len(times) - on_time - extended,
        self_totals_up=[row[3] for row in rows if row[0] in REACHED["approved"] and row[3] is not None],
        review_totals_up=[row[4] for row in rows if row[0] in REACHED["approved"] and row[4] is not None],
    )


def care_by_cycle(cycles: Iterable[Cycle], findings: QuerySet[Finding], today: date) -> Mapping[int, Care]:
    """Findings and rectifications of each cycle, in one query."""
    late = Q(rectification__status__in=WITH_BRANCH, rectification__due_on__lt=today)
    rows = findings.filter(cycle__in=[cycle.pk for cycle in cycles]).order_by().values_list("cycle_id")
    rows = rows.annotate(**numbers(Q(), *[Q(rectification__status=status) for status in STATES], late))
    return {cycle: Care(*found) for cycle, *found in rows}


def numbers(*conditions: Q) -> dict[str, Count]:
    """How many rows meet each condition, as columns of `annotate` in this order."""
    return {
        f"n{at}": Count("pk", filter=condition) if condition else Count("pk") for at, condition in enumerate(conditions)
    }


def together(cares: Iterable[Care]) -> Care:
    """Several cycles as one."""
    found = list(cares)
    names = ("findings", "open", "answered", "returned", "closed", "overdue")
    return Care(**{name: sum(getattr(one, name) for one in found) for name in names})


def undone(rectifications: QuerySet[Rectification], limit: int) -> list[Rectification]:
    """What is not struck off yet, the oldest deadline first."""
    return list(rectifications.undone().for_table().order_by("due_on", "pk")[:limit])
