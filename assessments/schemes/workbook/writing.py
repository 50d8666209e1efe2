"""A scheme as a workbook: headings, hints, drop-downs, limits; no merged cells, no formulas, nothing hidden."""

import io
from collections.abc import Iterator, Sequence

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from branchportal.errors import PortalError
from branchportal.workbooks import place

from ...scoring import Scheme
from . import words
from .cells import Cell, cell_of
from .entries import Entry, entries
from .layout import FORM_HEADINGS, PAGES, Block, Field, Page
from .looks import SHADES, Looks, lines_of

LONGEST_CELL = 32_767
LONGEST_HINT, LONGEST_TITLE = 250, 32
A3, A4, WIDE = 8, 9, 15
LINE, TALLEST = 16.5, 400


def scheme_xlsx(scheme: Scheme) -> bytes:
    """The workbook of a scheme. Raises: PortalError for a text that is longer than a cell."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    rows = entries(scheme)
    with xlsxwriter.Workbook(out, options) as book:
        looks = Looks(book)
        for page in PAGES:
            _PageWriter(book.add_worksheet(page.title), page, looks).write(rows)
    return out.getvalue()


class _PageWriter:
    """One worksheet, block below block."""

    def __init__(self, sheet: Worksheet, page: Page, looks: Looks) -> None:
        self.sheet, self.page, self.looks = sheet, page, looks
        tables = [block for block in page.blocks if not block.is_form]
        wide = max((len(block.fields) for block in tables), default=0)
        self.widths = page.widths or tuple(
            max(block.fields[column].width for block in tables if column < len(block.fields)) for column in range(wide)
        )

    def write(self, rows: dict[str, list[Entry]]) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width, self.looks.get(num_format="@"))
        at = 0
        for block in self.page.blocks:
            at = self.block(block, rows[block.key], at)
        self.sheet.ignore_errors({"number_stored_as_text": "A1:AZ10000"})
        first = self.page.blocks[0]
        if all(block.fields is first.fields for block in self.page.blocks):
            self.sheet.freeze_panes(3, 3 if first.key == "indicators" else 2)
            self.sheet.repeat_rows(2)
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(A3 if len(self.widths) > WIDE else A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&L&A&C第 &P 页，共 &N 页")

    def block(self, block: Block, rows: list[Entry], at: int) -> int:
        """Marker, hints, headings, rows, and empty rows to go on. Returns the next free row."""
        self.sheet.set_row(at, 26)
        self.sheet.write_string(at, 0, block.marker, self.looks.marker())
        if block.hint:
            self.sheet.write_string(
                at, 1 if block.is_form or len(self.widths) < 4 else 2, block.hint, self.looks.note()
            )
        if block.is_form:
            return self.form(block, rows[0], at + 1) + 1
        self.hints(block, at + 1)
        for column, field in enumerate(block.fields):
            self.sheet.write_string(at + 2, column, field.heading, self.looks.heading(is_required=field.is_required))
        self.sheet.set_row(at + 2, 36 if any(len(each.heading) * 2 > each.width for each in block.fields) else 22)
        last = at + 3
        for last, row in enumerate(rows, start=at + 3):
            self.row(block, row, last)
        end = (last + 1 if rows else at + 3) + block.spare
        self.empty_rows(block, last + 1 if rows else at + 3, min(end, at + 400 + len(rows)))
        self.validations(block, at + 3, end)
        return end + 1

    def hints(self, block: Block, at: int) -> None:
        """How to fill in each column, small, above the headings: no part of the table."""
        height = 1
        for column, field in enumerate(block.fields):
            text = field.hint or ("必填。" if field.is_required else "")
            height = max(height, lines_of(text, self.widths[column] * 1.25))
            self.sheet.write_string(at, column, text, self.looks.hint())
        self.sheet.set_row(at, min(height * 13 + 4, TALLEST))

    def form(self, block: Block, values: Entry, head: int) -> int:
        for column, text in enumerate(FORM_HEADINGS):
            self.write_text(head, column, text, self.looks.heading())
        for at, field in enumerate(block.fields, start=head + 1):
            self.sheet.write_string(at, 0, field.heading, self.looks.label(is_required=field.is_required))
            shown = cell_of(field, values.get(field.key, field.default))
            self.cell(at, 1, field, shown, align="left")
            hint = ("必填。" if field.is_required else "") + field.hint
            self.write_text(at, 2, hint, self.looks.hint(border=1, valign="vcenter"))
            texts = ((str(shown or ""), self.widths[1]), (hint, self.widths[2] * 1.2))
            self.sheet.set_row(at, self.height(texts))
            self.validate(field, at, at, 1)
        return head + 1 + len(block.fields)

    def row(self, block: Block, values: Entry, at: int) -> None:
        is_leaf = "rule" in values  # an indicator with others below it says nothing of marks
        shown = [cell_of(field, values.get(field.key, field.default if is_leaf else None)) for field in block.fields]
        shade = SHADES.get(values["level"], {}) if block.key == "indicators" else {}
        for column, (field, cell) in enumerate(zip(block.fields, shown, strict=True)):
            self.cell(at, column, field, cell, **shade)
        self.sheet.set_row(at, self.height((str(cell or ""), width) for cell, width in zip(shown, self.widths)))  # noqa: B905 (a page may be wider than this block)

    def height(self, texts: Sequence[tuple[str, float]] | Iterator[tuple[str, float]]) -> float:
        lines = max(lines_of(text, width) for text, width in texts)
        return min(max(lines * LINE + 3, 20), TALLEST)

    def cell(self, at: int, column: int, field: Field, shown: Cell, **properties: object) -> None:
        look = self.looks.body(field, shown, **properties)
        if shown is None:
            self.sheet.write_blank(at, column, None, look)
        elif isinstance(shown, str):
            self.write_text(at, column, shown, look)
        else:
            self.sheet.write_number(at, column, float(shown), look)

    def write_text(self, at: int, column: int, text: str, look: xlsxwriter.format.Format) -> None:
        if len(text) > LONGEST_CELL:
            cell = place(self.page.title, at + 1, column)
            raise PortalError(
                _("%(cell)s would hold more than 32,767 characters, which no workbook can. Export as YAML.")
                % {"cell": cell}
            )
        self.sheet.write_string(at, column, text, look)

    def empty_rows(self, block: Block, first: int, end: int) -> None:
        for at in range(first, end):
            for column, field in enumerate(block.fields):
                self.sheet.write_blank(at, column, None, self.looks.body(field, None))

    def validations(self, block: Block, first: int, last: int) -> None:
        for column, field in enumerate(block.fields):
            self.validate(field, first, last, column)

    def validate(self, field: Field, first: int, last: int, column: int) -> None:
        """A drop-down, or a number within limits, with the hint shown when the cell is chosen."""
        said = {
            "input_title": field.heading[:LONGEST_TITLE],
            "input_message": (field.hint or "请填写。")[:LONGEST_HINT],
            "error_title": "填写有误",
        }
        if field.kind in ("word", "yes"):
            options = list(field.words.values()) or [words.YES, words.NO]
            rule: dict[str, object] = {
                "validate": "list",
                "source": options,
                "error_message": "请从下拉列表中选择，或留空。",
            }
        elif field.kind in ("number", "share"):
            rule = {"validate": "decimal", "criteria": "between", "minimum": -1_000_000, "maximum": 1_000_000}
            rule["error_message"] = "请填写数字。"
        else:
            rule = {"validate": "any"}
        self.sheet.data_validation(first, column, last, column, rule | said)
