"""Entry forms as a workbook: one protected worksheet a branch, input cells open, drop-downs, limits, print layout.

No merged cells, no formulas in cells, no macro, no hidden sheet: what is written here can be read by anybody.
"""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from math import ceil

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from branchportal.figures import plain_text
from branchportal.tables import is_risky

from . import words
from .layout import Field, Form, Line

WIDTHS = (10, 10, 56, 24, 26, 13, 24, 28, 13)
LINE_POINTS = 16.5
TALLEST = 400  # Excel shows no row above 409 points; a longer text goes on in the next row
HEAD_ROWS = 3  # title, identity, headings: they stay in view
RED, CREAM, BAND, GREY, INK = "#A31621", "#FFF8D6", "#F6E7E7", "#F3F4F6", "#4D5866"
INPUT: dict[str, object] = {"bg_color": CREAM, "locked": False}
FORBIDDEN_IN_TITLE = str.maketrans("", "", "[]:*?/\\'")
LONGEST_HINT = 250
MICRO = 1_000_000


def workbook_bytes(forms: Sequence[Form], *, overview: Sequence[Sequence[str]] = ()) -> bytes:
    """A worksheet for each form; `overview`: rows of the first worksheet 目录 (a heading row first), if there is one.

    The overview's last column is filled with the worksheet's title.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        looks = _Looks(book)
        titles = _titles(forms, {words.LIST_SHEET})
        if overview:
            _write_overview(book.add_worksheet(words.LIST_SHEET), overview, titles, looks)
        for form, title in zip(forms, titles, strict=True):
            _write_form(book.add_worksheet(title), form, looks)
    return out.getvalue()


def _titles(forms: Iterable[Form], taken: set[str]) -> list[str]:
    """Worksheet names: the branch's, at most 31 characters, unlike each other."""
    found, used = [], {title.casefold() for title in taken}
    for form in forms:
        base = form.branch.translate(FORBIDDEN_IN_TITLE).strip()[:31] or form.identity.branch[:31]
        title, number = base, 1
        while title.casefold() in used:
            number += 1
            suffix = f"({number})"
            title = base[: 31 - len(suffix)] + suffix
        used.add(title.casefold())
        found.append(title)
    return found


class _Looks:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple, Format] = {}

    def get(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "num_format": "@"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def body(self, **properties: object) -> Format:
        return self.get(border=1, border_color="#C9CED6", text_wrap=True, **properties)

    def entry(self, **properties: object) -> Format:
        """An input cell: the protection leaves it open."""
        return self.body(**INPUT, **properties)


def _write_overview(sheet: Worksheet, rows: Sequence[Sequence[str]], titles: Sequence[str], looks: _Looks) -> None:
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, words.LIST_TITLE, looks.get(bold=True, font_size=16, font_color=RED))
    heading, *others = rows
    for column, text in enumerate((*heading, "工作表")):
        sheet.write_string(1, column, text, looks.body(bold=True, bg_color=RED, font_color="#FFFFFF"))
        wide = max(_wide(each[column]) if column < len(each) else 0 for each in rows)
        sheet.set_column(column, column, min(max(wide + 2, 10), 60) if column < len(heading) else 34)
    for at, (row, title) in enumerate(zip(others, titles, strict=True), start=2):
        for column, text in enumerate((*row, title)):
            _write_text(sheet, at, column, text, looks)
    for at, text in enumerate(words.HOW_TO_FILL, start=len(titles) + 3):
        sheet.write_string(at, 0, f"{at - len(titles) - 2}. {text}", looks.get(font_color=INK))
    sheet.freeze_panes(2, 0)
    _finish(sheet, heading_rows=2)


