"""The year from its periods by six methods (scoring.md, section 3, "Year")."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .batch import Batch
from .conditions import Dimensions, Facts, poll_score, top_share
from .engine import finish, limited, zeroed
from .numbers import BoolArray, IntArray, all_in_row, any_in_row, divide, mul_div, round_to
from .outcome import Figures, Outcome
from .scheme import YEAR, Scheme


def evaluate_year(
    scheme: Scheme,
    periods: Mapping[str, Figures],
    batch: Batch,
    *,
    decisions: Mapping[int, int] | None = None,
) -> Outcome | None:
    """The annual outcome; None where the method is `none`.

    `periods` holds `Outcome.figures()` (or stored figures) for the branches of `batch`, in the same order; a period
    that is absent is without a total for everybody. `batch` has the period `year`: facts about the year's poll, flags
    and vetoes of the year itself; vetoes of the periods act on the year by themselves.
    """
    rule = scheme.year
    if rule.method == "none":
        return None
    count = len(batch)
    found = [periods.get(name) or _nothing(scheme, count) for name in rule.periods]
    present = np.stack([figures.has_total for figures in found], axis=1)
    used = _used(scheme, found, present)
    vetoes = batch.vetoes.copy()
    for figures in found:
        vetoes |= figures.vetoes
    has_total = np.ones(count, dtype=np.bool_)
    if rule.missing == "block":
        has_total = all_in_row(present)
    elif rule.missing == "skip":
        has_total = any_in_row(present & _weighed(scheme))
    base, bonus, penalty, total, graded = _figures(scheme, found, present)
    total, graded = zeroed(scheme, total, vetoes), zeroed(scheme, graded, vetoes)
    facts = Facts(
        period=YEAR,
        dimensions=_dimensions(scheme, found, used),
        poll=poll_score(scheme, batch),
        top_share=top_share(scheme, batch),
        previous_stars=batch.branches.previous_stars,
        given=batch.given,
        any_veto=any_in_row(vetoes),
        grades=np.stack([figures.band for figures in found], axis=1),
    )
    shape = (count, 0)
    return Outcome(
        period=YEAR,
        components_up=np.zeros(shape, dtype=np.int64),
        components_raw_up=np.zeros(shape, dtype=np.int64),
        components_present=np.zeros(shape, dtype=np.bool_),
        base_up=base,
        bonus_up=bonus,
        penalty_up=penalty,
        stages={},
        bonus=None,
        penalty=None,
        missing_periods=~present,
        used_periods=used,
        **finish(scheme, batch.branches, facts, vetoes, has_total, total, graded, bonus, decisions),
    )


def _nothing(scheme: Scheme, count: int) -> Figures:
    none, no = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    wide = np.zeros((count, len(scheme.indicators)), dtype=np.int64)
    vetoes = np.zeros((count, len(scheme.veto)), dtype=np.bool_)
    return Figures(no, none, none, none, none, none, none - 1, wide, wide, wide.astype(np.bool_), no, vetoes)


def _figures(
    scheme: Scheme, found: list[Figures], present: BoolArray
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Base, bonus, penalty, total and graded score; every figure is first rounded as printed."""
    columns = {
        name: np.stack([np.where(each.has_total, getattr(each, name), 0) for each in found], axis=1)
        for name in ("base_up", "bonus_up", "penalty_up", "total_up", "graded_up")
    }
    columns = {name: round_to(column, scheme.places) for name, column in columns.items()}
    bonus, penalty = columns["bonus_up"].sum(axis=1), columns["penalty_up"].sum(axis=1)
    if scheme.year.adjustments == "in_quarters":  # bonus and penalty are inside the totals; their sums are information
        total = combine(scheme, columns["total_up"], present)
        graded = combine(scheme, columns["graded_up"], present)
        return total, bonus, penalty, total, graded
    base = combine(scheme, columns["base_up"], present)
    if scheme.year.bonus_cap_up is not None:
        bonus = np.minimum(bonus, scheme.year.bonus_cap_up)
    taken = penalty if scheme.penalty.source == "total" else np.zeros_like(penalty)
    total = limited(scheme, base + bonus - taken)
    return base, bonus, penalty, total, total if scheme.bonus.counts else limited(scheme, base - taken)


