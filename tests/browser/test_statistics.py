"""Statistics of a published quarter: charts drawn, accessible at both widths, the workbook asked for and taken away."""

import io
import re
from collections.abc import Callable

import openpyxl
from playwright.sync_api import Page, expect

from assessments.cycles.models import Cycle
from assessments.results.models import Tally
from branchportal import worker
from branchportal.celery import app
from members.models import User
from tests.conftest import City
from tests.factories.results import BEST, make_approved, make_tally

from .conftest import DESKTOP, PHONE, check_fits


def test_a_summary_is_read_and_taken_away(
    city: City, inspector: User, office: User, open_as: Callable[..., Page], check_accessible: Callable
) -> None:
    app.loader.import_default_modules()
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for points, sheet in ((10, city.sheet), (9, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    Tally.objects.filter(pk=make_tally(city.cycle, office).pk).update(status="published")

    page = open_as(office, "/reports/")
    page.get_by_role("main").get_by_role("link", name="单位汇总").click()
    expect(page.locator("[data-chart=lost-option] svg")).to_be_visible()
    for address in ("/reports/statistics/", "/reports/statistics/year/", "/reports/statistics/indicators/"):
        page.goto(page.url.split("/reports/")[0] + address)
        expect(page.locator("[data-chart] svg").first).to_be_visible()
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            check_fits(page)
            check_accessible(page)
    page.get_by_role("button", name="Excel 工作簿").click()
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    assert worker.run_due_here() == 1
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"\.xlsx$")).click()
    assert waiting.value.suggested_filename.startswith("2026年第4季度区分度不足的指标")
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    assert book.sheetnames == ["全部领域合计", "分领域", "说明"]