def _write_form(sheet: Worksheet, form: Form, looks: _Looks) -> None:
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    _write_head(sheet, form, looks)
    at = HEAD_ROWS
    for text in ("填写说明", *(f"{number}. {text}" for number, text in enumerate(words.HOW_TO_FILL, start=1))):
        is_band = text == "填写说明"
        sheet.set_row(at, 20 if is_band else LINE_POINTS)
        if is_band:
            at = _band(sheet, at, text, looks)
        else:
            sheet.write_string(at, words.TEXT, text, looks.get(font_color=INK))
            at += 1
    for label, text in form.facts:
        sheet.write_string(at, words.TEXT, f"{label}：{text}", looks.get(bold=True, font_color=INK))
        at += 1
    for line in form.lines:
        at = _band(sheet, at, line.text, looks) if line.kind == "band" else _write_line(sheet, at, line, looks)
    sheet.freeze_panes(HEAD_ROWS, 2)
    _finish(sheet, heading_rows=HEAD_ROWS)


def _write_head(sheet: Worksheet, form: Form, looks: _Looks) -> None:
    sheet.set_row(0, 26)
    sheet.write_string(
        0, 0, words.title(form.cycle, form.branch), looks.get(bold=True, font_size=16, font_color=RED, font_name="黑体")
    )
    label, code = looks.get(font_color=INK), looks.get(bold=True)
    pairs = (
        (words.CODE, words.BRANCH, form.identity.branch),
        (words.POINTS, words.CYCLE, form.identity.cycle),
        (words.VALUE, words.SCHEME, form.identity.scheme),
        (words.NOTE, words.FORMAT_LABEL, words.FORMAT),
    )
    for column, text, value in pairs:
        sheet.write_string(1, column, text, label)
        sheet.write_string(1, column + 1, value, code)
    sheet.set_row(2, 24)
    head = looks.body(bold=True, bg_color=RED, font_color="#FFFFFF", align="center")
    for column, text in enumerate(words.HEADINGS):
        sheet.write_string(2, column, text, head)


def _band(sheet: Worksheet, at: int, text: str, looks: _Looks) -> int:
    """A heading over the whole width, without merging: coloured cells, the text in the third."""
    sheet.set_row(at, 22)
    look = looks.get(bold=True, bg_color=BAND, font_color=RED, font_size=12)
    for column in range(len(WIDTHS)):
        sheet.write_blank(at, column, None, look)
    sheet.write_string(at, words.TEXT, text, look)
    return at + 1


def _write_line(sheet: Worksheet, at: int, line: Line, looks: _Looks) -> int:
    """One line, and as many rows below as a very long text needs. Returns the next free row."""
    first, *more = _chunks(line.text, WIDTHS[words.TEXT])
    is_head = line.kind == "indicator"
    shade: dict[str, object] = {"bg_color": GREY} if is_head else {}
    bold = {"bold": True, **shade} if is_head else {}
    for column, text in enumerate((line.code, line.key, first, line.points)):
        _write_text(sheet, at, column, text, looks, **bold)
    if is_head and "\n" in first and not is_risky(first):
        _write_name_and_standard(sheet, at, first, looks)
    for column, text in ((words.ASK, line.ask), (words.STAMP, line.stamp)):
        _write_text(sheet, at, column, text, looks, font_color=INK, **shade)
    if line.is_open and line.field is not None:
        _write_value(sheet, at, line.value, line.field, looks)
    else:
        _write_text(sheet, at, words.VALUE, line.value, looks, align="center", **shade)
    for column, said in ((words.WAIVER, line.waiver), (words.NOTE, line.note)):
        look = INPUT if line.is_open and said is not None else shade
        _write_text(sheet, at, column, said or "", looks, **look)
    sheet.set_row(at, _height(line, first))
    for text in more:
        at += 1
        _write_text(sheet, at, words.TEXT, text, looks)
        sheet.set_row(at, _lines(text, WIDTHS[words.TEXT]) * LINE_POINTS + 4)
    return at + 1


def _write_name_and_standard(sheet: Worksheet, at: int, text: str, looks: _Looks) -> None:
    """The indicator's name in bold, its standard below in plain letters."""
    name, standard = text.split("\n", 1)
    if name and standard:
        parts = (looks.get(bold=True), name, looks.get(), f"\n{standard}")
        sheet.write_rich_string(at, words.TEXT, *parts, looks.body(bg_color=GREY))


