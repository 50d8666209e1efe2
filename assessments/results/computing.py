"""Inputs in, rows of results out. The engine decides; nothing here reads or writes the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..cycles.models import Cycle
from ..scoring import ENGINE_VERSION, NO_STARS, RATED, STATUSES, UNGRADED, Outcome, Scheme, evaluate, evaluate_year
from ..scoring.numbers import SCALE, BoolArray, IntArray
from .digests import RESULT_FIELDS, decision_content, input_parts, parts_digest, results_text, tally_digest
from .gather import Inputs
from .reasons import reasons_of

WHO = ("branch", "sheet", "organization", "sector", "unit")
COLUMNS = (
    *WHO, *RESULT_FIELDS, "bands_open", "sort_up", "position", "dimensions", "previous_stars", "is_late",
)  # fmt: skip

KEYS = {name: f"{name}_id" for name in WHO}

QUOTA_COLUMNS = (
    "stars", "within", "group", "population", "places", "candidates", "admitted", "cut", "tied", "waiting", "members",
    "cutoff_up", "is_below_min", "is_off_about",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """Stars that a person gave to a branch tied across a quota, and why."""

    stars: int
    reason: str


@dataclass(frozen=True)
class Computed:
    """A tally before it is stored: a list of values for each of COLUMNS, in the order of branch codes.

    Digests and medians are made when they are asked for first; storing makes them while the database takes the rows in.
    """

    inputs: Inputs
    outcome: Outcome
    columns: Mapping[str, list]
    pairs: IntArray  # (n, dimensions, 2)
    decisions: Mapping[int, Decision]  # by branch id
    engine: str

    @cached_property
    def medians(self) -> list[tuple[int | None, str, int]]:
        """Sector id (None: all), dimension, share."""
        return _medians(self.inputs, self.outcome)

    @cached_property
    def parts(self) -> dict[str, str]:
        """Everything that decides the figures, as `input_parts` gives it."""
        return input_parts(self.inputs, self.engine)

    @cached_property
    def inputs_digest(self) -> str:
        return parts_digest(self.parts)

    @cached_property
    def digest(self) -> str:
        """Over inputs, people's decisions and results."""
        entries = self.inputs.entries
        results = results_text([entry.code for entry in entries], self.columns, self.pairs)
        decided = [entry for entry in entries if entry.branch_id in self.decisions]
        taken = [(entry.code, self.decisions[entry.branch_id]) for entry in decided]
        said = [decision_content(code, decision.stars, decision.reason) for code, decision in taken]
        return tally_digest(self.parts, said, results)

    @property
    def rows(self) -> list[tuple]:
        """The same row by row."""
        return list(zip(*(self.columns[name] for name in COLUMNS), strict=True))

    def count(self, status: str) -> int:
        return int((self.outcome.status == STATUSES.index(status)).sum())


def outcome_of(inputs: Inputs, decisions: Mapping[int, Decision] | None = None) -> Outcome:
    """Run the engine. `decisions` by branch id. Raises: DecisionError; FigureError."""
    stars = {at: decisions[entry.branch_id].stars for at, entry in enumerate(inputs.entries)
             if decisions and entry.branch_id in decisions}  # fmt: skip
    if inputs.cycle is not None:
        return evaluate(inputs.scheme, inputs.batch, decisions=stars)
    outcome = evaluate_year(inputs.scheme, inputs.figures, inputs.batch, decisions=stars)
    if outcome is None:  # yearly.year_inputs refuses such a scheme with a sentence
        raise ValueError("the scheme has no year total")
    return outcome


def compute(
    inputs: Inputs, decisions: Mapping[int, Decision] | None = None, *, engine: str = ENGINE_VERSION
) -> Computed:
    """Score and rank a period or a year. Equal inputs and decisions give equal bytes and digests.

    `engine`: the version named in the digest, for a tally that an earlier engine made.
    """
    outcome = outcome_of(inputs, decisions)
    pairs = _dimensions(outcome)
    columns = columns_of(inputs, outcome, pairs)
    return Computed(inputs, outcome, columns, pairs, decisions or {}, engine)


def columns_of_one(inputs: Inputs, adapt: Callable[[Scheme], Scheme]) -> dict[str, Any]:
    """The columns of a batch of one, under the scheme that `adapt` makes of it, without place and overall rank."""
    inputs = replace(inputs, scheme=adapt(inputs.scheme))
    outcome = outcome_of(inputs)
    columns = columns_of(inputs, outcome, _dimensions(outcome))
    found = {name: values[0] for name, values in columns.items() if name not in ("branch", "position", "rank_all")}
    return {KEYS.get(name, name): value for name, value in found.items()}


