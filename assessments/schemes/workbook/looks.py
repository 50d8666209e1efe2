"""The looks of the scheme workbook: deep red headings, quiet hints, levels shaded."""

import unicodedata
from decimal import Decimal
from math import ceil

import xlsxwriter
from xlsxwriter.format import Format

from branchportal.tables import is_risky

from .cells import Cell
from .layout import Field

RED, SOFT, GREY, INK, LINE = "#A31621", "#F6E7E7", "#F3F4F6", "#4D5866", "#C9CED6"
SHADES: dict[str, dict[str, object]] = {"1": {"bg_color": SOFT, "bold": True}}
CENTRED = ("word", "yes", "number", "share", "ceiling", "unit")


class Looks:
    """Cell formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple, Format] = {}

    def get(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def marker(self) -> Format:
        return self.get(bold=True, font_size=14, font_color=RED, font_name="黑体")

    def note(self) -> Format:
        return self.get(font_color=INK)

    def hint(self, **properties: object) -> Format:
        base = {"font_size": 9, "font_color": INK, "text_wrap": True, "valign": "top", "border_color": LINE}
        return self.get(**(base | properties))

    def heading(self, *, is_required: bool = False) -> Format:
        """White on red; what must be filled in is underlined."""
        mark = {"underline": 1} if is_required else {}
        return self.get(
            bold=True, font_color="#FFFFFF", bg_color=RED, align="center", text_wrap=True, border=1,
            border_color=LINE, num_format="@", **mark,
        )  # fmt: skip

    def label(self, *, is_required: bool) -> Format:
        return self.get(bold=is_required, bg_color=GREY, border=1, border_color=LINE, text_wrap=True)

    def body(self, field: Field, shown: Cell, **properties: object) -> Format:
        """A cell of content. What looks like a formula is marked as text."""
        found: dict[str, object] = {"border": 1, "border_color": LINE, "text_wrap": True, "num_format": "@"}
        if field.kind in CENTRED:
            found["align"] = "center"
        if field.kind in ("number", "ceiling", "share"):
            found["num_format"] = "General"
        if isinstance(shown, int | Decimal) and field.kind == "share" and field.key != "value":
            found["num_format"] = percent_format(shown)
        if isinstance(shown, str) and is_risky(shown):
            found["quote_prefix"] = True
        return self.get(**(found | properties))


def percent_format(share: int | Decimal) -> str:
    """30%, 12.5%: as many decimals as the share needs."""
    places = max(0, -int((Decimal(share) * 100).normalize().as_tuple().exponent))
    return f"0.{'0' * places}%" if places else "0%"


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of that width; Chinese characters count two."""
    return sum(max(1, ceil(_wide(part) / max(width - 1, 1))) for part in text.split("\n"))


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in text)
