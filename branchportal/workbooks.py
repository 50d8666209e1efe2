"""The one guarded door for workbooks that come in (.xlsx): every sheet as rows of text, or a refusal in a sentence.

    for sheet in read_workbook(data, most_sheets=100, most_rows=500, most_columns=40):
        sheet.title                     # "指标"
        for row in sheet.rows:          # rows without content are left out
            row.number                  # its number in the file, from 1
            row.cells                   # ["1.1", "组织生活", "4"]: up to the last cell with content, "" where empty
            row.kinds                   # "ttn": t text, n number, d day or time, b yes or no, - empty
            row.cell(7), row.kind(7)    # by position, "" and "-" beyond the end
            place(sheet.title, row.number, 2)  # 指标!C7

Numbers are decimal text as typed: 0.1, 4 (never 4.0), at most the 15 digits that Excel keeps; a percentage 30% is 0.3.
A number that a cell holds as a text is kind `t`. Days are ISO text, yes or no is 是 or 否. Texts come as they are, not
stripped, line breaks as a single line feed.

Refused as ImportRejected, with the sheet, the cell and the cure: other kinds of file, passwords, macros, links to other
files, more than 5 MB (50 MB unpacked, 100 fold), DTDs, more sheets, rows or columns than asked for (claimed or there),
error values; and unless allowed: formulas, merged cells, hidden sheets, rows and columns with content.
The workbook is unpacked and read in a process of its own that may use 200 MB and 3 seconds (`workbook_reader/`).
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from .errors import ImportRejected
from .workbook_reader.limits import Limits
from .workbook_reader.sheet import column_letters

MAX_BYTES = 5 * 1024 * 1024
READER = Path(__file__).with_name("workbook_reader")
WALL_SECONDS = 30  # for a machine that is busy; the reader's own 3 seconds are of computing
ZIP, OLD_EXCEL, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"

SENTENCES = {
    "empty": gettext_noop("The file is empty. Fill in the template and upload it again."),
    "too_large": gettext_noop("The file is larger than 5 MB. Split it into several files."),
    "old_excel": gettext_noop(
        "The workbook is in the old .xls format or under a password. Save it as .xlsx without a password."
    ),
    "encrypted": gettext_noop(
        "The workbook is in the old .xls format or under a password. Save it as .xlsx without a password."
    ),
    "pdf": gettext_noop("The file is a PDF, no workbook. Upload the workbook itself, saved as .xlsx."),
    "no_workbook": gettext_noop(
        "The name ends in .xlsx, but the content is no workbook. Save the table again as .xlsx."
    ),
    "damaged": gettext_noop("The workbook is damaged. Open it in Excel or WPS and save it again."),
    "macros": gettext_noop("The workbook contains macros. Save it as .xlsx without macros."),
    "links": gettext_noop("The workbook has links to other files. Paste the values into the template instead."),
    "too_big": gettext_noop(
        "The workbook is too large when unpacked. Copy the values into the template and upload that."
    ),
    "too_much_text": gettext_noop("The workbook holds too much text. Split it into several files."),
    "unreadable": gettext_noop(
        "The workbook cannot be read. Open it in Excel or WPS, copy the values into the template."
    ),
    "too_many_sheets": gettext_noop(
        "The workbook has %(count)s worksheets, at most %(limit)s are read. Delete the others or split the workbook."
    ),
    "too_many_rows": gettext_noop(
        "The table has more than %(limit)s rows (worksheet “%(sheet)s”). Split it into several files, and delete "
        "empty rows that only have a format."
    ),
    "too_many_columns": gettext_noop(
        "The table has more than %(limit)s columns (worksheet “%(sheet)s”). Use the template and delete what lies to "
        "the right of it."
    ),
    "no_table": gettext_noop("“%(sheet)s” is no worksheet with cells. Delete it and upload the workbook again."),
    "hidden_sheet": gettext_noop("The worksheet “%(sheet)s” is hidden. Unhide it, or delete it if it is not needed."),
    "hidden_row": gettext_noop(
        "Row %(row)s of the worksheet “%(sheet)s” is hidden, but has content. Unhide it (or clear the filter), or "
        "delete it."
    ),
    "hidden_column": gettext_noop(
        "Column %(column)s of the worksheet “%(sheet)s” is hidden, but has content. Unhide it, or delete it."
    ),
    "merged": gettext_noop(
        "The cells %(sheet)s!%(cell)s are merged. Unmerge them and fill in every row by itself."
    ),
    "formula": gettext_noop("%(sheet)s!%(cell)s holds a formula. Replace it by its value (paste as values)."),
    "error_cell": gettext_noop("%(sheet)s!%(cell)s shows the error %(value)s. Type the value itself."),
    "long_cell": gettext_noop("%(sheet)s!%(cell)s holds more than 32,767 characters. Shorten the text."),
}  # fmt: skip


class Row(NamedTuple):
    """A row with content: its number in the file, its cells as text, and one letter of `kinds` for each cell."""

    number: int
    cells: list[str]
    kinds: str

    def cell(self, column: int) -> str:
        """The text at a position from 0; empty beyond the end."""
        return self.cells[column] if column < len(self.cells) else ""

    def kind(self, column: int) -> str:
        """t text, n number, d day or time, b yes or no, - empty."""
        return self.kinds[column] if column < len(self.kinds) else "-"


@dataclass(frozen=True)
class SheetCells:
    """A worksheet: its title and the rows that have content."""

    title: str
    rows: list[Row] = field(default_factory=list)


def read_workbook(
    data: bytes,
    *,
    most_sheets: int = 20,
    most_rows: int = 10_000,
    most_columns: int = 60,
    only_first: bool = False,
    allow_merged: bool = False,
    allow_formulas: bool = False,
    allow_hidden: bool = False,
) -> list[SheetCells]:
    """The worksheets in their order (or only the first); see the top of this module.

    With `allow_formulas` a formula counts as the value it had when saved; with `allow_merged` a merged range is its
    first cell; with `allow_hidden` hidden sheets, rows and columns are read like others.
    Raises: ImportRejected with a sentence.
    """
    _check_bytes(data)
    limits = Limits(most_sheets, most_rows, most_columns, only_first, allow_merged, allow_formulas, allow_hidden)
    return _sheets(_run_reader(data, limits))


def place(title: str, row: int, column: int) -> str:
    """`指标!C7` of a row from 1 and a column from 0."""
    return f"{title}!{column_letters(column + 1)}{row}"


def _check_bytes(data: bytes) -> None:
    """Size and kind, as far as the first bytes tell."""
    if not data:
        raise refusal("empty")
    if len(data) > MAX_BYTES:
        raise refusal("too_large")
    if data.startswith(OLD_EXCEL):
        raise refusal("old_excel")
    if data.startswith(PDF):
        raise refusal("pdf")
    if not data.startswith(ZIP):
        raise refusal("damaged")


def _run_reader(data: bytes, limits: Limits) -> bytes:
    command = [sys.executable, "-I", "-S", str(READER), json.dumps(asdict(limits))]
    try:
        done = subprocess.run(  # noqa: S603 (our own program, no shell, nothing of the user's on the command line)
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise refusal("unreadable") from fault
    return done.stdout


def _sheets(output: bytes) -> list[SheetCells]:
    """The reader's lines. Its last one says that it came to the end, or why it did not."""
    found: list[SheetCells] = []
    *lines, last = output.splitlines() or [b""]
    try:
        end = json.loads(last)
        for line in lines if end == {"end": True} else []:
            content = json.loads(line)
            if isinstance(content, dict):
                found.append(SheetCells(content["sheet"]))
            else:
                found[-1].rows.append(Row(*content))
    except ValueError as fault:
        raise refusal("unreadable") from fault
    if not isinstance(end, dict) or "refused" in end or not found:
        raise refusal(end["refused"], end) if isinstance(end, dict) and "refused" in end else refusal("unreadable")
    return found


def refusal(code: str, params: Mapping[str, str | int] | None = None) -> ImportRejected:
    """The sentence of a refusal."""
    return ImportRejected(_(SENTENCES[code]) % (params or {}))
