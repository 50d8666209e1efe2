"""Tallies, decisions and publications of the demonstration, through the portal's own services."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from ..cycles.models import Cycle, YearPlan
from ..results.models import Tally
from ..results.services.deciding import decide_tie
from ..results.services.publishing import prepare_publication, publish
from ..results.services.tally import run_tally
from ..results.ties import ties_of
from ..schemes.models import SchemeVersion
from ..sheets.choices import Status
from . import claims, procedure
from .calendar import Quarter
from .city import City
from .marks import Marks
from .quarters import Play, evaluate_quarter


def make_tie(
    city: City, version: SchemeVersion, quarter: Quarter, marks: Marks, plans: list[claims.Plan], course: Play
) -> list[claims.Plan]:
    """Give two branches behind the five-star places of a sector the marks of the last one on them: a tie.

    Changes `marks` in place and returns the claims to use. The branches at the front are left alone.
    """
    _batch, outcome = evaluate_quarter(version, quarter, city, marks, *claims.for_engine(plans))
    sectors = np.array([branch.sector_id for branch in city.branches])
    for sector in np.unique(sectors):
        rated = (sectors == sector) & np.array([status == Status.APPROVED for status in course.status])
        places = int(rated.sum()) * 3 // 10
        ranked = sorted(np.flatnonzero(rated & (outcome.stars_open == 5)), key=lambda at: -outcome.ranked_up[at])
        last = int(ranked[places - 1]) if len(ranked) >= places > 0 else -1
        behind = [int(at) for at in ranked[places:] if _is_asked_alike(city, last, int(at))][:2]
        if len(behind) < 2:
            continue
        for at in behind:
            marks.marks[at], marks.given[at] = marks.marks[last], marks.given[last]
            for changed in marks.changed.values():
                changed[at] = changed[last]
        kept = [plan_ for plan_ in plans if plan_.at not in behind]
        copies = [replace(plan_, at=at) for at in behind for plan_ in plans if plan_.at == last]
        return kept + copies
    return plans


def _is_asked_alike(city: City, one: int, other: int) -> bool:
    """Whether both are asked the same clauses: equal marks then give equal points."""
    names = ("has_committee", "has_groups", "has_shared_premises")
    return all(getattr(city.branches[one], name) == getattr(city.branches[other], name) for name in names)


def tally_quarter(city: City, cycle: Cycle, quarter: Quarter, *, publish: bool) -> Tally:
    """Tally a finished quarter; the rating one waits as a candidate."""
    tally = run_tally(actor=city.people["office1"], cycle=cycle)
    _date(tally, quarter)
    if publish:
        _publish(city, tally, quarter, f"{cycle.name}结果")
    return tally


def publish_year(city: City, plan: YearPlan, quarter: Quarter, cycle: Cycle) -> None:
    """The annual rating: consulted, decided, on notice, corrected after an objection, on notice again, final."""
    number, decided = f"滨直工发〔{plan.year + 1}〕8号", quarter.step("ratification")[1]
    title = f"{plan.year}年度星级党支部评定结果"
    tally = _settled_year(city, plan, quarter)
    procedure.consult(city, tally, decided - timedelta(days=5), close=True)
    procedure.meet(city, tally, decided, number)
    first = procedure.put_on_notice(city, tally, title, number, decided + timedelta(days=1))
    procedure.correct_after_objection(city, first, cycle, decided + timedelta(days=2))
    _publish(city, run_tally(actor=city.people["office1"], cycle=cycle), quarter, f"{cycle.name}结果（更正）")
    corrected = _settled_year(city, plan, quarter)
    procedure.consult_rest(city, corrected, decided + timedelta(days=8))
    procedure.meet(city, corrected, decided + timedelta(days=9), number)
    again = procedure.put_on_notice(city, corrected, f"{title}（更正）", number, decided + timedelta(days=10))
    procedure.finish(city, again, decided + timedelta(days=20))


def publish_plainly(city: City, plan: YearPlan, last: Quarter) -> None:
    """An annual rating without objections: settled, consulted, decided, on notice, final. `last`: its last period."""
    number, decided = f"滨直工发〔{plan.year + 1}〕6号", last.step("ratification")[1]
    tally = _settled_year(city, plan, last)
    procedure.consult(city, tally, decided - timedelta(days=5), close=True)
    procedure.meet(city, tally, decided, number)
    title = f"{plan.year}年度星级党支部评定结果"
    shown = procedure.put_on_notice(city, tally, title, number, decided + timedelta(days=1))
    procedure.finish(city, shown, decided + timedelta(days=9))


def show_quarter(city: City, cycle: Cycle, quarter: Quarter, now: datetime) -> None:
    """A quarter's rating on notice these days: settled, consulted, decided; one branch has objected and waits."""
    candidate = Tally.objects.select_related("plan__scheme_version__scheme").get(cycle=cycle)
    tally, number = _settled(city, candidate, now - timedelta(days=16)), f"滨直工发〔{now.year}〕26号"
    procedure.consult(city, tally, now - timedelta(days=12), close=True)
    procedure.meet(city, tally, now - timedelta(days=4), number)
    shown = procedure.put_on_notice(city, tally, f"{cycle.name}星级评定结果", number, now - timedelta(days=2))
    procedure.object_openly(city, shown, now - timedelta(hours=20))


def _settled_year(city: City, plan: YearPlan, quarter: Quarter) -> Tally:
    """The tally of a year with its ties settled."""
    tally = run_tally(actor=city.people["office1"], plan=plan)
    _date(tally, quarter)
    return _settled(city, tally, quarter.step("ratification")[1])


def _settled(city: City, tally: Tally, decided: datetime) -> Tally:
    """A tally whose ties the deciding authority settled at that moment."""
    while ties := ties_of(tally):
        tie = ties[0]
        chosen = sorted(tie.members, key=lambda result: result.branch.code)[: tie.line.left]
        tally = decide_tie(
            tally=tally,
            actor=city.people["authority1"],
            digest=tally.digest,
            key=tie.key,
            granted=[result.branch_id for result in chosen],
            reason="同分，经会议研究，按群众满意度和重点任务完成情况确定。",
            at=decided,
        )
    return Tally.objects.select_related("plan__scheme_version__scheme").get(pk=tally.pk)


def _date(tally: Tally, quarter: Quarter) -> None:
    """The tally was computed in its own time, not on the day of seeding."""
    Tally.objects.filter(pk=tally.pk).update(created_at=quarter.step("review")[1] + timedelta(hours=2))


def _publish(city: City, tally: Tally, quarter: Quarter, title: str, number: str = "") -> None:
    when = quarter.step("ratification")[1]
    tally.refresh_from_db()
    publication = prepare_publication(
        tally=tally,
        actor=city.people["office1"],
        digest=tally.digest,
        title=title,
        document_number=number,
        note=procedure.MISSING,
        at=when,
    )
    publish(publication=publication, actor=city.people["authority1"], at=when + timedelta(hours=20))


def describe(cycle: Cycle) -> str:
    """One line for the start command."""
    tally = Tally.objects.filter(cycle=cycle).first()
    if tally is None:
        return f"{cycle.sheets.count()} 份评分表，进行中"
    return f"{tally.rated_count} 个已评定，{tally.undecided_count} 个待定，{tally.missing_count} 个缺项"
