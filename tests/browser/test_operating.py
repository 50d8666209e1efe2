"""In a real browser: the system administrator sees what does not work, and starts a failed task of somebody again."""

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import Page, expect

from branchportal import jobs
from branchportal.models import Job
from members.models import User

from .conftest import DESKTOP, PHONE, check_fits


def looked_at(page: Page, check_accessible: Callable) -> None:
    """Nothing sticks out at either width, and axe finds nothing serious."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)


def test_the_state_of_the_portal_and_a_failed_task(
    sysadmin: User, office: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    jobs.request("results.run_tally", title="汇总计分：2026年第四季度", owner=office, cycle=1)
    Job.objects.update(status="failed", fault="RuntimeError", attempts=3, finished_at=timezone.now())
    page = open_as(sysadmin, "/system/")
    expect(page.locator("[data-check=worker]")).to_contain_text("异常")
    expect(page.locator("[data-check=failures]")).to_contain_text("1 个失败")
    looked_at(page, check_accessible)
    page.get_by_role("link", name="全部任务").first.click()
    page.get_by_label("状态").select_option("failed")
    expect(page.locator("tbody tr")).to_contain_text("RuntimeError")
    looked_at(page, check_accessible)
    with page.expect_navigation():
        page.get_by_role("button", name="重新启动").click()
    expect(page.locator("tbody tr")).to_contain_text("等待中")
    assert Job.objects.get().status == "queued"
