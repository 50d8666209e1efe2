"""The progress board: how many sheets stand where, by unit or organization, and which are late. Counts, no scores.

It counts drafts too (that is what it is for), so it starts from all current sheets of the cycle; `rules.can_see_board`
guards it, and no figure of a draft but "how many indicators are filled in" is read.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from branches.former import called, then
from branchportal.paging import whole_number
from members.roles import Role

from ..cycles.models import Cycle, Step
from ..cycles.naming import settled
from ..sheets.choices import EDITABLE, FROZEN, Status
from ..sheets.models import Sheet

if TYPE_CHECKING:
    from members.models import User

COLUMNS = (
    Status.DRAFT,
    Status.RETURNED,
    Status.SUBMITTED,
    Status.PASSED,
    Status.REVIEW,
    Status.APPROVED,
    Status.EXEMPT,
)
PASSED_SELF = {Status.SUBMITTED, Status.PASSED, Status.REVIEW, Status.APPROVED}
PASSED_DEPARTMENT = {Status.PASSED, Status.REVIEW, Status.APPROVED}
STEP_COLUMNS = (
    (Step.Kind.SELF, PASSED_SELF),
    (Step.Kind.PRELIMINARY, PASSED_DEPARTMENT),
    (Step.Kind.REVIEW, {Status.APPROVED}),
)


@dataclass
class Cell:
    """A number with its share of the row in four shades; `key` is the filter it leads to."""

    number: int
    total: int
    key: str
    is_done: bool = False

    @property
    def shade(self) -> int:
        """0 (none) to 4 (more than three quarters)."""
        return 0 if not self.number or not self.total else min(4, 1 + (self.number * 4 - 1) // self.total)

    @property
    def percent(self) -> int:
        return self.number * 100 // self.total if self.total else 0


@dataclass
class Row:
    """A unit or organization: its sheets by status."""

    pk: int | None
    name: str
    counts: dict[str, int] = field(default_factory=dict)
    late: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def rated(self) -> int:
        """Without the exempt ones, which no step waits for."""
        return self.total - self.counts.get(Status.EXEMPT, 0)

    @property
    def statuses(self) -> list[Cell]:
        done = (Status.APPROVED, Status.EXEMPT)
        return [Cell(self.counts.get(status, 0), self.total, status, status in done) for status in COLUMNS]

    @property
    def steps(self) -> list[Cell]:
        return [
            Cell(sum(self.counts.get(status, 0) for status in passed), self.rated, kind, is_done=True)
            for kind, passed in STEP_COLUMNS
        ]


@dataclass
class Board:
    """The heat map: one row per unit or organization, and the totals."""

    rows: list[Row]
    total: Row
    columns: list[str]
    steps: list[str]


def deadlines(cycle: Cycle) -> dict[str, datetime]:
    """When each step of the cycle ends."""
    return {step.kind: step.ends_at for step in cycle.steps.all()}


WAITS_FOR = {
    Status.DRAFT: Step.Kind.SELF,
    Status.RETURNED: Step.Kind.REVIEW,  # a sheet sent back may be answered until the review ends
    Status.SUBMITTED: Step.Kind.PRELIMINARY,
    Status.PASSED: Step.Kind.REVIEW,
    Status.REVIEW: Step.Kind.REVIEW,
}


def late_filter(cycle: Cycle, now: datetime) -> Q:
    """Sheets whose present step is over: unsubmitted ones, ones left with the department, ones left in review."""
    ends = deadlines(cycle)
    over = [status for status, kind in WAITS_FOR.items() if kind in ends and ends[kind] <= now]
    extended = Q(status__in=EDITABLE, extended_until__lte=now)
    return extended | (Q(status__in=over) & ~Q(status__in=EDITABLE, extended_until__gt=now))


def board(cycle: Cycle, now: datetime, by: str = "unit") -> Board:
    """The heat map in one query. `by` is `unit` or `organization`; sealed sheets count as approved."""
    name = "organization" if by == "organization" else "unit"
    late = Count("pk", filter=late_filter(cycle, now))
    sheets = Sheet.objects.filter(cycle=cycle).current()
    label = Coalesce(then(name, settled(cycle="cycle_id")), f"{name}__name")
    groups = sheets.values_list(f"{name}_id", f"{name}__code", label, "status")
    rows: dict[int, Row] = {}
    total = Row(None, _("Total"))
    for pk, _code, label, status, number, behind in groups.annotate(number=Count("pk"), late=late).order_by(
        f"{name}__code"
    ):
        row = rows.setdefault(pk, Row(pk, label))
        status = Status.APPROVED if status in FROZEN else status
        for counted in (row, total):
            counted.counts[status] = counted.counts.get(status, 0) + number
            counted.late += behind
    return Board(
        list(rows.values()),
        total,
        [Status(status).label for status in COLUMNS],
        [kind.label for kind, _p in STEP_COLUMNS],
    )


@dataclass(frozen=True)
class Filters:
    """The filters of the list, as they stand in the address."""

    status: str = ""
    unit: str = ""
    organization: str = ""
    sector: str = ""
    team: str = ""
    late: bool = False
    unsubmitted: bool = False
    text: str = ""

    @classmethod
    def read(cls, params: dict[str, str]) -> "Filters":
        names = ("status", "unit", "organization", "sector", "team")
        text = params.get("q", "").strip()
        return cls(
            **{name: params.get(name, "") for name in names},
            late=bool(params.get("late")),
            unsubmitted=bool(params.get("open")),
            text=text,
        )


def seen_by(user: "User", cycle: Cycle) -> QuerySet[Sheet]:
    """The current sheets whose progress a person follows, drafts included: all, or those of the own subtree."""
    rows = Sheet.objects.filter(cycle=cycle).current()
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return rows
    below = Q(pk__in=[])
    for path in user.scope.department_paths:
        below |= Q(organization__path__startswith=path)
    return rows.filter(below)


def sheets(user: "User", cycle: Cycle, filters: Filters, now: datetime) -> QuerySet[Sheet]:
    """The branches of the cycle that fit the filters, by unit, each with its team's name."""
    rows = seen_by(user, cycle).for_table().with_team()
    rows = rows if cycle.review_scope == Cycle.Scope.ALL else rows.with_scope()
    if filters.status == Status.APPROVED:
        rows = rows.filter(status__in=FROZEN)
    elif filters.status in COLUMNS:
        rows = rows.filter(status=filters.status)
    for name in ("unit", "organization", "sector"):
        value = getattr(filters, name)
        if value.isdigit():
            rows = rows.filter(**{f"{name}_id": whole_number(value)})
    if filters.team == "none":
        rows = rows.filter(team_name=None).under_review()
    elif filters.team.isdigit():
        rows = rows.filter(branch__assignments__cycle=cycle, branch__assignments__team_id=whole_number(filters.team))
    if filters.unsubmitted:
        rows = rows.filter(status__in=EDITABLE)
    if filters.late:
        rows = rows.filter(late_filter(cycle, now))
    if filters.text:
        rows = rows.filter(called(filters.text))
    return rows.order_by("unit__code", "branch__code")


def mark_late(rows: list[Sheet], cycle: Cycle, now: datetime) -> None:
    """Set `is_late` and `due_at` on rows that a page shows, by the same rule as the filter."""
    ends = deadlines(cycle)
    for row in rows:
        row.due_at = ends.get(WAITS_FOR.get(row.status, ""))
        if row.status in EDITABLE and row.extended_until:
            row.due_at = row.extended_until
        row.is_late = bool(row.due_at and row.due_at <= now)
