"""From approved sheets to published stars in a real browser: tally with progress, a tie settled, two people publish."""

import re

import pytest
from playwright.sync_api import Page, expect

from assessments.cycles.models import Cycle
from assessments.results.models import Publication, Result, Tally
from assessments.sheets.models import Sheet
from branchportal import worker
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import PHONE


@pytest.fixture
def rating(city, inspector):
    """Four approved sheets; three of them tied for two five-star places."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for sheet in (city.sheet, city.sibling_sheet, city.far_sheet):
        make_approved(sheet, inspector, marks=BEST)
    make_approved(city.farther_sheet, inspector)
    return city


def accept_questions(page: Page) -> list[str]:
    """Say yes to every confirmation, and remember what was asked."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    return asked


def test_a_tally_waits_for_the_worker_and_finishes_with_it(open_as, rating, office, check_accessible):
    page = open_as(office, "/results/")
    check_accessible(page)
    page.get_by_role("row", name=re.compile(rating.cycle.name)).get_by_role("button", name="开始汇总").click()
    expect(page.locator("#task")).to_contain_text("等待")
    expect(page.locator("#task .alert-warning")).to_be_visible()  # no worker yet: the page says so
    check_accessible(page)
    assert Tally.objects.count() == 0

    worker.run_due_here()
    expect(page.locator("#task")).to_contain_text("已完成")
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("h1")).to_contain_text("第 1 次汇总")
    expect(page.locator(".alert-info")).to_contain_text("3 个党支部名次并列")
    expect(page.locator("[data-chart] svg")).to_be_visible()
    check_accessible(page)


def test_a_waiting_tally_can_be_cancelled(open_as, rating, office):
    page = open_as(office, "/results/")
    page.get_by_role("row", name=re.compile(rating.cycle.name)).get_by_role("button", name="开始汇总").click()
    page.locator("#task form button").click()
    expect(page.locator("#task")).to_contain_text("已取消")
    worker.run_due_here()
    assert Tally.objects.count() == 0


def test_the_authority_settles_a_tie_and_another_person_publishes(
    open_as, rating, office, authority, secretary, neighbour, check_accessible
):
    tally = make_tally(rating.cycle, office)
    page = open_as(authority, f"/results/{tally.pk}/")
    asked = accept_questions(page)
    page.get_by_role("link", name="裁定并列").click()
    check_accessible(page)
    page.get_by_label(rating.branch.name).check()
    page.get_by_label(rating.far_branch.name).check()
    page.get_by_label("理由").fill("上年度星级和群众满意度更高，经会议研究确定")
    page.get_by_role("button", name="确认裁定").click()
    expect(page.locator("#messages")).to_contain_text("并列已裁定")
    expect(page.locator(".alert-info")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile(rating.sibling.name))).to_contain_text("并列，经审定未入选")
    assert len(asked) == 1
    assert Result.objects.get(tally=tally, branch=rating.sibling).stars == 4

    page = open_as(office, f"/results/{tally.pk}/")
    page.get_by_role("link", name="拟制发布稿").click()
    check_accessible(page)
    page.get_by_label("标题").fill("2026年第四季度星级评定结果")
    page.get_by_label("文号").fill("市直党工〔2026〕18号")
    page.get_by_role("button", name="提交审定机关").click()
    expect(page.locator("h1")).to_contain_text("2026年第四季度星级评定结果")
    expect(page.get_by_role("button", name="批准发布")).to_have_count(0)
    publication = Publication.objects.get()

    page = open_as(authority, f"/results/publications/{publication.pk}/")
    asked = accept_questions(page)
    check_accessible(page)
    page.get_by_role("button", name="批准发布").click()
    expect(page.locator("#messages")).to_contain_text("已发布")
    assert "不能撤回" in asked[0]
    assert set(Sheet.objects.values_list("status", flat=True)) == {"sealed"}

    page = open_as(secretary, "/results/publications/", size=PHONE)
    page.get_by_role("link", name="2026年第四季度星级评定结果").click()
    check_accessible(page)
    expect(page.locator("#public-list")).to_contain_text(rating.sibling.name)
    expect(page.locator("#public-list")).to_contain_text("96.50")  # the own total, once
    assert page.locator("#public-list").inner_text().count("96.50") == 1
    page.goto("/results/ranking/")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    check_accessible(page)


def test_the_ranking_is_filtered_without_leaving_the_page(open_as, rating, office, check_accessible):
    make_tally(rating.cycle, office)
    page = open_as(office, "/results/ranking/")
    expect(page.locator("#results tbody tr")).to_have_count(4)
    check_accessible(page)
    page.get_by_label("名称或编码").fill("教育局")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("q="))
    page.goto("/")
    page.goto("/results/ranking/")
    expect(page.locator("#results tbody tr")).to_have_count(2)  # the filter stayed
    page.get_by_role("link", name="重置").click()
    expect(page.locator("#results tbody tr")).to_have_count(4)
