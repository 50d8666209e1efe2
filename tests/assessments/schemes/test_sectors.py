"""A scheme with rows of sectors (个性指标), from filling in to the result's page: each branch meets its own rows only.

The small scheme with 2.5 机关服务 for organs and 2.6 村务公开 for villages; either sector's rows are 100 points.
"""

import copy

import pytest
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.cycles.services.opening import due_count
from assessments.reports.reminder import calls
from assessments.reports.result_report import RELATED, branch_report
from assessments.reports.score_form import blank_form, filled_form
from assessments.results.models import Result
from assessments.schemes.scheme_page import scheme_page, sector_sums
from assessments.scoring import Scheme
from assessments.sheets.choices import Status
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.review_page import build_page
from assessments.sheets.services import approving, filling, review_marks
from assessments.sheets.sheet_page import sheet_page
from branches.models import Branch
from branchportal.figures import points_text
from tests.factories.assessments import FULL_MARKS, make_marks
from tests.factories.branches import make_sector
from tests.factories.results import make_tally
from tests.factories.schemes import SCHEME, make_scheme, sector_indicators

UP = 1_000_000
NAMES = {"organ": "机关", "village": "村", "school": "学校"}
# 2.1 is worth 5 here: 4 × 2 is cut to 5; the rest as in FULL_MARKS, with one row of the sector
OWN = {"organ": ("2.5", {"value": "4.5"}), "village": ("2.6", {"counts": {"a": 2}})}


@pytest.fixture
def sectors(city):
    """`city` under the scheme with sector rows; both branches of the far committee are villages."""
    scheme = make_scheme(version="s", indicators=sector_indicators())
    village = make_sector("village", "村")
    far = [city.far_branch.pk, city.farther_branch.pk]
    Branch.objects.filter(pk__in=far).update(sector=village)
    YearPlan.objects.update(scheme_version=scheme)
    Cycle.objects.update(purpose="rating")
    Sheet.objects.update(scheme_version=scheme, due_count=7)
    Sheet.objects.filter(branch__in=far).update(sector=village)
    city.scheme, city.cycle = scheme, Cycle.objects.select_related("plan__scheme_version").get(pk=city.cycle.pk)
    return city


