"""The one writer of spreadsheets: nothing becomes a formula, nothing is lost."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from branchportal.tables import Column, Table, csv_bytes, unescaped, xlsx_bytes

RISKY = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\tx", "\rx", "\nx", "＝1+1", "＋1", "－1", "＠SUM(1)"]


def table_of(texts: list[str]) -> Table:
    return Table("表", [Column("内容")], [[text] for text in texts])


@pytest.mark.parametrize("text", RISKY)
def test_risky_text_gets_an_apostrophe_in_csv_and_comes_back_whole(text):
    content = csv_bytes(table_of([text])).decode("utf-8-sig")
    cell = list(csv.reader(io.StringIO(content, newline="")))[1][0]
    assert cell == "'" + text
    assert unescaped(cell) == text


def test_risky_text_is_typed_as_text_in_xlsx():
    texts = [text for text in RISKY if "\r" not in text]  # a reader of XML turns a return into a line end
    sheet = load_workbook(io.BytesIO(xlsx_bytes([table_of(texts)]))).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}


def test_numbers_and_dates_stay_numbers_and_dates():
    columns = [Column("分", kind="points"), Column("数", kind="whole"), Column("日", kind="date"), Column("码")]
    rows = [[Decimal("-1.25"), 7, date(2026, 11, 21), "007"]]
    sheet = load_workbook(io.BytesIO(xlsx_bytes([Table("表", columns, rows)]))).active
    values = [cell.value for cell in sheet[2]]
    assert values[:2] == [-1.25, 7]
    assert values[2].date() == date(2026, 11, 21)
    assert values[3] == "007"
    assert sheet["A2"].number_format == "0.00"
    assert csv_bytes(Table("表", columns, rows)).decode("utf-8-sig").splitlines()[1] == "-1.25,7,2026-11-21,007"


def test_header_is_frozen_and_filtered_and_csv_opens_in_excel():
    table = Table(
        "汇总", [Column("支部"), Column("得分", kind="points")], [["甲", 1.5]], heading="排名", notes=["说明"]
    )
    sheet = load_workbook(io.BytesIO(xlsx_bytes([table]))).active
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:B3"
    assert sheet["A1"].value == "排名"
    assert sheet["A5"].value == "说明"
    assert csv_bytes(table).startswith(b"\xef\xbb\xbf")


def test_sheet_names_are_cut_cleaned_and_made_unique():
    names = ["市[发展]改革委/办公室", "市发展改革委办公室", "长" * 40, "长" * 40, ""]
    book = load_workbook(io.BytesIO(xlsx_bytes([Table(name, [Column("a")], []) for name in names])))
    assert book.sheetnames == ["市发展改革委办公室", "市发展改革委办公室(2)", "长" * 31, "长" * 28 + "(2)", "Sheet"]


def test_codes_of_digits_are_not_spoiled_by_excel():
    columns = [Column("编码", kind="code"), Column("星级", kind="stars")]
    table = Table("表", columns, [["010203", 5], ["110101199001", 4], ["B01", None]])
    cells = [line.split(",")[0] for line in csv_bytes(table).decode("utf-8-sig").splitlines()[1:]]
    assert cells == ["'010203", "'110101199001", "B01"]
    assert [unescaped(cell) for cell in cells] == ["010203", "110101199001", "B01"]
    sheet = load_workbook(io.BytesIO(xlsx_bytes([table]))).active
    assert [sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value] == ["010203", "s", 5]
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"


def test_only_the_named_cells_are_tinted():
    table = Table("表", [Column("a"), Column("b")], [["x", "y"]], tint=lambda row: "#F7D774", tinted=(1,))
    sheet = load_workbook(io.BytesIO(xlsx_bytes([table]))).active
    assert [cell.fill.fill_type for cell in sheet[2]] == [None, "solid"]
    assert sheet["B2"].fill.start_color.rgb == "FFF7D774"
