"""Why a branch moves: what each part of the scheme changed of its total, and what changed its stars. Codes, no words.

The parts add up to the change of the total except for roundings of a micro-point and for limits of the total, which
stand as a part of their own. Figures are those of both outcomes; no rule or band is applied here.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ...scoring import MARKED, Outcome, Scheme, layout_of
from ...scoring.numbers import SCALE, IntArray, mul_div
from ...scoring.scheme import Band
from ...scoring.year import combine
from ..aligning import places_of
from ..computing import COLUMNS, Scored
from .computing import Period, Tried

Key = tuple[str, str]  # (dimension | component | weight | bonus | penalty | limits | year, code)
Cause = list[object]
SHOWN_UP = 5_000  # half of the second decimal: what would print as 0.00 is no reason
MOST = 3
LINEAR = ("sum", "mean", "weighted")
STATUS, STARS, LIMITED, OPENED, REASONS = (
    COLUMNS.index(name) for name in ("status", "stars", "stars_limited", "stars_opened", "reasons")
)


def causes_of(tried: Tried) -> list[list[Cause]]:
    """For every branch, in the order of the rows: first what changed the total most, then what changed the stars."""
    parts = _parts(tried)
    old, new = tried.old.outcome, tried.new.outcome
    keys = list(parts)
    both = (old.rank_all > 0) & (new.rank_all > 0)
    table = np.stack([parts[key] for key in keys], axis=1) if keys else np.zeros((len(old), 0), dtype=np.int64)
    order = np.argsort(-np.abs(table), axis=1, kind="stable")[:, :MOST]
    found: list[list[Cause]] = [[] for _ in range(len(old))]
    moved = np.flatnonzero(both & (np.abs(table) >= SHOWN_UP).any(axis=1)) if keys else []
    for at in moved:
        for column in order[at].tolist():
            change = int(table[at, column])
            if abs(change) >= SHOWN_UP:
                found[at].append([*keys[column], change])
    _add_star_causes(tried, found)
    return found


def _parts(tried: Tried) -> dict[Key, IntArray]:
    """The change of the total by parts, (n,) each, and what is left over."""
    old, new = tried.old.outcome, tried.new.outcome
    whole = new.total_up - old.total_up
    parts = _period_parts(tried.periods[0]) if tried.old.group.cycle is not None else _year_parts(tried)
    told = sum(parts.values(), np.zeros_like(whole))
    return parts | {("limits", ""): whole - told}


def _period_parts(period: Period) -> dict[Key, IntArray]:
    """Score effects at the old weights by first-level indicator, weight effects at the new scores, bonus, penalty."""
    old, new = period.old.outcome, period.new.outcome
    before, after = period.old.group.scheme, period.new.group.scheme
    weights = [{each.source: each.weight_up for each in scheme.components} for scheme in (before, after)]
    parts: dict[Key, IntArray] = {}
    for source in dict.fromkeys([*weights[0], *weights[1]]):
        then, now = weights[0].get(source, 0), weights[1].get(source, 0)
        was, comes = _raw(before, old, source), _raw(after, new, source)
        if then and now:
            levels = [_levels(before, period.old, source, was), _levels(after, period.new, source, comes)]
            for key in dict.fromkeys([*levels[0], *levels[1]]):
                change = levels[1].get(key, np.zeros_like(was)) - levels[0].get(key, np.zeros_like(was))
                parts[key] = parts.get(key, np.zeros_like(was)) + mul_div(change, then, SCALE)
        if then != now:
            parts["weight", source] = mul_div(comes if now else was, now - then, SCALE)
    parts["bonus", ""] = new.bonus_up - old.bonus_up
    parts["penalty", ""] = _penalty(before, old) - _penalty(after, new)
    return parts


def _raw(scheme: Scheme, outcome: Outcome, source: str) -> IntArray:
    for at, component in enumerate(scheme.components):
        if component.source == source:
            return outcome.components_raw_up[:, at]
    return np.zeros(len(outcome), dtype=np.int64)


def _levels(scheme: Scheme, scored: Scored, source: str, raw: IntArray) -> dict[Key, IntArray]:
    """A component's score by first-level indicator; as a whole where it was given as a whole or has no points."""
    outcome, batch = scored.outcome, scored.group.batch
    score = outcome.stages.get(source)
    if score is None:
        return {("component", source): raw}
    whole = batch.given[:, layout_of(scheme).wholes[source]] == MARKED
    total = score.earned_up.sum(axis=1)
    by_marks = ~whole & (total != 0)
    found: dict[Key, IntArray] = {
        ("dimension", code): np.where(by_marks, mul_div(score.earned_up[:, at], raw, np.maximum(total, 1)), 0)
        for at, code in enumerate(scheme.dimension_codes)
    }
    return found | {("component", source): np.where(by_marks, 0, raw)}


