"""Sealed marks of an old scheme version brought into the positions of a new one, indicator by indicator.

A mark that still fits its rule is carried over as it is and scored anew. Where an assumption gives points instead, the
indicator is tried as plain points (rule `entry`), so that the engine still does all the summing; a share is rounded
half up to the micro-point once (scoring.md, section 2). Only sealed sheets are touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...scoring import (
    MARKED,
    MISSING,
    NOT_APPLICABLE,
    Batch,
    Indicator,
    Layout,
    Mark,
    Scheme,
    StageScore,
    check_mark,
    layout_of,
)
from ...scoring.components import score_stage
from ...scoring.layout import MASK_BITS, Slot
from ...scoring.numbers import SCALE, BoolArray, IntArray, mul_div
from ...scoring.rules import Asked, leaf_points
from . import mapping
from .mapping import Part
from .records import carried_claims, carried_given, carried_vetoes

ABSURD = "figure_too_large"  # fits its rule; the engine refuses the figure with the branch's name
DECISIVE = "review"  # the stage whose points a row with one value for all stages takes over


@dataclass(frozen=True)
class Carried:
    """The batch to evaluate, the scheme in whose positions it stands, and how many branches each assumption met."""

    scheme: Scheme
    batch: Batch
    met: Mapping[str, int]
    dropped_claims: int


@dataclass(frozen=True)
class Sheets:
    """The sealed sheets of one period under the old scheme, and what they came to."""

    scheme: Scheme
    batch: Batch
    sealed: BoolArray  # (n,)
    base_up: IntArray  # (n,)
    has_total: BoolArray  # (n,)


@dataclass(frozen=True)
class _Marks:
    """One indicator in one stage: rows in its slot's own columns, and where something must be assumed. (n, …)"""

    rows: IntArray
    needed: BoolArray


def carry(sheets: Sheets, new: Scheme, parts: Sequence[Part], assumptions: Mapping[str, str]) -> Carried:
    """The sheets under `new`. `assumptions` by the keys of the parts that need one. Raises: FigureError."""
    return _Carrier(sheets, new, assumptions).carry(parts)


