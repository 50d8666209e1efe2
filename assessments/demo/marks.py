"""Believable marks: every branch has a quality and a trend; each rule turns it into counts, options and ratios."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ..scoring import Scheme
from ..scoring.layout import MARKED, NOT_APPLICABLE, Layout, Slot
from ..scoring.numbers import SCALE, IntArray

Floats = np.ndarray


@dataclass
class Marks:
    """Marks of one quarter in the layout, for all branches in order; `changed` says where the review differs."""

    marks: IntArray
    given: IntArray
    changed: dict[str, np.ndarray]  # leaf code -> bool per branch


def qualities(random: Generator, units: IntArray, periods: int) -> Floats:
    """Quality 0..1 of every branch in every period: good, weak, rising and falling ones; units are alike."""
    count = len(units)
    unit_effect = random.normal(0, 0.018, units.max() + 1)[units]
    weak = np.where(random.random(count) < 0.06, random.uniform(0.06, 0.16, count), 0)
    base = np.clip(random.normal(0.875, 0.042, count) + unit_effect - weak, 0.6, 0.985)
    trend = random.choice([0, 0, 0, 0.006, -0.006, 0.014, -0.014], count)
    base[0], trend[0] = 0.9, 0.006  # the branch behind the first printed account: near five stars and rising
    time = np.arange(periods) - periods / 2
    noise = random.normal(0, 0.012, (periods, count))
    return np.clip(base[None, :] + trend[None, :] * time[:, None] + noise, 0.5, 1)


@dataclass(frozen=True)
class Organs:
    """What a branch has, as columns: it decides which criteria it is asked."""

    has_committee: np.ndarray
    has_groups: np.ndarray
    has_shared_premises: np.ndarray


def make_marks(random: Generator, layout: Layout, quality: Floats, organs: Organs) -> Marks:
    """Self and review marks of one quarter. The review copies the self mark but for a few per cent, stricter."""
    count = len(quality)
    marks, given = layout.empty(count)
    own, review = layout.stage_index("self"), layout.stage_index("review")
    changed = {}
    for slot in layout.slots:
        if slot.given:
            given[:, slot.state] = MARKED
            given[:, slot.value] = (
                np.clip(np.round(72 + 28 * quality + random.normal(0, 2.5, count), 1), 40, 100) * SCALE
            )
            continue
        _fill(random, marks[:, own], slot, quality)
        _drop_unasked(marks[:, own], slot, organs)
        marks[:, review] = np.where(_columns(slot, layout.width), marks[:, own], marks[:, review])
        differs = random.random(count) < 0.02 + 0.10 * (1 - quality)
        _fill(random, marks[:, review], slot, np.clip(quality - 0.25, 0.1, 1), where=differs)
        _drop_unasked(marks[:, review], slot, organs)
        differs &= (marks[:, own] != marks[:, review]).any(axis=1, where=_columns(slot, layout.width))
        if slot.leaf.not_applicable != "forbidden":
            _not_applicable(marks, (own, review), slot, organs.has_shared_premises)
            differs &= ~organs.has_shared_premises
        changed[slot.leaf.code] = differs
    return Marks(marks, given, changed)


def keep_own_rows(marks: Marks, scheme: Scheme, layout: Layout, sectors: np.ndarray) -> None:
    """Empty the rows that stand on the sheets of other sectors only."""
    for sector in np.unique(sectors):
        here = np.flatnonzero(sectors == sector)
        for slot, on in zip(layout.slots, scheme.on_sheet(str(sector)), strict=True):
            if not on and not slot.given:
                marks.marks[np.ix_(here, np.arange(len(layout.stages)), _columns(slot, layout.width))] = 0
                marks.changed[slot.leaf.code][here] = False


def _drop_unasked(rows: IntArray, slot: Slot, organs: Organs) -> None:
    """No counts for criteria that a branch without a committee or without groups is not asked."""
    for at, criterion in enumerate(slot.leaf.criteria if slot.counts >= 0 else ()):
        if criterion.applies_if:
            rows[~getattr(organs, criterion.applies_if), slot.counts + at] = 0


def _columns(slot: Slot, width: int) -> np.ndarray:
    """Which numbers of a stage's row belong to a leaf."""
    mask = np.zeros(width, dtype=bool)
    mask[slot.state] = True
    for position, size in (
        (slot.value, 1),
        (slot.denominator, 1),
        (slot.counts, len(slot.leaf.criteria)),
        (slot.masks, 1),
    ):
        if position >= 0:
            mask[position : position + size] = True
    return mask


