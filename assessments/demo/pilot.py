"""A pilot ahead of the next year, in six units: the departments' own marks count, a drawn sample is reviewed.

Outside the sample the passed marks stand; they wait on two lists for approval. All other branches are exempt.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

import numpy as np

from branches.models import Branch
from branchportal import guards
from branchportal.bulk import insert_rows
from members.models import User

from ..cycles.models import Cycle, YearPlan
from ..inspections import sampling
from ..inspections.scoping.services import draw_sample, sample_size
from ..inspections.services.plans import population_of
from ..schemes.loading import engine_scheme, layout_of
from ..schemes.models import SchemeVersion
from ..scoring import evaluate
from ..sheets.choices import Status
from ..sheets.listing.services import prepare_list
from ..sheets.models import Sheet
from ..sheets.values import mark_text
from . import claims, schemes
from .calendar import Quarter
from .city import City, add_teams
from .marks import Organs, keep_own_rows, make_marks
from .quarters import Play, SheetWriter, evaluate_quarter, open_quarter, own_slots

UNITS = ("009", "010", "017", "018", "025", "026")
TEAM = 1  # of leader2, reviews every other of the units
PERCENT, SEED = 30, "20260901"
OUTSIDE = "不在试点范围，不参加本次考评"
ORGANS = ("has_committee", "has_groups", "has_shared_premises")
STAGES = ("self", "preliminary", "review")
INSIDE_COURSE = (Status.REVIEW, Status.PASSED, Status.SUBMITTED)
OUTSIDE_COURSE = (Status.PASSED, Status.PASSED, Status.SUBMITTED, Status.PASSED, Status.PASSED, Status.DRAFT)


@dataclass(frozen=True)
class Pilot:
    """The cycle, and its sheets by status."""

    cycle: Cycle
    branches: int
    on_lists: int


class PilotWriter(SheetWriter):
    """Writes sheets as `SheetWriter` does, with the department's marks of the first `marked[position]` rows."""

    marked: Mapping[int, int]

    def _marks(
        self, at: int, sheet: int, people: tuple[User, User], submitted: datetime, begun: datetime, depth: int
    ) -> None:
        super()._marks(at, sheet, people, submitted, begun, depth)
        branch, when, taken_over = self.city.branches[at], submitted + timedelta(hours=19), {}
        department = self.city.departments[branch.organization_id]
        stage = self.layout.stage_index("preliminary")
        for number, slot in self.own_slots(branch)[: self.marked.get(at, 0)]:
            code = slot.leaf.code
            self._mark(at, sheet, number, stage, "preliminary", department, when)
            points = int(self.outcome.stages["preliminary"].points_up[at, number])
            if depth >= 2 and not self.marks.changed[code][at]:
                taken_over[code] = points
                continue
            mark = self.layout.get(self.marks.marks[at, stage], code)
            after: dict[str, object] = {"indicator": code, "mark": mark_text(slot.leaf, mark), "points_up": points}
            if self.marks.changed[code][at]:
                after["self_up"] = int(self.outcome.stages["self"].points_up[at, number])
            else:
                after["accepted"] = True
            self._audit_marks(when, department, "entered", sheet, branch, after, self.reason_of(at, number))
        if taken_over:
            when += timedelta(minutes=50)
            self._audit_marks(when, department, "accepted", sheet, branch, {"points_up": taken_over})

    def _audit_marks(
        self, when: datetime, who: User, what: str, sheet: int, branch: Branch, after: dict, note: str = ""
    ) -> None:
        action = "sheet.preliminary_mark_entered" if what == "entered" else "sheet.preliminary_marks_accepted"
        label = f"{branch.name} {self.cycle.name}"[:200]
        said = json.dumps(after, ensure_ascii=False)
        self.audit_rows.append((when, who.pk, "", action, "assessments.sheet", sheet, label, None, said, note, ""))


