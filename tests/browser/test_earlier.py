"""Earlier years in a real browser: a list is uploaded, tried, confirmed, seen in the list and on the branch's page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from branches.models import Branch
from members.models import User
from tests.branches.files import workbook
from tests.conftest import City

from .conftest import DESKTOP, PHONE, check_fits

HEADINGS = ["支部编码", "支部名称", "年度", "得分", "名次", "星级", "称号"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_earlier_years_come_in_and_show_marked(
    city: City, office: User, secretary: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    Branch.objects.filter(pk=city.branch.pk).update(code="0101")
    rows = [["0101", "", year, 88.5 + year % 10, 3, "五星", "五星级党支部"] for year in (2023, 2024, 2025)]
    page = open_as(office, "/organizations/imports/")
    page.locator("#file-earlier").set_input_files(
        {"name": "历年.xlsx", "mimeType": XLSX, "buffer": workbook(HEADINGS, rows)}
    )
    page.check("#earlier [name=no_secrets]")
    page.locator("#earlier").get_by_role("button", name="试运行").click()
    expect(page.locator("main")).to_contain_text("试运行：没有错误")
    with page.expect_navigation():
        page.get_by_role("button", name="导入：新增3条，更改0条").click()
    page.get_by_role("link", name="查看历年结果").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)
    page.get_by_role("link", name=city.branch.name).first.click()
    expect(page.locator("main")).to_contain_text("连续3年五星（2023—2025年，其中2023、2024、2025年为原始数据）。")

    page = open_as(secretary, f"/reports/branches/{city.branch.pk}/latest/")
    expect(page.locator("[data-chart] svg")).to_be_visible()
    expect(page.locator("tbody .badge")).to_have_text(["原始数据"] * 3)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)
