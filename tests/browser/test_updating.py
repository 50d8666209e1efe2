"""A sheet approved after the tally, in a real browser: the office updates with one click, the worker confirms."""

import pytest
from playwright.sync_api import Page, expect

from assessments.cycles.models import Cycle
from branchportal import worker
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import PHONE, check_fits


@pytest.fixture
def late(city, inspector, office):
    """A candidate of three branches, and a fourth sheet approved after it."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet), (8, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    tally = make_tally(city.cycle, office)
    make_approved(city.farther_sheet, inspector, marks=BEST, points="9.5")
    return tally


def test_one_click_brings_a_candidate_up_to_date(open_as, late, city, office, check_accessible):
    page: Page = open_as(office, f"/results/{late.pk}/")
    notice = page.locator(".alert-warning")
    expect(notice).to_contain_text("本次汇总之后有 1 张评分表发生变动")
    expect(notice).to_contain_text(city.farther_branch.name)
    check_accessible(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="更新这些党支部").click()
    expect(page.locator(".alert-success")).to_contain_text("已更新 1 个党支部")
    assert asked == ["确定更新这些党支部吗？所在领域的名次、名额和星级将重新确定。"]
    expect(page.locator(".alert-warning")).to_contain_text("已更新，待确认")
    expect(page.locator("#results tbody tr").nth(1)).to_contain_text(city.farther_branch.name)
    check_accessible(page)
    worker.run_due_here()
    page.reload()
    late.refresh_from_db()
    expect(page.locator("#basis ~ p")).to_contain_text(late.digest)
    expect(page.locator(".alert-warning")).to_have_count(0)


def test_the_notice_fits_a_phone(open_as, late, office, check_accessible):
    page: Page = open_as(office, f"/results/{late.pk}/", size=PHONE)
    expect(page.get_by_role("button", name="更新这些党支部")).to_be_visible()
    check_fits(page)
    check_accessible(page)
