"""Inputs in, rows of results out. The engine decides; nothing here reads or writes the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..cycles.models import Cycle
from ..scoring import (
    ENGINE_VERSION,
    NO_STARS,
    RATED,
    STATUSES,
    UNGRADED,
    FigureError,
    Outcome,
    Scheme,
    evaluate,
    evaluate_year,
)
from ..scoring.numbers import SCALE, BoolArray, IntArray
from .digests import RESULT_FIELDS, decision_content, input_parts, parts_digest, results_text, tally_digest
from .gather import Group, Inputs, in_order
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
class Scored:
    """A group after the engine: a list of values for each of COLUMNS, in the order of the group's branch codes."""

    group: Group
    outcome: Outcome
    columns: Mapping[str, list]
    pairs: IntArray  # (n, dimensions, 2)

    @property
    def rows(self) -> list[tuple]:
        """The same row by row."""
        return list(zip(*(self.columns[name] for name in COLUMNS), strict=True))


@dataclass(frozen=True)
class Computed:
    """A tally before it is stored. Digests and medians are made when they are asked for first; storing makes them
    while the database takes the rows in.
    """

    inputs: Inputs
    groups: Sequence[Scored]
    decisions: Mapping[int, Decision]  # by branch id
    engine: str

    @cached_property
    def columns(self) -> Mapping[str, list]:
        """Of all groups, in the order of branch codes. Points of different schemes are not compared: with several
        groups nobody has an overall rank, and in the list one group stands behind the other.
        """
        if len(self.groups) == 1:
            return self.groups[0].columns
        columns = {name: in_order(self.inputs.groups, [one.columns[name] for one in self.groups]) for name in COLUMNS}
        starts = np.cumsum([0, *(len(one.group.entries) for one in self.groups)]).tolist()
        places = [
            [start + place for place in one.columns["position"]]
            for start, one in zip(starts, self.groups, strict=False)
        ]
        columns["position"] = in_order(self.inputs.groups, places)
        columns["rank_all"] = [None] * len(columns["rank_all"])
        return columns

    @cached_property
    def medians(self) -> list[tuple[int | None, str, int]]:
        """Sector id (None: all, under one scheme), dimension, share."""
        found = [median for one in self.groups for median in _medians(one.group, one.outcome)]
        return found if len(self.groups) == 1 else [median for median in found if median[0] is not None]

    @cached_property
    def parts(self) -> dict[str, bytes]:
        """Everything that decides the figures, as `input_parts` gives it."""
        return input_parts(self.inputs, self.engine)

    @cached_property
    def inputs_digest(self) -> str:
        return parts_digest(self.parts)

    @cached_property
    def digest(self) -> str:
        """Over inputs, people's decisions and results."""
        entries = self.inputs.entries
        results = results_text([entry.code for entry in entries], self.columns, self.columns["dimensions"])
        decided = [entry for entry in entries if entry.branch_id in self.decisions]
        taken = [(entry.code, self.decisions[entry.branch_id]) for entry in decided]
        said = [decision_content(code, decision.stars, decision.reason) for code, decision in taken]
        return tally_digest(self.parts, said, results)

    @property
    def rows(self) -> list[tuple]:
        """The results row by row, in the order of branch codes."""
        return list(zip(*(self.columns[name] for name in COLUMNS), strict=True))

    def count(self, status: str) -> int:
        return sum(int((one.outcome.status == STATUSES.index(status)).sum()) for one in self.groups)


def outcome_of(group: Group, decisions: Mapping[int, Decision] | None = None) -> Outcome:
    """Run the engine. `decisions` by branch id. Raises: DecisionError; FigureError."""
    stars = {at: decisions[entry.branch_id].stars for at, entry in enumerate(group.entries)
             if decisions and entry.branch_id in decisions}  # fmt: skip
    if group.cycle is not None:
        return evaluate(group.scheme, group.batch, decisions=stars)
    outcome = evaluate_year(group.scheme, group.figures, group.batch, decisions=stars)
    if outcome is None:  # yearly.year_inputs refuses such a scheme with a sentence
        raise ValueError("the scheme has no year total")
    return outcome


