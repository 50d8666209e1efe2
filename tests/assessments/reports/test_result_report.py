"""The read model of a result: its figures are the engine's, its sentences say why."""

import json

import pytest

from assessments.cycles.models import Cycle
from assessments.reports.result_report import RELATED, branch_report
from assessments.reports.result_working import explain
from assessments.results.models import Result
from assessments.results.services.tally import run_tally
from assessments.sheets.models import Mark, Sheet
from branchportal import guards
from tests.factories.results import BEST, make_approved, make_tally

pytestmark = pytest.mark.django_db
UP = 1_000_000


@pytest.fixture
def rated(city, inspector, office):
    """Four approved sheets in a rating cycle: two tied over five stars of two places, bonus, penalty, veto."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    make_approved(
        city.sheet,
        inspector,
        marks=BEST,
        claims=(
            {"kind": "bonus", "item_code": "B1", "level": "省级", "matter": "表彰一"},
            {"kind": "bonus", "item_code": "B1", "level": "市级", "matter": "表彰一"},
            {"kind": "bonus", "item_code": "B2", "count": 5, "matter": "推广"},
        ),
    )
    make_approved(city.sibling_sheet, inspector, marks=BEST, claims=({"kind": "veto", "item_code": "V1"},))
    make_approved(city.far_sheet, inspector, claims=({"kind": "penalty", "item_code": "P1", "matter": "通报"},))
    return city


def result_of(tally, branch) -> Result:
    return Result.objects.select_related(*RELATED).get(tally=tally, branch=branch)


def test_every_figure_of_the_working_is_the_stored_one(rated, office):
    tally = make_tally(rated.cycle, office)
    for result in Result.objects.filter(tally=tally, total_up__isnull=False).select_related(*RELATED):
        found = explain(result).working
        assert (
            found.total_up,
            found.base_up,
            found.bonus_up,
            found.penalty_up,
            found.graded_up,
            found.stars_score,
            found.stars_open,
        ) == (
            result.total_up,
            result.base_up,
            result.bonus_up,
            result.penalty_up,
            result.graded_up,
            result.stars_opened,
            result.stars_limited,
        )


def test_rows_add_up_to_groups_and_groups_to_the_base_score(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.branch))
    for group in report.groups:
        assert sum(row.reviewed_up for row in group.rows) == group.earned_up
    assert sum(group.earned_up for group in report.groups) == report.result.base_up
    assert report.steps[-2].figure_up == report.result.total_up


def test_points_are_told_down_to_the_clause(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.far_branch))
    rows = {row.code: row for group in report.groups for row in group.rows}
    assert rows["1.1"].told == ["记录不规范：2 次，−1分"]
    assert rows["1.2"].told == ["较好：15分"]
    assert rows["1.3"].told == ["98 ÷ 100 = 98%。", "目标值100%，每低1%扣1分。"]
    assert rows["2.1"].told == ["每办1件：4 件，+8分"]
    assert rows["2.2"].told == ["赋分：9.5。"]
    assert rows["2.3"].told == ["不适用，按满分计。"]
    assert rows["2.4"].own_up is None


def test_bonus_tells_what_once_per_matter_and_the_maximum_took(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.branch))
    counted = [(item.code, item.level, item.counted_up) for item in report.items.bonus]
    assert sorted(counted) == [("B1", "市级", 0), ("B1", "省级", 3 * UP), ("B2", "", 5 * UP)]
    assert [item.told for item in report.items.bonus if item.level == "市级"] == [
        "未计：同一事项不重复计分，取最高一项。"
    ]
    assert report.items.bonus_cuts == ["“经验推广”最多计3分，超出的2分不计。"]
    assert report.items.bonus_up == 6 * UP


def test_refused_claim_is_shown_as_not_counted(rated, office, inspector):
    sheet = Sheet.objects.get(pk=rated.far_sheet.pk)
    content = json.loads(sheet.frozen_claims)
    assert [claim["kind"] for claim in content["claims"]] == ["penalty"]
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.far_branch))
    assert [(item.counted_up, item.is_accepted) for item in report.items.penalty] == [(2 * UP, True)]


def test_star_says_how_many_points_are_short(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.far_branch))
    assert (report.star.stars, report.star.next_grade) == (4, "五星")
    assert report.star.told == ["定星用分86.50，达到四星分数线（80分），可评定为四星。"]
    assert report.star.next_told == ["离五星还差3.5分。"]


def test_veto_is_told_with_what_it_closes(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.sibling))
    assert report.star.stars == 2
    assert report.star.told[1] == "一票否决“支部书记受撤职以上处分”：最高评为二星。"
    assert report.star.next_told == ["因一票否决情形，不能评为三星。"]
    assert [item.text for item in report.items.vetoes] == ["支部书记受撤职以上处分"]


def test_branch_cut_by_the_quota_is_told_the_places(rated, office, inspector):
    make_approved(rated.farther_sheet, inspector, marks=BEST)
    with guards.lifted():
        Sheet.objects.filter(branch=rated.sibling).update(status="exempt", exempt_reason="新成立")
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.farther_branch))
    assert (report.star.stars, report.star.opened, report.star.next_grade) == (4, 5, "五星")
    assert report.star.next_told == ["得分达到五星，但本组3个支部的1个五星名额已满，名次在名额之外。"]


def test_tie_across_the_quota_waits_for_a_decision(city, office, inspector):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for sheet in (city.sheet, city.sibling_sheet):
        make_approved(sheet, inspector, marks=BEST)
    report = branch_report(result_of(make_tally(city.cycle, office), city.branch))
    assert (report.result.status, report.star.stars) == ("undecided", None)
    assert report.star.next_told == ["在五星的1个名额末位并列，待审定机关决定。"]


def test_branch_without_a_total_says_why(rated, office):
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.farther_branch))
    assert report.star.told == ["无总分：评分表尚未审定（填报中）。"]
    assert (report.steps, report.has_rows, report.radar_option) == ([], False, None)


def test_changed_points_carry_the_reviewers_reason(rated, office):
    with guards.lifted():
        Mark.objects.filter(sheet=rated.far_sheet, stage="review", indicator__code="1.2").update(reason="台账不全")
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.far_branch))
    rows = {row.code: row for group in report.groups for row in group.rows}
    assert (rows["1.2"].reason, rows["1.1"].reason) == ("台账不全", "")


def test_progress_cycle_grants_no_stars_and_says_so(rated, office):
    Cycle.objects.filter(pk=rated.cycle.pk).update(purpose="progress")
    rated.cycle.refresh_from_db()
    report = branch_report(result_of(make_tally(rated.cycle, office), rated.far_branch))
    assert report.star.stars is None
    assert report.star.told[0] == "本周期只反馈得分和问题，不评定星级。"


def test_year_is_worked_out_from_its_quarters(rated, office, inspector):
    from tests.factories.assessments import make_cycle, make_sheet

    for period, start in (("Q1", "2026-01-01"), ("Q2", "2026-04-01"), ("Q3", "2026-07-01")):
        cycle = make_cycle(rated.scheme, period=period, starts_on=start)
        make_approved(make_sheet(cycle, rated.far_branch), inspector)
        make_tally(cycle, office)
    make_tally(rated.cycle, office)
    tally = run_tally(actor=office, plan=rated.cycle.plan)
    result = result_of(tally, rated.far_branch)
    report = branch_report(result)
    # three quarters of 88.5 and one with a penalty of 2: (88.5 * 3 + 86.5) / 4 = 88
    assert result.total_up == 88 * UP
    assert explain(result).working.total_up == result.total_up
    assert [step.figure_up for step in report.steps[:5]] == [88_500_000, 88_500_000, 88_500_000, 86_500_000, 88 * UP]
    assert [point.total_up for point in report.trend] == [88_500_000, 88_500_000, 88_500_000, 86_500_000]
    assert report.is_year


def test_report_costs_the_same_however_many_branches(rated, office, django_assert_num_queries):
    result = result_of(make_tally(rated.cycle, office), rated.far_branch)
    branch_report(result)
    with django_assert_num_queries(8):
        branch_report(result)
