"""The working of one branch: every figure with what made it, as data with codes; pages and paper put it into words."""

from collections.abc import Mapping
from dataclasses import dataclass

from .adjustments import Adjusted
from .batch import Batch, Claims
from .components import NOT_DUE, NOT_ON_SHEET, StageScore, score_stage
from .engine import evaluate
from .explain import (
    BandTried,
    NextStar,
    QuotaWorking,
    ThemeTried,
    VetoWorking,
    bands_tried,
    next_star,
    themes_tried,
    vetoes_working,
)
from .layout import MARKED, MISSING, NOT_APPLICABLE, layout_of
from .numbers import SCALE, IntArray, round_scalar
from .outcome import STATUSES, Figures, Outcome
from .reasons import Reason, reasons
from .rules import Asked, criteria_effects
from .scheme import COUNT_RULES, Adjustment, Indicator, Scheme

STATES = {
    MISSING: "missing",
    MARKED: "marked",
    NOT_APPLICABLE: "not_applicable",
    NOT_DUE: "not_due",
    NOT_ON_SHEET: "not_on_sheet",
}

__all__ = [
    "BandTried",
    "NextStar",
    "QuotaWorking",
    "Reason",
    "ThemeTried",
    "VetoWorking",
    "Working",
    "stage_working",
    "working",
]


@dataclass(frozen=True)
class CriterionShare:
    """One criterion of a mark: `effect_up` is what it gives (negative: takes), `lost_up` what its `max` held back."""

    code: str
    text: str
    unit: str
    count: int  # or the size in micro-points where the criterion has a range
    is_size: bool
    waived: bool
    asked: bool
    effect_up: int
    lost_up: int


@dataclass(frozen=True)
class IndicatorWorking:
    """`raw_up` is before floor and ceiling, `counted_up` what enters the sum; both 0 unless `state` is marked."""

    code: str
    name: str
    dimension: str
    rule: str
    state: str
    points_up: int
    raw_up: int
    counted_up: int
    clipped: str  # "floor", "ceiling" or nothing
    value_up: int | None
    denominator_up: int | None
    criteria: tuple[CriterionShare, ...]


@dataclass(frozen=True)
class DimensionWorking:
    code: str
    name: str
    earned_up: int
    possible_up: int


@dataclass(frozen=True)
class StageWorking:
    """score = sum × full marks × due ÷ (all × possible), rounded once; None while anything is missing."""

    stage: str
    indicators: tuple[IndicatorWorking, ...]
    dimensions: tuple[DimensionWorking, ...]
    sum_up: int
    possible_up: int
    due_up: int
    all_up: int
    score_up: int | None


@dataclass(frozen=True)
class ComponentWorking:
    """`weighted_up` = (score − reduced by a penalty) × weight, rounded."""

    source: str
    weight_up: int
    is_whole: bool
    score_up: int | None
    reduced_by_up: int
    weighted_up: int | None


@dataclass(frozen=True)
class ClaimWorking:
    item: str
    text: str
    level: str
    matter: str
    count: int
    claimed_up: int
    counted_up: int  # after "once per matter"
    same_matter: bool  # taken by a larger claim of the same matter


@dataclass(frozen=True)
class StepWorking:
    """An item, a group or the whole before and after its limit."""

    code: str
    limit_up: int | None
    before_up: int
    after_up: int

    @property
    def taken_up(self) -> int:
        return self.before_up - self.after_up


@dataclass(frozen=True)
class AdjustmentWorking:
    claims: tuple[ClaimWorking, ...]
    items: tuple[StepWorking, ...]
    groups: tuple[StepWorking, ...]
    overall: StepWorking


@dataclass(frozen=True)
class PeriodWorking:
    """One period inside the year, its figures rounded as printed; `weight_up` under `weighted`."""

    period: str
    present: bool
    used: bool
    weight_up: int | None
    base_up: int
    bonus_up: int
    penalty_up: int
    total_up: int
    graded_up: int


@dataclass(frozen=True)
class Working:
    branch: str
    period: str
    status: str
    stages: tuple[StageWorking, ...]
    components: tuple[ComponentWorking, ...]
    periods: tuple[PeriodWorking, ...]
    bonus: AdjustmentWorking | None
    penalty: AdjustmentWorking | None
    base_up: int
    bonus_up: int
    penalty_up: int
    total_up: int | None
    graded_up: int | None
    banded_up: int | None
    vetoes: tuple[VetoWorking, ...]
    themes: tuple[ThemeTried, ...]
    bands: tuple[BandTried, ...]
    stars_score: int | None
    stars_open: int | None
    stars: int | None
    grade: str
    rank_all: int | None
    ranked_all: int
    rank_sector: int | None
    ranked_sector: int
    reasons: tuple[Reason, ...]
    next_star: NextStar | None


