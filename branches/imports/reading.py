"""A checked file as rows of text, each with the number it has in the file."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from branchportal.errors import ImportRejected
from branchportal.tables import is_risky

from . import guards

READER = Path(__file__).with_name("workbook.py")
SECONDS = 30
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")  # nobody typed these
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
    lines = [[CONTROLS.sub("", cell).strip() for cell in line] for line in lines]
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
    try:
        done = subprocess.run(  # noqa: S603 (our own program, no shell, nothing of the user's on the command line)
            [sys.executable, "-I", str(READER)], input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise _unreadable() from fault
    if done.returncode:
        raise _unreadable()
    return json.loads(done.stdout)


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


def _unreadable() -> ImportRejected:
    return ImportRejected(_("The workbook cannot be read. Open it in Excel or WPS, copy the values into the template."))
