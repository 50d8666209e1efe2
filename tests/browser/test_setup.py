"""Signing in, the lock, and a file's way from trial run to rows, in a real browser at both widths."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from branches.models import ImportUpload, Unit
from branchportal import worker
from members.models import Member
from tests.branches.files import workbook
from tests.factories.members import PASSWORD

from .conftest import DESKTOP, PHONE, check_fits

BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
PAGES = [
    "/organizations/",
    "/organizations/new/",
    "/organizations/units/",
    "/organizations/branches/",
    "/organizations/branches/new/",
    "/organizations/imports/",
    "/people/members/",
    "/people/members/new/",
    "/people/accounts/",
    "/people/accounts/new/",
    "/people/appointments/",
    "/people/appointments/new/",
    "/accounts/profile/",
    "/accounts/password/",
]


def enter(page, username: str, password: str) -> None:
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click("main button.btn-primary")


@BOTH
def test_signing_in_leads_to_the_page_that_was_asked_for(open_as, secretary, size, check_accessible):
    page = open_as(None, "/people/members/", size=size)
    check_accessible(page)
    expect(page.locator("#sidebar")).to_have_count(0)
    enter(page, "secretary", PASSWORD)
    page.wait_for_url("**/people/members/")
    if size == PHONE:
        expect(page.locator("#sidebar")).to_be_hidden()
    page.click("text=退出登录")
    page.wait_for_url("**/accounts/login/")
    expect(page.locator("text=您已退出登录")).to_be_visible()


def test_lock_says_how_long_and_who_helps(open_as, secretary, watch, check_accessible):
    watch.expect("422")
    watch.expect("429")
    page = open_as(None, "/accounts/login/", size=PHONE)
    for _try in range(settings.AXES_FAILURE_LIMIT):
        with page.expect_navigation():
            enter(page, "secretary", "wrong-horse-7")
    expect(page.locator("[role=alert]")).to_contain_text("15 分钟")
    expect(page.locator("[role=alert]")).to_contain_text("解除锁定")
    check_accessible(page)


@BOTH
def test_pages_are_accessible_and_fit(open_as, office, size, check_accessible):
    page = open_as(office, PAGES[0], size=size)
    for address in PAGES:
        page.goto(address)
        check_accessible(page)
        check_fits(page, address)


@BOTH
def test_trial_run_shows_errors_then_a_mended_file_is_imported(
    open_as, office, city, size, tmp_path: Path, check_accessible
):
    headings = ["单位编码", "单位名称"]
    (tmp_path / "单位表.xlsx").write_bytes(workbook(headings, [["D1", "数据局"], ["D1", "教育局"]]))
    page = open_as(office, "/organizations/imports/", size=size)
    page.set_input_files("#file-units", tmp_path / "单位表.xlsx")
    page.check("#units [name=no_secrets]")
    page.click("#units .btn-primary")
    page.wait_for_selector("text=与第2行重复")
    check_accessible(page)
    check_fits(page)
    (tmp_path / "单位表.xlsx").write_bytes(workbook(headings, [["D1", "数据局"], ["D2", "教育局"]]))
    page.goto("/organizations/imports/")
    page.set_input_files("#file-units", tmp_path / "单位表.xlsx")
    page.check("#units [name=no_secrets]")
    page.click("#units .btn-primary")
    page.click("text=导入：新增2条")
    page.wait_for_selector("text=已导入")
    check_accessible(page)
    assert Unit.objects.filter(code__in=["D1", "D2"]).count() == 2


def test_large_file_shows_progress_and_leads_to_its_trial_run(open_as, office, city, tmp_path: Path, check_accessible):
    rows = [[city.branch.code, f"{n:04d}", f"党员{n}"] for n in range(400)]
    (tmp_path / "党员.xlsx").write_bytes(workbook(["党支部编码", "编号", "姓名"], rows))
    page = open_as(office, "/organizations/imports/")
    page.set_input_files("#file-members", tmp_path / "党员.xlsx")
    page.check("#members [name=no_secrets]")
    page.click("#members .btn-primary")
    page.wait_for_selector("#task progress")
    check_accessible(page)
    worker.run_due_here()
    page.click("#task a.btn-primary")
    page.wait_for_selector("text=导入：新增400条")
    assert ImportUpload.objects.get().status == ImportUpload.Status.READY
    assert not Member.objects.exists()


def test_second_of_two_editors_sees_both_values(open_as, office, city, watch, check_accessible):
    watch.expect("409")
    address = f"/organizations/branches/{city.branch.pk}/"
    first, second = open_as(office, address), open_as(office, address)
    first.fill("#id_contact", "甲")
    first.click("main button.btn-primary")
    first.wait_for_url("**/organizations/branches/")
    second.fill("#id_contact", "乙")
    second.click("main button.btn-primary")
    second.wait_for_selector("text=其他人刚刚修改过")
    expect(second.locator(".conflict-table tbody tr")).to_have_text([re.compile(r"联系人\s*甲\s*乙")])
    assert second.input_value("#id_contact") == "乙"
    check_accessible(second)