def combine(scheme: Scheme, columns: IntArray, present: BoolArray) -> IntArray:
    """The method over the periods: (n, periods) to (n,). Absent periods are skipped, or count 0 under `zero`."""
    rule = scheme.year
    taken = np.ones_like(present) if rule.missing == "zero" else present
    values = np.where(present, columns, 0)
    if rule.method == "sum":
        return np.asarray(values.sum(axis=1), dtype=np.int64)
    if rule.method == "mean":
        return divide(values.sum(axis=1), np.maximum(taken.sum(axis=1), 1))
    if rule.method == "weighted":
        weights = np.array([rule.weights_up[name] for name in rule.periods], dtype=np.int64)
        whole = np.maximum((weights * taken).sum(axis=1), 1)
        result = np.zeros(len(values), dtype=np.int64)
        for at, weight in enumerate(weights.tolist()):
            result += mul_div(values[:, at], weight, whole)
        return result
    chosen = _chosen(rule.method, values, taken)
    return np.asarray(np.take_along_axis(values, chosen[:, None], axis=1)[:, 0], dtype=np.int64)


def _weighed(scheme: Scheme) -> BoolArray:
    """The periods that can carry a year total: under `weighted` not those of weight 0."""
    rule = scheme.year
    return np.array([rule.method != "weighted" or rule.weights_up[name] > 0 for name in rule.periods], dtype=np.bool_)


def _chosen(method: str, values: IntArray, taken: BoolArray) -> IntArray:
    """The one period that `last` or `best` takes; of equal best ones the earliest."""
    if method == "last":
        return np.asarray(taken.shape[1] - 1 - taken[:, ::-1].argmax(axis=1), dtype=np.int64)
    return np.asarray(np.where(taken, values, values.min(initial=0) - 1).argmax(axis=1), dtype=np.int64)


def _used(scheme: Scheme, found: list[Figures], present: BoolArray) -> BoolArray:
    """The periods whose dimensions are summed: those that the method reads."""
    rule = scheme.year
    if rule.method not in ("last", "best"):
        return present
    name = "base_up" if rule.adjustments == "summed" else "total_up"
    values = np.stack([np.where(each.has_total, getattr(each, name), 0) for each in found], axis=1)
    taken = np.ones_like(present) if rule.missing == "zero" else present
    chosen = _chosen(rule.method, np.where(present, round_to(values, scheme.places), 0), taken)
    only = np.zeros_like(present)
    np.put_along_axis(only, chosen[:, None], True, axis=1)
    return only & present


def _dimensions(scheme: Scheme, found: list[Figures], used: BoolArray) -> Dimensions:
    shape = (len(used), len(scheme.indicators))
    earned, possible = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    part, known = np.zeros(shape, dtype=np.bool_), np.zeros(len(used), dtype=np.bool_)
    for at, figures in enumerate(found):
        take = used[:, at] & figures.dimensions_known
        earned += np.where(take[:, None], figures.earned_up, 0)
        possible += np.where(take[:, None], figures.possible_up, 0)
        part |= figures.part & take[:, None]
        known |= take
    return Dimensions(earned, possible, part, known)


def with_decisions(scheme: Scheme, outcome: Outcome, batch: Batch, decisions: Mapping[int, int]) -> Outcome:
    """The same figures with people's decisions on ties: bands, quotas and stars are settled anew."""
    settled = finish(
        scheme, batch.branches, outcome.facts, outcome.vetoes, outcome.has_total, outcome.total_up,
        outcome.graded_up, outcome.bonus_up, decisions,
    )  # fmt: skip
    return replace(outcome, **settled)
