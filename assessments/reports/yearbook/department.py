"""The department summary (单位汇总): one organization with everything below it, in a cycle or in a year.

Own figures are those of the tally that the reader may see; figures of the whole city stand beside them only where
they are published (`periods.sees_city`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from django.utils import timezone

from branches.former import name_at
from branches.models import Organization

from ...cycles.models import Cycle, YearPlan
from ...inspections.models import Finding, Rectification
from ...results.models import Result, Tally
from ...results.words import remarks
from ...schemes.loading import engine_scheme
from ...scoring.numbers import BoolArray
from ...sheets.models import Sheet
from ..ranking_report import mean_up
from .care import Care, Progress, care_by_cycle, progress_of, together, undone
from .periods import Period, all_periods, result_rows, sees_city, sees_extremes, tallies_for
from .sealed import Sealed, counted, lost_up, sealed_of
from .spread import Row, Spread, spread_of

if TYPE_CHECKING:
    from members.models import User

MOST_LOST = 15
MOST_UNDONE = 50


@dataclass(frozen=True)
class Lost:
    """An indicator and the points lost at it: a mean per mark, own and (where published) of the whole city."""

    code: str
    name: str
    points_up: int
    marks: int
    lost_up: int  # all marks together
    mean_up: int
    city_mean_up: int | None


@dataclass(frozen=True)
class Line:
    """One branch of the organization; `rank` is the overall one, of several schemes that in the sector."""

    code: str
    name: str
    organization: str
    sector: str
    total_up: int | None
    rank: int | None
    stars: int | None
    before_up: int | None
    remark: str


@dataclass(frozen=True)
class Before:
    """The period before, over the branches that have a total in both."""

    name: str
    own: Spread
    both: int
    mean_change_up: int | None
    up: int
    down: int
    is_comparable: bool = True  # else its totals stand on another scale


@dataclass(frozen=True)
class DepartmentSummary:
    """Everything that page, PDF and workbook show of an organization in a period."""

    organization: Organization
    name: str  # what the organization is called in the period's lists
    period: Period
    tally: Tally | None
    progress: Sequence[Progress]
    own: Spread | None
    city: Spread | None
    shows_extremes: bool
    lost: Sequence[Lost]
    care: Care
    undone: Sequence[Rectification]
    before: Before | None
    lines: Sequence[Line]


def department_summary(
    *, user: "User", organization: Organization, period: Period, periods: Sequence[Period] | None = None
) -> DepartmentSummary:
    """Read the summary; `rules.can_see_department` has been asked. `periods`: all there are, where they are known.

    Nine queries, whatever its size and however many schemes and cycles it is made of.
    """
    cycles = list(period.cycles)
    plans = _plans(period, all_periods() if periods is None else periods)
    tallies, *before_tallies = tallies_for(user, *plans)
    tally = tallies.get(period.cycle.pk if period.cycle else None)
    earlier = _tally_before(period, tallies, *before_tallies)
    rows = result_rows([one for one in (tally, earlier) if one])
    city = rows[tally.pk] if tally else []
    own = _below(city, organization)
    shows_city = sees_city(user, tally)
    inside = {"organization__path__startswith": organization.path}
    findings = Finding.objects.visible_to(user).filter(**inside)
    waiting = Rectification.objects.visible_to(user).filter(
        finding__organization__path__startswith=organization.path, finding__cycle__in=cycles
    )
    is_comparable = bool(tally and earlier and _are_comparable(tally, earlier))
    before_totals = {row.branch: row.total_up for row in rows[earlier.pk]} if is_comparable else {}
    before = None
    if tally and earlier:
        before = _before(own, _below(rows[earlier.pk], organization), before_totals, earlier)
        before = replace(before, is_comparable=is_comparable)
    name, lines = _lines(tally, organization, before_totals)
    return DepartmentSummary(
        organization=organization,
        name=name,
        period=period,
        tally=tally,
        progress=progress_of(cycles, Sheet.objects.filter(**inside)),
        own=spread_of(own) if tally else None,
        city=spread_of(city) if shows_city else None,
        shows_extremes=shows_city and sees_extremes(user),
        lost=_lost(tally, organization, cycles, has_city=shows_city),
        care=together(care_by_cycle(cycles, findings, timezone.localdate()).values()),
        undone=undone(waiting, MOST_UNDONE),
        before=before,
        lines=lines,
    )


def _below(rows: Sequence[Row], organization: Organization) -> list[Row]:
    return [row for row in rows if row.path.startswith(organization.path)]


def _plans(period: Period, periods: Sequence[Period]) -> list[YearPlan]:
    """The period's plan and, if there is one, the opened one before it."""
    earlier = {one.plan.year: one.plan for one in periods if one.plan.year < period.plan.year}
    return [period.plan, *([earlier[max(earlier)]] if earlier else [])]


