"""In a real browser: a secretary finds a message, the office reads the outbox, drops and releases."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from assessments.cycles.models import Step
from assessments.reminders.services import gathering, grouping
from members.models import User
from tests.conftest import City

from .conftest import DESKTOP, PHONE, check_fits


@pytest.mark.django_db(transaction=True)
def test_secretary_is_told_and_the_office_releases(
    city: City,
    secretary: User,
    neighbour: User,
    office: User,
    open_as: Callable[..., Page],
    check_accessible: Callable,
    settings: object,
) -> None:
    settings.MAIL_FROM = "portal@example.gov.cn"
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=timezone.now() + timedelta(hours=20))
    for user in (secretary, neighbour):
        User.objects.filter(pk=user.pk).update(mail=f"{user.username}@example.gov.cn")
    gathering.gather(timezone.now())
    grouping.group_mails(timezone.now())

    page = open_as(secretary, "/", size=PHONE)
    page.get_by_role("link", name="消息：1 条未读").click()
    expect(page.locator(".told-unread")).to_contain_text("自评尚未提交")
    check_fits(page)
    check_accessible(page)
    page.get_by_role("button", name="打开").click()
    expect(page).to_have_url(re.compile(f"/sheets/{city.sheet.pk}/"))
    expect(page.get_by_role("link", name="消息：0 条未读")).to_be_visible()

    page = open_as(office, "/outbox/")
    page.on("dialog", lambda dialog: dialog.accept())
    expect(page.get_by_role("heading", name="2 封邮件等您放行")).to_be_visible()
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)
    page.get_by_role("link", name=neighbour.name).click()
    expect(page.locator(".mail-text")).to_contain_text(f"{neighbour.name}同志")
    check_accessible(page)
    page.get_by_label("为什么不发送？").fill("已经电话通知")
    page.get_by_role("button", name="弃发").click()
    expect(page.locator(".page-title")).to_contain_text("已弃发")
    page.goto("/outbox/")
    page.get_by_role("button", name="全部放行").click()
    expect(page.locator("#messages")).to_contain_text("已放行 1 封邮件")
