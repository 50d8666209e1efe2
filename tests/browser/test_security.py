"""In a real browser: a second factor is set up and asked for; the auditor reads and verifies the trail."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from branchportal import audit, worker
from members.models import SecondFactor, User
from tests.conftest import City

from .conftest import DESKTOP, PHONE, Watch, check_fits

PASSWORD = "Kaishi-2026-x"


def looked_at(page: Page, check_accessible: Callable) -> None:
    """Nothing sticks out at either width, and axe finds nothing serious."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)


def sign_in(page: Page, user: User) -> None:
    page.locator("[name=username]").fill(user.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def code_now(secret: str, used: int) -> str:
    """The code of the first 30 seconds that have not been used."""
    totp = TOTP(bytes.fromhex(secret))
    totp.time = max(timezone.now().timestamp(), (used + 1) * 30)
    return f"{totp.token():06d}"


def test_a_second_factor_is_set_up_and_asked_for(
    city: City, office: User, open_as: Callable[..., Page], check_accessible: Callable, settings: object, watch: Watch
) -> None:
    watch.expect("422")  # a wrong code
    settings.SECOND_FACTOR = "required"
    office.set_password(PASSWORD)
    office.save()
    page = open_as(None, "/")
    sign_in(page, office)
    expect(page).to_have_url(re.compile("/accounts/second/setup/$"))
    looked_at(page, check_accessible)
    page.get_by_label("输入验证器当前显示的六位数字").fill("000000")
    page.get_by_role("button", name="确认").click()
    expect(page.locator("[role=alert]")).to_contain_text("验证码不符")
    secret = SecondFactor.objects.get(user=office).secret
    page.get_by_label("输入验证器当前显示的六位数字").fill(code_now(secret, -1))
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    spare = page.locator(".recovery-codes li").first.inner_text()
    looked_at(page, check_accessible)
    page.get_by_role("link", name="已保管好，继续").click()
    expect(page.locator("h1, .page-title")).to_contain_text("我的工作")

    again = open_as(None, "/accounts/login/")
    sign_in(again, office)
    expect(again).to_have_url(re.compile("/accounts/second/$"))
    looked_at(again, check_accessible)
    again.get_by_label("验证码").fill(spare)
    again.get_by_role("button", name="继续").click()
    expect(again.locator("h1, .page-title")).to_contain_text("我的工作")
    again.goto("/accounts/security/")
    expect(again.locator("tbody tr")).to_have_count(2)
    looked_at(again, check_accessible)
    again.on("dialog", lambda dialog: dialog.accept())
    again.get_by_role("button", name="退出其他登录").click()
    expect(again.locator("tbody tr")).to_have_count(1)
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.usefixtures("_own_anchors")
def test_the_auditor_reads_and_verifies(
    city: City, office: User, auditor: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    audit.record(office, "unit.changed", city.branch.unit, before={"name": "旧名"}, after={"name": "新名"})
    page = open_as(auditor, "/audit/")
    page.get_by_label("类别").select_option("unit")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    looked_at(page, check_accessible)
    page.locator("tbody a").click()
    expect(page.locator("main")).to_contain_text("旧名")
    looked_at(page, check_accessible)
    page.goto("/audit/")
    with page.expect_navigation():
        page.get_by_role("button", name="核验审计链").click()
    worker.run_due_here()
    page.reload()
    expect(page.locator("main")).to_contain_text("全部在链上")


@pytest.fixture
def _own_anchors(settings: object, tmp_path: object) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "audit.log")
