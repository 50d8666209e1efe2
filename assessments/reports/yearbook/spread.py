"""Totals of many branches: mean, median, best and lowest, stars and ranges of five points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...results.models import Result
from ..ranking_report import mean_up

MICRO = 1_000_000
BIN_POINTS = 5
MOST_BINS = 30
Status = Result.Status


@dataclass(frozen=True)
class Row:
    """One result as the statistics read it. `stars`: those given, in a progress cycle those that the score reaches."""

    branch: int
    sheet: int | None
    organization: int
    sector: int
    path: str
    status: str
    total_up: int | None
    stars: int | None
    is_vetoed: bool
    is_late: bool
    penalty_up: int | None
    scheme: int = 0  # the version that scored it, where a tally holds several


@dataclass(frozen=True)
class Spread:
    """A group of results; the figures over those with a total, `stars` over those rated.

    `is_mixed`: scored under several schemes, whose points have no common mean; then there are no figures and no bins.
    """

    branches: int = 0
    ranked: int = 0
    exempt: int = 0
    missing: int = 0
    undecided: int = 0
    vetoed: int = 0
    mean_up: int | None = None
    median_up: int | None = None
    best_up: int | None = None
    lowest_up: int | None = None
    stars: Mapping[int, int] = field(default_factory=dict)
    bins: Mapping[int, int] = field(default_factory=dict)  # by lower end in points
    is_mixed: bool = False

    @property
    def rated(self) -> int:
        return sum(self.stars.values())


def spread_of(rows: Sequence[Row]) -> Spread:
    """What a group of results comes to."""
    ranked = [row for row in rows if row.total_up is not None and row.status != Status.EXEMPT]
    is_mixed = len({row.scheme for row in ranked}) > 1
    totals = [] if is_mixed else sorted(row.total_up or 0 for row in ranked)
    stars: dict[int, int] = {}
    for row in rows:
        if row.status == Status.RATED:
            stars[row.stars or 0] = stars.get(row.stars or 0, 0) + 1
    bins: dict[int, int] = {}
    for total in totals:
        low = max(0, total) // (BIN_POINTS * MICRO) * BIN_POINTS
        bins[low] = bins.get(low, 0) + 1
    return Spread(
        branches=len(rows),
        ranked=len(ranked),
        exempt=_count(rows, Status.EXEMPT),
        missing=_count(rows, Status.MISSING),
        undecided=_count(rows, Status.UNDECIDED),
        vetoed=sum(row.is_vetoed for row in rows),
        mean_up=mean_up(totals),
        median_up=median_up(totals),
        best_up=totals[-1] if totals else None,
        lowest_up=totals[0] if totals else None,
        stars=stars,
        bins=bins,
        is_mixed=is_mixed,
    )


def median_up(ordered: Sequence[int]) -> int | None:
    """The middle of ordered totals; of an even number the middle of both, rounded half up once."""
    if not ordered:
        return None
    at, odd = divmod(len(ordered), 2)
    return ordered[at] if odd else (ordered[at - 1] + ordered[at] + 1) // 2


def bin_range(spreads: Iterable[Spread]) -> list[int]:
    """The lower ends of all ranges between the first and the last that occurs; at most the last 30."""
    ends = [low for one in spreads for low in one.bins]
    return list(range(min(ends), max(ends) + 1, BIN_POINTS))[-MOST_BINS:] if ends else []


def _count(rows: Iterable[Row], status: str) -> int:
    return sum(row.status == status for row in rows)
