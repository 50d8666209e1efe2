"""Tallies, decisions and publications of the demonstration, through the portal's own services."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from ..cycles.models import Cycle, YearPlan
from ..results.models import Tally
from ..results.services.tally import run_tally
from ..sheets.choices import Status
from . import claims
from .calendar import Quarter
from .city import City
from .marks import Marks
from .quarters import Play, evaluate_quarter


def make_tie(
    city: City, plan: YearPlan, quarter: Quarter, marks: Marks, plans: list[claims.Plan], course: Play
) -> list[claims.Plan]:
    """Give the first branch behind the five-star places of a sector the marks of the last one on them: a tie.

    Changes `marks` in place and returns the claims to use. The branches at the front are left alone.
    """
    _batch, outcome = evaluate_quarter(plan, quarter, city, marks, *claims.for_engine(plans))
    sectors = np.array([branch.sector_id for branch in city.branches])
    for sector in np.unique(sectors):
        rated = (sectors == sector) & np.array([status == Status.APPROVED for status in course.status])
        places = int(rated.sum()) * 3 // 10
        ranked = sorted(np.flatnonzero(rated & (outcome.stars_open == 5)), key=lambda at: -outcome.ranked_up[at])
        if len(ranked) < places + 3:
            continue
        last, behind = int(ranked[places - 1]), [int(ranked[places]), int(ranked[places + 1])]
        for at in behind:
            marks.marks[at], marks.given[at] = marks.marks[last], marks.given[last]
            for changed in marks.changed.values():
                changed[at] = changed[last]
        kept = [plan_ for plan_ in plans if plan_.at not in behind]
        copies = [replace(plan_, at=at) for at in behind for plan_ in plans if plan_.at == last]
        return kept + copies
    return plans


def tally_quarter(city: City, cycle: Cycle, quarter: Quarter, *, publish: bool) -> Tally:
    """Tally a finished quarter; the rating one waits as a candidate."""
    tally = run_tally(actor=city.people["office1"], cycle=cycle)
    if publish:
        publish_tally(city, tally, quarter)
    return tally


def describe(cycle: Cycle) -> str:
    """One line for the start command."""
    tally = Tally.objects.filter(cycle=cycle).first()
    if tally is None:
        return f"{cycle.sheets.count()} 份评分表，进行中"
    return f"{tally.rated_count} 个已评定，{tally.undecided_count} 个待定，{tally.missing_count} 个缺项"


def publish_year(city: City, plan: YearPlan, quarter: Quarter) -> None:
    """Tally last year, settle its ties and publish it."""
    tally = run_tally(actor=city.people["office1"], plan=plan)
    publish_tally(city, tally, quarter)


def publish_tally(city: City, tally: Tally, quarter: Quarter) -> None:
    when = quarter.step("ratification")[1] + timedelta(hours=1)
    Tally.objects.filter(pk=tally.pk).update(created_at=when - timedelta(days=3))
