"""A draft's way to approval, its comparison and its preview, in a real browser at both widths."""

import copy

import pytest
from playwright.sync_api import expect

from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import save_draft, start_draft
from assessments.schemes.services.publishing import propose_scheme
from assessments.sheets.models import Mark

from .conftest import DESKTOP, PHONE, check_fits
from .playing import press

BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def draft(city, office) -> SchemeVersion:
    version = start_draft(source=city.scheme, number="2", actor=office)
    content = copy.deepcopy(version.content)
    content["indicators"][0]["children"][0]["criteria"][0]["points"] = 3
    content["bands"][0]["from"] = 92
    return save_draft(version=version, edition=version.edition, content=content, summary="改", actor=office)


def agree(page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())


@BOTH
def test_put_forward_sent_back_and_approved(draft, office, authority, open_as, size, check_accessible):
    page = open_as(office, f"/schemes/{draft.pk}/", size=size)
    agree(page)
    check_accessible(page)
    page.fill("#note", "提高要求")
    press(page, "button:has-text('送审')")
    expect(page.locator("text=已送审").first).to_be_visible()

    decider = open_as(authority, "/", size=size)
    agree(decider)
    expect(decider.locator("strong:has-text('1个考评标准待审定')")).to_be_visible()
    decider.click("text=审核标准")
    decider.wait_for_url(f"**/schemes/{draft.pk}/")
    check_accessible(decider)
    expect(decider.locator("text=提高要求").first).to_be_visible()
    decider.click("text=查看比较")
    decider.wait_for_url("**/compare/")
    expect(decider.locator("text=92 分")).to_be_visible()
    check_accessible(decider)
    decider.go_back()
    decider.fill("#reason", "请说明理由")
    press(decider, "button:has-text('退回考评办')")
    decider.wait_for_selector("text=已恢复为草案")

    page.goto(page.url)
    expect(page.locator("text=请说明理由").first).to_be_visible()
    press(page, "button:has-text('送审')")
    expect(page.locator("text=已送审").first).to_be_visible()
    decider.goto(decider.url)
    press(decider, "button:has-text('审定发布')")
    decider.wait_for_selector("text=已发布")
    draft.refresh_from_db()
    assert draft.status == SchemeVersion.Status.PUBLISHED


@BOTH
def test_the_preview_computes_what_is_typed_and_keeps_nothing(draft, office, open_as, size, check_accessible):
    page = open_as(office, f"/schemes/{draft.pk}/preview/", size=size)
    check_accessible(page)
    total = page.locator("#phone-total" if size == PHONE else "#totals .figure-big span").first
    expect(total).to_have_text("0.00")
    page.locator("#row-1\\.1 [data-add='1']").first.click()
    page.wait_for_selector("#points-1:text-is('17.00')")
    page.check("#row-1\\.2 input[value=fair]")
    page.wait_for_selector("#points-2:text-is('15.00')")
    expect(total).to_have_text("32.00")
    page.fill("#row-2\\.2 input[name=value]", "99")
    page.wait_for_selector("#error-5:has-text('99')")
    page.fill("#claims input >> nth=0", "1")
    page.wait_for_selector("[data-total=bonus]:text-is('5.00')", state="attached")
    expect(total).to_have_text("37.00")
    assert Mark.objects.count() == 0


@BOTH
def test_no_page_of_a_scheme_is_wider_than_the_screen(draft, office, open_as, size):
    propose_scheme(version=draft, edition=draft.edition, actor=office)
    page = open_as(office, "/schemes/", size=size)
    for address in ("", "compare/", "compare/?all=1", "preview/"):
        page.goto(f"{page.url.split('/schemes/')[0]}/schemes/{draft.pk}/{address}")
        check_fits(page, address)