def working(
    scheme: Scheme, batch: Batch, outcome: Outcome, at: int, *, periods: Mapping[str, Figures] | None = None
) -> Working:
    """Explain one branch: its points are scored again, its bands, quota and ranks are read from the outcome.

    `periods` are the figures that were given to `evaluate_year`, for the working of a year.
    """
    alone = batch.only(at)
    own = None if outcome.missing_periods is not None else evaluate(scheme, alone, stages=layout_of(scheme).stages)
    has_total, ranked = bool(outcome.has_total[at]), outcome.rank_all > 0
    same_sector = batch.branches.sector == batch.branches.sector[at]
    stars = [int(figure[at]) for figure in (outcome.stars_score, outcome.stars_open, outcome.stars)]
    return Working(
        branch=batch.branches.codes[at],
        period=outcome.period,
        status=STATUSES[outcome.status[at]],
        stages=tuple(_stage(scheme, alone, name, own.stages[name]) for name in own.stages) if own else (),
        components=_components(scheme, alone, own) if own else (),
        periods=_periods(scheme, outcome, periods or {}, at),
        bonus=_adjustment(scheme.bonus, alone.bonus, own.bonus) if own and own.bonus else None,
        penalty=_adjustment(scheme.penalty, alone.penalty, own.penalty) if own and own.penalty else None,
        base_up=int(outcome.base_up[at]),
        bonus_up=int(outcome.bonus_up[at]),
        penalty_up=int(outcome.penalty_up[at]),
        total_up=int(outcome.total_up[at]) if has_total else None,
        graded_up=int(outcome.graded_up[at]) if has_total else None,
        banded_up=int(outcome.banded_up[at]) if has_total else None,
        vetoes=vetoes_working(scheme, outcome, at),
        themes=themes_tried(scheme, outcome, at),
        bands=bands_tried(scheme, batch, outcome, at) if has_total else (),
        stars_score=stars[0] if stars[0] >= 0 else None,
        stars_open=stars[1] if stars[1] >= 0 else None,
        stars=stars[2] if stars[2] >= 0 else None,
        grade=outcome.grade(scheme, at),
        rank_all=int(outcome.rank_all[at]) or None,
        ranked_all=int(ranked.sum()),
        rank_sector=int(outcome.rank_sector[at]) or None,
        ranked_sector=int((ranked & same_sector).sum()),
        reasons=reasons(scheme, batch, outcome, at),
        next_star=next_star(scheme, batch, outcome, at),
    )


def stage_working(scheme: Scheme, batch: Batch, at: int, stage: str) -> StageWorking:
    """One stage of one sheet, also while it is incomplete (live preview)."""
    alone = batch.only(at)
    return _stage(scheme, alone, stage, score_stage(scheme, alone, stage))


def _stage(scheme: Scheme, alone: Batch, stage: str, score: StageScore) -> StageWorking:
    rows = alone.marks[0, layout_of(scheme).stage_index(stage)]
    dimensions = tuple(
        DimensionWorking(dimension.code, dimension.name, int(score.earned_up[0, at]), int(score.possible_up[0, at]))
        for at, dimension in enumerate(scheme.indicators)
    )
    indicators: list[IndicatorWorking] = []
    for dimension in scheme.indicators:
        for leaf in dimension.leaves:
            indicators.append(_indicator(scheme, alone, rows, score, leaf, dimension.code, len(indicators)))
    return StageWorking(
        stage,
        tuple(indicators),
        dimensions,
        int(score.earned_up[0].sum()),
        int(score.possible_up[0].sum()),
        int(score.due_up[0]),
        int(score.all_up[0]),
        int(score.score_up[0]) if score.present[0] else None,
    )


def _indicator(
    scheme: Scheme, alone: Batch, row: IntArray, score: StageScore, leaf: Indicator, dimension: str, at: int
) -> IndicatorWorking:
    layout = layout_of(scheme)
    slot = layout.slots[at]
    mark = layout.get(alone.given[0] if slot.given else row, leaf.code)
    state = STATES[int(score.states[0, at])]
    raw, counted = int(score.raw_up[0, at]), int(score.points_up[0, at])
    clipped = "" if state != "marked" or raw == counted else ("floor" if raw < counted else "ceiling")
    return IndicatorWorking(
        leaf.code,
        leaf.name,
        dimension,
        leaf.rule,
        state,
        leaf.points_up,
        raw,
        counted,
        clipped,
        mark.value_up if mark else None,
        mark.denominator_up if mark else None,
        _criteria(scheme, alone, row, at) if state == "marked" else (),
    )


