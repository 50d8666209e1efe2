"""Inputs in, rows of results out. The engine decides; nothing here reads or writes the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..cycles.models import Cycle
from ..scoring import ENGINE_VERSION, NO_STARS, RATED, STATUSES, Outcome, evaluate, evaluate_year
from ..scoring.numbers import SCALE, IntArray
from .digests import RESULT_FIELDS, decision_content, input_content, result_content, sha256, tally_digest
from .gather import Inputs
from .reasons import reasons_of

WHO = ("branch", "sheet", "organization", "sector", "unit")
COLUMNS = (*WHO, *RESULT_FIELDS, "sort_up", "position", "dimensions", "previous_stars", "is_late")


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
    """A tally before it is stored: `rows` in the order of COLUMNS and of branch codes."""

    inputs: Inputs
    outcome: Outcome
    rows: Sequence[tuple]
    inputs_digest: str
    digest: str
    medians: Sequence[tuple[int | None, str, int]] = field(default_factory=tuple)  # sector id, dimension, share

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
    """Score, rank and digest a period or a year. Equal inputs and decisions give equal bytes.

    `engine`: the version named in the digest, for a tally that an earlier engine made.
    """
    outcome = outcome_of(inputs, decisions)
    rows = _rows(inputs, outcome)
    content = input_content(inputs, engine)
    said_of = slice(len(WHO), len(WHO) + len(RESULT_FIELDS))
    results = [
        result_content(entry.code, row[said_of], row[COLUMNS.index("dimensions")])
        for entry, row in zip(inputs.entries, rows, strict=True)
    ]
    said = [
        decision_content(entry.code, decisions[entry.branch_id].stars, decisions[entry.branch_id].reason)
        for entry in inputs.entries
        if decisions and entry.branch_id in decisions
    ]
    digest = tally_digest(content, said, results)
    return Computed(inputs, outcome, rows, sha256(content), digest, _medians(inputs, outcome))


def _rows(inputs: Inputs, outcome: Outcome) -> list[tuple]:
    ranked = outcome.rank_all > 0
    has_figures = ranked.tolist()
    figures = [
        [value if has else None for value, has in zip(array.tolist(), has_figures, strict=True)]
        for array in (outcome.base_up, outcome.bonus_up, outcome.penalty_up, outcome.total_up, outcome.graded_up,
                      outcome.stars_score, outcome.stars_open)
    ]  # fmt: skip
    is_progress = inputs.cycle is not None and inputs.cycle.purpose == Cycle.Purpose.PROGRESS
    granted = (outcome.status == RATED) & (outcome.stars != NO_STARS) & (not is_progress)
    stars = [value if has else None for value, has in zip(outcome.stars.tolist(), granted.tolist(), strict=True)]
    grades = [outcome.grade(inputs.scheme, at) if has else "" for at, has in enumerate(granted.tolist())]
    columns = [
        [STATUSES[value] for value in outcome.status.tolist()],
        *figures,
        stars,
        grades,
        [value or None for value in outcome.rank_all.tolist()],
        [value or None for value in outcome.rank_sector.tolist()],
        reasons_of(inputs, outcome),
        outcome.vetoes.any(axis=1).tolist(),
        np.where(ranked, outcome.ranked_up, -1).tolist(),
        _positions(outcome).tolist(),
        _dimensions(outcome),
    ]
    return [
        (
            entry.branch_id, entry.sheet_id, entry.organization_id, entry.sector_id, entry.unit_id, *values,
            entry.previous_stars, entry.is_late,
        )
        for entry, values in zip(inputs.entries, zip(*columns, strict=True), strict=True)
    ]  # fmt: skip


def _positions(outcome: Outcome) -> IntArray:
    """Places in the list, from 1: by rank, equal ranks and everybody unranked by branch code."""
    count = len(outcome)
    rank = np.where(outcome.rank_all > 0, outcome.rank_all, count + 1 + outcome.status)
    places = np.empty(count, dtype=np.int64)
    places[np.argsort(rank, kind="stable")] = np.arange(1, count + 1)
    return places


def _dimensions(outcome: Outcome) -> list[bytes]:
    """Earned and possible of every dimension, as the column keeps them; zeros where there is no total."""
    found = outcome.facts.dimensions
    pairs = np.stack([found.earned_up, found.possible_up], axis=2).astype("<i8")
    pairs[outcome.rank_all == 0] = 0
    return [row.tobytes() for row in pairs]


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