def add_pilot(city: City, year: int, quarter: Quarter, now: datetime) -> Pilot:
    """The plan of `year`, its one cycle and the sheets in every state of a preliminary review that gives marks."""
    version = schemes.publish(city, schemes.of_pilot(year))
    name = f"{year}年度考评方案（试点）"
    plan = YearPlan.objects.create(year=year, name=name, scheme_version=version, notice_days=5)
    cycle = open_quarter(plan, quarter, "progress", add_teams(city, plan), city)
    Cycle.objects.filter(pk=cycle.pk).update(review_scope="sample", sample_percent=PERCENT)
    cycle.refresh_from_db()
    part = replace(city, branches=[branch for branch in city.branches if branch.code[:3] in UNITS])
    with guards.lifted():
        _write(part, cycle, quarter, version)
        _exempt(cycle, version, [branch for branch in city.branches if branch.code[:3] not in UNITS])
    office, drawn_at = city.people["office1"], quarter.step("preliminary")[0] + timedelta(days=2)
    draw_sample(actor=office, cycle=cycle, seed=SEED, at=drawn_at)
    lists = [prepare_list(actor=who, cycle=cycle, at=now) for who in (city.teams[TEAM][0], office)]
    return Pilot(cycle, len(part.branches), sum(one.rows.count() for one in lists))


def _write(part: City, cycle: Cycle, quarter: Quarter, version: SchemeVersion) -> None:
    """The sheets of the branches in the pilot."""
    random, numbers = Random(SEED), np.random.default_rng(int(SEED))
    scheme, layout, count = engine_scheme(version), layout_of(version), len(part.branches)
    organs = Organs(*(np.array([getattr(branch, name) for branch in part.branches]) for name in ORGANS))
    marks = make_marks(numbers, layout, numbers.uniform(0.72, 0.95, count), organs)
    keep_own_rows(marks, scheme, layout, np.array([branch.sector.code for branch in part.branches]))
    preliminary, review = layout.stage_index("preliminary"), layout.stage_index("review")
    marks.marks[:, preliminary] = marks.marks[:, review]  # the inspectors find what the department found
    course, marked = _course(part, cycle, len(own_slots(layout, scheme, part.branches[0].sector.code)))
    batch, _outcome = evaluate_quarter(version, quarter, part, marks)
    writer = PilotWriter(part, cycle, quarter, marks, course, random, evaluate(scheme, batch, stages=STAGES), version)
    writer.marked = marked
    writer.write(lambda _positions: {})
    claims.write_indicator_evidence(writer, random, 0.2)


def _course(part: City, cycle: Cycle, rows: int) -> tuple[Play, dict[int, int]]:
    """How far each sheet has come, and how many rows the department has marked: all of what it passed."""
    codes = {branch.code for branch in part.branches}
    people = [(code, group) for code, group in population_of(cycle) if code in codes]
    drawn = {one.code for one in sampling.draw(people, sample_size(cycle, len(people)), SEED, stratified=True)}
    status: list[str] = []
    seen = {True: 0, False: 0}
    for branch in part.branches:
        inside = branch.code in drawn
        states = INSIDE_COURSE if inside else OUTSIDE_COURSE
        status.append(states[seen[inside] % len(states)])
        seen[inside] += 1
    filled = np.array([0 if state == Status.DRAFT else rows for state in status])
    reviewed = np.array([rows // 2 if state == Status.REVIEW else 0 for state in status])
    marked = {at: rows for at, state in enumerate(status) if state in (Status.PASSED, Status.REVIEW)}
    marked[status.index(Status.SUBMITTED)] = rows // 2  # one that a department is busy with
    return Play(status, filled, reviewed), marked


def _exempt(cycle: Cycle, version: SchemeVersion, branches: list[Branch]) -> None:
    """Sheets of the branches that do not take part: listed, not ranked."""
    columns = (
        "cycle", "branch", "scheme_version", "revision", "organization", "sector", "unit", "status", "version",
        "due_count", "filled_count", "exempt_reason", "frozen_claims", "digest",
    )  # fmt: skip
    rows = [
        (cycle.pk, b.pk, version.pk, 1, b.organization_id, b.sector_id, b.unit_id, Status.EXEMPT.value, 1, 0, 0,
         OUTSIDE, "", "")
        for b in branches
    ]  # fmt: skip
    insert_rows(Sheet, columns, rows)
