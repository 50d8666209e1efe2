"""A checked file as rows of text, each with the number it has in the file."""

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from branchportal.errors import ImportRejected
from branchportal.tables import is_risky
from branchportal.visible import one_line
from branchportal.workbooks import read_workbook

from . import guards

EXAMPLE = "示例"  # a row whose first cell begins like this is the template's example


@dataclass(frozen=True)
class Grid:
    """Headings, and the rows below with their numbers in the file (the heading is row 1)."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def read_file(name: str, data: bytes) -> Grid:
    """Check and read a workbook or a CSV file. Raises ImportRejected with a sentence."""
    kind = guards.check_file(name, data)
    lines = _workbook_lines(data) if kind == guards.XLSX else _csv_lines(data)
    lines = [[one_line(cell.replace("\0", "")) for cell in line] for line in lines]
    if not lines or not any(lines[0]):
        raise ImportRejected(_("The first row has no headings. Use the template and keep its first row."))
    rows = [
        (number, line)
        for number, line in enumerate(lines[1:], start=2)
        if any(line) and not line[0].startswith(EXAMPLE)
    ]
    if not rows:
        raise ImportRejected(_("There are no rows below the headings. Fill in the template and upload it again."))
    if len(rows) > guards.MAX_ROWS:
        limit = _(
            "The table has %(count)d rows; at most %(limit)d can be imported at once. Split it into several files."
        )
        raise ImportRejected(limit % {"count": len(rows), "limit": guards.MAX_ROWS})
    return Grid(lines[0], rows)


def _workbook_lines(data: bytes) -> list[list[str]]:
    """The first worksheet, every row at its place. A formula counts as its value, a merged range as its first cell."""
    (sheet,) = read_workbook(
        data,
        most_rows=guards.MAX_ROWS,
        most_columns=guards.MAX_COLUMNS,
        only_first=True,
        allow_merged=True,
        allow_formulas=True,
        allow_hidden=True,
    )
    lines: list[list[str]] = []
    width = max((len(row.cells) for row in sheet.rows), default=0)
    for row in sheet.rows:
        lines += [[""] * width] * (row.number - 1 - len(lines))
        lines.append(row.cells + [""] * (width - len(row.cells)))
    return lines


def _csv_lines(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as fault:
        raise ImportRejected(_("The .csv file cannot be read as a table. Save it again from Excel or WPS.")) from fault
    return [[_without_apostrophe(cell) for cell in line] for line in lines]


def _decoded(data: bytes) -> str:
    """UTF-8, else the encoding that Excel and WPS write on Chinese computers."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRejected(_("The characters of the file cannot be read. Save it as “CSV UTF-8” or as .xlsx."))


def _without_apostrophe(cell: str) -> str:
    """Our own export puts an apostrophe before what a spreadsheet would take for a formula or a number."""
    if cell.startswith("'") and (is_risky(cell[1:]) or cell[1:].isdigit()):
        return cell[1:]
    return cell
