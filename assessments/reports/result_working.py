"""The engine's working of one stored result, from its sealed sheet alone.

Points, components, bonus, penalty, vetoes and conditions depend on the branch's own sheet only, so one sheet is read
and scored again. What depends on the others (ranks, places of a quota, ties) was stored with the result and is read
there: a page of one branch costs the same in a town and in a province.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..cycles.models import Cycle
from ..results.aligning import translated
from ..results.gather import Entry, inputs_of
from ..results.models import Result
from ..results.year_facts import put, stored
from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import YEAR, Batch, BranchFacts, Figures, Scheme, evaluate, evaluate_year, layout_of
from ..scoring.scheme import Band
from ..scoring.working import Working, working

UNSEALED = ("exempt", "no_sheet", "not_approved", "missing_periods")


@dataclass(frozen=True)
class Explained:
    """The scheme as it is, and the working of the result; None where nothing was sealed."""

    scheme: Scheme
    working: Working | None


def explain(result: Result) -> Explained:
    """The working of a result. `result` comes with tally, plan, cycle, branch, sheet, sector and organization."""
    version = version_of(result)
    if result.tally.cycle_id is None:
        return _year(result, version)
    if not is_sealed(result):
        return Explained(engine_scheme(version), None)
    scheme, batch = _alone(result, result.tally.cycle)
    outcome = evaluate(scheme, batch, stages=layout_of(scheme).stages)
    return Explained(engine_scheme(version), working(scheme, batch, outcome, 0))


def version_of(result: Result) -> SchemeVersion:
    """The scheme that a result was scored under: its sheet's, else that of its sector in the year."""
    return result.sheet.scheme_version if result.sheet_id else result.tally.plan.version_for(result.sector_id)


def is_sealed(result: Result) -> bool:
    """Whether the tally counted a sealed sheet of the branch (a sheet approved later does not change a result)."""
    first = result.reasons[0]["code"] if result.reasons else ""
    return result.sheet_id is not None and first not in UNSEALED


def _alone(result: Result, cycle: Cycle) -> tuple[Scheme, Batch]:
    sheet = result.sheet
    entry = Entry(
        code=result.branch.code,
        branch_id=result.branch_id,
        sheet_id=result.sheet_id,
        organization_id=result.organization_id,
        organization=result.organization.code,
        sector_id=result.sector_id,
        sector=result.sector.code,
        unit_id=result.unit_id,
        digest=sheet.digest,
        status="approved",
        is_late=result.is_late,
        previous_stars=result.previous_stars,
        exempt_reason="",
        frozen_claims=sheet.frozen_claims,
    )
    group = inputs_of(cycle, [entry]).groups[0]
    return without_quotas(group.scheme), group.batch


def without_quotas(scheme: Scheme) -> Scheme:
    """One branch alone has no places to share; its layout and rules stay."""
    bands = _unlimited(scheme.bands)
    return replace(scheme, bands=bands, year=replace(scheme.year, bands=_unlimited(scheme.year.bands)))


def _unlimited(bands: tuple[Band, ...]) -> tuple[Band, ...]:
    return tuple(replace(band, quota=None) for band in bands)


def _year(result: Result, version: SchemeVersion) -> Explained:
    quarters = Result.objects.filter(tally__in=result.tally.quarters.all(), branch_id=result.branch_id)
    rows = quarters.select_related(
        "tally__cycle__plan__scheme_version", "branch", "organization", "sector", "sheet__scheme_version"
    )
    figures = {row.tally.cycle.period: _figures(row, version) for row in rows if row.total_up is not None}
    scheme = without_quotas(engine_scheme(version))
    facts = BranchFacts(
        result.branch.code,
        result.sector.code,
        result.organization.code,
        result.status == Result.Status.EXEMPT,
        result.previous_stars,
    )
    _marks, given = layout_of(scheme).empty()
    vetoes = put(scheme, given[0], stored(result.tally).get(result.branch_id, ()))
    batch = Batch.of(scheme, YEAR, [facts], given=given, vetoes=[(0, code) for code in vetoes])
    outcome = evaluate_year(scheme, figures, batch)
    if outcome is None:
        return Explained(engine_scheme(version), None)
    return Explained(engine_scheme(version), working(scheme, batch, outcome, 0, periods=figures))


def _figures(quarter: Result, version: SchemeVersion) -> Figures:
    """A quarter as the year takes it up; its band is the one that was granted, where stars were granted."""
    scheme, batch = _alone(quarter, quarter.tally.cycle)
    found = evaluate(scheme, batch).figures()
    if quarter.tally.cycle.purpose != Cycle.Purpose.PROGRESS:
        position = next((at for at, band in enumerate(scheme.bands) if band.grade == quarter.grade), -1)
        found = replace(found, band=np.array([position], dtype=np.int64))
    if version_of(quarter) == version:
        return found
    return translated(found, scheme, engine_scheme(version), quarter.tally.cycle.period)
