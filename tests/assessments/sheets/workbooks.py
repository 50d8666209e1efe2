"""Entry workbooks in the hands of a test: open, find a cell, fill in, save."""

import io
from datetime import datetime

import openpyxl
import pytest
from django.utils import timezone
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from assessments.sheets.models import Sheet, WorkbookUpload
from assessments.sheets.services import workbook as services
from assessments.sheets.services import workbook_taking as taking
from assessments.sheets.workbook import words
from members.models import User

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


def uploaded(book: openpyxl.Workbook | bytes, actor: User, at: datetime) -> WorkbookUpload:
    """What the service makes of a workbook."""
    data = book if isinstance(book, bytes) else saved(book)
    return services.accept_upload(actor=actor, name="填报表.xlsx", data=data, at=at)


def pages_of(upload: WorkbookUpload, actor: User, at: datetime | None = None) -> list[taking.BranchPage]:
    """What the page of an upload shows."""
    entries = upload.content["sheets"]
    return taking.branch_pages(upload=upload, actor=actor, entries=entries, at=at or timezone.now())


def take_all(
    upload: WorkbookUpload, actor: User, at: datetime | None = None, kinds: tuple[str, ...] = ("change",)
) -> dict[int, dict]:
    """Tick the rows of these kinds, and take them over."""
    chosen = {
        page.sheet.pk: {each.code: each.version for each in page.differences if each.kind in kinds}
        for page in pages_of(upload, actor, at)
    }
    return taking.take_over(upload=upload, actor=actor, chosen=chosen, at=at or timezone.now())


def problems_of(refused: pytest.ExceptionInfo) -> list[tuple[str, str]]:
    """Cell and sentence of each problem of a refused workbook."""
    return [(each.cell, each.message) for each in refused.value.details["problems"]]
