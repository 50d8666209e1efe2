"""Indicator points of one stage summed to dimensions and to the component's score (scoring.md, section 3).

component = Σ points × T ÷ P, rounded once: P the points of rows due and not excluded, T = full marks × points due ÷ all
points, or plain full marks with `rescale_due`.
"""

from dataclasses import dataclass
from math import gcd

import numpy as np

from .batch import Batch
from .layout import MISSING, NOT_APPLICABLE, Layout, layout_of
from .numbers import FITS, BoolArray, IntArray, all_in_row, divide, product
from .problems import FigureError
from .rules import Asked, group_points
from .scheme import Indicator, Scheme

NOT_DUE, NOT_ON_SHEET = 3, 4
MOST_UP = 10**16  # a component beyond this comes from a divisor near nothing; sums of a year stay within int64
CHUNK = 2_048  # sheets at a time: the working arrays stay in the cache of the processor


@dataclass(frozen=True)
class StageScore:
    """One stage of all sheets. `states` are those of `layout`, or NOT_DUE, NOT_ON_SHEET."""

    states: IntArray  # (n, leaves)
    raw_up: IntArray  # (n, leaves) before floor and ceiling
    points_up: IntArray  # (n, leaves)
    earned_up: IntArray  # (n, dimensions)
    possible_up: IntArray  # (n, dimensions)
    part: BoolArray  # (n, dimensions) the dimension has rows for the branch's sector
    due_up: IntArray  # (n,) points of rows due, excluded ones included
    all_up: IntArray  # (n,) points of all rows for the sector
    score_up: IntArray  # (n,) on the scale of full marks
    present: BoolArray  # (n,) nothing is missing


@dataclass(frozen=True)
class _Tree:
    """The four figures of leaves, dimensions or one indicator: (n, …) each."""

    earned: IntArray
    possible: IntArray
    due: IntArray
    all: IntArray


def score_stage(scheme: Scheme, batch: Batch, stage: str) -> StageScore:
    """Score one stage of every sheet, some thousand sheets at a time. Raises: FigureError for absurd figures."""
    layout = layout_of(scheme)
    table = layout.on_sheets(batch.branches.sector_names)
    pieces: list[StageScore] = []
    for start in range(0, max(len(batch), 1), CHUNK):
        try:
            pieces.append(_score(scheme, layout, batch, stage, table, slice(start, start + CHUNK)))
        except FigureError as error:
            raise FigureError(error.item, error.branch + start) from error
    if len(pieces) == 1:
        return pieces[0]
    names = StageScore.__dataclass_fields__
    return StageScore(**{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names})


def _score(scheme: Scheme, layout: Layout, batch: Batch, stage: str, table: BoolArray, pick: slice) -> StageScore:
    rows, given = batch.marks[pick, layout.stage_index(stage)], batch.given[pick]
    branches = batch.branches
    asked = Asked(branches.has_committee[pick], branches.has_groups[pick])
    on = table[branches.sector[pick]] if len(table) else np.zeros((len(rows), len(layout.slots)), dtype=np.bool_)
    shape = (len(rows), len(layout.slots))
    states, raw, points = (np.empty(shape, dtype=np.int64) for _ in range(3))
    for group in layout.groups:
        found = group_points(group, given if group.given else rows, asked)
        states[:, group.at], raw[:, group.at], points[:, group.at] = found
    states[(states == NOT_APPLICABLE) & layout.leaf_mask("not_applicable", "forbidden")] = MISSING
    on_event = layout.leaf_mask("due", "on_event")
    due = layout.due(batch.period) & ~(on_event & (states == MISSING))
    states[~due] = NOT_DUE
    states[~on] = NOT_ON_SHEET
    return _assemble(scheme, states, raw, points, on)