def columns_of(inputs: Inputs, outcome: Outcome, pairs: IntArray) -> dict[str, list]:
    """Every column of the results; `pairs` are the dimensions."""
    ranked = outcome.rank_all > 0
    is_progress = inputs.cycle is not None and inputs.cycle.purpose == Cycle.Purpose.PROGRESS
    granted = (outcome.status == RATED) & (outcome.stars != NO_STARS) & (not is_progress)
    names = [*(band.grade for band in inputs.scheme.bands_for(outcome.period)), UNGRADED, ""]
    grades = np.where(granted, outcome.settled.band % (len(names) - 1), len(names) - 1)  # no band is -1
    entries = inputs.entries
    sealed = pairs.tobytes()
    width = len(sealed) // len(entries)
    return {
        "branch": [entry.branch_id for entry in entries],
        "sheet": [entry.sheet_id for entry in entries],
        "organization": [entry.organization_id for entry in entries],
        "sector": [entry.sector_id for entry in entries],
        "unit": [entry.unit_id for entry in entries],
        "status": [STATUSES[value] for value in outcome.status.tolist()],
        "base_up": _or_none(outcome.base_up, ranked),
        "bonus_up": _or_none(outcome.bonus_up, ranked),
        "penalty_up": _or_none(outcome.penalty_up, ranked),
        "total_up": _or_none(outcome.total_up, ranked),
        "graded_up": _or_none(outcome.graded_up, ranked),
        "stars_opened": _or_none(outcome.stars_score, ranked),
        "stars_limited": _or_none(outcome.stars_open, ranked),
        "stars": _or_none(outcome.stars, granted),
        "grade": [names[at] for at in grades.tolist()],
        "rank_all": _or_none(outcome.rank_all, ranked),
        "rank_sector": _or_none(outcome.rank_sector, ranked),
        "reasons": reasons_of(inputs, outcome),
        "is_vetoed": outcome.vetoes.any(axis=1).tolist(),
        "bands_open": _bands_open(outcome),
        "sort_up": np.where(ranked, outcome.ranked_up, -1).tolist(),
        "position": _positions(outcome).tolist(),
        "dimensions": [sealed[start : start + width] for start in range(0, len(sealed), width)],
        "previous_stars": [entry.previous_stars for entry in entries],
        "is_late": [entry.is_late for entry in entries],
    }


def _or_none(figures: IntArray, has: BoolArray) -> list[int | None]:
    """Figures, None where there are none."""
    found: list[int | None] = figures.tolist()
    for at in np.flatnonzero(~has).tolist():
        found[at] = None
    return found


def _bands_open(outcome: Outcome) -> list[int]:
    """For each branch the bands that its score, its conditions and its vetoes leave open, as bits."""
    settled = outcome.settled
    eligible = settled.reached & ~settled.closed & (outcome.rank_all > 0)[:, None]
    for at, conditions in enumerate(settled.failed):
        for condition in conditions:
            eligible[:, at] &= ~condition
    return (eligible * (1 << np.arange(eligible.shape[1], dtype=np.int64))).sum(axis=1).tolist()


def _positions(outcome: Outcome) -> IntArray:
    """Places in the list, from 1: by rank, equal ranks and everybody unranked by branch code."""
    count = len(outcome)
    rank = np.where(outcome.rank_all > 0, outcome.rank_all, count + 1 + outcome.status)
    places = np.empty(count, dtype=np.int64)
    places[np.argsort(rank, kind="stable")] = np.arange(1, count + 1)
    return places


def _dimensions(outcome: Outcome) -> IntArray:
    """Earned and possible of every dimension: (n, dimensions, 2); zeros where there is no total."""
    found = outcome.facts.dimensions
    pairs = np.stack([found.earned_up, found.possible_up], axis=2).astype("<i8")
    pairs[outcome.rank_all == 0] = 0
    return pairs


def _medians(inputs: Inputs, outcome: Outcome) -> list[tuple[int | None, str, int]]:
    """The median share of each dimension over ranked branches, of all sectors (None) and of each one."""
    ranked = outcome.rank_all > 0
    sectors = np.array([entry.sector_id for entry in inputs.entries], dtype=np.int64)
    groups: list[tuple[int | None, np.ndarray]] = [(None, ranked)]
    groups += [(int(sector), ranked & (sectors == sector)) for sector in np.unique(sectors[ranked])]
    found = []
    for sector, members in groups:
        for at, dimension in enumerate(inputs.scheme.dimension_codes):
            earned = outcome.facts.dimensions.earned_up[members, at]
            possible = outcome.facts.dimensions.possible_up[members, at]
            shares = np.sort(earned[possible > 0] * SCALE // possible[possible > 0])
            if len(shares):
                middle = len(shares) // 2
                median = shares[middle] if len(shares) % 2 else (shares[middle - 1] + shares[middle]) // 2
                found.append((sector, dimension, int(median)))
    return found


def quota_lines(computed: Computed) -> list[tuple]:
    """What each quota did in each group, in the order of QUOTA_COLUMNS."""
    bands = computed.inputs.scheme.bands_for(computed.outcome.period)
    found = []
    for line in computed.outcome.settled.quotas:
        quota = bands[line.band].quota
        found.append((
            bands[line.band].stars, quota.within if quota else "all", line.group, line.population, line.places,
            line.candidates, line.admitted, line.cut, line.tied, line.waiting, line.members, line.cutoff_up,
            line.below_min, line.off_about,
        ))  # fmt: skip
    return found
