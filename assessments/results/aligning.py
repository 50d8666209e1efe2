"""A quarter's figures in the order of the branches of a year, and under the year's scheme where it was another one.

A branch that changes its sector during a year may have quarters under another scheme than its year. Its points stand
beside the others only where both schemes have the same full marks; such a quarter has points and vetoes of the same
code, and no first-level indicators. With other full marks the quarter has no total, as one that was never tallied.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import Figures, Scheme
from ..scoring.numbers import BoolArray, IntArray
from .computing import Computed, Scored


def aligned(version: SchemeVersion, quarter: Computed, codes: Sequence[str]) -> Figures:
    """The quarter's figures of the branches `codes`, which are scored under `version` in the year; those not in it
    have no total.
    """
    found: Figures | None = None
    for scored in quarter.groups:
        places = places_of(scored, codes)
        if found is not None and not (places >= 0).any():
            continue
        figures = scored.outcome.figures()
        if scored.group.version.pk != version.pk:
            figures = translated(figures, scored.group.scheme, engine_scheme(version), quarter.inputs.cycle.period)
        taken = taken_from(figures, places)
        found = taken if found is None else _either(found, taken, places >= 0)
    if found is None:
        raise ValueError("a tally has one group at least")
    return found


def places_of(scored: Scored, codes: Sequence[str]) -> IntArray:
    """Where each branch of `codes` stands in the group; -1: it is not in it."""
    known = {entry.code: at for at, entry in enumerate(scored.group.entries)}
    return np.array([known.get(code, -1) for code in codes], dtype=np.int64)


def taken_from(found: Figures, places: IntArray) -> Figures:
    """Rows of `found` at these places; where there is none (-1), nothing."""
    columns = {}
    for column in fields(Figures):
        values = getattr(found, column.name)
        taken = values[places] if len(values) else np.zeros((len(places), *values.shape[1:]), dtype=values.dtype)
        taken[places < 0] = -1 if column.name == "band" else 0
        columns[column.name] = taken
    return Figures(**columns)


def _either(found: Figures, other: Figures, is_other: BoolArray) -> Figures:
    columns = {}
    for column in fields(Figures):
        values, more = getattr(found, column.name), getattr(other, column.name)
        columns[column.name] = np.where(is_other[:, None] if values.ndim > 1 else is_other, more, values)
    return Figures(**columns)


def translated(found: Figures, before: Scheme, scheme: Scheme, period: str) -> Figures:
    """Figures of a period that was scored under `before` as another scheme of the year reads them."""
    count = len(found.has_total)
    vetoes = np.zeros((count, len(scheme.veto)), dtype=np.bool_)
    places = {veto.code: at for at, veto in enumerate(before.veto)}
    for at, veto in enumerate(scheme.veto):
        if veto.code in places:
            vetoes[:, at] = found.vetoes[:, places[veto.code]]
    none = np.zeros((count, len(scheme.indicators)), dtype=np.int64)
    unknown = np.zeros(count, dtype=np.bool_)
    grades = [band.grade for band in scheme.bands_for(period)]
    bands = [grades.index(band.grade) if band.grade in grades else -1 for band in before.bands_for(period)]
    return replace(
        found,
        has_total=found.has_total if before.full_marks_up == scheme.full_marks_up else unknown,
        band=np.array([*bands, -1], dtype=np.int64)[found.band],  # no band is -1
        earned_up=none,
        possible_up=none,
        part=none.astype(np.bool_),
        dimensions_known=unknown,
        vetoes=vetoes,
    )