def _not_applicable(marks: IntArray, stages: tuple[int, int], slot: Slot, where: np.ndarray) -> None:
    for stage in stages:
        row = marks[:, stage]
        for position in np.flatnonzero(_columns(slot, row.shape[1])):
            row[where, position] = 0
        row[where, slot.state] = NOT_APPLICABLE


def _fill(random: Generator, rows: IntArray, slot: Slot, quality: Floats, where: np.ndarray | None = None) -> None:
    """Write one leaf's marks for the branches of `where` (all when None)."""
    count = len(quality)
    chosen = np.ones(count, dtype=bool) if where is None else where
    made = np.zeros((count, rows.shape[1]), dtype=np.int64)
    made[:, slot.state] = MARKED
    {"deduct": _deduct, "add": _add, "mixed": _deduct, "choice": _choice, "measure": _measure, "entry": _entry}[
        slot.leaf.rule
    ](random, made, slot, quality)
    columns = _columns(slot, rows.shape[1])
    rows[np.ix_(chosen, columns)] = made[np.ix_(chosen, columns)]


def _deduct(random: Generator, made: IntArray, slot: Slot, quality: Floats) -> None:
    share = 1.6 * (1 - quality) / max(1, len(slot.leaf.criteria))
    for at, criterion in enumerate(slot.leaf.criteria):
        if criterion.range_up:
            low, high = criterion.range_up
            size = low + (high - low) * random.integers(0, 3, len(quality)) // 2
            made[:, slot.counts + at] = np.where(random.random(len(quality)) < 0.3 * share, size, 0)
            continue
        size = max(abs(criterion.points_up) / SCALE, 0.25)
        lost = share * slot.leaf.points_up / SCALE / size
        made[:, slot.counts + at] = np.minimum(random.poisson(np.minimum(lost, 3)), 4)


def _add(random: Generator, made: IntArray, slot: Slot, quality: Floats) -> None:
    criteria = slot.leaf.criteria
    if slot.leaf.highest_only:
        best = sorted(range(len(criteria)), key=lambda at: -criteria[at].points_up)
        loss = (1 - quality) * 2.4 + random.normal(0, 0.18, len(quality))
        pick = np.clip((loss * len(best)).astype(int), 0, len(best) - 1)
        for rank, at in enumerate(best):
            made[:, slot.counts + at] = pick == rank
        return
    first = criteria[0]
    wanted = slot.leaf.points_up * np.clip(quality + random.normal(0.04, 0.08, len(quality)), 0, 1.2)
    made[:, slot.counts] = np.round(wanted / first.points_up)


def _choice(random: Generator, made: IntArray, slot: Slot, quality: Floats) -> None:
    best = sorted(range(len(slot.leaf.criteria)), key=lambda at: -slot.leaf.criteria[at].points_up)
    loss = (1 - quality) * 1.5 + np.abs(random.normal(0, 0.16, len(quality))) - 0.22
    pick = np.clip((loss * len(best)).astype(int), 0, len(best) - 1)
    for rank, at in enumerate(best):
        made[:, slot.counts + at] = pick == rank


def _measure(random: Generator, made: IntArray, slot: Slot, quality: Floats) -> None:
    whole = random.integers(12, 40, len(quality))
    ratio = np.clip(quality + random.normal(0.08, 0.05, len(quality)), 0.2, 1)
    made[:, slot.value] = np.round(whole * ratio).astype(np.int64) * SCALE
    made[:, slot.denominator] = whole * SCALE


def _entry(random: Generator, made: IntArray, slot: Slot, quality: Floats) -> None:
    step = slot.leaf.step_up
    points = slot.leaf.points_up * np.clip(quality + random.normal(0.03, 0.06, len(quality)), 0, 1)
    made[:, slot.value] = np.round(points / step).astype(np.int64) * step
