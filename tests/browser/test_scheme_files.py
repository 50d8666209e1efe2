"""Scheme workbooks in a real browser: the template goes out, comes back spoiled, comes back mended."""

import re
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE, check_fits


def test_a_scheme_comes_in_as_a_workbook(open_as, city, office, tmp_path, watch, check_accessible):
    watch.expect("422")  # the upload with problems
    page = open_as(office, "/schemes/import/")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_fits(page)
        check_accessible(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载填写模板").click()
    assert waiting.value.suggested_filename == "方案填写模板.xlsx"
    path: Path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)

    book = openpyxl.load_workbook(path)
    book["指标"]["D5"] = "十五"
    book["等次"]["I4"] = "运气好"
    book.save(path)
    page.get_by_label(re.compile("考评标准文件")).set_input_files(path)
    page.check("[name=no_secrets]")
    page.get_by_role("button", name="检查并导入").click()
    problems = page.get_by_role("alert").get_by_role("listitem")
    expect(problems).to_have_count(2)
    expect(problems.first).to_contain_text("指标!D5")
    check_accessible(page)
    page.set_viewport_size(PHONE)
    check_fits(page)
    page.set_viewport_size(DESKTOP)

    book["指标"]["D5"] = 15
    book["等次"]["I4"] = "一级指标得分率不低于"
    book.save(path)
    page.get_by_label(re.compile("考评标准文件")).set_input_files(path)
    page.check("[name=no_secrets]")
    page.get_by_role("button", name="检查并导入").click()
    expect(page.locator("h1, .page-title").first).to_contain_text("党支部星级考评标准（填写范例）")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载工作簿").click()
    assert waiting.value.suggested_filename == "党支部星级考评标准（填写范例）-2026.1.xlsx"
