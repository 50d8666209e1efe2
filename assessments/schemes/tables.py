"""CSV files as rows with their line numbers; what is wrong with a row, as data."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.scoring import Problem, SchemeError

from .files import decode

MOST_BYTES = 500_000_000
LONGEST_CELL = 10_000
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
OTHER_DELIMITERS = (";", "\t", "；", "，", "|")


@dataclass(frozen=True)
class RowProblem:
    """A problem of one line of a file; `column` is empty where the whole line is meant."""

    file: str
    line: int
    column: str
    problem: Problem


class TableError(ValueError):
    """A file of which nothing is taken over; `problems` lists every line that is wrong."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(sorted(problems, key=lambda each: (each.file, each.line, each.column)))


@dataclass(frozen=True)
class Row:
    """One line: its number in the file (from 1, the header included) and its cells, without spaces around them."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Table:
    """Rows of a CSV file, and the problems found while reading and later."""

    def __init__(self, name: str, content: bytes, required: Sequence[str], optional: Sequence[str]) -> None:
        self.name = name
        self.problems: list[RowProblem] = []
        self.rows: list[Row] = []
        self.is_readable = False
        if content.startswith(WORKBOOKS):
            self.problem(1, "", "is_workbook")
            return
        try:
            text = decode(content)
        except SchemeError as error:
            self.problems.append(RowProblem(name, 1, "", error.problems[0]))
            return
        self._read(text, tuple(required), (*required, *optional))

    def problem(self, row: Row | int, column: str, code: str, value: Any = None, **params: Any) -> None:
        self.add(row, column, Problem("", code, value, params))

    def add(self, row: Row | int, column: str, problem: Problem) -> None:
        line = row if isinstance(row, int) else row.line
        self.problems.append(RowProblem(self.name, line, column, problem))

    def _read(self, text: str, required: tuple[str, ...], known: tuple[str, ...]) -> None:
        lines = _records(text)
        try:
            _, header = next(lines, (1, []))
            names = [name.strip() for name in header]
            while names and not names[-1]:  # empty columns at the end, as spreadsheets leave them
                names.pop()
            self.is_readable = self._check_header(names, required, known)
            if self.is_readable:
                for line, cells in lines:
                    self._take(line, names, [cell.strip() for cell in cells])
        except _RecordError as error:
            self.problem(error.line, "", "not_csv")

    def _check_header(self, names: list[str], required: tuple[str, ...], known: tuple[str, ...]) -> bool:
        if sign := next((sign for sign in OTHER_DELIMITERS if sign in "".join(names) and len(names) == 1), ""):
            self.problem(1, "", "delimiter", "Tab" if sign == "\t" else sign)
            return False
        if not names:
            self.problem(1, "", "table_empty", allowed=known)
        for name in required if names else ():
            if name not in names:
                self.problem(1, name, "column_missing", name)
        for at, name in enumerate(names):
            if name not in known:
                self.problem(1, name, "column_unknown", name, allowed=known)
            elif name in names[:at]:
                self.problem(1, name, "column_twice", name)
        return not self.problems

    def _take(self, line: int, names: list[str], cells: list[str]) -> None:
        if not any(cells):
            return
        if len(cells) > len(names) and any(cells[len(names) :]):
            self.problem(line, "", "too_many_cells", len(cells), most=len(names))
            return
        row = Row(line, dict(zip(names, cells, strict=False)))
        for name, cell in row.cells.items():
            if len(cell) > LONGEST_CELL or "\x00" in cell:
                self.problem(row, name, "bad_cell")
        self.rows.append(row)


class _RecordError(ValueError):
    """A line that is no CSV."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _RecordError(start) from error
        yield start, cells
        start = reader.line_num + 1