def _assemble(scheme: Scheme, states: IntArray, raw: IntArray, points: IntArray, on: BoolArray) -> StageScore:
    layout = layout_of(scheme)
    excludes, nominal = layout.leaf_mask("not_applicable", "excluded"), layout.points_up
    due = states < NOT_DUE
    possible = due & ~((states == NOT_APPLICABLE) & excludes)
    points[~possible] = 0
    raw[~due] = 0
    leaves = _Tree(points, nominal * possible, nominal * due, nominal * on)
    tree = _dimensions(scheme, layout, leaves, on)
    part = np.logical_or.reduceat(on, layout.dimension_starts, axis=1)
    due_up, all_up = tree.due.sum(axis=1), tree.all.sum(axis=1)
    total, most = tree.earned.sum(axis=1), tree.possible.sum(axis=1)
    present = all_in_row(states != MISSING) & (most > 0)
    score = _rescaled(scheme, total, most, due_up, all_up)
    return StageScore(states, raw, points, tree.earned, tree.possible, part, due_up, all_up, score, present)


def _dimensions(scheme: Scheme, layout: Layout, leaves: _Tree, on: BoolArray) -> _Tree:
    """The four figures of every dimension: (n, dimensions) each."""
    starts = layout.dimension_starts
    columns = (leaves.earned, leaves.possible, leaves.due, leaves.all)
    found = _Tree(*(np.add.reduceat(column, starts, axis=1) for column in columns))
    for at, dimension in enumerate(scheme.indicators):
        if dimension.has_scaled:
            own = _sum(dimension, leaves, on, int(starts[at]))
            found.earned[:, at], found.possible[:, at] = own.earned, own.possible
            found.due[:, at], found.all[:, at] = own.due, own.all
    return found


def _sum(indicator: Indicator, leaves: _Tree, on: BoolArray, start: int) -> _Tree:
    """Sum the leaves below an indicator; one with `scaled` brings its children's sum to its own points."""
    stop = start + len(indicator.leaves)
    if not indicator.has_scaled:
        columns = (leaves.earned, leaves.possible, leaves.due, leaves.all)
        return _Tree(*(column[:, start:stop].sum(axis=1) for column in columns))
    below: list[_Tree] = []
    for child in indicator.children:
        below.append(_sum(child, leaves, on, start))
        start += len(child.leaves)
    earned, possible, due, every = (
        np.sum([getattr(tree, name) for tree in below], axis=0) for name in ("earned", "possible", "due", "all")
    )
    if not indicator.scaled:
        return _Tree(earned, possible, due, every)
    has = possible > 0
    scaled = np.where(
        has, _shared(indicator.leaves[0].code, earned, indicator.points_up, np.where(has, possible, 1)), 0
    )
    own = indicator.points_up
    return _Tree(scaled, np.where(has, own, 0), np.where(due > 0, own, 0), np.where(every > 0, own, 0))


def _rescaled(scheme: Scheme, total: IntArray, most: IntArray, due: IntArray, every: IntArray) -> IntArray:
    """Σ points × T ÷ P. Sheets with the same rows share one reduced fraction, so the products stay small."""
    score = np.zeros(len(total), dtype=np.int64)
    due = every if scheme.rescale_due else due
    table = np.stack([most, due, every], axis=1)
    if (table == table[:1]).all():
        kinds, which = table[:1], np.zeros(len(table), dtype=np.int64)
    else:
        kinds, found = np.unique(table, axis=0, return_inverse=True)
        which = found.reshape(-1)
    for at, (possible, asked, everything) in enumerate(kinds.tolist()):
        if possible <= 0 or everything <= 0:
            continue
        upper, lower = scheme.full_marks_up * asked, everything * possible
        common = gcd(upper, lower)
        members = which == at if len(kinds) > 1 else slice(None)
        try:
            score[members] = _shared(scheme.leaves[0].code, total[members], upper // common, lower // common)
        except FigureError as error:
            raise FigureError(error.item, int(np.flatnonzero(which == at)[error.branch])) from error
    return score


def _shared(code: str, earned: IntArray, upper: int, lower: IntArray | int) -> IntArray:
    """Earned × upper ÷ lower, rounded once. Raises: FigureError where a tiny divisor makes an absurd figure."""
    whole = product(earned, upper)
    limit = product(lower, MOST_UP) if isinstance(lower, np.ndarray) else lower * MOST_UP
    if isinstance(limit, int) and whole.dtype != object:
        limit = min(limit, FITS)
    beyond = np.flatnonzero(np.abs(whole) > limit)
    if len(beyond):
        raise FigureError(code, int(beyond[0]))
    return divide(whole, lower)
