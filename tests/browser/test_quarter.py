"""One quarter as people play it, in a real browser: from the first stepper to the published star, PDF and workbook."""

import io
import re
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from assessments.cycles.models import Cycle
from assessments.results.models import Result
from assessments.sheets.models import Sheet
from branchportal import worker
from members.models import User
from tests.conftest import City
from tests.factories.results import BEST, make_approved

from .playing import agree, approve, correct, fill_in, press, return_one, review, submit


@pytest.fixture
def quarter(city: City, inspector: User) -> City:
    """A rating cycle: two other branches are approved with 96.50, the fourth with less; two five-star places."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for sheet in (city.sibling_sheet, city.far_sheet):
        make_approved(sheet, inspector, marks=BEST)
    make_approved(city.farther_sheet, inspector)
    return city


def test_a_quarter_from_self_assessment_to_publication(
    quarter: City,
    open_as: Callable[..., Page],
    secretary: User,
    reviewer: User,
    inspector: User,
    leader: User,
    office: User,
    authority: User,
) -> None:
    branch = agree(open_as(secretary, "/"))
    fill_in(branch)
    expect(branch.locator("#totals [data-total=total]")).to_have_text("87.00")
    submit(branch)
    department = agree(open_as(reviewer, "/sheets/department/"))
    return_one(department)
    correct(branch, quarter.sheet.pk)
    pass_on(department)
    review(agree(open_as(inspector, "/sheets/queue/")))
    approve(agree(open_as(leader, "/sheets/queue/")), "96.50")
    desk, chair = agree(open_as(office, "/results/")), agree(open_as(authority, "/"))
    tally(desk)
    settle(chair)
    publish(desk, chair)
    see_result(branch)
    take_files(desk)
    assert set(Sheet.objects.values_list("status", flat=True)) == {"sealed"}


def pass_on(page: Page) -> None:
    page.goto("/sheets/department/")
    page.get_by_role("link", name="市发展局机关第一党支部", exact=True).click()
    page.get_by_label("测评结果（0—100）").fill("90")
    page.get_by_role("button", name="通过并办理下一份").click()
    expect(page.locator("#messages")).to_contain_text("初审通过")


def tally(page: Page) -> None:
    page.get_by_role("button", name="开始汇总").first.click()
    expect(page.locator("#task progress")).to_be_visible()
    assert worker.run_due_here() == 1
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("main")).to_contain_text("3 个党支部名次并列")
    assert Result.objects.filter(status="undecided").count() == 3


def settle(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="决定并列").click()
    page.get_by_role("link", name="裁定并列").click()
    page.get_by_label(re.compile("市发展局机关第一党支部")).check()
    page.get_by_label(re.compile("市教育局机关第一党支部")).check()
    page.locator("#reason").fill("同分，经会议研究按群众满意度确定。")
    press(page, "main form button.btn-primary")
    expect(page.locator("main")).not_to_contain_text("3 个党支部名次并列")
    assert Result.objects.get(branch__name="市发展局机关第二党支部").stars == 4


def publish(desk: Page, chair: Page) -> None:
    desk.reload()
    desk.locator(".page-header a.btn-primary").click()
    desk.locator("#document_number").fill("滨直工发〔2026〕9号")
    press(desk, "main form button.btn-primary")
    chair.goto("/")
    chair.get_by_role("link", name="审核并发布").click()
    chair.get_by_role("button", name="批准发布").click()
    expect(chair.locator("h1")).to_contain_text("已发布")


def see_result(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="查看详情").click()
    expect(page.locator("main")).to_contain_text("96.50")
    expect(page.locator("main .stars").first).to_have_attribute("aria-label", "5星")
    press(page, page.get_by_role("button", name="PDF 报告"))
    assert worker.run_due_here() == 1
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"\.pdf$")).click()
    reader = PdfReader(waiting.value.path())
    text = "".join(sheet.extract_text() for sheet in reader.pages)
    assert 2 <= len(reader.pages) <= 4
    assert "市发展局机关第一党支部" in text
    assert "96.50" in text


def take_files(page: Page) -> None:
    page.goto("/reports/")
    press(page, page.get_by_role("button", name="Excel 工作簿"))
    assert worker.run_due_here() == 1
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"\.xlsx$")).click()
    book = load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    assert "单位汇总表" in book.sheetnames
    cells = [cell for line in book.worksheets[0].iter_rows(values_only=True) for cell in line]
    assert 96.5 in cells
    assert "市发展局机关第一党支部" in cells
