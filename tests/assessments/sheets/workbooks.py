"""Entry workbooks in the hands of a test: open, find a cell, fill in, save."""

import io

import openpyxl
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from assessments.sheets.models import Sheet
from assessments.sheets.workbook import words

ENTRIES = {  # as a person types them: the marks of FULL_MARKS
    ("1.1", "b"): 2,
    ("1.2", "fair"): "√",
    ("1.3", "实际数"): 98,
    ("1.3", "应有数"): 100,
    ("2.1", "a"): 4,
    ("2.2", "得分"): 9.5,
    ("2.3", ""): "不适用",
}


def load(sheet: Sheet) -> Sheet:
    """The sheet as the services want it."""
    return Sheet.objects.for_filling().get(pk=sheet.pk)


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell(page: Worksheet, code: str, key: str, column: int = words.VALUE) -> Cell:
    """The cell of a line in a column (positions of `words`)."""
    for row in page.iter_rows(min_row=4):
        if (row[0].value, row[1].value or "") == (code, key):
            return row[column]
    raise LookupError(code, key)


def fill_in(page: Worksheet, entries: dict) -> None:
    for (code, key), value in entries.items():
        cell(page, code, key).value = value
