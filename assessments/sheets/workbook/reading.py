"""A worksheet as text, taken apart: what it says it is about, and its lines by their visible codes."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from branchportal.workbooks import Row, SheetCells

from . import words
from .layout import Identity
from .problems import Problem, address

STAMP = re.compile(r"v([0-9]{1,9})(?:-([0-9a-f]{6}))?")
IDENTITY_ROW, HEADING_ROW = 2, 3  # as people count


@dataclass(frozen=True)
class FoundLine:
    """One line of a worksheet: its number as people count, and its cells as text."""

    row: int
    cells: tuple[str, ...]


@dataclass
class Page:
    """One worksheet of a file."""

    title: str
    identity: Identity
    lines: dict[tuple[str, str], FoundLine] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def is_overview(sheet: SheetCells) -> bool:
    """Whether the worksheet is the list that stands in front of several."""
    return _cell(_head(sheet), 1, words.CODE) == words.LIST_TITLE


def read_page(sheet: SheetCells) -> Page:
    """Take one worksheet apart.

    Its `problems` name what is not as it was downloaded; values are judged later, when the branch's sheet is known.
    """
    head = _head(sheet)
    said = (_cell(head, IDENTITY_ROW, column) for column in (words.KEY, words.ASK, words.WAIVER))
    page = Page(sheet.title, Identity(*said))
    if not _is_form(page, head):
        return page
    for row in sheet.rows:
        if row.number > HEADING_ROW:
            _add_line(page, FoundLine(row.number, tuple(row.cell(at).strip() for at in range(len(words.HEADINGS)))))
    return page


def _add_line(page: Page, line: FoundLine) -> None:
    code, key = line.cells[words.CODE], line.cells[words.KEY]
    filled = [column for column in (words.VALUE, words.WAIVER, words.NOTE) if line.cells[column]]
    if not code:  # a heading, an explanation, or the rest of a long text
        if filled:
            cure = _("Fill in the yellow cells only.")
            page.problems.append(_problem(page, line, filled[0], _("This row has no indicator code."), cure))
    elif (code, key) in page.lines:
        message = _("The row %(code)s stands there twice: also in row %(row)d.")
        message %= {"code": f"{code} {key}".strip(), "row": page.lines[code, key].row}
        page.problems.append(_problem(page, line, words.CODE, message, _("Delete one of the two rows.")))
    else:
        page.lines[code, key] = line


def _is_form(page: Page, rows: dict[int, Row]) -> bool:
    """Whether the fixed cells are those of an entry form of this format."""
    fixed = {words.CODE: words.BRANCH, words.POINTS: words.CYCLE, words.VALUE: words.SCHEME}
    fixed[words.NOTE] = words.FORMAT_LABEL
    cure = _("Download the form again and copy your entries into it.")
    if any(_cell(rows, IDENTITY_ROW, column) != text for column, text in fixed.items()) or any(
        _cell(rows, HEADING_ROW, column) != text for column, text in enumerate(words.HEADINGS)
    ):
        message = _("This worksheet is no entry form of the portal, or its first three rows were changed.")
        page.problems.append(Problem(page.title, "A1", _cell(rows, 1, 0)[:80], message, cure))
        return False
    found = _cell(rows, IDENTITY_ROW, words.STAMP)
    if found != words.FORMAT:
        message = _("This form has the format %(found)s; the portal reads %(wanted)s.")
        message %= {"found": found or "—", "wanted": words.FORMAT}
        page.problems.append(Problem(page.title, address(IDENTITY_ROW, words.STAMP), found[:80], message, cure))
        return False
    return True


def _problem(page: Page, line: FoundLine, column: int, message: str, cure: str) -> Problem:
    return Problem(page.title, address(line.row, column), line.cells[column][:80], message, cure)


def _head(sheet: SheetCells) -> dict[int, Row]:
    return {row.number: row for row in sheet.rows if row.number <= HEADING_ROW}


def _cell(rows: dict[int, Row], row: int, column: int) -> str:
    return rows[row].cell(column).strip() if row in rows else ""
