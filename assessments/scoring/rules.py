"""One small function per rule kind: the marks of all its leaves in, micro-points out (scoring.md, section 3)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .grouping import CriteriaColumns, LeafGroup, group_of
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
from .slots import MARKED, NOT_APPLICABLE, Slot

SHOWN_UP = 10**18  # raw points of absurd counts are shown at most as this many


@dataclass(frozen=True)
class Asked:
    """Which criteria a branch is asked: those that depend on a 支委会 or on 党小组 only where it has them."""

    has_committee: BoolArray
    has_groups: BoolArray


def group_points(group: LeafGroup, rows: IntArray, asked: Asked) -> tuple[IntArray, IntArray, IntArray]:
    """State, raw and counted points of the leaves of a group for all sheets.

    Shapes: `rows` is (sheets, width) of the row the slots live in; the results are (sheets, leaves).
    Missing: points of a sheet without a mark are 0; the caller masks them by the state.
    Raises: FigureError where a figure is beyond ±1,000,000 points.
    """
    state = rows[:, group.state]
    raw = RULES[group.rule](group, rows, asked)
    counted = raw
    if group.rule != "entry":
        counted = np.minimum(np.maximum(raw, group.floor_up), group.ceiling_up)
    marked = state == MARKED
    counted = np.where(marked, counted, np.where(state == NOT_APPLICABLE, group.full_up, 0))
    if group.is_open and peak(counted) > LARGEST_UP:
        branch, leaf = (int(place[0]) for place in np.nonzero(np.abs(counted) > LARGEST_UP))
        raise FigureError(group.leaves[leaf].code, branch)
    if raw.dtype == object:
        raw = np.minimum(np.maximum(raw, -SHOWN_UP), SHOWN_UP)
    return state, narrow(np.where(marked, raw, 0)), narrow(counted)


def leaf_points(slot: Slot, rows: IntArray, asked: Asked) -> tuple[IntArray, IntArray, IntArray]:
    """The same for one leaf; the results are (sheets,)."""
    state, raw, counted = group_points(group_of([slot], [0]), rows, asked)
    return state[:, 0], raw[:, 0], counted[:, 0]


def criteria_effects(columns: CriteriaColumns, rows: IntArray, asked: Asked) -> Exact:
    """Count × points, or the size chosen, bounded by the criterion's `max`; 0 where waived or not asked.

    Shapes: (sheets, criteria). Signed as the criterion is; Python integers (an object array) where the
    products might not fit into 64 bits.
    """
    counts = rows[:, columns.counts]
    if columns.depends:
        hidden = columns.needs_committee & ~asked.has_committee[:, None]
        counts = np.where(hidden | (columns.needs_groups & ~asked.has_groups[:, None]), 0, counts)
    if columns.masks is not None and (masks := rows[:, columns.masks]).any():
        counts = np.where((masks >> columns.bits) & 1 == 1, 0, counts)
    if columns.has_single:
        counts = np.where(columns.is_single, np.minimum(counts, 1), counts)
    wide: Exact = counts.astype(object) if peak(counts) * columns.widest >= FITS else counts
    effects = wide * columns.unit_up
    if columns.is_bounded:
        effects = np.maximum(np.minimum(effects, columns.most_up), -columns.most_up)
    return effects


def _sums(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    """The effects of each leaf's criteria added up; under `highest_only` the best single one."""
    if group.criteria is None:  # only a rule that counts comes here
        return np.zeros((len(rows), len(group.leaves)), dtype=np.int64)
    effects, starts = criteria_effects(group.criteria, rows, asked), group.criteria.starts
    sums: Exact = np.add.reduceat(effects, starts, axis=1)
    if group.highest_only.any():
        sums = np.where(group.highest_only, np.maximum.reduceat(effects, starts, axis=1), sums)
    return sums


def _entry(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    return rows[:, group.value]


def _deduct(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    return group.points_up - _sums(group, rows, asked)


def _mixed(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    return group.start_up + _sums(group, rows, asked)


def _measure(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    """Ratios are compared exactly: value × 1,000,000 against bound × denominator."""
    denominator = np.maximum(rows[:, group.denominator], 1)  # 0 only where there is no mark
    value = product(rows[:, group.value], SCALE)
    if group.slope:
        return group.points_up - _loss(group, value, denominator)
    points: Exact = np.zeros(value.shape, dtype=np.int64)
    for start_up, points_up in group.bands:
        points = np.where(value >= product(denominator, start_up), points_up, points)
    return points


def _loss(group: LeafGroup, value: Exact, denominator: IntArray) -> Exact:
    """Points lost on a slope: whole steps of shortfall × points, at most the slope's max."""
    target, per, points, most, sign = group.slope
    short = difference(product(denominator, target), value) * sign
    steps = np.maximum(short, 0) // product(denominator, per)
    return np.minimum(product(steps, points), most)


def _poll(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    return mul_div(rows[:, group.value], group.points_up, 100 * SCALE)


def _external(group: LeafGroup, rows: IntArray, asked: Asked) -> Exact:
    return group.start_up + mul_div(rows[:, group.value], group.factor_up, SCALE)


RULES: dict[str, Callable[[LeafGroup, IntArray, Asked], Exact]] = {
    "entry": _entry,
    "deduct": _deduct,
    "add": _sums,
    "mixed": _mixed,
    "choice": _sums,
    "measure": _measure,
    "poll": _poll,
    "external": _external,
}
