"""One period: marks to components, base, total, bands, ranks. One code path for one sheet and for a million."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .adjustments import Adjusted, adjust
from .banding import SETTLED, Settled, Standing, settle
from .batch import Batch, Branches
from .components import StageScore, score_stage
from .conditions import Dimensions, Facts, Ratio, poll_score, top_share
from .layout import MARKED, layout_of
from .numbers import SCALE, BoolArray, IntArray, all_in_row, any_in_row, divide, mul_div, round_to
from .outcome import EXEMPT, MISSING_STATUS, NO_STARS, RATED, UNDECIDED, Outcome
from .ranking import order_keys, ranks
from .scheme import Band, Scheme


def evaluate(
    scheme: Scheme, batch: Batch, *, decisions: Mapping[int, int] | None = None, stages: tuple[str, ...] | None = None
) -> Outcome:
    """Score a period.

    Shapes: every array of the result is (n, …) in the order of `batch.branches`.
    `decisions`: stars that people gave to branches tied across the last place of a quota.
    `stages`: which stages to score besides the components made of marks (default: none), e.g. `("self",)`.
    Raises: FigureError, DecisionError.
    """
    wanted = {component.source for component in scheme.components} | set(stages or ())
    scores = {name: score_stage(scheme, batch, name) for name in layout_of(scheme).stages if name in wanted}
    raw, present = components(scheme, batch, scores)
    bonus = adjust(scheme.bonus, batch.bonus, len(batch))
    penalty = adjust(scheme.penalty, batch.penalty, len(batch))
    reduced = _reduced(scheme, raw, penalty)
    weights = [component.weight_up for component in scheme.components]
    base = np.zeros(len(batch), dtype=np.int64)
    for at, weight in enumerate(weights):
        base += mul_div(reduced[:, at], weight, SCALE)
    has_total = all_in_row(present[:, [weight > 0 for weight in weights]])
    in_total = penalty.total_up if scheme.penalty.source == "total" else np.zeros_like(base)
    total, graded = totals(scheme, base, bonus.total_up, in_total, batch.vetoes)
    facts = Facts(
        period=batch.period,
        dimensions=_dimensions(scheme, batch, scores),
        poll=poll_score(scheme, batch),
        top_share=top_share(scheme, batch),
        previous_stars=batch.branches.previous_stars,
        given=batch.given,
        any_veto=any_in_row(batch.vetoes),
    )
    finished = finish(scheme, batch.branches, facts, batch.vetoes, has_total, total, graded, bonus.total_up, decisions)
    return Outcome(
        period=batch.period,
        components_up=reduced,
        components_raw_up=raw,
        components_present=present,
        base_up=base,
        bonus_up=bonus.total_up,
        penalty_up=penalty.total_up,
        stages=scores,
        bonus=bonus,
        penalty=penalty,
        **finished,
    )


def components(scheme: Scheme, batch: Batch, scores: Mapping[str, StageScore]) -> tuple[IntArray, BoolArray]:
    """Scores of all components and where they are present: given as a whole, else made of marks."""
    layout, shape = layout_of(scheme), (len(batch), len(scheme.components))
    values, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    for at, component in enumerate(scheme.components):
        position = layout.wholes[component.source]
        whole = batch.given[:, position] == MARKED
        if component.source in scores:
            score = scores[component.source]
            values[:, at] = np.where(whole, batch.given[:, position + 1], score.score_up)
            present[:, at] = whole | score.present
        else:
            values[:, at], present[:, at] = batch.given[:, position + 1], whole
    values[~present] = 0
    return values, present


def _reduced(scheme: Scheme, values: IntArray, penalty: Adjusted) -> IntArray:
    """A component that the penalty is taken `from`, floor 0 also where nothing is taken."""
    sources = [component.source for component in scheme.components]
    if scheme.penalty.source not in sources:
        return values
    reduced, at = values.copy(), sources.index(scheme.penalty.source)
    reduced[:, at] = np.maximum(values[:, at] - penalty.total_up, 0)
    return reduced


def totals(
    scheme: Scheme, base: IntArray, bonus: IntArray, penalty: IntArray, vetoes: BoolArray
) -> tuple[IntArray, IntArray]:
    """Total and graded score: floor 0, at most `max_total`; a `zero_total` veto zeroes both."""
    total = limited(scheme, base + bonus - penalty)
    graded = total if scheme.bonus.counts else limited(scheme, base - penalty)
    return zeroed(scheme, total, vetoes), zeroed(scheme, graded, vetoes)


def limited(scheme: Scheme, figure: IntArray) -> IntArray:
    above = np.maximum(figure, 0)
    return above if scheme.max_total_up is None else np.minimum(above, scheme.max_total_up)


def zeroed(scheme: Scheme, figure: IntArray, vetoes: BoolArray) -> IntArray:
    effects = [veto.effect == "zero_total" for veto in scheme.veto]
    return np.where(any_in_row(vetoes[:, effects]), 0, figure) if any(effects) else figure


def _dimensions(scheme: Scheme, batch: Batch, scores: Mapping[str, StageScore]) -> Dimensions:
    """Points of review where it has a weight, else of the heaviest component; among those made of marks."""
    shape = (len(batch), len(scheme.indicators))
    earned, possible = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    part, known = np.zeros(shape, dtype=np.bool_), np.zeros(len(batch), dtype=np.bool_)
    weighted = [component for component in scheme.components if component.weight_up > 0]
    order = sorted(weighted, key=lambda component: (component.source != "review", -component.weight_up))
    for component in order:
        if component.source not in scores:
            continue
        score = scores[component.source]
        whole = batch.given[:, layout_of(scheme).wholes[component.source]] == MARKED
        take = ~known & ~whole
        earned[take], possible[take] = score.earned_up[take], score.possible_up[take]
        part[take], known[take] = score.part[take], True
    return Dimensions(earned, possible, part, known)


def finish(
    scheme: Scheme,
    branches: Branches,
    facts: Facts,
    vetoes: BoolArray,
    has_total: BoolArray,
    total: IntArray,
    graded: IntArray,
    bonus: IntArray,
    decisions: Mapping[int, int] | None,
) -> dict[str, Any]:
    """Bands, quota and ranks: the same for a period and for the year. Returns fields of an Outcome."""
    rated = has_total & ~branches.exempt
    banded = graded if scheme.round_before_banding is None else round_to(graded, scheme.round_before_banding)
    ranked = round_to(total if scheme.rank_on == "total" else graded, scheme.places)
    keys = order_keys([ranked, *_tie_break(scheme, facts, bonus)], rated)
    ladder = scheme.bands_for(facts.period)
    standing = Standing(ranked, keys, rated, branches, banded_up=banded, vetoes=vetoes, facts=facts)
    settled = settle(scheme, ladder, standing, decisions)
    status = np.where(settled.undecided == SETTLED, RATED, UNDECIDED)
    status = np.where(branches.exempt, EXEMPT, np.where(has_total, status, MISSING_STATUS))
    everybody = np.zeros(len(branches), dtype=np.int64)
    return {
        "status": status,
        "has_total": has_total,
        "total_up": total,
        "graded_up": graded,
        "banded_up": banded,
        "ranked_up": ranked,
        "rank_all": ranks(keys, everybody, rated),
        "rank_sector": ranks(keys, branches.sector, rated),
        "rank_committee": ranks(keys, branches.committee, rated),
        "settled": settled,
        "facts": facts,
        "vetoes": vetoes,
        **_stars(ladder, settled, status, rated),
    }


def _stars(ladder: tuple[Band, ...], settled: Settled, status: IntArray, rated: BoolArray) -> dict[str, IntArray]:
    """Stars by the score, after conditions and vetoes, and after the quota; NO_STARS where nothing is rated."""
    of_band = np.array([*(band.stars for band in ladder), 0], dtype=np.int64)
    return {
        "stars_score": np.where(rated, of_band[settled.band_score], NO_STARS),
        "stars_open": np.where(rated, of_band[settled.band_open], NO_STARS),
        "stars": np.where(status == RATED, settled.stars, NO_STARS),
    }


def _tie_break(scheme: Scheme, facts: Facts, bonus: IntArray) -> list[IntArray]:
    """Figures that order equal scores, each as printed; an absent poll comes last."""
    columns: list[IntArray] = []
    for name in scheme.tie_break:
        if name == "bonus":
            figure = bonus
        elif name == "poll":
            figure = _poll_figure(facts.poll)
        else:
            figure = facts.dimensions.earned_up[:, scheme.dimension_codes.index(name)]
        columns.append(round_to(figure, scheme.places))
    return columns


def _poll_figure(poll: Ratio) -> IntArray:
    """The poll score in micro-points, -1 point where there is none."""
    figure = divide(poll.value, 1) if (poll.divisor == SCALE).all() else mul_div(poll.value, SCALE, poll.divisor)
    return np.where(poll.known, figure, -SCALE)
