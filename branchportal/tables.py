"""One writer for every spreadsheet that leaves the portal: rows in, XLSX or CSV bytes out, no live formula in either.

A text that begins like a formula is typed as text in XLSX and gets a leading apostrophe in CSV; numbers stay numbers.
So does a code that Excel would read as a number and spoil (leading zero, twelve digits or more).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count, groupby
from math import isfinite
from operator import itemgetter
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

from . import xlsx, xlsx_styles
from .errors import PortalError
from .xlsx_styles import Style, text_xml

RISKY = tuple("=+-@\t\r\n\0＝＋－＠")
NUMBER_FORMATS = {
    "whole": "0",
    "points": "0.00",
    "percent": "0.0%",
    "stars": '0"★"',
    "date": "yyyy-mm-dd",
    "text": "@",
    "code": "@",  # a text that may consist of digits only
    "moment": "@",
}
HEAD = Style(is_bold=True, fill="A31621", colour="FFFFFF", border="all", is_wrapped=True)
HEADING, NOTE = Style(is_bold=True, size=14), Style(colour="4D5866")
SHORT = xlsx_styles.MAX_TEXT // 2
ODD = re.compile("[&<>_=+@＝＋－＠\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff-]")  # texts with none of these need no care
EPOCH, FIRST_DAY = date(1899, 12, 30), date(1900, 3, 1)  # Excel counts a 29 February 1900 that never was
FORBIDDEN_IN_TITLE = str.maketrans("", "", "[]:*?/\\'")


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters, and what its cells are (a key of NUMBER_FORMATS)."""

    heading: str
    width: float = 14
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A sheet of a workbook. `notes` stand below the rows.

    `tint` gives a row's background colour ("#FFF4D6"), of the cells in `tinted` only (positions) where it is given.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]
    heading: str = ""
    notes: Sequence[str] = ()
    tint: Callable[[Sequence[object]], str] | None = None
    tinted: Sequence[int] = ()
    has_filter: bool = True
    totals: Sequence[object] = field(default=())


def is_risky(text: str) -> bool:
    """Whether a spreadsheet program would read the text as a formula or command."""
    return text.startswith(RISKY)


