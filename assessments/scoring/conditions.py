"""Conditions of a band (scoring.md, section 3): an absent fact or an unknown previous star fails."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .batch import UNKNOWN_STARS, Batch
from .layout import MARKED, layout_of
from .numbers import SCALE, BoolArray, Exact, IntArray, product
from .scheme import GIVEN_SOURCES, YEAR, Condition, Scheme


@dataclass(frozen=True)
class Ratio:
    """A figure as value ÷ divisor, compared exactly; `known` where there is one."""

    value: Exact
    divisor: IntArray
    known: BoolArray

    def reaches(self, limit_up: int) -> BoolArray:
        """Whether value ÷ divisor ≥ limit, the limit in millionths."""
        enough = product(self.value, SCALE) >= product(self.divisor, limit_up)
        return np.asarray(self.known & enough.astype(np.bool_))


@dataclass(frozen=True)
class Dimensions:
    """First-level indicators of all branches: (n, dimensions) each; `known` (n,) where there are points at all."""

    earned_up: IntArray
    possible_up: IntArray
    part: BoolArray
    known: BoolArray

    def share(self, at: int, limit_up: int) -> BoolArray:
        """Whether earned ÷ possible reaches the limit; with nothing possible it does."""
        earned, possible = self.earned_up[:, at], self.possible_up[:, at]
        enough = (product(earned, SCALE) >= product(possible, limit_up)).astype(np.bool_)
        return np.asarray(self.known & (enough | (possible <= 0)))

    def no_zero(self) -> BoolArray:
        return np.asarray(self.known & ((self.earned_up > 0) | (self.possible_up <= 0)).all(axis=1))


@dataclass(frozen=True)
class Facts:
    """What conditions ask about. `grades` (n, periods) holds the band of each period, for the year only."""

    period: str
    dimensions: Dimensions
    poll: Ratio  # 0–100
    top_share: Ratio  # 0–1
    previous_stars: IntArray
    given: IntArray
    any_veto: BoolArray
    grades: IntArray | None = None


def poll_score(scheme: Scheme, batch: Batch) -> Ratio:
    """The poll score 0–100: the fact `@score`; else the poll as a whole; else the lowest score of a `poll` row."""
    layout, given = layout_of(scheme), batch.given
    ones = np.ones(len(given), dtype=np.int64)
    rows = [slot for slot in layout.slots if slot.leaf.rule == "poll"]
    value, divisor, known = np.zeros_like(ones), ones * SCALE, np.zeros(len(given), dtype=np.bool_)
    for slot in rows:
        marked = given[:, slot.state] == MARKED
        lower = marked & (~known | (given[:, slot.value] < value))
        value, known = np.where(lower, given[:, slot.value], value), known | marked
    at = layout.wholes[GIVEN_SOURCES[0]]
    whole = given[:, at] == MARKED
    scaled = product(given[:, at + 1], 100)
    value = np.where(whole, scaled, value)
    divisor = np.where(whole, scheme.full_marks_up, divisor)
    fact = given[:, layout.poll_score] == MARKED
    value = np.where(fact, given[:, layout.poll_score + 1], value)
    return Ratio(value, np.where(fact, SCALE, divisor), known | whole | fact)


def top_share(scheme: Scheme, batch: Batch) -> Ratio:
    """The fact `@top_share`."""
    at, given = layout_of(scheme).top_share, batch.given
    return Ratio(given[:, at + 1], np.maximum(given[:, at + 2], 1), given[:, at] == MARKED)


def holds(condition: Condition, scheme: Scheme, facts: Facts) -> BoolArray:
    """For every branch: whether the condition is met."""
    return _HOLDS[condition.kind](condition, scheme, facts)


def _dimension_share(condition: Condition, scheme: Scheme, facts: Facts) -> BoolArray:
    return facts.dimensions.share(scheme.dimension_codes.index(condition.code), condition.limit)


def _previous(condition: Condition, scheme: Scheme, facts: Facts) -> BoolArray:
    known = facts.previous_stars != UNKNOWN_STARS
    return np.asarray(known & (facts.previous_stars >= condition.limit))


def _good_periods(condition: Condition, scheme: Scheme, facts: Facts) -> BoolArray:
    """At least n periods in the grade or a higher one; asked for the year only."""
    if facts.period != YEAR or facts.grades is None:
        return np.ones(len(facts.any_veto), dtype=np.bool_)
    lowest = max(at for at, band in enumerate(scheme.bands) if band.grade == condition.code)
    good = (facts.grades >= 0) & (facts.grades <= lowest)
    return np.asarray(good.sum(axis=1) >= condition.limit)


def _flag(condition: Condition, scheme: Scheme, facts: Facts) -> BoolArray:
    return np.asarray(facts.given[:, layout_of(scheme).flags[condition.code]] == 1)


_HOLDS: dict[str, Callable[[Condition, Scheme, Facts], BoolArray]] = {
    "dimension_share": _dimension_share,
    "no_zero_dimension": lambda condition, scheme, facts: facts.dimensions.no_zero(),
    "poll_min": lambda condition, scheme, facts: facts.poll.reaches(condition.limit),
    "poll_top_share": lambda condition, scheme, facts: facts.top_share.reaches(condition.limit),
    "previous_stars_min": _previous,
    "good_periods": _good_periods,
    "flag": _flag,
    "no_veto": lambda condition, scheme, facts: ~facts.any_veto,
}
