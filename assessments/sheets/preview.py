"""The running total of a self-assessment, by the engine of the official tally.

A half-filled sheet has no total by the rules (missing is missing), but its secretary wants to see where it stands. So
the rows are scored by the engine, and its points are put once more through `evaluate`, every row as points typed and
those not filled in as 0. For a complete sheet both ways give the same figure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _

from branchportal.errors import PortalError

from ..schemes.loading import engine_scheme
from ..scoring import (
    MARKED,
    MISSING,
    NO_STARS,
    NOT_APPLICABLE,
    SCALE,
    Batch,
    FigureError,
    Scheme,
    evaluate,
    layout_of,
    score_stage,
)
from ..scoring.scheme import Component, Indicator
from .gather import Marks, is_filled_by_branch, is_required, read_claims, read_marks, sheet_batch, sheet_rows
from .models import Claim, Sheet

SELF = "self"


@dataclass(frozen=True)
class DimensionLine:
    """One first-level indicator: points so far, points possible, rows filled in of those asked."""

    code: str
    name: str
    earned_up: int
    possible_up: int
    filled: int
    asked: int

    @property
    def percent(self) -> int:
        """Share of the points possible, for a bar."""
        return 0 if self.possible_up <= 0 else max(0, min(100, self.earned_up * 100 // self.possible_up))


@dataclass(frozen=True)
class Preview:
    """Where a sheet stands. `missing` holds the codes of rows still to be filled in by the branch."""

    dimensions: tuple[DimensionLine, ...]
    points_up: Mapping[str, int]
    base_up: int
    bonus_up: int
    penalty_up: int
    total_up: int
    stars: int
    grade: str
    missing: tuple[str, ...]
    elsewhere: tuple[str, ...]
    filled: int
    asked: int
    stars_opened: int = 0  # by the score alone, before conditions and vetoes

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def stored_total_up(self) -> int | None:
        """What `Sheet.self_total_up` holds: None until every row is filled in."""
        return self.total_up if self.is_complete else None


def preview(
    sheet: Sheet, *, marks: Mapping[str, Marks] | None = None, claims: Iterable[Claim] | None = None
) -> Preview:
    """The running total of the self-assessment; bonus claims count as if accepted, recorded penalties do.

    `marks` (by stage, as `read_marks` gives them) and `claims` are read where not given: one query each.
    Raises: PortalError where a figure is beyond the engine's limits.
    """
    try:
        return _preview(sheet, marks, claims)
    except FigureError as error:
        raise PortalError(
            _("“%(item)s” gives more than 1,000,000 points. Correct what was entered there.") % {"item": error.item}
        ) from error


def _preview(sheet: Sheet, marks: Mapping[str, Marks] | None, claims: Iterable[Claim] | None) -> Preview:
    scheme, rows = engine_scheme(sheet.scheme_version), sheet_rows(sheet)
    marks = read_marks(sheet) if marks is None else marks
    claims = read_claims(sheet) if claims is None else list(claims)
    own = {stage: found for stage, found in marks.items() if stage in (SELF, "poll", "external")}
    batch = sheet_batch(sheet, marks=own, claims=claims, count_open_claims=True)
    scored = score_stage(scheme, batch, SELF)
    points = {leaf.code: int(scored.points_up[0, at]) for at, leaf in enumerate(scheme.leaves)}
    states = {leaf.code: int(scored.states[0, at]) for at, leaf in enumerate(scheme.leaves)}
    outcome = evaluate(_typed(scheme), _typed_batch(scheme, batch, rows, points, states))
    begun = any(state in (MARKED, NOT_APPLICABLE) for state in states.values())
    missing = tuple(leaf.code for leaf in rows if is_required(leaf) and states[leaf.code] == MISSING)
    asked = [leaf.code for leaf in rows if is_required(leaf)]
    return Preview(
        dimensions=_dimensions(scheme, outcome.stages[SELF], asked, missing),
        points_up={leaf.code: points[leaf.code] for leaf in rows if states[leaf.code] in (MARKED, NOT_APPLICABLE)},
        base_up=int(outcome.base_up[0]),
        bonus_up=int(outcome.bonus_up[0]),
        penalty_up=int(outcome.penalty_up[0]),
        total_up=int(outcome.total_up[0]),
        stars=max(0, int(outcome.stars_open[0])) if begun and outcome.stars_open[0] != NO_STARS else 0,
        grade=_grade(scheme, batch.period, int(outcome.settled.band_open[0])) if begun else "",
        missing=missing,
        elsewhere=tuple(leaf.code for leaf in rows if not is_filled_by_branch(leaf) and states[leaf.code] == MISSING),
        filled=len(asked) - len(missing),
        asked=len(asked),
        stars_opened=max(0, int(outcome.stars_score[0])) if begun else 0,
    )


def _typed(scheme: Scheme) -> Scheme:
    """The scheme with the self-assessment as its one component and every row as points typed; made once per scheme."""
    found = scheme.__dict__.get("_typed")
    if found is None:
        found = replace(
            scheme,
            components=(Component(SELF, SCALE),),
            penalty=replace(scheme.penalty, source="total" if scheme.penalty.source == "total" else SELF),
            indicators=tuple(_as_entry(each) for each in scheme.indicators),
        )
        scheme.__dict__["_typed"] = found
    return found


def _as_entry(indicator: Indicator) -> Indicator:
    if indicator.children:
        return replace(indicator, children=tuple(_as_entry(child) for child in indicator.children))
    return replace(indicator, rule="entry", criteria=())


def _typed_batch(
    scheme: Scheme, batch: Batch, rows: Iterable[Indicator], points: Mapping[str, int], states: Mapping[str, int]
) -> Batch:
    typed, source = layout_of(_typed(scheme)), layout_of(scheme)
    marks, given = typed.empty()
    tail = source.given_width - source.wholes[next(iter(source.wholes))]
    given[0, typed.given_width - tail :] = batch.given[0, source.given_width - tail :]
    row = marks[0, typed.stage_index(SELF)]
    for leaf in rows:
        slot, state = typed.by_code[leaf.code], states[leaf.code]
        if state == MISSING and leaf.due == "on_event":
            continue
        row[slot.state] = NOT_APPLICABLE if state == NOT_APPLICABLE else MARKED
        row[slot.value] = 0 if state in (MISSING, NOT_APPLICABLE) else points[leaf.code]
    return replace(batch, marks=np.ascontiguousarray(marks), given=given)


def _dimensions(
    scheme: Scheme, scored: object, asked: Iterable[str], missing: tuple[str, ...]
) -> tuple[DimensionLine, ...]:
    wanted = set(asked)
    lines = []
    for at, dimension in enumerate(scheme.indicators):
        codes = [leaf.code for leaf in dimension.leaves if leaf.code in wanted]
        if not scored.part[0, at]:
            continue
        filled = sum(code not in missing for code in codes)
        earned, possible = int(scored.earned_up[0, at]), int(scored.possible_up[0, at])
        lines.append(DimensionLine(dimension.code, dimension.name, earned, possible, filled, len(codes)))
    return tuple(lines)


def _grade(scheme: Scheme, period: str, band: int) -> str:
    bands = scheme.bands_for(period)
    return bands[band].grade if 0 <= band < len(bands) else ""