def _write_value(sheet: Worksheet, at: int, value: str, field: Field, looks: _Looks) -> None:
    look = looks.entry(align="center", num_format="General")
    if not value:
        sheet.write_blank(at, words.VALUE, None, look)
    elif field.options:
        sheet.write_string(at, words.VALUE, value, look)
    else:
        sheet.write_number(at, words.VALUE, float(value), look)
    sheet.data_validation(at, words.VALUE, at, words.VALUE, _validation(at, field))


def _write_text(sheet: Worksheet, at: int, column: int, text: str, looks: _Looks, **properties: object) -> None:
    if not text:
        sheet.write_blank(at, column, None, looks.body(**properties))
        return
    sheet.write_string(at, column, text, looks.body(**properties, **({"quote_prefix": True} if is_risky(text) else {})))


def _validation(at: int, field: Field) -> dict[str, object]:
    """A drop-down, or limits and step, each with its sentence."""
    said = {
        "input_title": "填写要求",
        "input_message": field.hint[:LONGEST_HINT],
        "error_title": "填写有误",
        "error_message": field.hint[:220],
    }
    if field.options:
        return {"validate": "list", "source": list(field.options), **said}
    return {**_limits(at, field), **said}


def _limits(at: int, field: Field) -> dict[str, object]:
    """Low, high and step: by the spreadsheet's own kinds where they can say it, else by a formula."""
    low, high, step = field.low_up, field.high_up, field.step_up
    if low is not None and high is not None and not field.above_low:
        if step is None:
            return {"validate": "decimal", "criteria": "between", "minimum": low / MICRO, "maximum": high / MICRO}
        if step == MICRO and low % MICRO == high % MICRO == 0:
            return {"validate": "integer", "criteria": "between", "minimum": low // MICRO, "maximum": high // MICRO}
    cell = f"${words.LETTERS[words.VALUE]}${at + 1}"
    asked = [f"ISNUMBER({cell})"]
    if low is not None:
        asked.append(f"{cell}{'>' if field.above_low else '>='}{plain_text(low)}")
    if high is not None:
        asked.append(f"{cell}<={plain_text(high)}")
    if step:
        size = plain_text(step)
        asked.append(f"ABS({cell}/{size}-ROUND({cell}/{size},0))<0.000001")
    return {"validate": "custom", "value": f"=AND({','.join(asked)})"}


def _finish(sheet: Worksheet, *, heading_rows: int) -> None:
    """Protection without a password, and the print layout: A4 across, one page wide, headings on every page."""
    sheet.ignore_errors({"number_stored_as_text": "A1:I3000"})  # codes and versions are texts on purpose
    sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, heading_rows - 1)
    sheet.set_footer("&L&A&C第 &P 页，共 &N 页")


def _wide(text: str) -> int:
    """Width in half characters: Chinese ones count two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in text)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of that width; on the safe side."""
    return sum(max(1, ceil(_wide(part) / (width - 2))) for part in text.split("\n"))


def _height(line: Line, text: str) -> float:
    shown = ((text, words.TEXT), (line.points, words.POINTS), (line.ask, words.ASK), (line.waiver or "", words.WAIVER),
             (line.note or "", words.NOTE))  # fmt: skip
    lines = max(_lines(each, WIDTHS[column]) for each, column in shown)
    return min(max(lines * LINE_POINTS + 4, 21), TALLEST)


def _chunks(text: str, width: float) -> list[str]:
    """A text in pieces that fit a row each."""
    most, found, piece = int((TALLEST - 4) / LINE_POINTS), [], ""
    if _lines(text, width) <= most:
        return [text]
    for each in text:
        if _lines(piece + each, width) > most:
            found.append(piece)
            piece = ""
        piece += each
    return [*found, piece]
