"""What-if in a real browser: adjust beside a draft, run it, read who would move, take the adjustments over."""

import re

import pytest
from playwright.sync_api import expect

from assessments.cycles.models import Cycle
from assessments.results.models import Result
from assessments.results.trials.models import TrialRun
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import start_draft
from branchportal import worker
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import PHONE, check_fits


@pytest.fixture
def draft(city, inspector, office):
    """A draft, and a tally of four approved sheets with one five-star branch."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet), (8, city.far_sheet), (7, city.farther_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    make_tally(city.cycle, office)
    return start_draft(source=city.scheme, number="2", actor=office)


def test_a_draft_is_tried_read_and_adjusted(open_as, watch, city, draft, office, auditor, check_accessible):
    stars = list(Result.objects.values_list("branch", "stars"))
    page = open_as(office, "/results/trials/")
    expect(page.locator(".empty-state")).to_be_visible()
    page.get_by_role("link", name="新建试算").click()
    page.get_by_label("考评标准版本").select_option(str(draft.pk))
    expect(page.get_by_role("button", name="开始试算")).to_be_visible()
    check_accessible(page)
    watch.expect("422")
    page.get_by_label("五星名额上限").fill("四分之三")
    page.get_by_role("button", name="开始试算").click()
    expect(page.locator(".text-danger")).to_contain_text("四分之三")
    page.get_by_label("五星名额上限").fill("75")
    page.get_by_role("button", name="开始试算").click()
    expect(page.locator("#task")).to_contain_text("等待")
    worker.run_due_here()
    page.get_by_role("link", name="查看结果").click()

    expect(page.locator(".alert-warning")).to_contain_text("试算，不作为正式结果")
    expect(page.get_by_text("1 个支部升星，0 个支部降星，五星由 2 个变为 3 个。")).to_be_visible()
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    row = page.get_by_role("row", name=re.compile(city.far_branch.name))
    expect(row).to_contain_text("获得五星名额")
    check_accessible(page)
    page.get_by_label("显示").select_option("stars_down")
    expect(page.locator("#movers .empty-state")).to_be_visible()
    page.get_by_label("显示").select_option("all")
    expect(page.locator("#movers tbody tr")).to_have_count(4)
    assert list(Result.objects.values_list("branch", "stars")) == stars

    address = f"/results/trials/{TrialRun.objects.get().pk}/"
    phone = open_as(auditor, address, size=PHONE)
    expect(phone.get_by_role("button", name="把试调写入草案")).to_have_count(0)
    check_fits(phone)
    check_accessible(phone)

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="把试调写入草案").click()
    expect(page.locator("#messages")).to_contain_text("调整已写入草案")
    saved = SchemeVersion.objects.get(pk=draft.pk)
    assert (saved.edition, saved.content["bands"][0]["quota"]["max_share"]) == (2, "0.75")