def _tally_before(period: Period, *tallies: Mapping[int | None, Tally]) -> Tally | None:
    """The tally of the cycle (or year) before, among those of this plan and of the one before."""
    if not period.cycle:
        return tallies[1].get(None) if len(tallies) > 1 else None
    start = period.cycle.starts_on
    for found in tallies:
        cycles = [one for one in found.values() if one.cycle and one.cycle.starts_on < start]
        if cycles:
            return max(cycles, key=lambda one: one.cycle.starts_on)
    return None


def _are_comparable(tally: Tally, earlier: Tally) -> bool:
    """Whether a branch's total may stand beside its earlier one: in another year under equal full marks only, and with
    several schemes only within one year."""
    if tally.plan_id == earlier.plan_id:
        return True
    full, full_before = (engine_scheme(one.plan.scheme_version).full_marks_up for one in (tally, earlier))
    return full == full_before and not (tally.is_mixed or earlier.is_mixed)


def _before(own: Sequence[Row], earlier: Sequence[Row], totals: Mapping[int, int | None], tally: Tally) -> Before:
    both = [(row.total_up, totals.get(row.branch)) for row in own]
    moved = [now - then for now, then in both if now is not None and then is not None]
    return Before(
        name=Period(tally.plan, tally.cycle).name,
        own=spread_of(earlier),
        both=len(moved),
        mean_change_up=mean_up(moved),
        up=sum(change > 0 for change in moved),
        down=sum(change < 0 for change in moved),
    )


def _lost(tally: Tally | None, organization: Organization, cycles: Sequence[Cycle], *, has_city: bool) -> list[Lost]:
    """The indicators at which the own branches lost most per mark; of a year over the sheets of all its cycles."""
    if tally is None:
        return []
    parts = [tally.pk] if tally.cycle_id else tally.quarters.values("pk")
    chosen = Sheet.objects.filter(results__tally__in=parts)
    chosen = chosen if has_city else chosen.filter(organization__path__startswith=organization.path)
    sums: dict[tuple[str, str, int], list[int]] = {}
    for group in sealed_of(chosen, cycles):
        _add(sums, group, np.array([path.startswith(organization.path) for path in group.paths], dtype=np.bool_))
    found = [
        Lost(code, name, points, marks, lost, _mean(lost, marks), _mean(every, number) if has_city else None)
        for (code, name, points), (marks, lost, number, every) in sums.items()
        if lost
    ]
    return sorted(found, key=lambda one: (-one.mean_up, one.code))[:MOST_LOST]


def _add(sums: dict[tuple[str, str, int], list[int]], group: Sealed, mine: BoolArray) -> None:
    """Marks and lost points of each indicator: own, then of all that were read."""
    score = group.score()
    for at, leaf in group.leaves():
        known, lost = counted(score, at), lost_up(score, at, leaf)
        line = sums.setdefault((leaf.code, leaf.name, leaf.points_up), [0, 0, 0, 0])
        for place, kept in ((0, known & mine), (2, known)):
            line[place] += int(kept.sum())
            line[place + 1] += int(lost[kept].sum())


def _mean(total_up: int, number: int) -> int:
    """Rounded half up once."""
    return (2 * total_up + number) // (2 * number) if number else 0


def _lines(tally: Tally | None, organization: Organization, before: Mapping[int, int | None]) -> tuple[str, list[Line]]:
    """What the organization was called, and its branches in the order of the ranking, stars as in every list."""
    if tally is None:
        return organization.name, []
    rows = Result.objects.filter(tally=tally, organization__path__startswith=organization.path).for_table()
    rows = list(rows.annotate(called=name_at(organization, tally.names_at)).order_by("position"))
    is_progress = tally.cycle is not None and tally.cycle.purpose == Cycle.Purpose.PROGRESS
    lines = [
        Line(
            code=row.branch.code,
            name=row.branch.name,
            organization=row.organization.name,
            sector=row.sector.name,
            total_up=row.total_up,
            rank=row.rank_sector if tally.is_mixed else row.rank_all,
            stars=row.stars_limited if is_progress and row.status == Result.Status.RATED else row.stars,
            before_up=before.get(row.branch_id),
            remark="、".join(filter(None, [_status(row), *remarks(row)])),
        )
        for row in rows
    ]
    return (rows[0].called if rows else organization.name), lines


def _status(row: Result) -> str:
    return "" if row.status == Result.Status.RATED else row.get_status_display()