def opened(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


def approved(sheet: Sheet, own: str, secretary, reviewer, inspector, leader) -> Sheet:
    """Filled in, polled, taken over by the review and approved."""
    code, mark = OWN[own]
    make_marks(opened(sheet), secretary, marks=FULL_MARKS | {code: mark})
    make_marks(opened(sheet), reviewer, stage="poll", marks={"2.4": {"value": 90}})
    Sheet.objects.filter(pk=sheet.pk).update(status=Status.REVIEW, submitted_by=secretary, submitted_at=timezone.now())
    review_marks.accept_untouched(sheet=opened(sheet), actor=inspector)
    fresh = opened(sheet)
    return approving.approve_sheet(sheet=fresh, actor=leader, version=fresh.version)


@pytest.fixture
def rated(sectors, secretary, reviewer, inspector, leader, office):
    """One approved sheet of an organ, one of a village, and their tally."""
    approved(sectors.sheet, "organ", secretary, reviewer, inspector, leader)
    approved(sectors.far_sheet, "village", secretary, reviewer, inspector, leader)
    return sectors, make_tally(sectors.cycle, office)


def test_sums_and_rows_of_a_sector():
    scheme = Scheme.from_data(SCHEME | {"indicators": sector_indicators()})
    assert [(each.code, each.points_up // UP) for each in sector_sums(scheme, NAMES)] == [
        ("organ", 100),
        ("village", 100),
        ("school", 95),
    ]
    page = scheme_page(scheme, NAMES, "village")
    assert [row.leaf.code for row in page.dimensions[1].rows] == ["2.1", "2.2", "2.3", "2.4", "2.6"]
    assert [(part.points_up // UP) for part in page.dimensions] == [60, 40]
    assert {row.leaf.code: row.sectors for row in scheme_page(scheme, NAMES).dimensions[1].rows if row.sectors} == {
        "2.5": ("机关",),
        "2.6": ("村",),
    }
    assert sector_sums(Scheme.from_data(SCHEME), NAMES) == ()


@pytest.mark.parametrize(("own", "name"), [("organ", "sheet"), ("village", "far_sheet")])
def test_a_sheet_asks_for_its_sectors_rows_and_their_points(sectors, own, name):
    page = sheet_page(opened(getattr(sectors, name)))
    mine, other = ("2.5", "2.6") if own == "organ" else ("2.6", "2.5")
    codes = [row.code for row in page.rows]
    assert (mine in codes, other in codes, len(codes)) == (True, False, 8)
    assert [(part.line.possible_up // UP, part.line.asked) for part in page.dimensions] == [(60, 3), (40, 4)]
    assert page.preview.asked == 7
    assert page.full_up == 100 * UP


def test_a_row_of_another_sector_is_not_filled_in(sectors, secretary, sign_in):
    sheet = opened(sectors.sheet)
    client = sign_in(secretary)
    page = client.get(f"/sheets/{sheet.pk}/").content.decode()
    assert ("机关服务" in page, "村务公开" in page) == (True, False)
    answer = client.post(f"/sheets/{sheet.pk}/marks/2.6/", {"version": 0, "c-a": "1"})
    assert (answer.status_code in (400, 404), Mark.objects.count()) == (True, 0)
    saved = filling.save_mark(
        sheet=sheet, code="2.5", data={"value": "4.5"}, version=0, actor=secretary, at=timezone.now()
    )
    assert saved.preview.points_up == {"2.5": 4_500_000}


def test_review_and_approval_count_the_sectors_rows(sectors, secretary, reviewer, inspector, leader, sign_in):
    sheet = approved(sectors.far_sheet, "village", secretary, reviewer, inspector, leader)
    # 19 + 15 + 18 + 5 + 9.5 + 10 + 9 + 3
    assert sheet.review_total_up == 88_500_000
    page = sign_in(inspector).get(f"/sheets/{sheet.pk}/review/").content.decode()
    assert ("村务公开" in page, "机关服务" in page) == (True, False)
    seen = build_page(opened(sectors.far_sheet))
    assert [group.points_up // UP for group in seen.groups] == [60, 40]


def test_results_sum_the_sectors_rows(rated):
    sectors, tally = rated
    found = {result.branch_id: result for result in Result.objects.filter(tally=tally)}
    # organ 19 + 15 + 18 + 5 + 9.5 + 10 + 9 + 4.5; village with 3 of 5
    assert found[sectors.branch.pk].total_up == 90 * UP
    assert found[sectors.far_branch.pk].total_up == 88_500_000
    assert [found[each.pk].rank_sector for each in (sectors.branch, sectors.far_branch)] == [1, 1]


def test_the_result_page_shows_the_sectors_rows(rated, office, sign_in):
    sectors, tally = rated
    result = Result.objects.select_related(*RELATED).get(tally=tally, branch=sectors.far_branch)
    report = branch_report(result)
    assert [(group.points_up // UP, group.possible_up // UP) for group in report.groups] == [(60, 60), (40, 40)]
    assert [row.code for row in report.groups[1].rows] == ["2.1", "2.2", "2.3", "2.4", "2.6"]
    page = sign_in(office).get(f"/reports/results/{result.pk}/").content.decode()
    assert ("村务公开" in page, "机关服务" in page) == (True, False)


def test_the_score_form_prints_the_sectors_rows(rated):
    sectors, _tally = rated
    form = filled_form(opened(sectors.far_sheet))
    assert [row.code for row in form.rows] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.6"]
    assert [row.item for row in form.rows if row.item] == ["组织建设（60分）", "服务作用（40分）"]
    assert (form.full_points, form.total) == ("100", "88.50")
    blank = blank_form(sectors.cycle, "organ")
    assert [row.code for row in blank.rows][-2:] == ["2.4", "2.5"]


def test_a_blank_form_for_all_says_whose_the_rows_are(sectors):
    form = blank_form(sectors.cycle)
    assert [row.name for row in form.rows][-2:] == ["机关服务（仅机关）", "村务公开（仅村）"]


def test_reminders_and_opening_count_what_each_branch_is_asked(sectors, secretary):
    for sheet in (sectors.sheet, sectors.far_sheet):
        make_marks(opened(sheet), secretary, marks=FULL_MARKS)
    told = {call.branch: call.missing for call in calls(sectors.cycle, list(Sheet.objects.for_table().order_by("pk")))}
    assert ("村务公开" in told[sectors.far_branch.name], "机关服务" in told[sectors.far_branch.name]) == (True, False)
    assert ("机关服务" in told[sectors.branch.name], "村务公开" in told[sectors.branch.name]) == (True, False)
    scheme = Scheme.from_data(sectors.scheme.content)
    assert [due_count(scheme, sector, "Q4") for sector in ("organ", "village", "school")] == [7, 7, 6]


def with_own_dimensions() -> list[dict]:
    """The small scheme, its second dimension worth 30, with a third for organs and a fourth for villages: 10 each."""
    found = copy.deepcopy(SCHEME["indicators"])
    found[1]["points"] = 30
    del found[1]["children"][1]
    rows = [("3", "机关作风", "organ"), ("4", "乡村治理", "village")]
    return found + [
        {
            "code": code,
            "name": name,
            "points": 10,
            "sectors": [sector],
            "children": [{"code": f"{code}.1", "name": f"{name}建设", "points": 10, "rule": "entry"}],
        }
        for code, name, sector in rows
    ]


def test_a_dimension_of_another_sector_is_on_no_page(sectors, secretary, reviewer, inspector, leader, office, sign_in):
    scheme = make_scheme(version="d", indicators=with_own_dimensions())
    YearPlan.objects.update(scheme_version=scheme)
    Sheet.objects.update(scheme_version=scheme)
    marks = {code: mark for code, mark in FULL_MARKS.items() if code != "2.2"} | {"4.1": {"value": "9.5"}}
    sheet = sectors.far_sheet
    make_marks(opened(sheet), secretary, marks=marks)
    make_marks(opened(sheet), reviewer, stage="poll", marks={"2.4": {"value": 90}})
    assert [part.line.code for part in sheet_page(opened(sheet)).dimensions] == ["1", "2", "4"]
    Sheet.objects.filter(pk=sheet.pk).update(status=Status.REVIEW, submitted_by=secretary, submitted_at=timezone.now())
    review_marks.accept_untouched(sheet=opened(sheet), actor=inspector)
    assert [(group.code, group.points_up // UP) for group in build_page(opened(sheet)).groups] == [
        ("1", 60),
        ("2", 30),
        ("4", 10),
    ]
    fresh = opened(sheet)
    assert approving.approve_sheet(sheet=fresh, actor=leader, version=fresh.version).review_total_up == 88_500_000
    items = [row.item for row in filled_form(opened(sheet)).rows if row.item]
    assert items == ["组织建设（60分）", "服务作用（30分）", "乡村治理（10分）"]
    tally = make_tally(sectors.cycle, office)
    result = Result.objects.select_related(*RELATED).get(tally=tally, branch=sectors.far_branch)
    assert [(group.code, group.earned_up, group.possible_up // UP) for group in branch_report(result).groups] == [
        ("1", 52 * UP, 60),
        ("2", 27 * UP, 30),
        ("4", 9_500_000, 10),
    ]
    page = sign_in(office).get(f"/reports/results/{result.pk}/").content.decode()
    assert ("乡村治理" in page, "机关作风" in page) == (True, False)


@pytest.mark.parametrize(("rescale_due", "full", "total"), [(False, 80, "79.00"), (True, 100, "98.75")])
def test_a_sheet_without_rows_that_are_not_due_says_what_it_can_reach(city, secretary, rescale_due, full, total):
    """1.2 with its 20 points is due in the second quarter only; the city's cycle is the fourth."""
    rows = copy.deepcopy(SCHEME["indicators"])
    rows[0]["children"][1]["due"] = ["Q2"]
    scheme = make_scheme(version="due", indicators=rows, rescale_due=rescale_due)
    YearPlan.objects.update(scheme_version=scheme)
    Sheet.objects.update(scheme_version=scheme)
    best = {
        "1.1": {"counts": {}},
        "1.3": {"value": 1},
        "2.1": {"counts": {"a": 5}},
        "2.2": {"value": 9},
        "2.3": {"na": True},
    }
    make_marks(opened(city.sheet), secretary, marks=best)
    make_marks(opened(city.sheet), secretary, stage="poll", marks={"2.4": {"value": 100}})
    page = sheet_page(opened(city.sheet))
    assert (page.full_up // UP, points_text(page.preview.total_up)) == (full, total)
    form = filled_form(opened(city.sheet))
    assert (form.full_points, next(row.item for row in form.rows if row.item)) == (str(full), "组织建设（40分）")