def compute(
    inputs: Inputs, decisions: Mapping[int, Decision] | None = None, *, engine: str = ENGINE_VERSION
) -> Computed:
    """Score and rank a period or a year, each group under its scheme. Equal inputs and decisions give equal bytes and
    digests. Raises: DecisionError; FigureError, its branch counted over all entries.

    `engine`: the version named in the digest, for a tally that an earlier engine made.
    """
    scored = []
    for group in inputs.groups:
        try:
            scored.append(score(group, decisions))
        except FigureError as error:  # its branch is counted within the group
            raise FigureError(error.item, inputs.entries.index(group.entries[error.branch])) from error
    return Computed(inputs, scored, decisions or {}, engine)


def score(group: Group, decisions: Mapping[int, Decision] | None = None) -> Scored:
    """Score and rank the branches of one scheme. Raises: as `outcome_of`."""
    outcome = outcome_of(group, decisions)
    pairs = _dimensions(outcome)
    return Scored(group, outcome, columns_of(group, outcome, pairs), pairs)


def columns_of_one(group: Group, adapt: Callable[[Scheme], Scheme]) -> dict[str, Any]:
    """The columns of a batch of one, under the scheme that `adapt` makes of it, without place and overall rank."""
    columns = score(replace(group, scheme=adapt(group.scheme))).columns
    found = {name: values[0] for name, values in columns.items() if name not in ("branch", "position", "rank_all")}
    return {KEYS.get(name, name): value for name, value in found.items()}


def columns_of(group: Group, outcome: Outcome, pairs: IntArray) -> dict[str, list]:
    """Every column of the results; `pairs` are the dimensions."""
    ranked = outcome.rank_all > 0
    is_progress = group.cycle is not None and group.cycle.purpose == Cycle.Purpose.PROGRESS
    granted = (outcome.status == RATED) & (outcome.stars != NO_STARS) & (not is_progress)
    names = [*(band.grade for band in group.scheme.bands_for(outcome.period)), UNGRADED, ""]
    grades = np.where(granted, outcome.settled.band % (len(names) - 1), len(names) - 1)  # no band is -1
    entries = group.entries
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
        "reasons": reasons_of(group, outcome),
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


def _medians(group: Group, outcome: Outcome) -> list[tuple[int | None, str, int]]:
    """The median share of each dimension over ranked branches, of all sectors (None) and of each one."""
    ranked = outcome.rank_all > 0
    sectors = np.array([entry.sector_id for entry in group.entries], dtype=np.int64)
    groups: list[tuple[int | None, np.ndarray]] = [(None, ranked)]
    groups += [(int(sector), ranked & (sectors == sector)) for sector in np.unique(sectors[ranked])]
    found = []
    for sector, members in groups:
        for at, dimension in enumerate(group.scheme.dimension_codes):
            earned = outcome.facts.dimensions.earned_up[members, at]
            possible = outcome.facts.dimensions.possible_up[members, at]
            shares = np.sort(earned[possible > 0] * SCALE // possible[possible > 0])
            if len(shares):
                middle = len(shares) // 2
                median = shares[middle] if len(shares) % 2 else (shares[middle - 1] + shares[middle]) // 2
                found.append((sector, dimension, int(median)))
    return found


def quota_lines(computed: Computed) -> list[tuple]:
    """What each quota did in each group, in the order of QUOTA_COLUMNS, and the id of its scheme version."""
    return [(*line, one.group.version.pk) for one in computed.groups for line in quotas_of(one)]


def quotas_of(scored: Scored) -> list[tuple]:
    """The same of the branches of one scheme, without its id."""
    bands = scored.group.scheme.bands_for(scored.outcome.period)
    found = []
    for line in scored.outcome.settled.quotas:
        quota = bands[line.band].quota
        found.append((
            bands[line.band].stars, quota.within if quota else "all", line.group, line.population, line.places,
            line.candidates, line.admitted, line.cut, line.tied, line.waiting, line.members, line.cutoff_up,
            line.below_min, line.off_about,
        ))  # fmt: skip
    return found
