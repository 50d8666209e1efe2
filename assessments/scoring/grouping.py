"""Leaves of one rule side by side, as columns: a rule is worked out for all of them and for all sheets at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .numbers import BoolArray, IntArray
from .scheme import COUNT_RULES, Criterion, Indicator
from .slots import MASK_BITS, Slot

UNBOUNDED = 1 << 62  # stands for "no maximum": beyond every figure that fits


@dataclass(frozen=True)
class CriteriaColumns:
    """All criteria of a group, leaf after leaf: (c,) each; `starts` (m,) is where each leaf's criteria begin."""

    criteria: tuple[Criterion, ...]
    starts: IntArray
    counts: IntArray  # positions in a row
    masks: IntArray | None  # positions of the waiver masks, and the bit of each criterion
    bits: IntArray
    unit_up: IntArray  # points of one; 1 where the mark holds the size itself
    has_single: bool  # whether there is a criterion of which any count above 0 is 1: these
    is_single: BoolArray
    is_bounded: bool  # whether a criterion has a `max`
    most_up: IntArray
    depends: bool  # whether a criterion is asked of some branches only: these two
    needs_committee: BoolArray
    needs_groups: BoolArray
    widest: int  # the largest factor between a count and a leaf's sum


@dataclass(frozen=True)
class LeafGroup:
    """Leaves of one rule, (m,) each. `at`: their positions among the scheme's leaves; the others are in a row."""

    rule: str
    given: bool
    leaves: tuple[Indicator, ...]
    at: IntArray
    state: IntArray
    value: IntArray
    denominator: IntArray
    points_up: IntArray
    full_up: IntArray  # what "not applicable" gives
    start_up: IntArray
    factor_up: IntArray
    floor_up: IntArray
    ceiling_up: IntArray
    is_open: bool  # a leaf without a ceiling among them
    highest_only: BoolArray
    criteria: CriteriaColumns | None
    bands: tuple[tuple[IntArray, IntArray], ...]  # from and points, (m,) each, the lowest first
    slope: tuple[IntArray, ...]  # target, per, points, max, and 1 or -1 where lower is better


def group_of(slots: Sequence[Slot], at: Sequence[int]) -> LeafGroup:
    """The columns of some slots of one rule; all measures among them have bands, or all a slope."""
    leaves = tuple(slot.leaf for slot in slots)
    first = leaves[0]
    counted = first.rule in COUNT_RULES or first.rule == "choice"
    return LeafGroup(
        rule=first.rule,
        given=slots[0].given,
        leaves=leaves,
        at=_ints(at),
        state=_ints(slot.state for slot in slots),
        value=_ints(slot.value for slot in slots),
        denominator=_ints(slot.denominator for slot in slots),
        points_up=_ints(leaf.points_up for leaf in leaves),
        full_up=_ints(leaf.points_up if leaf.not_applicable == "counts_full" else 0 for leaf in leaves),
        start_up=_ints(leaf.start_up for leaf in leaves),
        factor_up=_ints(leaf.factor_up for leaf in leaves),
        floor_up=_ints(leaf.floor_up for leaf in leaves),
        ceiling_up=_ints(UNBOUNDED if leaf.ceiling_up is None else leaf.ceiling_up for leaf in leaves),
        is_open=first.rule == "entry" or any(leaf.ceiling_up is None for leaf in leaves),
        highest_only=np.array([leaf.highest_only for leaf in leaves], dtype=np.bool_),
        criteria=_criteria(slots) if counted else None,
        bands=_bands(leaves) if first.rule == "measure" and first.slope is None else (),
        slope=_slope(leaves) if first.rule == "measure" and first.slope is not None else (),
    )


def groups_of(slots: Sequence[Slot]) -> tuple[LeafGroup, ...]:
    """All slots of a scheme, by rule."""
    kinds: dict[tuple[str, bool], list[int]] = {}
    for at, slot in enumerate(slots):
        kinds.setdefault((slot.leaf.rule, slot.leaf.slope is not None), []).append(at)
    return tuple(group_of([slots[at] for at in places], places) for places in kinds.values())


def _criteria(slots: Sequence[Slot]) -> CriteriaColumns:
    rows = [(slot, at, criterion) for slot in slots for at, criterion in enumerate(slot.leaf.criteria)]
    sizes = [len(slot.leaf.criteria) for slot in slots]
    unit = [1 if criterion.range_up else criterion.points_up for _, _, criterion in rows]
    single = [not each.range_up and (slot.leaf.rule == "choice" or slot.leaf.highest_only) for slot, _, each in rows]
    most = [UNBOUNDED if each.max_up is None or slot.leaf.rule == "choice" else each.max_up for slot, _, each in rows]
    masked = slots[0].masks >= 0
    return CriteriaColumns(
        criteria=tuple(criterion for _, _, criterion in rows),
        starts=_ints(sum(sizes[:at]) for at in range(len(sizes))),
        counts=_ints(slot.counts + at for slot, at, _ in rows),
        masks=_ints(slot.masks + at // MASK_BITS for slot, at, _ in rows) if masked else None,
        bits=_ints(at % MASK_BITS for _, at, _ in rows),
        unit_up=_ints(unit),
        has_single=any(single),
        is_single=np.array(single, dtype=np.bool_),
        is_bounded=any(each != UNBOUNDED for each in most),
        most_up=_ints(most),
        depends=any(each.applies_if for _, _, each in rows),
        needs_committee=np.array([each.applies_if == "has_committee" for _, _, each in rows], dtype=np.bool_),
        needs_groups=np.array([each.applies_if == "has_groups" for _, _, each in rows], dtype=np.bool_),
        widest=max(1, *(abs(value) for value in unit)) * (max(sizes) + 1),
    )


def _bands(leaves: Sequence[Indicator]) -> tuple[tuple[IntArray, IntArray], ...]:
    """Step by step from the lowest band; a leaf with fewer bands repeats its highest."""
    ladders = [sorted(leaf.bands, key=lambda band: band.from_up) for leaf in leaves]
    steps = range(max(len(ladder) for ladder in ladders))
    found = [[ladder[min(step, len(ladder) - 1)] for ladder in ladders] for step in steps]
    return tuple((_ints(band.from_up for band in row), _ints(band.points_up for band in row)) for row in found)


def _slope(leaves: Sequence[Indicator]) -> tuple[IntArray, ...]:
    slopes = [leaf.slope for leaf in leaves if leaf.slope is not None]
    return (
        _ints(slope.target_up for slope in slopes),
        _ints(slope.per_up for slope in slopes),
        _ints(slope.points_up for slope in slopes),
        _ints(UNBOUNDED if slope.max_up is None else slope.max_up for slope in slopes),
        _ints(1 if slope.direction == "up" else -1 for slope in slopes),
    )


def _ints(values: Iterable[int]) -> IntArray:
    return np.array(list(values), dtype=np.int64)
