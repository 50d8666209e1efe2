"""The year from its quarters: mean of the totals, stars, what a missing quarter does, verification."""

import pytest

from assessments.cycles.models import YearPlan
from assessments.results.checks import checks_of
from assessments.results.earlier.history import previous_stars
from assessments.results.models import Result, Tally
from assessments.results.services.deciding import decide_tie
from assessments.results.services.publishing import prepare_publication, publish
from assessments.results.services.tally import request_tally, run_tally
from assessments.results.verifying import publication_problems, tally_problems
from assessments.sheets.models import Sheet
from branchportal import worker
from branchportal.errors import PortalError
from branchportal.models import Job
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.earlier import make_earlier
from tests.factories.results import BEST, make_approved, make_tally

POINTS = {"Q1": (10, 8), "Q2": (9, 9), "Q3": (8, 7), "Q4": (7, 6.5)}  # of `branch` and `sibling`: 95.5 and 94.63


@pytest.fixture
def year(city, inspector, office):
    return make_year(city, inspector, office, POINTS)


def make_year(city, inspector, office, points_by_period):
    """Four quarters of two branches; the far ones are exempt, and missing in Q2."""
    for period, points in points_by_period.items():
        if period == "Q4":
            cycle, own = city.cycle, (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
        else:
            cycle = make_cycle(city.scheme, period=period)
            branches = (city.branch, city.sibling, city.far_branch, city.farther_branch)
            own = tuple(make_sheet(cycle, branch) for branch in branches)
        for sheet, given in zip(own, points, strict=False):
            make_approved(sheet, inspector, marks=BEST, points=given)
        Sheet.objects.filter(pk=own[2].pk).update(status="exempt", exempt_reason="成立不足一年")
        if period != "Q2":
            make_approved(own[3], inspector, marks=BEST, points=10)
        make_tally(cycle, office)
    return YearPlan.objects.select_related("scheme_version__scheme").get(pk=city.cycle.plan_id)


def rows(tally):
    return {result.branch_id: result for result in Result.objects.filter(tally=tally)}


def test_the_year_is_the_mean_of_its_quarters(year, city, office):
    tally = run_tally(actor=office, plan=year)
    found = rows(tally)
    # (97 + 96 + 95 + 94) / 4; (95 + 96 + 94 + 93.5) / 4 = 94.625
    assert found[city.branch.pk].total_up == 95_500_000
    assert found[city.sibling.pk].total_up == 94_625_000
    assert (found[city.branch.pk].stars, found[city.sibling.pk].stars) == (5, 4)  # one place of two rated branches
    assert found[city.sibling.pk].reasons == [{"code": "cut", "stars": 5}]
    assert (found[city.far_branch.pk].status, found[city.far_branch.pk].reasons[0]["code"]) == ("exempt", "exempt")
    missing = found[city.farther_branch.pk]
    assert (missing.status, missing.reasons) == ("missing", [{"code": "missing_periods", "periods": ["Q2"]}])
    assert tally.quarters.count() == 4
    assert list(tally_problems(tally)) == []


def test_the_year_is_tallied_once_on_the_same_quarters(year, office):
    job = request_tally(actor=office, plan=year)
    worker.run_due_here()
    job.refresh_from_db()
    assert job.status == "done"
    first = Tally.objects.get(cycle=None)
    assert run_tally(actor=office, plan=year) == first


def test_a_year_without_all_quarters_is_refused_by_name(city, office, inspector):
    with pytest.raises(PortalError, match="第一季度、第二季度、第三季度、第四季度"):
        request_tally(actor=office, plan=city.cycle.plan)
    assert Job.objects.count() == 0


def test_a_year_is_published_after_its_quarters_and_gives_the_stars_of_the_year_before(year, city, office, authority):
    tally = run_tally(actor=office, plan=year)
    said = {"actor": office, "title": "2026年度星级党支部", "note": "一个党支部二季度未审定"}
    with pytest.raises(PortalError):
        prepare_publication(tally=tally, digest=tally.digest, **said)
    for quarter in Tally.objects.filter(cycle__isnull=False):
        one = prepare_publication(tally=quarter, digest=quarter.digest, **said)
        publish(publication=one, actor=authority)
    assert [check.is_met for check in checks_of(tally) if check.blocks] == [True, True, True]
    publication = publish(publication=prepare_publication(tally=tally, digest=tally.digest, **said), actor=authority)
    assert publication_problems(publication) == []
    after = YearPlan(year=2027)
    assert previous_stars(after) == {city.branch.pk: 5, city.sibling.pk: 4}


def test_a_quarter_tallied_again_makes_the_year_outdated(year, city, office, inspector):
    tally = run_tally(actor=office, plan=year)
    late = Sheet.objects.get(cycle__period="Q2", branch=city.farther_branch)
    make_approved(late, inspector, marks=BEST, points=10)
    make_tally(late.cycle, office)
    assert checks_of(tally)[0].is_met is False
    again = run_tally(actor=office, plan=year)
    assert (again.number, again.undecided_count) == (2, 0)
    assert rows(again)[city.farther_branch.pk].total_up == 97_000_000


def test_a_tie_of_the_year_is_settled(city, inspector, office, authority):
    plan = make_year(city, inspector, office, dict.fromkeys(POINTS, (9, 9)))
    tally = run_tally(actor=office, plan=plan)
    assert (tally.undecided_count, rows(tally)[city.branch.pk].status) == (2, "undecided")
    tally = decide_tie(
        tally=tally,
        actor=authority,
        digest=tally.digest,
        key="5-organ",
        granted={city.sibling.pk},
        reason="按上年度星级研究确定",
    )
    stars = {branch: rows(tally)[branch].stars for branch in (city.branch.pk, city.sibling.pk)}
    assert stars == {city.branch.pk: 4, city.sibling.pk: 5}
    assert list(tally_problems(tally)) == []


def test_a_published_year_verifies_whatever_becomes_of_earlier_results(year, city, office, authority):
    row = make_earlier(city.branch, 2025, 4, owner=office)
    tally = run_tally(actor=office, plan=year)
    assert rows(tally)[city.branch.pk].previous_stars == 4
    row.delete()
    assert list(tally_problems(tally)) == []
    assert run_tally(actor=office, plan=year).number == tally.number + 1
