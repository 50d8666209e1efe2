"""The cells of an uploaded workbook as the rows of each block, with all that does not belong there as problems."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from branchportal.workbooks import Row, SheetCells, place

from ...scoring import Problem
from .cells import value_of
from .layout import FORM_HEADINGS, PAGES, Block, Field, Page

MOST_SHOWN = 40  # characters of a text that does not belong where it stands


@dataclass
class Line:
    """A row of a table, or a whole form: values by key, and the address of every cell, filled or not."""

    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    at: str = ""  # its first cell

    def has(self, *keys: str) -> bool:
        return any(key in self.values for key in keys)


@dataclass
class Grid:
    """The lines of a block; `at` is the cell of its marker."""

    lines: list[Line] = field(default_factory=list)
    at: str = ""


def read_grids(sheets: Sequence[SheetCells], problems: list[Problem]) -> dict[str, Grid]:
    """Block key -> its lines. Sheets, blocks, headings that are missing or unknown become problems."""
    by_title: dict[str, SheetCells] = {}
    titles = [page.title for page in PAGES]
    for sheet in sheets:
        title = _bare(sheet.title)
        if title in titles and title not in by_title:
            by_title[title] = sheet
        elif sheet.rows:
            problems.append(Problem(sheet.title, "sheet_unknown", sheet.title, {"allowed": titles}))
    found: dict[str, Grid] = {}
    for page in PAGES:
        if page.title in by_title:
            found |= _PageReader(page, by_title[page.title], problems).read()
        else:
            problems.append(Problem(page.title, "sheet_missing", page.title, {"allowed": titles}))
    return found


class _PageReader:
    """One worksheet, cut into its blocks at their markers."""

    def __init__(self, page: Page, sheet: SheetCells, problems: list[Problem]) -> None:
        self.page, self.sheet, self.problems = page, sheet, problems

    def read(self) -> dict[str, Grid]:
        by_marker = {_bare(block.marker): block for block in self.page.blocks}
        rows: dict[str, list[Row]] = {}
        found: dict[str, Grid] = {}
        current = None
        for row in self.sheet.rows:
            if block := by_marker.get(_bare(row.cell(0))):
                if block.key in found:
                    self.problem(row, 0, "block_twice", block.marker)
                current = block
                rows.setdefault(block.key, [])
                found.setdefault(block.key, Grid(at=self.address(row, 0)))
            elif current is not None:
                rows[current.key].append(row)
        for block in self.page.blocks:
            if block.key in found:
                found[block.key].lines = list(self.lines(block, rows[block.key], found[block.key].at))
            else:
                self.problems.append(Problem(place(self.page.title, 1, 0), "block_missing", block.marker))
        return found

    def address(self, row: Row, column: int) -> str:
        return place(self.page.title, row.number, column)

    def problem(self, row: Row, column: int, code: str, value: str, **params: Any) -> None:
        self.problems.append(Problem(self.address(row, column), code, value[:MOST_SHOWN], params))

    def lines(self, block: Block, rows: list[Row], at: str) -> Iterator[Line]:
        """The lines below the heading row; what stands above it (hints) is not read."""
        headings = FORM_HEADINGS if block.is_form else tuple(each.heading for each in block.fields)
        start = next((number for number, row in enumerate(rows) if _is_heading(row, headings)), None)
        if start is None:
            self.problems.append(Problem(at, "headings_missing", block.marker, {"allowed": headings}))
            return
        columns = self.columns(rows[start], headings)
        if block.is_form:
            yield from self.form(block, rows[start + 1 :], columns)
        else:
            yield from self.table(block, rows[start + 1 :], columns, rows[start])

    def columns(self, head: Row, headings: Sequence[str]) -> dict[str, int]:
        """Heading -> its column. One that is unknown, missing or there twice is a problem."""
        found: dict[str, int] = {}
        known = {_bare(heading): heading for heading in headings}
        for column, text in enumerate(head.cells):
            if not text.strip():
                continue
            name = known.get(_bare(text), text.strip())
            if name not in headings:
                self.problem(head, column, "heading_unknown", name)
            elif name in found:
                self.problem(head, column, "heading_twice", name)
            found.setdefault(name, column)
        for name in headings:
            if name not in found and name != FORM_HEADINGS[2]:
                self.problem(head, 0, "heading_missing", name)
        return found

    def table(self, block: Block, rows: list[Row], columns: dict[str, int], head: Row) -> Iterator[Line]:
        """A line for every row with content; what a missing column would hold is told at the heading."""
        fields = [(columns[each.heading], each) for each in block.fields if each.heading in columns]
        is_whole = len(fields) == len(block.fields)
        for row in rows:
            line = Line(at=self.address(row, 0))
            if not is_whole:
                line.cells = {each.key: self.address(head, 0) for each in block.fields}
            for column, each in fields:
                self.take(line, each, row, column)
            for column in range(len(row.cells)):
                if is_whole and column not in columns.values() and row.cell(column).strip():
                    self.problem(row, column, "cell_outside", row.cell(column))
            if line.values:
                yield line

    def form(self, block: Block, rows: list[Row], columns: dict[str, int]) -> Iterator[Line]:
        """One line: label and content below each other."""
        line = Line()
        by_label = {_bare(each.heading): each for each in block.fields}
        label_at, content_at = (columns.get(name) for name in FORM_HEADINGS[:2])
        for row in rows:
            if label_at is None or content_at is None:
                continue
            label = row.cell(label_at).strip()
            each = by_label.get(_bare(label))
            if each is None:
                self.problem(row, label_at, "label_unknown", label or row.cell(content_at))
            elif each.key in line.cells:
                self.problem(row, label_at, "label_twice", label)
            else:
                self.take(line, each, row, content_at)
        for each in block.fields:
            if each.key not in line.cells and each.is_required:
                self.problems.append(Problem(place(self.page.title, 1, 0), "label_missing", each.heading))
        yield line

    def take(self, line: Line, field: Field, row: Row, column: int) -> None:
        """Read one cell into a line."""
        address, text, kind = self.address(row, column), row.cell(column), row.kind(column)
        line.cells[field.key] = address
        if not text or (field.kind != "text" and not text.strip()):
            return
        if kind == "d":
            self.problem(row, column, "cell_is_day", text)
        elif field.kind in ("code", "object") and kind == "n" and "." in text:
            self.problem(row, column, "code_is_number", text)
        line.values[field.key] = value_of(field, text)


def _is_heading(row: Row, headings: Sequence[str]) -> bool:
    """Two headings (or the only one) are enough to know the row."""
    known = {_bare(heading) for heading in headings}
    return sum(_bare(cell) in known for cell in row.cells) >= min(2, len(headings))


def _bare(text: str) -> str:
    """A heading without the spaces and line breaks that people put between its signs, full width or not."""
    return "".join(unicodedata.normalize("NFKC", text).split())
