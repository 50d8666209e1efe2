"""One quarter of the demonstration: cycle, steps, assignments, sheets with marks, claims and their audit rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import numpy as np
from django.utils import timezone

from branches.models import Branch
from branchportal.bulk import advance_ids, insert_rows, next_id
from branchportal.models import AuditEntry
from members.models import User

from ..cycles.models import Assignment, Cycle, Step, Team, YearPlan
from ..schemes.loading import engine_scheme, indicator_index, layout_of
from ..schemes.models import SchemeVersion
from ..scoring import Batch, BranchFacts, Claim, Layout, Outcome, Scheme, evaluate
from ..scoring.layout import Slot
from ..sheets.choices import Stage, Status
from ..sheets.freezing import Input, freeze_many
from ..sheets.models import Mark, MarkCount, Sheet
from . import traces
from .calendar import Quarter
from .city import City, team_of
from .marks import Marks

MICRO = 1_000_000
EXEMPT_REASON = "机构调整期间，经批准本年度不参评"
REASONS = (
    "佐证材料不足，按实有次数核定。",
    "现场核对记录，次数与台账不符。",
    "比例按台账重新计算。",
    "记录不完整，按细则扣分。",
)
SHEET_COLUMNS = (
    "id", "cycle", "branch", "scheme_version", "revision", "organization", "sector", "unit", "status", "version",
    "due_count", "filled_count", "self_total_up", "review_total_up", "extended_until", "meeting_on", "meeting_present",
    "submitted_by", "submitted_at", "passed_by", "passed_at", "begun_by", "begun_at", "approved_by", "approved_at",
    "exempt_reason", "frozen", "frozen_claims", "digest",
)  # fmt: skip
MARK_COLUMNS = (
    "id", "sheet", "indicator", "stage", "state", "value_up", "denominator_up", "points_up", "note", "reason",
    "entered_by", "entered_at", "version",
)  # fmt: skip
Freeze = Callable[[list[int]], dict[int, tuple[bytes, str, str]]]
COUNT_COLUMNS = ("mark", "criterion", "value_up", "is_waived", "waive_reason")


@dataclass
class Play:
    """How far each branch has come in a quarter, and who did it when."""

    status: list[str]  # by position of the branch
    filled: np.ndarray  # how many of its own rows the branch has filled in
    reviewed: np.ndarray  # how many rows the inspectors have entered
    late: set[int] = field(default_factory=set)
    returned: dict[int, str] = field(default_factory=dict)  # position -> stage that returned it


def open_quarter(plan: YearPlan, quarter: Quarter, purpose: str, teams: list[Team], city: City) -> Cycle:
    """The cycle with its steps, and every branch assigned to its team."""
    cycle = Cycle.objects.create(
        plan=plan,
        period=quarter.period,
        name=quarter.name,
        purpose=purpose,
        status=Cycle.Status.OPEN,
        starts_on=quarter.starts_on,
        ends_on=quarter.ends_on,
    )
    Step.objects.bulk_create(Step(cycle=cycle, kind=k, starts_at=a, ends_at=b) for k, a, b in quarter.steps)
    columns = ("cycle", "team", "branch")
    insert_rows(Assignment, columns, [(cycle.pk, teams[team_of(b)].pk, b.pk) for b in city.branches])
    return cycle


def evaluate_quarter(
    version: SchemeVersion,
    quarter: Quarter,
    city: City,
    marks: Marks,
    claims: Iterable[Claim] = (),
    vetoes: Iterable[tuple[int, str]] = (),
) -> tuple[Batch, Outcome]:
    """The engine's figures for all branches as if everybody had finished: totals and points of every row."""
    scheme = engine_scheme(version)
    facts = [
        BranchFacts(b.code, b.sector.code, b.organization.code, has_committee=b.has_committee, has_groups=b.has_groups)
        for b in city.branches
    ]
    batch = Batch.of(scheme, quarter.period, facts, marks=marks.marks, given=marks.given, claims=claims, vetoes=vetoes)
    return batch, evaluate(scheme, batch, stages=("self", "review"))


def own_slots(layout: Layout, scheme: Scheme, sector: str) -> list[tuple[int, Slot]]:
    """What a branch of this sector fills in itself: number in the layout and slot."""
    on_sheet = scheme.on_sheet(sector)
    return [(number, slot) for number, slot in enumerate(layout.slots) if on_sheet[number] and not slot.given]