class _Carrier:
    def __init__(self, sheets: Sheets, new: Scheme, assumptions: Mapping[str, str]) -> None:
        self.old, self.new, self.batch = sheets.scheme, new, sheets.batch
        self.sheets, self.assumptions = sheets, assumptions
        self.old_layout, self.new_layout = layout_of(sheets.scheme), layout_of(new)
        branches = self.batch.branches
        for_scheme = np.array(
            [not new.sectors or name in new.sectors for name in branches.sector_names], dtype=np.bool_
        )
        self.sealed = sheets.sealed & for_scheme[branches.sector] if len(branches) else sheets.sealed
        self.was_asked, self.is_asked = self._asked(sheets.scheme), self._asked(new)
        self.old_at = {leaf.code: at for at, leaf in enumerate(sheets.scheme.leaves)}
        self.asked = Asked(branches.has_committee, branches.has_groups)
        self._scores: dict[str, StageScore] = {}
        self.met: dict[str, int] = {}

    def carry(self, parts: Sequence[Part]) -> Carried:
        leaves = [part for part in parts if part.key.startswith("indicator:")]
        found = {part.code: self._stages(part, at) for at, part in enumerate(leaves)}
        for part in leaves:
            self._note(part.key, [marks.needed for marks in found[part.code].values()])
        as_points = {part.code for part in leaves if self._is_tried_as_points(part, found[part.code])}
        scheme = with_points(self.new, as_points) if as_points else self.new
        layout = layout_of(scheme)
        marks, given = layout.empty(len(self.batch))
        carried_given(self.old, self.new, self.old_layout, layout, self.batch.given, given)
        for part in leaves:
            slot = layout.by_code[part.code]
            for stage, one in found[part.code].items():
                place = given if slot.given else marks[:, layout.stage_index(stage)]
                rows = self._points(part, stage, one) if part.code in as_points else self._assumed(part, stage, one)
                place[:, slot.state : slot.state + rows.shape[1]] = rows
        self._components(parts, layout, given)
        given[~self.sealed] = 0
        claims, dropped = carried_claims(self.old, self.new, self.batch)
        vetoes = carried_vetoes(self.old, self.new, self.batch)
        batch = Batch.of(
            scheme, self.batch.period, self.batch.branches, marks=marks, given=given, claims=claims, vetoes=vetoes
        )
        return Carried(scheme, batch, self.met, dropped)

    # Marks of one indicator

    def _stages(self, part: Part, at: int) -> dict[str, _Marks]:
        """Its marks by stage; one that is given from outside has one entry, under DECISIVE."""
        slot = self.new_layout.by_code[part.code]
        if slot.given:
            return {DECISIVE: self._marks(part, at, DECISIVE, self.sealed)}
        live = [stage for stage in self.new_layout.stages if stage in self.old_layout.stages]
        return {stage: self._marks(part, at, stage, self._alive(stage)) for stage in live}

    def _marks(self, part: Part, at: int, stage: str, alive: BoolArray) -> _Marks:
        slot = self.new_layout.by_code[part.code]
        rows = np.zeros((len(self.batch), _width(slot)), dtype=np.int64)
        asked = alive & self.is_asked[:, at]
        if part.kind == mapping.NEW:
            return _Marks(rows, asked)
        newly = asked & ~self.was_asked[:, self.old_at[part.code]]
        old_rows = self._old_rows(part.code, stage)
        state = old_rows[:, 0]
        if part.kind == mapping.CHANGED and self.assumptions.get(part.key) != mapping.KEEP:
            stays = (state == NOT_APPLICABLE) & (slot.leaf.not_applicable != "forbidden")
            rows[stays & self.sealed, 0] = NOT_APPLICABLE
            return _Marks(rows, self.sealed & (((state != MISSING) & ~stays) | newly))
        unfit = np.zeros(len(rows), dtype=np.bool_)
        if part.kind == mapping.SAME:
            rows[self.sealed] = old_rows[self.sealed]
        else:
            rows, unfit = self._converted(slot, old_rows)
            rows[~self.sealed] = 0
        newly &= (state == MISSING) & part.needs_assumption
        return _Marks(rows, self.sealed & (unfit | newly))

    def _old_rows(self, code: str, stage: str) -> IntArray:
        slot = self.old_layout.by_code[code]
        place = self.batch.given if slot.given else self.batch.marks[:, self.old_layout.stage_index(stage)]
        return place[:, slot.state : slot.state + _width(slot)]

    def _converted(self, slot: Slot, old_rows: IntArray) -> tuple[IntArray, BoolArray]:
        """The marks in the new slot's columns, equal ones once, and those that its rule does not allow."""
        kinds, which = np.unique(old_rows, axis=0, return_inverse=True)
        found = np.zeros((len(kinds), _width(slot)), dtype=np.int64)
        unfit = np.zeros(len(kinds), dtype=np.bool_)
        code, old_slot = slot.leaf.code, self.old_layout.by_code[slot.leaf.code]
        for at, row in enumerate(kinds):
            mark = self.old_layout.get(_widened(self.old_layout, old_slot, row), code)
            if mark is None:
                continue
            mark, is_lost = _fitted(mark, old_slot.leaf, slot.leaf)
            problems = check_mark(self.new, code, mark)
            unfit[at] = is_lost or any(problem.code != ABSURD for problem in problems)
            if not unfit[at]:
                full = _widened(self.new_layout, slot, found[at])
                self.new_layout.put(full, code, mark)
                found[at] = full[slot.state : slot.state + _width(slot)]
        which = which.reshape(-1)
        return found[which], unfit[which]

    # What is assumed

    def _is_tried_as_points(self, part: Part, stages: Mapping[str, _Marks]) -> bool:
        """Whether points must be written: assumed other than missing, and not as a poll's score."""
        if self.assumptions.get(part.key, mapping.MISSING) == mapping.MISSING:
            return False
        if self.new.by_code[part.code].rule == "poll":
            return False
        return any(bool(marks.needed.any()) for marks in stages.values())

    def _assumed(self, part: Part, stage: str, marks: _Marks) -> IntArray:
        """The rows; a poll's score where one is assumed."""
        leaf = self.new.by_code[part.code]
        choice = self.assumptions.get(part.key, mapping.MISSING)
        if leaf.rule == "poll" and choice != mapping.MISSING and marks.needed.any():
            score = self._value(choice, part.code, stage, 100 * SCALE)
            marks.rows[marks.needed] = np.stack([np.full_like(score, MARKED), score], axis=1)[marks.needed]
        return marks.rows

    def _points(self, part: Part, stage: str, marks: _Marks) -> IntArray:
        """State and points: what the new rule gives where the mark fits it, the assumption elsewhere."""
        slot, leaf = self.new_layout.by_code[part.code], self.new.by_code[part.code]
        state, _raw, counted = leaf_points(_local(slot), marks.rows, self.asked)
        points = np.where(state == MARKED, counted, 0)
        value = self._value(self.assumptions[part.key], part.code, stage, leaf.points_up)
        value = np.maximum(value, leaf.floor_up)
        if leaf.ceiling_up is not None:
            value = np.minimum(value, leaf.ceiling_up)
        return np.stack([np.where(marks.needed, MARKED, state), np.where(marks.needed, value, points)], axis=1)

    def _value(self, choice: str, code: str, stage: str, full_up: int) -> IntArray:
        """Full, zero, or the share of points earned before: of this indicator, else of the whole stage."""
        count = len(self.batch)
        if choice == mapping.ZERO:
            return np.zeros(count, dtype=np.int64)
        full = np.full(count, full_up, dtype=np.int64)
        if choice == mapping.FULL:
            return full
        score = self._score(stage)
        earned, possible = score.earned_up.sum(axis=1), score.possible_up.sum(axis=1)
        if code in self.old_at:
            at = self.old_at[code]
            leaf = self.old.leaves[at]
            counts = np.isin(score.states[:, at], (MARKED, NOT_APPLICABLE)) & (leaf.points_up > 0)
            counts &= ~((score.states[:, at] == NOT_APPLICABLE) & (leaf.not_applicable == "excluded"))
            earned = np.where(counts, score.points_up[:, at], earned)
            possible = np.where(counts, leaf.points_up, possible)
        return np.where(possible > 0, mul_div(earned, full_up, np.maximum(possible, 1)), full)

    def _components(self, parts: Sequence[Part], layout: Layout, given: IntArray) -> None:
        """Components that had no weight before: as a whole, where neither marks nor a whole value exist."""
        for part in parts:
            if not part.key.startswith("component:"):
                continue
            at = layout.wholes[part.code]
            alive = self._alive(part.code) if part.code in self.old_layout.stages else np.zeros_like(self.sealed)
            needed = self.sealed & ~alive & (given[:, at] != MARKED) & self.sheets.has_total
            self._note(part.key, [needed])
            choice, full_up = self.assumptions.get(part.key, mapping.MISSING), self.new.full_marks_up
            if choice == mapping.MISSING:
                continue
            value = {mapping.FULL: full_up, mapping.ZERO: 0}.get(choice)
            share = mul_div(self.sheets.base_up, full_up, self.old.full_marks_up)
            share = np.minimum(np.maximum(share, 0), full_up)
            given[needed, at] = MARKED
            given[needed, at + 1] = share[needed] if value is None else value

    # What the old sheets say

    def _alive(self, stage: str) -> BoolArray:
        """Sealed sheets on which the stage holds any mark."""
        rows = self.batch.marks[:, self.old_layout.stage_index(stage)]
        states = [slot.state for slot in self.old_layout.slots if not slot.given]
        return self.sealed & np.asarray((rows[:, states] != MISSING).any(axis=1), dtype=np.bool_)

    def _asked(self, scheme: Scheme) -> BoolArray:
        """(n, leaves): on the branch's sheet and due in the period."""
        branches = self.batch.branches
        table = np.array([scheme.on_sheet(name) for name in branches.sector_names], dtype=np.bool_)
        due = np.array([scheme.is_due(leaf, self.batch.period) for leaf in scheme.leaves], dtype=np.bool_)
        return table.reshape(-1, len(scheme.leaves))[branches.sector] & due

    def _score(self, stage: str) -> StageScore:
        if stage not in self._scores:
            self._scores[stage] = score_stage(self.old, self.batch, stage)
        return self._scores[stage]

    def _note(self, key: str, masks: Sequence[BoolArray]) -> None:
        if key in self.assumptions and masks:
            self.met[key] = int(np.any(masks, axis=0).sum())


