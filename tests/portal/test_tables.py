"""The one writer of spreadsheets."""

import csv
import io
from datetime import date

import openpyxl
import pytest

from branchportal.tables import RISKY, Column, Kind, Table, csv_bytes, xlsx_bytes

COLUMNS = (
    Column("编码", Kind.CODE, 14),
    Column("名称", Kind.TEXT, 30),
    Column("总分", Kind.POINTS),
    Column("名次", Kind.COUNT),
    Column("星级", Kind.STARS),
    Column("日期", Kind.DAY),
)
ROW = ("010203000001", "第一党支部", 89_995_000, 12, 5, date(2026, 9, 30))


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def table(*rows: tuple) -> Table:
    return Table("名单", COLUMNS, rows, title="名单 & 说明", notes=("说明一",))


def test_csv_opens_right_in_excel() -> None:
    content = csv_bytes(table(ROW))
    assert content.startswith(b"\xef\xbb\xbf")
    assert read_csv(content)[1] == ["'010203000001", "第一党支部", "90.00", "12", "5", "2026-09-30"]


def test_xlsx_keeps_numbers_as_numbers_and_codes_as_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([table(ROW)])))
    sheet = book["名单"]
    assert [cell.value for cell in sheet[2]][:5] == ["010203000001", "第一党支部", 90, 12, 5]
    assert sheet["C2"].number_format == "0.00"
    assert sheet["A2"].data_type == "s"
    assert sheet["E2"].fill.start_color.rgb == "FFF7D774"
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F2")
    assert sheet.column_dimensions["B"].width == pytest.approx(30, abs=1)
    assert sheet["A4"].value == "说明一"


@pytest.mark.parametrize("first", RISKY)
def test_formula_is_text_in_both(first: str) -> None:
    """T-X1: nothing becomes a formula, and no character is lost."""
    text = f"{first}1+1|cmd"
    row = (text, text, None, None, None, None)
    assert read_csv(csv_bytes(table(row)))[1][:2] == [f"'{text}", f"'{text}"]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([table(row)])))["名单"]
    cell = sheet["B2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value.replace("_x0000_", "\0").replace("_x000D_", "\r") == text


def test_missing_figures_are_empty_cells() -> None:
    row = ("B1", "", None, None, None, None)
    assert read_csv(csv_bytes(table(row)))[1] == ["B1", "", "", "", "", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([table(row)])))["名单"]
    assert [cell.value for cell in sheet[2]] == ["B1", None, None, None, None, None]
