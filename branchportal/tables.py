"""The one writer of spreadsheets: XLSX and CSV from the same rows, and no cell ever becomes a formula.

Figures stay numbers, codes stay text. A text that a spreadsheet could take for a formula is typed as text in XLSX
and gets a leading ' in CSV; so does a code that Excel would turn into a number and spoil (leading zero, 12 digits).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from .figures import points_text

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
STAR_FILLS = {5: "#F7D774", 4: "#FBE8AE", 3: "#FDF4DA", 2: "#EEF0F3", 1: "#F6DEDC", 0: "#F6DEDC"}


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"  # whole numbers: counts and ranks
    POINTS = "points"  # micro-points, printed with two places
    STARS = "stars"  # a number, coloured
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """A heading, what stands under it, and how wide it is in characters."""

    heading: str
    kind: Kind = Kind.TEXT
    width: float = 12


@dataclass
class Table:
    """One sheet: name, columns, rows of plain values (None: empty)."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]
    title: str = ""  # printed above every page
    notes: Sequence[str] = field(default_factory=tuple)  # lines below the table


def csv_bytes(table: Table) -> bytes:
    """UTF-8 with byte order mark and CRLF, so that Excel opens it with Chinese intact."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_plain_cell(column.heading) for column in table.columns])
    for row in table.rows:
        writer.writerow([_csv_cell(column.kind, value) for column, value in zip(table.columns, row, strict=True)])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(tables: Sequence[Table]) -> bytes:
    """A workbook with a sheet per table: frozen header, filter, widths, number formats, star colours."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        formats = _Formats(book)
        for table in tables:
            _write_sheet(book.add_worksheet(table.name), table, formats)
    return out.getvalue()


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could read the text as a formula or a command."""
    return text.startswith(RISKY)


def _plain_cell(text: str) -> str:
    return f"'{text}" if is_risky(text) else text


def _csv_cell(kind: Kind, value: object) -> str:
    if value is None:
        return ""
    if kind == Kind.POINTS:
        return points_text(value)
    if kind in (Kind.COUNT, Kind.STARS):
        return str(int(value))
    if kind == Kind.DAY and isinstance(value, date):
        return value.isoformat()
    text = str(value)
    spoiled = kind == Kind.CODE and text.isdigit() and (text.startswith("0") or len(text) >= 12)
    return f"'{text}" if spoiled else _plain_cell(text)


class _Formats:
    """The cell formats of one workbook, made once."""

    def __init__(self, book: Workbook) -> None:
        grid = {"border": 1, "border_color": "#D5D9DF", "valign": "vcenter", "font_name": "宋体", "font_size": 11}
        head = {"bold": True, "bg_color": "#A31621", "font_color": "#FFFFFF", "align": "center", "text_wrap": True}
        self.head = book.add_format(grid | head)
        self.text = book.add_format(grid | {"num_format": "@", "text_wrap": True})
        self.quoted = book.add_format(grid | {"num_format": "@", "quote_prefix": True})
        self.note = book.add_format({"font_name": "宋体", "font_size": 10, "font_color": "#45505D", "num_format": "@"})
        middle = {"align": "center"}
        self.numbers = {
            Kind.COUNT: book.add_format(grid | middle | {"num_format": "0"}),
            Kind.POINTS: book.add_format(grid | {"num_format": "0.00"}),
            Kind.DAY: book.add_format(grid | middle | {"num_format": "yyyy-mm-dd"}),
        }
        self.stars = {
            stars: book.add_format(grid | middle | {"num_format": '0"★"', "bg_color": fill, "bold": stars == 5})
            for stars, fill in STAR_FILLS.items()
        }

    def number(self, kind: Kind, value: object) -> Format:
        return self.stars[int(value)] if kind == Kind.STARS else self.numbers[kind]


def _write_sheet(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.heading, formats.head)
    sheet.set_row(0, 30)
    line = 0
    for line, row in enumerate(table.rows, start=1):
        for index, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, line, index, column.kind, value, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(line, 1), len(table.columns) - 1)
    for offset, note in enumerate(table.notes, start=2):
        sheet.write_string(line + offset, 0, note, formats.note)
    _prepare_printing(sheet, table)


def _write_cell(sheet: Worksheet, line: int, index: int, kind: Kind, value: object, formats: _Formats) -> None:
    if value is None or value == "":
        sheet.write_blank(line, index, None, formats.text)
    elif kind == Kind.POINTS:
        sheet.write_number(line, index, float(points_text(value)), formats.number(kind, value))
    elif kind in (Kind.COUNT, Kind.STARS):
        sheet.write_number(line, index, int(value), formats.number(kind, value))
    elif kind == Kind.DAY and isinstance(value, date):
        sheet.write_datetime(line, index, value, formats.number(kind, value))
    else:
        text = str(value)
        sheet.write_string(line, index, text, formats.quoted if is_risky(text) else formats.text)


def _prepare_printing(sheet: Worksheet, table: Table) -> None:
    """A4 across, one page wide, heading repeated, page x of y."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if table.title:
        sheet.set_header(f"&C&14{table.title.replace('&', '&&')}")
    sheet.set_footer("&C第 &P 页　共 &N 页")