def with_points(scheme: Scheme, codes: set[str]) -> Scheme:
    """The scheme with some indicators tried as plain points: everything else, their points included, as it is."""

    def changed(indicator: Indicator) -> Indicator:
        if indicator.children:
            return replace(indicator, children=tuple(changed(child) for child in indicator.children))
        if indicator.code not in codes:
            return indicator
        return replace(indicator, rule="entry", criteria=(), bands=(), slope=None, step_up=1)

    return replace(scheme, indicators=tuple(changed(indicator) for indicator in scheme.indicators))


def _fitted(mark: Mark, old: Indicator, new: Indicator) -> tuple[Mark, bool]:
    """The mark without clauses that are gone; whether what is left means something else under the new rule."""
    before = {criterion.code: criterion for criterion in old.criteria}
    after = {criterion.code: criterion for criterion in new.criteria}
    counts = {code: count for code, count in mark.counts.items() if code in after}
    is_other = any((before[code].range_up is None) != (after[code].range_up is None) for code in counts)
    if new.rule == "choice" and len(counts) != len(mark.counts):
        return mark, True
    return replace(mark, counts=counts, waived=mark.waived & after.keys()), is_other


def _width(slot: Slot) -> int:
    """How many numbers a slot takes."""
    last = max(slot.state, slot.value, slot.denominator)
    if slot.counts >= 0:
        last = slot.counts + len(slot.leaf.criteria) - 1
    if slot.masks >= 0:
        last = slot.masks + max(0, -(-len(slot.leaf.criteria) // MASK_BITS) - 1)
    return last - slot.state + 1


def _local(slot: Slot) -> Slot:
    """The slot in columns of its own."""
    moved = [place - slot.state if place >= 0 else -1 for place in slot[2:]]
    return Slot(slot.leaf, slot.given, *moved)


def _widened(layout: Layout, slot: Slot, row: IntArray) -> IntArray:
    """One row of the layout that holds nothing but this slot."""
    full = np.zeros(layout.given_width if slot.given else layout.width, dtype=np.int64)
    full[slot.state : slot.state + _width(slot)] = row
    return full
