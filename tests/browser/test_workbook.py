"""Entry workbooks in a real browser: download, fill in without the portal, upload, look, take over."""

import re
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from assessments.sheets.models import Mark
from tests.assessments.sheets.workbooks import ENTRIES, cell, fill_in
from tests.factories.assessments import make_marks

from .conftest import PHONE, check_fits


def downloaded(page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("^下载填报表")).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_workbook_goes_out_and_comes_back(open_as, city, secretary, tmp_path, watch, check_accessible):
    watch.expect("422")  # the upload with a problem
    page = open_as(secretary, "/sheets/")
    page.get_by_role("link", name="下载、上传填报表").click()
    check_accessible(page)
    path = downloaded(page, tmp_path)
    assert path.name == f"2026年第4季度自评填报表-{city.branch.name}.xlsx"

    book = openpyxl.load_workbook(path)
    fill_in(book.worksheets[0], ENTRIES | {("2.2", "得分"): 9.3})
    book.save(path)
    make_marks(city.sheet, secretary, marks={"2.1": {"counts": {"a": 1}}})  # meanwhile, on the portal
    page.get_by_label(re.compile("填好的填报表")).set_input_files(path)
    page.check("[name=no_secrets]")
    page.get_by_role("button", name="上传并对照").click()
    expect(page.get_by_role("alert")).to_contain_text("1处问题")
    problem = page.get_by_role("row", name=re.compile("0.5"))
    expect(problem).to_contain_text(cell(book.worksheets[0], "2.2", "得分").coordinate)
    check_accessible(page)

    fill_in(book.worksheets[0], {("2.2", "得分"): 9.5})
    book.save(path)
    page.get_by_label(re.compile("填好的填报表")).set_input_files(path)
    page.check("[name=no_secrets]")
    page.get_by_role("button", name="上传并对照").click()
    expect(page.locator("h1")).to_have_text(path.name)
    check_accessible(page)
    conflict = page.get_by_role("row", name=re.compile("2.1 办实事"))
    expect(conflict).to_contain_text("两边都有改动")
    expect(conflict.get_by_role("checkbox")).not_to_be_checked()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(5)
    page.get_by_role("row", name=re.compile("2.3 活动场所")).get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="写入勾选的行").click()
    expect(page.locator(".alert-success")).to_contain_text("已写入4行。 尚未提交。")
    expect(page.locator(".workbook-report")).to_contain_text("1.1、1.2、1.3、2.2")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    assert Mark.objects.filter(sheet=city.sheet).count() == 5
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="核对完毕，结束本次上传").click()
    expect(page.locator("h1")).to_have_text("支部自评")


def test_the_comparison_fits_a_phone(open_as, city, secretary, tmp_path):
    page = open_as(secretary, "/sheets/workbooks/", size=PHONE)
    path = downloaded(page, tmp_path)
    book = openpyxl.load_workbook(path)
    fill_in(book.worksheets[0], ENTRIES)
    book.save(path)
    page.get_by_label(re.compile("填好的填报表")).set_input_files(path)
    page.check("[name=no_secrets]")
    page.get_by_role("button", name="上传并对照").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(6)
    check_fits(page)
    page.get_by_role("button", name="写入勾选的行").click()
    expect(page.locator(".alert-success")).to_contain_text("已写入6行")
    assert Mark.objects.filter(sheet=city.sheet).count() == 6
