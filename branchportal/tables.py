"""One writer for every spreadsheet that leaves the portal: rows in, XLSX or CSV bytes out, no live formula in either.

A text that begins like a formula is typed as text in XLSX and gets a leading apostrophe in CSV; numbers stay numbers.
So does a code that Excel would read as a number and spoil (leading zero, twelve digits or more).
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

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
HEAD_COLOUR = "#A31621"
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
    return "'" + text if is_risky(text) else text


def unescaped(text: str) -> str:
    """The text that `escaped` was given: what we export can be imported again."""
    return text[1:] if text.startswith("'") and (is_risky(text[1:]) or _is_spoiled(text[1:])) else text


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
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(out, options) as book:
        formats = _Formats(book)
        titles: set[str] = set()
        for table in tables:
            _write_table(book.add_worksheet(_free_title(table.title, titles)), table, formats)
    return out.getvalue()


class _Formats:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple, Format] = {}

    def get(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "vcenter", **properties})
        return self._made[key]

    def cell(self, kind: str, tint: str = "", *, is_risky: bool = False, is_bold: bool = False) -> Format:
        properties: dict[str, object] = {"num_format": NUMBER_FORMATS[kind]}
        if tint:
            properties["bg_color"] = tint
        if is_risky:
            properties["quote_prefix"] = True
        if is_bold:
            properties |= {"bold": True, "top": 1}
        return self.get(**properties)


def _write_table(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    head = 0
    if table.heading:
        sheet.write_string(0, 0, table.heading, formats.get(bold=True, font_size=14))
        head = 1
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
        style = formats.get(bold=True, bg_color=HEAD_COLOUR, font_color="#FFFFFF", border=1, text_wrap=True)
        sheet.write_string(head, index, column.heading, style)
    sheet.set_row(head, 32)
    sheet.freeze_panes(head + 1, 0)
    line = head
    for line, row in enumerate(table.rows, start=head + 1):
        _write_row(sheet, line, row, table, formats, table.tint(row) if table.tint else "")
    if table.has_filter and line > head:
        sheet.autofilter(head, 0, line, len(table.columns) - 1)
    if table.totals:
        line += 1
        _write_row(sheet, line, table.totals, table, formats, "", is_bold=True)
    for offset, note in enumerate(table.notes, start=line + 2):
        sheet.write_string(offset, 0, note, formats.get(font_color="#4D5866"))
    _prepare_printing(sheet, head)


def _prepare_printing(sheet: Worksheet, head: int) -> None:
    """A4 across, one page wide, the heading on every page, page x of y."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.set_footer("&C第 &P 页 共 &N 页")


def _write_row(
    sheet: Worksheet,
    line: int,
    row: Sequence[object],
    table: Table,
    formats: _Formats,
    tint: str,
    *,
    is_bold: bool = False,
) -> None:
    row_tint = tint
    for index, (value, column) in enumerate(zip(row, table.columns, strict=True)):
        tint = row_tint if not table.tinted or index in table.tinted else ""
        if value is None or value == "":
            sheet.write_blank(line, index, None, formats.cell(column.kind, tint, is_bold=is_bold))
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            kind = "whole" if column.kind in ("text", "code") else column.kind
            sheet.write_number(line, index, value, formats.cell(kind, tint, is_bold=is_bold))
        elif isinstance(value, date) and not isinstance(value, datetime):
            sheet.write_datetime(line, index, value, formats.cell("date", tint, is_bold=is_bold))
        else:
            text = value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else str(value)
            style = formats.cell("text", tint, is_risky=is_risky(text), is_bold=is_bold)
            sheet.write_string(line, index, text, style)


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
