"""In a real browser: the security administrator makes a token, keeps it, and revokes it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from members.models import User
from members.tokens.models import ApiToken
from tests.conftest import City

from .conftest import DESKTOP, PHONE, check_fits


def looked_at(page: Page, check_accessible: Callable) -> None:
    """Nothing sticks out at either width, and axe finds nothing serious."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)


@pytest.mark.django_db(transaction=True)
def test_a_token_is_made_kept_and_revoked(
    city: City, secadmin: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    page = open_as(secadmin, "/people/tokens/")
    expect(page.locator(".empty-state")).to_contain_text("尚无系统")
    looked_at(page, check_accessible)
    page.get_by_role("link", name="新建接口令牌").click()
    expect(page).to_have_url(re.compile("/people/tokens/new/$"))
    looked_at(page, check_accessible)
    page.get_by_label("接入系统").fill("市数据共享平台")
    page.get_by_label("用途").fill("党建数据汇总")
    page.get_by_label("有效期至").fill((timezone.localdate() + timedelta(days=90)).isoformat())
    page.get_by_label("党支部与党组织", exact=True).check()
    page.get_by_role("button", name="创建令牌").click()
    secret = page.get_by_label("令牌", exact=True)
    expect(secret).to_have_value(re.compile("^bpt_"))
    looked_at(page, check_accessible)
    page.get_by_role("link", name="已保存，继续").click()
    expect(page.get_by_role("row").filter(has_text="市数据共享平台")).to_contain_text("从未使用")
    looked_at(page, check_accessible)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("^吊销")).click()
    expect(page.locator("tbody")).to_contain_text("已吊销")
    assert ApiToken.objects.get().revoked_by == secadmin
