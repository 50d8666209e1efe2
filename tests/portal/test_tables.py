"""The one writer of spreadsheets: nothing becomes a formula, nothing is lost."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from branchportal import xlsx
from branchportal.errors import PortalError
from branchportal.tables import Column, Table, csv_bytes, unescaped, write_xlsx, xlsx_bytes
from branchportal.xlsx_styles import CUT, MAX_TEXT

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


def read(content: bytes, sheet: int = 0) -> list[list[object]]:
    """All cells as another library reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


def test_every_kind_of_value_comes_back_from_two_readers():
    kinds = {"码": "code", "字": "text", "分": "points", "数": "whole", "日": "date", "时": "moment"}
    columns = [Column(name, kind=kind) for name, kind in kinds.items()]
    rows = [
        ["007", " 前后有空格 ", Decimal("89.995"), 7, date(2026, 11, 21), datetime(2026, 11, 21, 9, 5, tzinfo=UTC)],
        [7, "", 0.1, -3, date(1899, 1, 2), "次日"],
        ["=1", "<&>\"'", None, None, None, None],
        [None, True, float("inf"), Decimal("NaN"), None, None],
    ]
    content = xlsx_bytes([Table("表", columns, rows)])
    assert read(content)[1:] == [
        ["007", " 前后有空格 ", 89.995, 7.0, date(2026, 11, 21), "2026-11-21 09:05"],
        [7.0, "", 0.1, -3.0, "1899-01-02", "次日"],
        ["=1", "<&>\"'", "", "", "", ""],
        ["", "True", "inf", "NaN", "", ""],
    ]
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2)]
    assert cells[0][:4] == ["007", " 前后有空格 ", 89.995, 7]
    assert (cells[0][4].date(), cells[0][5]) == (date(2026, 11, 21), "2026-11-21 09:05")
    assert cells[2] == ["=1", "<&>\"'", None, None, None, None]


def test_what_xml_cannot_hold_is_escaped_as_the_format_says():
    texts = ["a\x01b", "ein\rzwei", "_x0041_x0042_", "\ud800", "\ufffe", "行一\n行二\t末"]
    content = xlsx_bytes([table_of(texts)])
    markup = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert [f">{part}<" in markup for part in (
        "a_x0001_b", "ein_x000D_zwei", "_x005F_x0041_x005F_x0042_", "_xD800_", "_xFFFE_", "行一\n行二\t末",
    )] == [True] * 6  # fmt: skip
    assert [row[0] for row in read(content)[1:3]] == ["a\x01b", "ein\rzwei"]


def test_a_text_longer_than_a_cell_is_cut_visibly():
    cut, whole = (row[0] for row in read(xlsx_bytes([table_of(["长" * 40_000, "字" * MAX_TEXT])]))[1:])
    assert (len(cut), cut[-len(CUT) :], whole) == (MAX_TEXT, CUT, "字" * MAX_TEXT)


def test_more_rows_than_a_sheet_holds_are_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 5)
    assert len(read(xlsx_bytes([table_of(["a"] * 4)]))) == 5
    with pytest.raises(PortalError, match="“表”超过Excel工作表的行数上限（5行）"):
        xlsx_bytes([table_of(["a"] * 5)])


def test_rows_of_a_generator_go_to_a_stream_and_equal_tables_give_equal_bytes(tmp_path):
    def make() -> Table:
        return Table("表", [Column("内容"), Column("数", kind="whole")], ((f"第{n}行", n) for n in range(1200)))

    with (tmp_path / "a.xlsx").open("wb") as out:
        write_xlsx(out, [make(), make()])
    content = (tmp_path / "a.xlsx").read_bytes()
    assert content == xlsx_bytes([make(), make()])
    assert [len(read(content, sheet)) for sheet in (0, 1)] == [1201, 1201]
    assert read(content)[1200] == ["第1199行", 1199.0]


def test_a_row_of_another_length_is_a_fault():
    with pytest.raises(ValueError, match="1 cells under 2 headings"):
        xlsx_bytes([Table("表", [Column("a"), Column("b")], [["x"]])])


def test_totals_are_bold_below_the_filtered_rows():
    columns = [Column("单位"), Column("支部数", kind="whole")]
    sheet = load_workbook(io.BytesIO(xlsx_bytes([Table("表", columns, [["甲", 1]], totals=["合计", 1])]))).active
    assert [(cell.value, cell.font.bold, cell.border.top.style) for cell in sheet[3]] == [
        ("合计", True, "thin"),
        (1, True, "thin"),
    ]
    assert sheet.auto_filter.ref == "A1:B2"
    assert [sheet["A1"].font.color.rgb, sheet["A1"].fill.start_color.rgb] == ["FFFFFFFF", "FFA31621"]
