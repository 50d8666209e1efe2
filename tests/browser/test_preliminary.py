"""The department's journey where its points count: accept by key, change with a reason, pass what was just typed."""

import pytest
from playwright.sync_api import expect

from assessments.sheets.choices import Stage, Status
from assessments.sheets.models import Mark, Sheet
from tests.assessments.sheets.counting import count_preliminary
from tests.assessments.sheets.reviewing import add_poll, handed_in

from .conftest import PHONE, check_fits


@pytest.fixture
def submitted(city, secretary, reviewer):
    sheet = handed_in(count_preliminary(city).sheet, secretary)
    add_poll(sheet, reviewer)
    return sheet


def test_the_department_gives_its_points_and_passes(submitted, reviewer, open_as, check_accessible, watch):
    page = open_as(reviewer, f"/sheets/{submitted.pk}/preliminary/")
    expect(page.locator("[id='row-1.1']")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[id='row-1.1']")).to_have_attribute("data-state", "accepted")
    check_accessible(page)

    watch.expect("400")
    row = page.locator("[id='row-2.2']")
    row.locator("[data-change]").click()
    row.get_by_label("得分").fill("8")
    row.get_by_label("得分").press("Tab")
    expect(row.locator("[data-said]")).to_contain_text("请填写理由")
    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_label("改评理由").fill("经费凭证缺两份")
    with page.expect_navigation():
        page.get_by_role("button", name="通过并办理下一份").click()  # what was just typed is saved first
    expect(page.get_by_text("初审通过，已转考评组")).to_be_visible()
    marks = {row.indicator.code: row.points_up for row in Mark.objects.filter(stage=Stage.PRELIMINARY)}
    assert (Sheet.objects.get(pk=submitted.pk).status, marks["2.2"], len(marks)) == (Status.PASSED, 8_000_000, 6)


def test_the_page_fits_a_phone(submitted, reviewer, open_as):
    page = open_as(reviewer, f"/sheets/{submitted.pk}/preliminary/", size=PHONE)
    expect(page.locator("[id='row-2.2']")).to_be_attached()
    check_fits(page)