def _criteria(scheme: Scheme, alone: Batch, row: IntArray, at: int) -> tuple[CriterionShare, ...]:
    """The criteria of one mark; under `highest_only` only the best one has an effect."""
    layout = layout_of(scheme)
    slot = layout.slots[at]
    leaf, columns = slot.leaf, layout.group(slot.leaf.code).criteria
    if columns is None:
        return ()
    mark = layout.get(row, leaf.code)
    effects = criteria_effects(columns, row[None, :], Asked(alone.branches.has_committee, alone.branches.has_groups))
    shares: list[CriterionShare] = []
    for position, criterion in enumerate(leaf.criteria):
        count = int(row[slot.counts + position])
        waived = bool(mark and criterion.code in mark.waived)
        asked = _asked(alone, criterion.applies_if)
        effect = int(effects[0, position])
        whole = int(columns.unit_up[position]) * count if asked and not waived else 0
        sign = -1 if leaf.rule == "deduct" else 1
        lost = sign * (whole - effect) if leaf.rule in COUNT_RULES and not leaf.highest_only else 0
        shares.append(
            CriterionShare(
                criterion.code,
                criterion.text,
                criterion.unit,
                count,
                criterion.range_up is not None,
                waived,
                asked,
                sign * effect,
                lost,
            )
        )
    return tuple(shares)


def _asked(alone: Batch, applies_if: str | None) -> bool:
    if applies_if is None:
        return True
    branches = alone.branches
    return bool((branches.has_committee if applies_if == "has_committee" else branches.has_groups)[0])


def _components(scheme: Scheme, alone: Batch, own: Outcome) -> tuple[ComponentWorking, ...]:
    found: list[ComponentWorking] = []
    for at, component in enumerate(scheme.components):
        present = bool(own.components_present[0, at])
        score, reduced = int(own.components_raw_up[0, at]), int(own.components_up[0, at])
        whole = alone.given[0, layout_of(scheme).wholes[component.source]] == MARKED
        found.append(
            ComponentWorking(
                component.source,
                component.weight_up,
                bool(whole),
                score if present else None,
                score - reduced,
                round_scalar(reduced * component.weight_up, SCALE) if present else None,
            )
        )
    return tuple(found)


def _adjustment(part: Adjustment, claims: Claims, adjusted: Adjusted) -> AdjustmentWorking:
    listed: list[ClaimWorking] = []
    for at in range(len(claims)):
        item = part.items[int(claims.item[at])]
        levels = sorted(item.levels_up)
        listed.append(
            ClaimWorking(
                item.code,
                item.text,
                levels[int(claims.level[at])] if levels else "",
                claims.matters[at],
                int(claims.count[at]),
                int(adjusted.claimed_up[at]),
                int(adjusted.counted_up[at]),
                not adjusted.kept[at],
            )
        )
    items = tuple(
        StepWorking(item.code, item.max_up, int(adjusted.items_before_up[0, at]), int(adjusted.items_up[0, at]))
        for at, item in enumerate(part.items)
    )
    groups = tuple(
        StepWorking(group.code, group.cap_up, int(adjusted.groups_before_up[0, at]), int(adjusted.groups_up[0, at]))
        for at, group in enumerate(part.groups)
    )
    overall = StepWorking("", part.cap_up, int(adjusted.before_cap_up[0]), int(adjusted.total_up[0]))
    return AdjustmentWorking(tuple(listed), items, groups, overall)


def _periods(scheme: Scheme, outcome: Outcome, periods: Mapping[str, Figures], at: int) -> tuple[PeriodWorking, ...]:
    if outcome.missing_periods is None or outcome.used_periods is None:
        return ()
    unit = 10 ** (6 - scheme.places)
    found: list[PeriodWorking] = []
    for number, name in enumerate(scheme.year.periods):
        figures = periods.get(name)
        values = [0] * 5
        if figures is not None and figures.has_total[at]:
            columns = (figures.base_up, figures.bonus_up, figures.penalty_up, figures.total_up, figures.graded_up)
            values = [round_scalar(int(column[at]), unit) * unit for column in columns]
        present, used = not outcome.missing_periods[at, number], bool(outcome.used_periods[at, number])
        found.append(PeriodWorking(name, present, used, scheme.year.weights_up.get(name), *values))
    return tuple(found)