def escaped(value: object) -> str:
    """A value as CSV text: an apostrophe before what would be a formula; nothing is lost or altered otherwise."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    return "'" + text if is_risky(text) or _looks_escaped(text) else text


def unescaped(text: str) -> str:
    """The text that `escaped` was given: what we export can be imported again."""
    return text[1:] if _looks_escaped(text) else text


def _looks_escaped(text: str) -> bool:
    """Whether apostrophes stand before what would be a formula or a spoiled code; one more is written before it."""
    bare = text.lstrip("'")
    return bare != text and (is_risky(bare) or _is_spoiled(bare))


def _is_spoiled(text: str) -> bool:
    """Whether Excel, opening a CSV file, would make another text of this code."""
    return text.isdigit() and len(text) > 1 and (text.startswith("0") or len(text) >= 12)


def _csv_cell(value: object, column: Column) -> str:
    if column.kind == "code" and _is_spoiled(str(value)):
        return f"'{value}"
    return escaped(value)


def csv_bytes(table: Table) -> bytes:
    """UTF-8 with a byte order mark, so that Excel and WPS show Chinese at once."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([escaped(column.heading) for column in table.columns])
    writer.writerows(
        [_csv_cell(value, column) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
    )
    return "\ufeff".encode() + out.getvalue().encode()


def xlsx_bytes(tables: Sequence[Table]) -> bytes:
    """A workbook with one sheet per table: frozen header, widths, number formats, filter."""
    out = io.BytesIO()
    write_xlsx(out, tables)
    return out.getvalue()


def write_xlsx(out: IO[bytes], tables: Iterable[Table]) -> None:
    """The same onto a stream; rows may come from a generator, memory stays flat.

    Raises: PortalError when a table has more rows than a sheet of Excel holds.
    """
    titles: set[str] = set()
    with xlsx.Book(out) as book:
        for table in tables:
            _write_table(book, _free_title(table.title, titles), table)


def _write_table(book: xlsx.Book, title: str, table: Table) -> None:
    head = 2 if table.heading else 1
    sheet = book.add_sheet(title, [column.width for column in table.columns], head)
    if table.heading:
        sheet.add_row(_one_text(1, table.heading, book.style(HEADING)))
    style = book.style(HEAD)
    cells = [xlsx.text_cell(text_xml(column.heading), style) for column in table.columns]
    sheet.add_row(f'<row r="{head}" ht="32" customHeight="1">{"".join(cells)}</row>'.encode())
    lines, line = _Lines(book, table), head
    for line, row in enumerate(table.rows, start=head + 1):
        if line > xlsx.MAX_ROWS:
            raise _too_long(title)
        sheet.add_row(lines.xml(line, row, table.tint(row) if table.tint else ""))
    filtered = (
        f"A{head}:{xlsx.column_letters(len(table.columns) - 1)}{line}" if table.has_filter and line > head else ""
    )
    if table.totals:
        line += 1
        sheet.add_row(lines.xml(line, table.totals, is_bold=True))
    if line + (len(table.notes) and len(table.notes) + 1) > xlsx.MAX_ROWS:
        raise _too_long(title)
    for number, note in enumerate(table.notes, start=line + 2):
        sheet.add_row(_one_text(number, note, book.style(NOTE)))
    sheet.close(filtered)
    if filtered:
        book.name_filter(filtered)


def _one_text(line: int, text: str, style: int) -> bytes:
    return f'<row r="{line}">{xlsx.text_cell(text_xml(text), style)}</row>'.encode()


def _too_long(title: str) -> PortalError:
    return PortalError(
        _("“%(title)s” has more rows than a sheet of Excel holds (%(limit)d). Narrow the selection or take CSV.")
        % {"title": title, "limit": xlsx.MAX_ROWS}
    )


class _Run(NamedTuple):
    """Neighbouring cells of one sort: numbers and blanks, texts, or others."""

    sort: str  # "number", "text", "other"
    start: int
    stop: int
    plain: str  # template of numbers, and of texts that need no care
    writers: Sequence[Callable[[object], str]]  # of cells that are written one by one


class _Lines:
    """Rows of a table as XML. Most rows of a table have cells of the same types, so that each mix is planned once.

    Numbers are formatted many at a time into ASCII, which goes into bytes at once; this is where the speed comes from.
    """

    def __init__(self, book: xlsx.Book, table: Table) -> None:
        self._book, self._table = book, table
        self._plans: dict[tuple, Sequence[_Run]] = {}

    def xml(self, line: int, row: Sequence[object], tint: str = "", *, is_bold: bool = False) -> bytes:
        key = (*map(type, row), tint, is_bold)
        parts = [b'<row r="%d">' % line]
        for sort, start, stop, plain, writers in self._plans.get(key) or self._planned(key):
            cells = row[start:stop]
            if sort == "number" or (sort == "text" and _is_harmless(cells)):
                xml = (plain % tuple(cells)).encode()
                if sort == "number" and (b"n" in xml or b"a" in xml):  # nan, inf: no number for a cell
                    return self.xml(line, [_unless_infinite(value) for value in row], tint, is_bold=is_bold)
            else:
                xml = "".join([write(value) for write, value in zip(writers, cells, strict=True)]).encode()
            parts.append(xml)
        parts.append(b"</row>")
        return b"".join(parts)

    def _planned(self, key: tuple) -> Sequence[_Run]:
        *kinds, tint, is_bold = key
        if len(kinds) != len(self._table.columns):
            raise ValueError(f"{len(kinds)} cells under {len(self._table.columns)} headings")
        cells = [self._cell(*cell, tint, is_bold) for cell in zip(count(), kinds, self._table.columns)]
        runs = []
        for sort, found in groupby(cells, key=itemgetter(0)):
            _sorts, places, plain, writers = zip(*found, strict=True)
            runs.append(_Run(sort, places[0], places[-1] + 1, "".join(plain), writers))
        self._plans[key] = runs
        return runs

    def _cell(self, at: int, kind: type, column: Column, tint: str, is_bold: bool) -> tuple:
        """The sort of a cell, its place, its template, and what writes it one by one."""
        shade = tint if not self._table.tinted or at in self._table.tinted else ""
        border = "top" if is_bold else ""
        look = Style(NUMBER_FORMATS[column.kind], shade.removeprefix("#"), is_bold, border=border)
        words = _Words(self._book, look)
        if kind is type(None):
            return "number", at, f"{words.empty}%.0s", str
        if issubclass(kind, int | float | Decimal) and kind is not bool:
            shown = look._replace(number_format="0") if column.kind in ("text", "code") else look
            form = "%d" if issubclass(kind, int) else "%s"
            return "number", at, f'<c s="{self._book.style(shown)}"><v>{form}</v></c>', str
        return "text" if issubclass(kind, str) else "other", at, xlsx.text_cell("%s", words.plain), words.writer(kind)


def _is_harmless(texts: Sequence[str]) -> bool:
    """Whether none of the texts is empty, too long, a formula by its looks, or needs escaping in XML."""
    joined = "".join(texts)
    return len(joined) < SHORT and all(texts) and not ODD.search(joined)


class _Words:
    """Writes single cells that are no numbers: a text, a day, or an empty cell."""

    def __init__(self, book: xlsx.Book, look: Style) -> None:
        plain = look._replace(number_format=NUMBER_FORMATS["text"])
        self.empty, self.plain = f'<c s="{book.style(look)}"/>', book.style(plain)
        self.quoted = book.style(plain._replace(is_quoted=True))
        self.day = book.style(look._replace(number_format=NUMBER_FORMATS["date"]))

    def writer(self, kind: type) -> Callable[[object], str]:
        if issubclass(kind, datetime):
            return lambda value: self.text(value.strftime("%Y-%m-%d %H:%M"))
        return self.date if issubclass(kind, date) else lambda value: self.text(str(value))

    def date(self, value: date) -> str:
        if value < FIRST_DAY:
            return self.text(value.isoformat())
        return f'<c s="{self.day}"><v>{(value - EPOCH).days}</v></c>'

    def text(self, text: str) -> str:
        if not text:
            return self.empty
        return xlsx.text_cell(text_xml(text), self.quoted if text.startswith(RISKY) else self.plain)


def _unless_infinite(value: object) -> object:
    return str(value) if isinstance(value, float | Decimal) and not isfinite(value) else value


def _free_title(wish: str, taken: set[str]) -> str:
    """A sheet name that Excel accepts: at most 31 characters, none of []:*?/\\', unlike the others."""
    base = wish.translate(FORBIDDEN_IN_TITLE).strip()[:31] or "Sheet"
    title, number = base, 1
    while title.casefold() in taken:
        number += 1
        suffix = f"({number})"
        title = base[: 31 - len(suffix)] + suffix
    taken.add(title.casefold())
    return title
