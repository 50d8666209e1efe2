"""Fixed positions of a sheet's marks in int64 rows: one row per stage, one row of given values; the frozen column.

A stage's row holds, leaf after leaf in scheme order: the state (MISSING, MARKED, NOT_APPLICABLE), then
`entry`: the points; `measure`: value and denominator (1,000,000 for a plain number), both in millionths;
`deduct`, `add`, `mixed`, `choice`: per criterion the count (a plain number) or the size chosen in its range
(micro-points), then for all but `choice` bit masks of waived criteria, 60 to a mask.
The given row holds what has one value for all stages: the value of each `poll` and `external` leaf, components given
as a whole, facts about the poll and flags. `on_event` leaves without a mark are simply MISSING.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .grouping import LeafGroup, group_of, groups_of
from .numbers import SCALE, BoolArray, IntArray
from .scheme import COUNT_RULES, GIVEN_RULES, GIVEN_SOURCES, SOURCES, Indicator, Scheme
from .slots import MARKED, MASK_BITS, MISSING, NOT_APPLICABLE, Slot

__all__ = ["MARKED", "MASK_BITS", "MISSING", "NOT_APPLICABLE", "Layout", "Mark", "Slot", "layout_of"]

ALWAYS_STAGES = ("self", "preliminary", "review")


@dataclass(frozen=True)
class Mark:
    """One stage's mark of one leaf as people give it.

    `value_up` belongs to entry, measure, poll and external; `denominator_up` to a measure given as a ratio.
    `counts` holds, by criterion code, a count, or for a criterion with a range the size in micro-points; for `choice`
    the one option with 1 (or its size). No counts at all is "looked at, nothing found".
    `waived` names the criteria whose effect is waived.
    """

    value_up: int | None = None
    denominator_up: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()
    not_applicable: bool = False


class Layout:
    """Positions for one scheme version: `width` numbers a stage, `given_width` for the given row."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._masks: dict[tuple[str, str], BoolArray] = {}
        self._due: dict[str, BoolArray] = {}
        self._on_sheet: dict[str, BoolArray] = {}
        self._single: dict[str, LeafGroup] = {}
        marked = {*ALWAYS_STAGES, *(component.source for component in scheme.components)}
        self.stages: tuple[str, ...] = tuple(
            source for source in SOURCES if source in marked and source not in GIVEN_SOURCES
        )
        self.width = 0
        self.given_width = 0
        self.slots: tuple[Slot, ...] = tuple(self._slot(leaf) for leaf in scheme.leaves)
        self.wholes: dict[str, int] = {source: self._give(2) for source in SOURCES}  # state, value
        self.poll_score = self._give(2)  # state, value 0–100
        self.top_share = self._give(3)  # state, value, denominator
        self.flags: dict[str, int] = {flag.code: self._give(1) for flag in scheme.flags}

    def _take(self, count: int) -> int:
        self.width += count
        return self.width - count

    def _give(self, count: int) -> int:
        self.given_width += count
        return self.given_width - count

    def _slot(self, leaf: Indicator) -> Slot:
        if leaf.rule in GIVEN_RULES:
            start = self._give(2)
            return Slot(leaf, True, start, start + 1, -1, -1, -1)
        start = self._take(1)
        if leaf.rule == "entry":
            return Slot(leaf, False, start, self._take(1), -1, -1, -1)
        if leaf.rule == "measure":
            value = self._take(2)
            return Slot(leaf, False, start, value, value + 1, -1, -1)
        counts = self._take(len(leaf.criteria))
        masks = self._take(-(-len(leaf.criteria) // MASK_BITS)) if leaf.rule in COUNT_RULES else -1
        return Slot(leaf, False, start, -1, -1, counts, masks)

    @cached_property
    def by_code(self) -> Mapping[str, Slot]:
        return {slot.leaf.code: slot for slot in self.slots}

    def leaf_mask(self, name: str, value: str) -> BoolArray:
        """For every leaf: whether its field `name` is `value`."""
        key = (name, value)
        if key not in self._masks:
            self._masks[key] = np.array([getattr(leaf, name) == value for leaf in self.scheme.leaves], dtype=np.bool_)
        return self._masks[key]

    @cached_property
    def groups(self) -> tuple[LeafGroup, ...]:
        """All leaves by rule, ready to be scored."""
        return groups_of(self.slots)

    def group(self, code: str) -> LeafGroup:
        """One leaf, ready to be scored by itself."""
        if code not in self._single:
            self._single[code] = group_of([self.by_code[code]], [0])
        return self._single[code]

    def due(self, period: str) -> BoolArray:
        """For every leaf: whether it is asked in a period."""
        if period not in self._due:
            self._due[period] = np.array([self.scheme.is_due(leaf, period) for leaf in self.scheme.leaves], np.bool_)
        return self._due[period]

    def on_sheets(self, sectors: Sequence[str]) -> BoolArray:
        """For every sector and leaf: whether it is on the sheets of the sector."""
        for name in sectors:
            if name not in self._on_sheet:
                self._on_sheet[name] = np.array(self.scheme.on_sheet(name), dtype=np.bool_)
        return np.array([self._on_sheet[name] for name in sectors], dtype=np.bool_)

    @cached_property
    def dimension_starts(self) -> IntArray:
        """Where the leaves of each first-level indicator begin."""
        sizes = [len(dimension.leaves) for dimension in self.scheme.indicators]
        return np.array([sum(sizes[:at]) for at in range(len(sizes))], dtype=np.int64)

    @cached_property
    def points_up(self) -> IntArray:
        """The points of every leaf."""
        return np.array([leaf.points_up for leaf in self.scheme.leaves], dtype=np.int64)

    @cached_property
    def size(self) -> int:
        """Numbers in one frozen sheet."""
        return len(self.stages) * self.width + self.given_width

    def stage_index(self, stage: str) -> int:
        return self.stages.index(stage)

    def empty(self, count: int = 1) -> tuple[IntArray, IntArray]:
        """Marks (count, stages, width) and given rows (count, given_width) of sheets without any mark."""
        marks = np.zeros((count, len(self.stages), self.width), dtype=np.int64)
        return marks, np.zeros((count, self.given_width), dtype=np.int64)

    # One mark of one sheet

    def put(self, row: IntArray, code: str, mark: Mark | None) -> None:
        """Write a checked mark into a stage's row (or, for poll and external, into the given row); None clears it."""
        slot = self.by_code[code]
        self._clear(row, slot)
        if mark is None:
            return
        row[slot.state] = NOT_APPLICABLE if mark.not_applicable else MARKED
        if mark.not_applicable:
            return
        if slot.value >= 0:
            row[slot.value] = mark.value_up or 0
        if slot.denominator >= 0:
            row[slot.denominator] = SCALE if mark.denominator_up is None else mark.denominator_up
        for at, criterion in enumerate(slot.leaf.criteria if slot.counts >= 0 else ()):
            row[slot.counts + at] = mark.counts.get(criterion.code, 0)
            if slot.masks >= 0 and criterion.code in mark.waived:
                row[slot.masks + at // MASK_BITS] |= 1 << (at % MASK_BITS)

    def _clear(self, row: IntArray, slot: Slot) -> None:
        row[slot.state] = MISSING
        for position in (slot.value, slot.denominator):
            if position >= 0:
                row[position] = 0
        if slot.counts >= 0:
            masks = -(-len(slot.leaf.criteria) // MASK_BITS) if slot.masks >= 0 else 0
            row[slot.counts : slot.counts + len(slot.leaf.criteria) + masks] = 0

    def get(self, row: IntArray, code: str) -> Mark | None:
        """The mark of a leaf in a row, or None where it is missing."""
        slot = self.by_code[code]
        state = int(row[slot.state])
        if state != MARKED:
            return Mark(not_applicable=True) if state == NOT_APPLICABLE else None
        value = int(row[slot.value]) if slot.value >= 0 else None
        denominator = int(row[slot.denominator]) if slot.denominator >= 0 else None
        counts: dict[str, int] = {}
        waived: set[str] = set()
        for at, criterion in enumerate(slot.leaf.criteria if slot.counts >= 0 else ()):
            if row[slot.counts + at]:
                counts[criterion.code] = int(row[slot.counts + at])
            if slot.masks >= 0 and int(row[slot.masks + at // MASK_BITS]) >> (at % MASK_BITS) & 1:
                waived.add(criterion.code)
        return Mark(value, None if denominator == SCALE else denominator, counts, frozenset(waived))

    # Given values of one sheet

    def put_whole(self, given: IntArray, source: str, value_up: int | None) -> None:
        """A component given as a whole, on the scale of full marks."""
        given[self.wholes[source]] = MISSING if value_up is None else MARKED
        given[self.wholes[source] + 1] = value_up or 0

    def put_poll_score(self, given: IntArray, value_up: int | None) -> None:
        """The poll score 0–100 that `poll_min` and the tie-break read (`@score`)."""
        given[self.poll_score] = MISSING if value_up is None else MARKED
        given[self.poll_score + 1] = value_up or 0

    def put_top_share(self, given: IntArray, value_up: int | None, denominator_up: int = SCALE) -> None:
        """The share of top votes that `poll_top_share` reads (`@top_share`)."""
        given[self.top_share] = MISSING if value_up is None else MARKED
        given[self.top_share + 1] = value_up or 0
        given[self.top_share + 2] = denominator_up

    def put_flag(self, given: IntArray, code: str, value: bool) -> None:
        given[self.flags[code]] = int(value)

    # Frozen columns

    def pack(self, marks: IntArray, given: IntArray) -> bytes:
        """The frozen column of one sheet: its stages' rows, then its given row, as little-endian int64."""
        return np.concatenate([marks.reshape(-1), given]).astype("<i8").tobytes()

    def unpack(self, columns: Sequence[bytes]) -> tuple[IntArray, IntArray]:
        """Marks and given rows of many frozen sheets, read at once. Raises: ValueError for a wrong length."""
        if any(len(column) != self.size * 8 for column in columns):
            raise ValueError(f"a frozen sheet of this scheme has {self.size * 8} bytes")
        flat = np.frombuffer(b"".join(columns), dtype="<i8").astype(np.int64, copy=False).reshape(-1, self.size)
        split = len(self.stages) * self.width
        return flat[:, :split].reshape(len(columns), len(self.stages), self.width), flat[:, split:]


def layout_of(scheme: Scheme) -> Layout:
    """The layout of a scheme, made once per scheme object."""
    found = scheme.__dict__.get("_layout")
    if found is None:
        found = Layout(scheme)
        scheme.__dict__["_layout"] = found
    return found
