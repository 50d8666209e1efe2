"""What every played journey does: say yes, press, wait until saved, have the jobs done, take a file home."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from branchportal import worker

BRANCH = "市发展局机关第一党支部"
ACCEPT = re.compile("采纳全部未审核项")


def agree(page: Page) -> Page:
    """Say yes to every question that the page asks before it acts."""
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def press(page: Page, target: str | Locator) -> None:
    """Click what leads to another page, and wait for that page."""
    found = page.locator(target) if isinstance(target, str) else target
    with page.expect_navigation():
        found.click()


def send(page: Page, action: str, **fields: object) -> None:
    """Fill in the form of this address by the names of its fields, and send it: text, a tick (True), or a file."""
    forms = page.locator(f"main form[action$='{action}']" if action else "main form[method=post]")
    form = forms.filter(has=page.locator(f"[name='{next(iter(fields))}']")).first
    form.evaluate(
        "form => { for (let at = form; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = 1 }"
    )
    for name, said in fields.items():
        enter(form.locator(f"[name='{name}']"), said)
    press(page, form.locator("button:not([name])").last)


def enter(field: Locator, said: object) -> None:
    """One field, by its kind."""
    if said is True:
        field.check()
    elif isinstance(said, Path):
        field.set_input_files(said)
    elif field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(said)
    else:
        field.fill(str(said))


def work_off(page: Page, number: int = 1) -> None:
    """The page shows its task waiting; then the task is done, and the page says so."""
    expect(page.locator("#task progress")).to_be_visible()
    assert worker.run_due_here() == number
    expect(page.locator("#task progress")).to_have_count(0)


def take_file(page: Page, ending: str) -> Path:
    """The file that a finished task offers."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(rf"\.{ending}$")).click()
    return waiting.value.path()


def row(page: Page, code: str) -> Locator:
    return page.locator(f"[data-row='{code}']")


def wait_saved(page: Page, *codes: str) -> None:
    for code in codes:
        expect(row(page, code).locator("[data-save-text]")).to_have_text(re.compile("已保存"))


def fill_in(page: Page) -> None:
    """The sheet of the small scheme from the home page on: 87.00 without the poll."""
    page.get_by_role("link", name=re.compile("填报|填写|继续")).first.click()
    row(page, "1.1").get_by_role("button", name="加一：记录不规范").click()
    row(page, "1.2").get_by_role("radio", name=re.compile("^好")).check()
    row(page, "1.3").get_by_label("实际").fill("100")
    row(page, "1.3").get_by_label("应有").fill("100")
    row(page, "2.1").get_by_role("spinbutton").fill("4")
    row(page, "2.2").get_by_label("得分").fill("9.5")
    row(page, "2.3").get_by_label("本支部不适用").check()
    wait_saved(page, "1.1", "1.2", "1.3", "2.1", "2.2", "2.3")


def submit(page: Page) -> None:
    page.locator(".page-header a[href$='/submit/']").click()
    page.get_by_label("会议日期").fill(page.evaluate("new Date().toISOString().slice(0, 10)"))
    page.get_by_label("到会人数").fill("9")
    page.get_by_label(re.compile("所填内容真实")).check()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("h1")).to_have_text("提交回执")


def return_one(page: Page) -> None:
    """The department gives 1.1 back with a reason."""
    page.goto("/sheets/department/")
    page.get_by_role("link", name=BRANCH, exact=True).click()
    back = page.locator("[id='row-1.1']")
    back.locator(".return-tick").check()
    back.locator(".return-reason").fill("会议记录规范，请核对次数")
    page.get_by_role("button", name=re.compile("退回勾选项")).click()
    expect(page.locator("#messages")).to_contain_text("已退回")


def correct(page: Page, sheet: int) -> None:
    """Only the returned row is open; the branch takes its deduction back and submits again."""
    page.goto(f"/sheets/{sheet}/")
    expect(row(page, "1.1")).to_contain_text("会议记录规范，请核对次数")
    expect(row(page, "2.2").get_by_label("得分")).to_have_count(0)
    row(page, "1.1").get_by_role("button", name="减一：记录不规范").click()
    wait_saved(page, "1.1")
    submit(page)


def review(page: Page) -> None:
    """The inspector accepts everything that nobody reviewed yet."""
    page.goto("/sheets/queue/")
    page.get_by_role("link", name=BRANCH, exact=True).click()
    page.get_by_role("button", name="开始审核").click()
    page.get_by_role("button", name=ACCEPT).click()
    expect(page.locator("#messages")).to_contain_text("已按自评采纳 6 项")
    expect(page.get_by_text("须由本组其他成员或组长审定")).to_be_visible()


def approve(page: Page, total: str) -> None:
    """The leader approves as the second person."""
    page.goto("/sheets/queue/")
    page.get_by_role("link", name=BRANCH, exact=True).click()
    page.get_by_role("button", name=re.compile("审定并办理下一份")).click()
    expect(page.locator("#messages")).to_contain_text(f"审定得分 {total}")
