"""Set-up, progress board, home and result in a real browser: at both widths, by keyboard, without script."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.cycles.models import Assignment, Cycle, Step
from assessments.results.models import Result, Tally
from assessments.sheets.models import Sheet
from branchportal import worker
from members.roles import Role
from tests.conftest import City
from tests.factories.assessments import make_team
from tests.factories.members import appoint, make_member, make_user
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import DESKTOP, PHONE, check_fits

BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def late(city: City) -> City:
    """The self-assessment is over and one branch has submitted."""
    Step.objects.filter(kind="self").update(ends_at=timezone.now() - timedelta(hours=1))
    Sheet.objects.filter(branch=city.branch).update(status="submitted", submitted_at=timezone.now())
    return city


@BOTH
def test_the_office_follows_a_number_to_the_reminder(late, office, open_as, check_accessible: Callable, size):
    page = open_as(office, "/", size)
    check_accessible(page)
    page.get_by_role("link", name="进度总览").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("进度总览")
    check_fits(page)
    check_accessible(page)
    page.get_by_role("link", name="市教育局: 2", exact=True).first.click()
    expect(page.locator("tbody tr")).to_have_count(2)
    check_fits(page)
    check_accessible(page)
    page.get_by_label("只看逾期").check()
    page.wait_for_url("**late=1*")
    page.get_by_role("link", name="生成提醒").click()
    page.wait_for_load_state("load")
    text = page.get_by_role("textbox", name="工作群提醒文字")
    expect(text).to_have_value(re.compile(late.far_branch.name))
    assert late.branch.name not in text.input_value()
    page.get_by_role("button", name="复制").first.click()
    expect(page.get_by_text("已复制。")).to_be_visible()
    check_fits(page)
    check_accessible(page)


@BOTH
def test_wrong_dates_are_said_beside_their_step_and_then_the_cycle_opens(
    city, office, open_as, watch, check_accessible: Callable, size
):
    watch.expect("422")  # the answer to a form with a wrong date
    page = open_as(office, reverse("cycles:cycle_new", args=[city.cycle.plan_id, "Q1"]), size)
    page.locator("#id_preliminary_ends").fill("2026-03-01T10:00")
    page.get_by_role("button", name="保存").click()
    problem = page.locator("#preliminary-problem")
    expect(problem).to_contain_text("截止")
    check_accessible(page)
    check_fits(page)
    page.locator("#id_preliminary_ends").fill("2026-04-09T18:00")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年第一季度考评")
    check_accessible(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="启动考评周期").click()
    page.wait_for_url("**/tasks/*/")
    worker.run_due_here()
    expect(page.get_by_role("link", name="查看结果")).to_be_visible()
    cycle = Cycle.objects.get(period="Q1")
    assert (cycle.status, cycle.sheets.count()) == ("open", 4)


def test_ticked_branches_are_assigned_and_the_own_branch_is_named(city, office, open_as, check_accessible: Callable):
    own = appoint(make_user("own", name="本支部党员", member=make_member(city.branch)), Role.INSPECTOR)
    make_team(city.cycle, members=(own,), name="第二考评组")
    page = open_as(office, reverse("cycles:assignments", args=[city.cycle.pk]))
    check_accessible(page)
    page.get_by_label("勾选本页全部").check()
    expect(page.locator("input[name=branch]:checked")).to_have_count(4)
    page.locator("#hand-team").select_option(label="第二考评组")
    page.get_by_role("button", name="分配所选支部").click()
    expect(page.locator(".alert-warning")).to_contain_text(city.branch.name)
    expect(page.locator(".alert-success")).to_contain_text("3")
    assert Assignment.objects.count() == 3
    check_accessible(page)


@pytest.fixture
def result(city: City, inspector, office) -> Result:
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    claims = ({"kind": "bonus", "item_code": "B1", "level": "省级", "matter": "表彰"},)
    make_approved(city.sheet, inspector, claims=claims)
    make_approved(city.sibling_sheet, inspector, marks=BEST)
    tally = make_tally(city.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    return Result.objects.get(tally=tally, branch=city.branch)


@BOTH
def test_a_figure_is_opened_down_to_the_clause(result, secretary, open_as, check_accessible: Callable, size):
    page = open_as(secretary, "/", size)
    page.get_by_role("link", name="查看详情").click()
    page.wait_for_load_state("load")
    expect(page.get_by_role("heading", level=1)).to_have_text(result.branch.name)
    clause = page.get_by_text("记录不规范：2 次，−1分")
    expect(clause).to_be_hidden()
    page.get_by_text("1.1 “三会一课”").click()
    expect(clause).to_be_visible()
    page.get_by_role("button", name="展开全部明细").click()
    expect(page.get_by_text("98 ÷ 100 = 98%。")).to_be_visible()
    expect(page.get_by_role("button", name="收起全部明细")).to_be_visible()
    check_fits(page)
    check_accessible(page)
    page.get_by_role("button", name="PDF 报告").click()
    page.wait_for_url("**/tasks/*/")


def test_the_result_prints_with_all_its_workings(result, secretary, open_as):
    page = open_as(secretary, reverse("reports:result", args=[result.pk]))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_text("记录不规范：2 次，−1分")).to_be_visible()
    expect(page.locator("aside")).to_be_hidden()


def test_everything_is_there_without_script(late, office, result, open_as):
    page = open_as(office, reverse("cycles:board_reminder") + "?late=1", java_script_enabled=False)
    expect(page.locator("#reminder-text")).to_have_value(re.compile(late.far_branch.name))
    page.goto(reverse("reports:result", args=[result.pk]))
    page.get_by_text("1.1 “三会一课”").click()
    expect(page.get_by_text("记录不规范：2 次，−1分")).to_be_visible()