def freezer(version: SchemeVersion, when: str, batch: Batch, marks: Marks, sealed: Mapping[int, list[dict]]) -> Freeze:
    """What freezes the sheets of some positions: frozen marks, frozen claims and digest of each. `when`: 2026Q3."""

    def freeze(positions: list[int]) -> dict[int, tuple[bytes, str, str]]:
        items = [
            Input(batch.branches.facts(at), marks.marks[at], marks.given[at], sealed.get(at, ())) for at in positions
        ]
        frozen = freeze_many(version, when, items)
        return {at: (one.marks, one.claims, one.digest) for at, one in zip(positions, frozen, strict=True)}

    return freeze


class SheetWriter:
    """Writes the sheets of one quarter: rows of sheets, marks, counts and audit, in a few big inserts."""

    def __init__(
        self,
        city: City,
        cycle: Cycle,
        quarter: Quarter,
        marks: Marks,
        play: Play,
        random: Random,
        outcome: Outcome,
        version: SchemeVersion,
    ) -> None:
        self.city, self.cycle, self.quarter, self.marks, self.play = city, cycle, quarter, marks, play
        self.random, self.outcome, self.version = random, outcome, version
        self.layout, self.index = layout_of(version), indicator_index(version)
        self.scheme = engine_scheme(version)
        self._own: dict[str, list[tuple[int, Slot]]] = {}  # by sector
        self.first_id = next_id(Sheet)
        self.next_mark = next_id(Mark)
        self.mark_rows: list[tuple] = []
        self.count_rows: list[tuple] = []
        self.audit_rows: list[tuple] = []

    def sheet_id(self, at: int) -> int:
        """The key of the sheet of the branch at this position."""
        return self.first_id + at

    def own_slots(self, branch: Branch) -> list[tuple[int, Slot]]:
        """The rows that a branch fills in itself, with their numbers in the layout: common ones and its sector's."""
        code = branch.sector.code
        if code not in self._own:
            self._own[code] = own_slots(self.layout, self.scheme, code)
        return self._own[code]

    def people(self, branch: Branch) -> tuple[User, User | None, User, User]:
        """Secretary, department reviewer (None directly under the work committee), inspector, leader."""
        team = self.city.teams[team_of(branch)]
        inspector = team[1 + int(branch.code) % (len(team) - 1)]
        return self.city.secretaries[branch.pk], self.city.departments.get(branch.organization_id), inspector, team[0]

    def write(self, freeze: Freeze) -> None:
        """Write everything. `freeze` gives frozen marks, frozen claims and digest for the approved positions."""
        reached = {Status.APPROVED, Status.SEALED}
        frozen = freeze([at for at, status in enumerate(self.play.status) if status in reached])
        rows = [self._sheet_row(at, branch, frozen.get(at)) for at, branch in enumerate(self.city.branches)]
        insert_rows(Sheet, SHEET_COLUMNS, rows)
        insert_rows(Mark, MARK_COLUMNS, self.mark_rows)
        insert_rows(MarkCount, COUNT_COLUMNS, self.count_rows)
        insert_rows(AuditEntry, traces.COLUMNS, self.audit_rows)
        advance_ids(Sheet, Mark)

    def _sheet_row(self, at: int, branch: Branch, frozen: tuple[bytes, str, str] | None) -> tuple:
        status, sheet = self.play.status[at], self.sheet_id(at)
        depth = 3 if self.play.returned.get(at) == Stage.REVIEW else DEPTH[status]
        secretary, _department, inspector, _leader = self.people(branch)
        moves = self._moves(at, branch)
        stamps: list[object] = []
        for level, (action, actor, when) in enumerate(moves, 1):
            was_done = level <= depth and bool(action)
            if was_done:
                self._audit(when, actor or secretary, action, sheet, branch)
            stamps += [actor.pk if actor else None, when] if was_done else [None, None]
        submitted, begun = moves[0][2], moves[2][2]
        if status != Status.EXEMPT:
            self._marks(at, sheet, (secretary, inspector), submitted, begun, depth)
        own, total = self._totals(at, branch)
        return (
            sheet, self.cycle.pk, branch.pk, self.version.pk, 1, branch.organization_id,
            branch.sector_id, branch.unit_id, status, 1 + depth, len(self.own_slots(branch)), int(self.play.filled[at]),
            own if self.play.filled[at] else None, total if depth >= 4 else None,
            self.quarter.step("self")[1] + timedelta(days=3) if at in self.play.late else None,
            submitted.date() if depth else None, self.random.randrange(5, 15) if depth else None,
            *stamps, EXEMPT_REASON if status == Status.EXEMPT else "", *(frozen or (None, "", "")),
        )  # fmt: skip

    def _moves(self, at: int, branch: Branch) -> list[tuple[str, User | None, datetime]]:
        """Submitted, passed, begun, approved: by whom and when (as far as the sheet comes); no action: left out."""
        secretary, department, inspector, leader = self.people(branch)
        begins, ends = self.quarter.step("self")
        minutes = self.random.randrange(60)
        if self.play.status[at] == Status.APPROVED and ends < timezone.now():
            submitted = max(ends - timedelta(hours=self.random.randrange(2, 200), minutes=minutes), begins)
        else:
            submitted = begins + timedelta(hours=self.random.randrange(48, 190), minutes=minutes)
        if at in self.play.late:
            submitted = ends + timedelta(hours=30)
        return [
            ("sheet.submitted", secretary, submitted),
            ("sheet.passed", department, submitted + timedelta(hours=20)),
            ("sheet.review_begun", inspector, submitted + timedelta(hours=44)),
            ("sheet.approved", leader, submitted + timedelta(hours=90)),
        ]

    def _totals(self, at: int, branch: Branch) -> tuple[int, int]:
        """Self-assessed sum of the branch's own filled rows, and the reviewed total."""
        own = self.outcome.stages["self"].points_up[at]
        filled = [number for number, _slot in self.own_slots(branch)][: int(self.play.filled[at])]
        return int(own[filled].sum()), int(self.outcome.total_up[at])

    def _marks(
        self, at: int, sheet: int, people: tuple[User, User], submitted: datetime, begun: datetime, depth: int
    ) -> None:
        secretary, inspector = people
        filled, reviewed = int(self.play.filled[at]), int(self.play.reviewed[at])
        own_stage, review_stage = self.layout.stage_index("self"), self.layout.stage_index("review")
        for done, (number, _slot) in enumerate(self.own_slots(self.city.branches[at]), 1):
            if done <= filled:
                self._mark(at, sheet, number, own_stage, "self", secretary, submitted - timedelta(hours=3))
            if done <= reviewed:
                self._mark(at, sheet, number, review_stage, "review", inspector, begun + timedelta(hours=2))
        for number, slot in enumerate(self.layout.slots):
            if slot.given and depth >= 2:
                value = int(self.marks.given[at, slot.value])
                points = int(self.outcome.stages["review"].points_up[at, number])
                self._mark_row(sheet, slot, "poll", "marked", (value, None), points, "", inspector, submitted)

    def _mark(self, at: int, sheet: int, number: int, stage_at: int, stage: str, who: User, when: datetime) -> None:
        slot, row = self.layout.slots[number], self.marks.marks[at, stage_at]
        reason = "" if stage == "self" else self.reason_of(at, number)
        points = int(self.outcome.stages[stage].points_up[at, number])
        if row[slot.state] == 2:
            self._mark_row(sheet, slot, stage, "na", (None, None), points, reason, who, when)
            return
        value = int(row[slot.value]) if slot.value >= 0 else None
        denominator = int(row[slot.denominator]) if slot.denominator >= 0 else None
        mark = self._mark_row(sheet, slot, stage, "marked", (value, denominator), points, reason, who, when)
        for position, criterion in enumerate(slot.leaf.criteria if slot.counts >= 0 else ()):
            count = int(row[slot.counts + position])
            if count:
                size = count if criterion.range_up else count * MICRO
                self.count_rows.append((mark, self.index.criteria[slot.leaf.code, criterion.code].pk, size, False, ""))

    def reason_of(self, at: int, number: int) -> str:
        """Why a reviewer's mark of this row differs from the branch's; empty where it does not."""
        differs = self.marks.changed[self.layout.slots[number].leaf.code][at]
        return REASONS[(at + number) % len(REASONS)] if differs else ""

    def _mark_row(
        self,
        sheet: int,
        slot: object,
        stage: str,
        state: str,
        value: tuple,
        points: int,
        reason: str,
        who: User,
        when: datetime,
    ) -> int:
        mark, self.next_mark = self.next_mark, self.next_mark + 1
        indicator = self.index.indicators[slot.leaf.code].pk
        self.mark_rows.append((mark, sheet, indicator, stage, state, *value, points, "", reason, who.pk, when, 1))
        return mark

    def _audit(self, when: datetime, actor: User, action: str, sheet: int, branch: Branch) -> None:
        label = f"{branch.name} {self.cycle.name}"[:200]
        self.audit_rows.append((when, actor.pk, "", action, "assessments.sheet", sheet, label, None, None, "", ""))


DEPTH = {"draft": 0, "exempt": 0, "returned": 1, "submitted": 1, "passed": 2, "review": 3, "approved": 4, "sealed": 5}
