"""T-X1: no text becomes a formula in any program, and none loses a character: read back by LibreOffice itself."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from branchportal.tables import Column, Table, csv_bytes, unescaped, xlsx_bytes

TEXTS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "=cmd|'/c calc'!A0", "=HYPERLINK(\"http://x\")",
    "'=1+1",
    "''=1+1",
    "'007", "''", "-5", "007", "1e5", "2026-11-21", "第一党支部", " 前后 ", "“引号”,逗号;分号", "=1+1\n第二行", "𬭎𫍯",
]  # fmt: skip


def table() -> Table:
    return Table("表", [Column("内容"), Column("数", kind="whole")], [[text, at] for at, text in enumerate(TEXTS)])


def test_t_x1_a_workbook_keeps_every_text_as_text() -> None:
    sheet = load_workbook(io.BytesIO(xlsx_bytes([table()]))).active
    cells = list(sheet.iter_rows(min_row=2, max_row=len(TEXTS) + 1))
    assert [row[0].value for row in cells] == TEXTS
    assert {row[0].data_type for row in cells} == {"s"}
    assert [row[1].value for row in cells] == list(range(len(TEXTS)))


def test_t_x1_a_csv_begins_no_cell_like_a_formula_and_comes_back_whole() -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(table()).decode("utf-8-sig"), newline="")))[1:]
    assert [row[0][:1] for row in rows if row[0][:1] in "=+-@＝＋－＠\t\r\n"] == []
    assert [unescaped(row[0]) for row in rows] == TEXTS


def soffice(folder: Path, source: Path, kind: str) -> Path:
    """The file as LibreOffice writes it."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--norestore", "--convert-to", kind, "--outdir", str(folder / "out")]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=180)
    return folder / "out" / f"{source.stem}.{kind.partition(':')[0]}"


def test_t_x1_a_second_reader_computes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """LibreOffice where it is installed (its own flat XML tells of each cell what it is), calamine everywhere."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes([table()])))
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()[1 : len(TEXTS) + 1]] == TEXTS
    if not shutil.which("soffice"):
        return
    for name, content in (("a.xlsx", xlsx_bytes([table()])), ("b.csv", csv_bytes(table()))):
        source = tmp_path / name
        source.write_bytes(content)
        text = soffice(tmp_path, source, "fods").read_text()
        assert "table:formula" not in text
    source = tmp_path / "a.xlsx"
    rows = list(
        csv.reader(io.StringIO(soffice(tmp_path, source, "csv:Text - txt - csv (StarCalc):44,34,76,1").read_text()))
    )
    assert [row[0] for row in rows[1 : len(TEXTS) + 1]] == TEXTS
