"""One small function per rule kind: arrays of marks in, micro-points out (scoring.md, section 3)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .layout import MARKED, MASK_BITS, NOT_APPLICABLE, Slot
from .numbers import (
    FITS,
    LARGEST_UP,
    SCALE,
    BoolArray,
    Exact,
    IntArray,
    difference,
    mul_div,
    narrow,
    peak,
    product,
)
from .problems import FigureError
from .scheme import Indicator

SHOWN_UP = 10**18  # raw points of absurd counts are shown at most as this many


@dataclass(frozen=True)
class Asked:
    """Which criteria a branch is asked: those that depend on a 支委会 or on 党小组 only where it has them."""

    has_committee: BoolArray
    has_groups: BoolArray

    def effect(self, applies_if: str | None, values: IntArray) -> IntArray:
        if applies_if is None:
            return values
        return np.where(self.has_committee if applies_if == "has_committee" else self.has_groups, values, 0)


def leaf_points(slot: Slot, rows: IntArray, asked: Asked) -> tuple[IntArray, IntArray, IntArray]:
    """State, raw and counted points of one leaf for all sheets.

    Shapes: `rows` is (sheets, width) of the row the slot lives in; the results are (sheets,).
    Missing: points of a sheet without a mark are 0; the caller masks them by the state.
    Raises: FigureError where a figure is beyond ±1,000,000 points.
    """
    leaf = slot.leaf
    state = rows[:, slot.state]
    raw = RULES[leaf.rule](slot, rows, asked)
    counted = raw
    if leaf.rule != "entry":
        counted = np.maximum(raw, leaf.floor_up)
        if leaf.ceiling_up is not None:
            counted = np.minimum(counted, leaf.ceiling_up)
    full = leaf.points_up if leaf.not_applicable == "counts_full" else 0
    counted = np.where(state == MARKED, counted, np.where(state == NOT_APPLICABLE, full, 0))
    unbounded = leaf.ceiling_up is None or leaf.rule == "entry"
    if unbounded and peak(counted) > LARGEST_UP:
        raise FigureError(leaf.code, int(np.flatnonzero(np.abs(counted) > LARGEST_UP)[0]))
    if raw.dtype == object:
        raw = np.minimum(np.maximum(raw, -SHOWN_UP), SHOWN_UP)
    return state, narrow(np.where(state == MARKED, raw, 0)), narrow(counted)


def counts_of(slot: Slot, rows: IntArray, at: int, asked: Asked) -> IntArray:
    """Counts (or sizes) of one criterion that take effect: not waived, and asked of this branch."""
    values = asked.effect(slot.leaf.criteria[at].applies_if, rows[:, slot.counts + at])
    if slot.masks < 0:
        return values
    waived = rows[:, slot.masks + at // MASK_BITS] >> (at % MASK_BITS) & 1
    return np.where(waived == 1, 0, values)


def criterion_effect(leaf: Indicator, at: int, counts: Exact) -> Exact:
    """Count × points, or the size chosen, its size bounded by the criterion's `max`; signed as the criterion is.

    `counts` are Python integers (an object array) where the products might not fit into 64 bits.
    """
    criterion = leaf.criteria[at]
    if criterion.range_up is not None:
        effect: Exact = counts
    elif leaf.rule == "choice" or leaf.highest_only:
        effect = np.where(counts > 0, criterion.points_up, 0)
    else:
        effect = counts * criterion.points_up
    if criterion.max_up is None or leaf.rule == "choice":
        return effect
    return np.maximum(np.minimum(effect, criterion.max_up), -criterion.max_up)


def _effects(slot: Slot, rows: IntArray, asked: Asked) -> list[Exact]:
    leaf, count = slot.leaf, len(slot.leaf.criteria)
    most = max(SCALE, *(abs(criterion.points_up) for criterion in leaf.criteria))
    is_wide = peak(rows[:, slot.counts : slot.counts + count]) * most * count >= FITS
    found: list[Exact] = []
    for at in range(count):
        counts: Exact = counts_of(slot, rows, at, asked)
        found.append(criterion_effect(leaf, at, counts.astype(object) if is_wide else counts))
    return found


def _summed(effects: list[Exact], start: int, count: int) -> Exact:
    """Start plus all effects; `_effects` made them wide where their sum might not fit."""
    total: Exact = np.full(count, start, dtype=np.int64)
    for effect in effects:
        total = total + effect
    return total


def _entry(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return rows[:, slot.value]


def _deduct(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return _summed([-effect for effect in _effects(slot, rows, asked)], slot.leaf.points_up, len(rows))


def _add(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    effects = _effects(slot, rows, asked)
    if not slot.leaf.highest_only:
        return _summed(effects, 0, len(rows))
    best: Exact = np.zeros(len(rows), dtype=np.int64)
    for effect in effects:
        best = np.maximum(best, effect)
    return best


def _mixed(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return _summed(_effects(slot, rows, asked), slot.leaf.start_up, len(rows))


def _choice(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return _summed(_effects(slot, rows, asked), 0, len(rows))


def _measure(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    """Ratios are compared exactly: value × 1,000,000 against bound × denominator."""
    leaf = slot.leaf
    denominator = np.maximum(rows[:, slot.denominator], 1)  # 0 only where there is no mark
    value = product(rows[:, slot.value], SCALE)
    if leaf.slope is None:
        points: Exact = np.zeros(len(rows), dtype=np.int64)
        for band in sorted(leaf.bands, key=lambda each: each.from_up):
            points = np.where(value >= product(denominator, band.from_up), band.points_up, points)
        return points
    slope = leaf.slope
    target = product(denominator, slope.target_up)
    short = difference(target, value) if slope.direction == "up" else difference(value, target)
    steps = np.maximum(short, 0) // product(denominator, slope.per_up)
    loss = product(steps, slope.points_up)
    if slope.max_up is not None:
        loss = np.minimum(loss, slope.max_up)
    return leaf.points_up - loss


def _poll(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return mul_div(rows[:, slot.value], slot.leaf.points_up, 100 * SCALE)


def _external(slot: Slot, rows: IntArray, asked: Asked) -> Exact:
    return slot.leaf.start_up + mul_div(rows[:, slot.value], slot.leaf.factor_up, SCALE)


RULES: dict[str, Callable[[Slot, IntArray, Asked], Exact]] = {
    "entry": _entry,
    "deduct": _deduct,
    "add": _add,
    "mixed": _mixed,
    "choice": _choice,
    "measure": _measure,
    "poll": _poll,
    "external": _external,
}
