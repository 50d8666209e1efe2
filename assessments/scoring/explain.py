"""The bands, conditions and quotas that one branch went through, and what the next star would take."""

from dataclasses import dataclass

from .banding import ADMITTED, CUT, OUTSIDE, TIED_THERE, WAITING_THERE, QuotaGroup
from .batch import UNKNOWN_STARS, Batch
from .conditions import Facts, Ratio
from .outcome import RATED, UNDECIDED, Outcome
from .scheme import Band, Condition, Scheme, Veto

FATES = {OUTSIDE: "", ADMITTED: "admitted", CUT: "cut", TIED_THERE: "tied", WAITING_THERE: "waiting"}


@dataclass(frozen=True)
class ConditionTried:
    """`actual` and `of` are the figure found as a fraction (of 1 where it is a plain number); None: unknown.

    `limit` is millionths for dimension_share, poll_min and poll_top_share, else stars or a number of periods.
    """

    kind: str
    code: str
    limit: int
    holds: bool
    actual: int | None
    of: int


@dataclass(frozen=True)
class QuotaWorking:
    within: str
    group: str
    population: int
    places: int | None
    candidates: int
    cutoff_up: int | None
    tied: int


@dataclass(frozen=True)
class BandTried:
    """One band from the top: whether the score reached it, what held or failed, what the quota did."""

    stars: int
    grade: str
    from_up: int
    reached: bool
    short_up: int  # how much the banded figure is short of `from`
    conditions: tuple[ConditionTried, ...]
    closed_by: tuple[str, ...]  # codes of vetoes
    quota: QuotaWorking | None
    fate: str  # "", admitted, cut, tied, waiting
    carried: bool  # the branch stands in this band


@dataclass(frozen=True)
class ThemeTried:
    """Thematic stars: one first-level indicator against its pass mark; with nothing possible it passes."""

    code: str
    name: str
    pass_up: int
    earned_up: int
    possible_up: int
    passed: bool


@dataclass(frozen=True)
class VetoWorking:
    code: str
    text: str
    effect: str
    stars: int


@dataclass(frozen=True)
class NextStar:
    """The next band up: points short (0: the score is enough), conditions that fail, vetoes, and the quota."""

    stars: int
    grade: str
    short_up: int
    failed: tuple[ConditionTried, ...]
    closed_by: tuple[str, ...]
    cut: bool


def vetoes_working(scheme: Scheme, outcome: Outcome, at: int) -> tuple[VetoWorking, ...]:
    """The vetoes that apply to one branch."""
    return tuple(
        VetoWorking(veto.code, veto.text, veto.effect, veto.stars)
        for number, veto in enumerate(scheme.veto)
        if outcome.vetoes[at, number]
    )


def themes_tried(scheme: Scheme, outcome: Outcome, at: int) -> tuple[ThemeTried, ...]:
    """The stars or flags of one branch, each won or missed apart; none unless the scheme is thematic."""
    if scheme.star_mode != "thematic" or not outcome.has_total[at]:
        return ()
    found = outcome.facts.dimensions
    return tuple(
        ThemeTried(
            dimension.code,
            dimension.name,
            dimension.pass_up,
            int(found.earned_up[at, number]),
            int(found.possible_up[at, number]),
            bool(found.share(number, dimension.pass_up)[at]),
        )
        for number, dimension in enumerate(scheme.indicators)
        if dimension.pass_up is not None and found.part[at, number]
    )


def bands_tried(scheme: Scheme, batch: Batch, outcome: Outcome, at: int) -> tuple[BandTried, ...]:
    """Every band with what the branch found there."""
    ladder = scheme.bands_for(outcome.period)
    return tuple(_tried(scheme, batch, outcome, at, number, band, ladder) for number, band in enumerate(ladder))