def _penalty(scheme: Scheme, outcome: Outcome) -> IntArray:
    """What the penalty took off the total; from a component, with the component's weight."""
    sources = [component.source for component in scheme.components]
    if scheme.penalty.source not in sources:
        return outcome.penalty_up
    at = sources.index(scheme.penalty.source)
    taken = outcome.components_raw_up[:, at] - outcome.components_up[:, at]
    return mul_div(taken, scheme.components[at].weight_up, SCALE)


def _year_parts(tried: Tried) -> dict[Key, IntArray]:
    """The parts of the quarters put together as the year is; the quarters themselves where that cannot be split."""
    old, new = tried.old.outcome, tried.new.outcome
    before, after = tried.old.group.scheme, tried.new.group.scheme
    present = ~new.missing_periods
    same_rule = (before.year.periods, before.year.method, before.year.weights_up, before.year.missing) == (
        after.year.periods, after.year.method, after.year.weights_up, after.year.missing,
    )  # fmt: skip
    if not same_rule or before.year.method not in LINEAR or (present != ~old.missing_periods).any():
        return {("year", ""): new.total_up - old.total_up}
    codes = [entry.code for entry in tried.new.group.entries]
    columns: dict[Key, dict[str, IntArray]] = {}
    for period in tried.periods:
        places = places_of(period.new, codes)
        for key, values in _period_parts(period).items():
            aligned = np.where(places >= 0, values[places], 0)
            columns.setdefault(key, {})[period.name] = aligned
    nothing = np.zeros(len(codes), dtype=np.int64)
    return {
        key: combine(after, np.stack([by.get(name, nothing) for name in after.year.periods], axis=1), present)
        for key, by in columns.items()
    }


# Stars


def _add_star_causes(tried: Tried, found: list[list[Cause]]) -> None:
    """Thresholds that were moved, conditions, vetoes and quotas that hold a branch now or held it before."""
    old, new = tried.old, tried.new
    lines = [thresholds(side.group.scheme.bands_for(side.outcome.period)) for side in (old, new)]
    for at, (before, after) in enumerate(zip(old.rows, new.rows, strict=True)):
        if (shown_stars(before), before[STATUS]) == (shown_stars(after), after[STATUS]):
            continue
        if before[OPENED] is not None and after[OPENED] is not None and before[OPENED] != after[OPENED]:
            found[at] += _opened(before[OPENED], after[OPENED], lines)
        held = [[_reason(reason) for reason in row[REASONS]] for row in (before, after)]
        found[at] += [["now", *reason] for reason in held[1] if reason not in held[0]]
        found[at] += [["before", *reason] for reason in held[0] if reason not in held[1]]


def _opened(was: int, comes: int, lines: Sequence[Mapping[int, int]]) -> list[Cause]:
    """The thresholds between the stars that the score opened and those it opens now; the nearest one if none moved."""
    between = [star for star in range(max(was, comes), min(was, comes), -1) if star in lines[1]]
    moved: list[Cause] = [
        ["line", star, lines[0][star], lines[1][star]]
        for star in between
        if star in lines[0] and lines[0][star] != lines[1][star]
    ]
    if moved or not between:
        return moved
    return [_crossed(between, is_up=comes > was, line_up=lines[1])]


def _crossed(between: Sequence[int], *, is_up: bool, line_up: Mapping[int, int]) -> Cause:
    """Up: the highest line reached; down: the lowest one missed."""
    star = between[0] if is_up else between[-1]
    return ["reached" if is_up else "short", star, line_up[star]]


def shown_stars(row: Sequence) -> int | None:
    """Of a row of `results.computing`: given, or those the score would reach; None where nothing is rated."""
    if row[STATUS] != "rated":
        return None
    return row[LIMITED] if row[STARS] is None else row[STARS]


def _reason(reason: Mapping[str, object]) -> tuple[str, str]:
    """A stored reason as two words: its code, and of what."""
    code = str(reason["code"])
    if code == "condition":
        return code, f"{reason['stars']} {reason['kind']} {reason['of']} {reason['limit']}"
    return code, str(reason.get("item", reason.get("stars", "")))


def thresholds(bands: Sequence[Band]) -> dict[int, int]:
    """Where each number of stars begins, in micro-points."""
    return {band.stars: band.from_up for band in bands}
