"""A year whose sectors have schemes of their own: the year from quarters of several schemes, ties per scheme."""

import copy

import pytest

from assessments.cycles.models import Cycle, YearPlan
from assessments.reports.result_report import RELATED
from assessments.reports.result_working import explain
from assessments.results.models import QuotaLine, Result
from assessments.results.services.deciding import decide_tie
from assessments.results.services.tally import run_tally
from assessments.results.ties import ties_of
from assessments.results.verifying import tally_problems
from assessments.results.yearly import inputs_again
from assessments.sheets.models import Sheet
from branches.models import Branch
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.branches import make_sector
from tests.factories.mixed import give_sector
from tests.factories.results import BEST, make_approved, make_tally
from tests.factories.schemes import SCHEME, make_scheme

PERIODS = ("Q1", "Q2", "Q3", "Q4")
FIFTH = {"code": "3", "name": "集体经济", "points": 20, "children": [
    {"code": "3.1", "name": "村集体收入", "points": 20, "rule": "entry"},
]}  # fmt: skip


def rural(full_marks: int) -> object:
    """The scheme of villages: three first-level indicators and 120 points, or the small scheme's and 100."""
    said = copy.deepcopy(SCHEME)
    indicators = [*said["indicators"], FIFTH] if full_marks == 120 else said["indicators"]
    bands = [{"stars": 5, "grade": "示范", "from": 90}, {"stars": 3, "grade": "达标", "from": 0}]
    return make_scheme(
        code="rural", name="村党组织考评标准", full_marks=full_marks, indicators=indicators, bands=bands, veto=[]
    )


def make_year(city, inspector, office, version):
    """Four quarters: the far branches are villages under `version` from Q2 on, in Q1 only the last one is."""
    village = make_sector("village", "村")
    Branch.objects.filter(pk=city.farther_branch.pk).update(sector=village)
    city.farther_branch.refresh_from_db()
    give_sector(city.cycle.plan, village, version)
    Sheet.objects.filter(pk=city.farther_sheet.pk).update(sector=village, scheme_version=version)
    for period in PERIODS:
        if period == "Q2":
            Branch.objects.filter(pk=city.far_branch.pk).update(sector=village)
            city.far_branch.refresh_from_db()
            Sheet.objects.filter(pk=city.far_sheet.pk).update(sector=village, scheme_version=version)
        make_quarter(city, inspector, office, period)
    return YearPlan.objects.select_related("scheme_version__scheme").get(pk=city.cycle.plan_id)


def make_quarter(city, inspector, office, period):
    if period == "Q4":
        cycle = city.cycle
        sheets = [city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet]
    else:
        cycle = make_cycle(city.scheme, period=period)
        sheets = [
            make_sheet(cycle, branch) for branch in (city.branch, city.sibling, city.far_branch, city.farther_branch)
        ]
    for sheet, points in zip(sheets, (10, 8, 9, 7), strict=True):
        sheet.refresh_from_db()
        is_rural = sheet.scheme_version.scheme.code == "rural" and sheet.scheme_version.content["full_marks"] == 120
        marks = BEST | ({"3.1": {"value": 15}} if is_rural else {})
        make_approved(sheet, inspector, marks=marks, points=points)
    make_tally(cycle, office)


def result_of(tally, branch):
    return Result.objects.select_related(*RELATED).get(tally=tally, branch=branch)


@pytest.mark.parametrize(
    ("full_marks", "total", "status"),
    # Four times 96, Q1 of them under the small scheme; where the full marks differ, Q1 does not count for the year.
    [(100, 96_000_000, "rated"), (120, None, "missing")],
)
def test_a_year_is_scored_by_the_schemes_of_its_sectors(city, inspector, office, full_marks, total, status):
    year = make_year(city, inspector, office, rural(full_marks))
    tally = run_tally(actor=office, plan=year)
    assert (tally.version_count, list(tally_problems(tally))) == (2, [])
    own, last = result_of(tally, city.branch), result_of(tally, city.farther_branch)
    assert (own.total_up, own.grade, own.rank_all, own.rank_sector) == (97_000_000, "五星", None, 1)
    assert (last.total_up, last.grade) == ((94_000_000 if full_marks == 100 else 109_000_000), "示范")
    moved = result_of(tally, city.far_branch)  # came to the villages after Q1
    assert (moved.total_up, moved.status) == (total, status)
    if total is None:
        assert moved.reasons == [{"code": "missing_periods", "periods": ["Q1"]}]
    for row in (own, last, moved):
        working = explain(row).working
        assert (working.total_up if working else None) == row.total_up
    assert [group.version.scheme.code for group in inputs_again(tally).groups] == ["rural", "small"]
    assert run_tally(actor=office, plan=year) == tally


def test_ties_are_settled_scheme_by_scheme(city, inspector, office, authority):
    """Both schemes give one five-star place among all their branches, and both have two equal branches for it."""
    bands = [
        {"stars": 5, "grade": "五星", "from": 90, "quota": {"max_number": 1, "within": "all"}},
        *SCHEME["bands"][1:],
    ]
    whole, other = make_scheme(code="whole", bands=bands), make_scheme(code="other", bands=bands)
    village = make_sector("village", "村")
    YearPlan.objects.filter(pk=city.cycle.plan_id).update(scheme_version=whole)
    city.cycle.plan.refresh_from_db()
    give_sector(city.cycle.plan, village, other)
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    Sheet.objects.update(scheme_version=whole)
    far = (city.far_sheet, city.farther_sheet)
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in far]).update(sector=village, scheme_version=other)
    for sheet in (city.sheet, city.sibling_sheet, *far):
        sheet.refresh_from_db()
        make_approved(sheet, inspector, marks=BEST)
    tally = make_tally(city.cycle, office)
    ties = {tie.key: {result.branch_id for result in tie.members} for tie in ties_of(tally)}
    villages = {city.far_branch.pk, city.farther_branch.pk}
    assert ties == {f"5--{whole.pk}": {city.branch.pk, city.sibling.pk}, f"5--{other.pk}": villages}
    tally = decide_tie(
        tally=tally, actor=authority, granted={city.far_branch.pk}, digest=tally.digest, key=f"5--{other.pk}",
        reason="按上年度星级和群众满意度综合研究确定",
    )  # fmt: skip
    stars = dict(Result.objects.filter(tally=tally).values_list("branch_id", "stars"))
    assert (stars[city.far_branch.pk], stars[city.farther_branch.pk], stars[city.branch.pk]) == (5, 4, None)
    assert QuotaLine.objects.get(tally=tally, scheme_version=other).admitted == 1
    assert [tie.key for tie in ties_of(tally)] == [f"5--{whole.pk}"]
    assert list(tally_problems(tally)) == []