def _tried(
    scheme: Scheme, batch: Batch, outcome: Outcome, at: int, number: int, band: Band, ladder: tuple[Band, ...]
) -> BandTried:
    settled = outcome.settled
    closing = [
        veto.code
        for position, veto in enumerate(scheme.veto)
        if outcome.vetoes[at, position] and _closes(veto, band, number, len(ladder))
    ]
    conditions = tuple(
        _condition(scheme, outcome.facts, condition, not failed[at], at)
        for condition, failed in zip(band.requires, settled.failed[number], strict=True)
    )
    short = 0 if scheme.star_mode == "thematic" else max(0, band.from_up - int(outcome.banded_up[at]))
    return BandTried(
        band.stars,
        band.grade,
        band.from_up,
        bool(settled.reached[at, number]),
        short,
        conditions,
        tuple(closing),
        _quota(batch, settled.quotas, number, band, at),
        FATES[int(settled.fates[at, number])],
        outcome.status[at] == RATED and int(settled.band[at]) == number,
    )


def _closes(veto: Veto, band: Band, number: int, bands: int) -> bool:
    return (veto.effect == "max_stars" and band.stars > veto.stars) or (veto.effect == "grade" and number < bands - 1)


def _condition(scheme: Scheme, facts: Facts, condition: Condition, holds: bool, at: int) -> ConditionTried:
    actual, of = _actual(scheme, facts, condition, at)
    return ConditionTried(condition.kind, condition.code, condition.limit, holds, actual, of)


def _actual(scheme: Scheme, facts: Facts, condition: Condition, at: int) -> tuple[int | None, int]:
    if condition.kind == "dimension_share":
        number = scheme.dimension_codes.index(condition.code)
        if not facts.dimensions.known[at]:
            return None, 1
        return int(facts.dimensions.earned_up[at, number]), int(facts.dimensions.possible_up[at, number])
    if condition.kind in ("poll_min", "poll_top_share"):
        ratio: Ratio = facts.poll if condition.kind == "poll_min" else facts.top_share
        return (int(ratio.value[at]), int(ratio.divisor[at])) if ratio.known[at] else (None, 1)
    if condition.kind == "previous_stars_min":
        stars = int(facts.previous_stars[at])
        return (None if stars == UNKNOWN_STARS else stars), 1
    if condition.kind == "good_periods" and facts.grades is not None:
        lowest = max(number for number, band in enumerate(scheme.bands) if band.grade == condition.code)
        return int(((facts.grades[at] >= 0) & (facts.grades[at] <= lowest)).sum()), 1
    return None, 1


def _quota(batch: Batch, groups: tuple[QuotaGroup, ...], number: int, band: Band, at: int) -> QuotaWorking | None:
    if band.quota is None:
        return None
    facts = batch.branches.facts(at)
    name = {"sector": facts.sector, "committee": facts.committee}.get(band.quota.within, "")
    for group in groups:
        if group.band == number and group.group == name:
            return QuotaWorking(
                band.quota.within,
                name,
                group.population,
                group.places,
                group.candidates,
                group.cutoff_up,
                group.tied,
            )
    return None


def next_star(scheme: Scheme, batch: Batch, outcome: Outcome, at: int) -> NextStar | None:
    """What the band above the present one would take; None at the top or without a total."""
    if outcome.status[at] not in (RATED, UNDECIDED):
        return None
    ladder = scheme.bands_for(outcome.period)
    undecided = outcome.status[at] == UNDECIDED
    present = int(outcome.settled.undecided_band[at] if undecided else outcome.settled.band[at])
    above = [
        number
        for number, band in enumerate(ladder)
        if present < 0 or (number < present and band.stars > ladder[present].stars)
    ]
    if not above:
        return None
    tried = _tried(scheme, batch, outcome, at, above[-1], ladder[above[-1]], ladder)
    failed = tuple(condition for condition in tried.conditions if not condition.holds)
    return NextStar(tried.stars, tried.grade, tried.short_up, failed, tried.closed_by, tried.fate == "cut")
