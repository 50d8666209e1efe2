"""One worksheet as a stream: rows go out as they end; what the caller does not allow is refused with its cell."""

import re
from collections.abc import Callable, Sequence

from .cells import date_text, number_text, plain_text
from .limits import LONGEST_CELL, MOST_TEXT, SPARE_ROWS, Limits, Refused

SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
KNOWN = ("row", "c", "v", "f", "is", "t", "rPh", "dimension", "col", "mergeCell")
NAMES = {f"{space}}}{name}": name for space in SPACES for name in KNOWN}
LAST_CELL = re.compile(r"\$?([A-Za-z]{1,8})\$?([0-9]{1,20})$")
TRUE = ("1", "true")
EMPTY = ("", "-")

Row = Callable[[int, list[str], str], None]


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Texts:
    """Characters delivered so far, over all sheets."""

    def __init__(self) -> None:
        self.left = MOST_TEXT

    def take(self, text: str) -> None:
        self.left -= len(text)
        if self.left < 0:
            raise Refused("too_much_text")


class SheetReader:
    """Handlers for the parts of a worksheet. `shared`: the texts that cells name by number."""

    def __init__(
        self, title: str, limits: Limits, shared: Sequence[str], dates: set[str], is_1904: bool, texts: Texts, out: Row
    ) -> None:
        self.title, self.limits, self.shared = title, limits, shared
        self.dates, self.is_1904, self.texts, self.out = dates, is_1904, texts, out
        self.columns = {column_letters(number): number for number in range(1, limits.most_columns + 1)}
        self.hidden_columns: list[range] = []
        self.row, self.is_row_hidden = 0, False
        self.cells: dict[int, tuple[str, str]] = {}
        self.column, self.type, self.style, self.has_value = 0, "", "", False
        self.is_collecting, self.skipped = False, 0
        self.pieces: list[str] = []
        self.length = 0

    # --- what the parser calls

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = NAMES.get(name)
        if kind == "c":
            self._start_cell(attributes)
        elif kind == "v" or (kind == "t" and not self.skipped):
            self.is_collecting = self.has_value = True
        elif kind == "row":
            self._start_row(attributes)
        elif kind == "f" and self.column and not self.limits.allow_formulas:
            raise self.refused("formula", self.column)
        elif kind == "rPh":
            self.skipped += 1  # how a Japanese reader says it, no part of the text
        elif kind == "dimension":
            self._check_range(attributes.get("ref", ""))
        elif kind == "mergeCell" and not self.limits.allow_merged:
            raise Refused("merged", sheet=self.title, cell=attributes.get("ref", "")[:50])
        elif kind == "col" and (attributes.get("hidden") in TRUE or _is_zero(attributes.get("width"))):
            first, last = (_whole(attributes.get(end, "1")) for end in ("min", "max"))
            self.hidden_columns.append(range(first, last + 1))

    def end(self, name: str) -> None:
        kind = NAMES.get(name)
        if kind in ("v", "t"):
            self.is_collecting = False
        elif kind == "c":
            self._end_cell()
        elif kind == "row":
            self._end_row()
        elif kind == "rPh":
            self.skipped -= 1

    def text(self, text: str) -> None:
        if self.is_collecting:
            self.pieces.append(text)
            self.length += len(text)
            if self.length > LONGEST_CELL * 7:  # each character may be written _x0007_
                raise self.refused("long_cell", self.column)

    # --- rows and cells

    def refused(self, code: str, column: int) -> Refused:
        return Refused(code, sheet=self.title, cell=f"{column_letters(column)}{self.row}")

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = _whole(attributes["r"]) if "r" in attributes else self.row + 1
        if number <= self.row:
            raise Refused("damaged")
        self.row = number
        if number > self.limits.most_rows + SPARE_ROWS:
            raise Refused("too_many_rows", sheet=self.title, limit=self.limits.most_rows)
        self.is_row_hidden = attributes.get("hidden") in TRUE or _is_zero(attributes.get("ht"))
        self.cells = {}
        self.column = 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self.column += 1
        else:
            letters = place.rstrip("0123456789")
            number = self.columns.get(letters) or self._far_column(letters)
            if place[len(letters) :] != str(self.row):
                self._check_range(place)
                raise Refused("damaged")
            self.column = number
        if self.column > self.limits.most_columns:
            raise self._too_wide()
        self.type = attributes.get("t", "n")
        self.style = attributes.get("s", "0")
        self.has_value = False
        self.pieces, self.length = [], 0

    def _far_column(self, letters: str) -> int:
        if not letters.isascii() or not letters.isalpha() or len(letters) > 8:
            raise Refused("damaged")
        return column_number(letters)

    def _end_cell(self) -> None:
        if not self.has_value:
            return
        text, kind = self._value("".join(self.pieces))
        if not text:
            return
        if len(text) > LONGEST_CELL:
            raise self.refused("long_cell", self.column)
        if self.column in self.cells:
            raise Refused("damaged")
        self.texts.take(text)
        self.cells[self.column] = text, kind

    def _value(self, raw: str) -> tuple[str, str]:
        """Text and kind of a cell: t text, n number, d day or time, b yes or no."""
        if self.type == "s":
            return self._shared(raw), "t"
        if self.type in ("inlineStr", "str"):
            return plain_text(raw), "t"
        if self.type == "b":
            return ("是" if raw.strip() in TRUE else "否"), "b"
        if self.type == "e":
            raise Refused(
                "error_cell", sheet=self.title, cell=f"{column_letters(self.column)}{self.row}", value=raw[:20]
            )
        raw = raw.strip()
        if self.type == "d":
            return raw[:-9] if raw.endswith("T00:00:00") else raw, "d"
        if self.style in self.dates and (day := date_text(raw, self.is_1904)):
            return day, "d"
        return number_text(raw), "n"

    def _shared(self, raw: str) -> str:
        raw = raw.strip()
        if not raw.isdecimal() or len(raw) > 9 or int(raw) >= len(self.shared):
            raise Refused("damaged")
        return self.shared[int(raw)]

    def _end_row(self) -> None:
        if not self.cells:
            return
        if not self.limits.allow_hidden:
            self._check_hidden()
        last = max(self.cells)
        row = [self.cells.get(column, EMPTY) for column in range(1, last + 1)]
        self.out(self.row, [text for text, _ in row], "".join(kind for _, kind in row))
        self.column = 0

    def _check_hidden(self) -> None:
        if self.is_row_hidden:
            raise Refused("hidden_row", sheet=self.title, row=self.row)
        for column in self.cells:
            if any(column in hidden for hidden in self.hidden_columns):
                raise Refused("hidden_column", sheet=self.title, column=column_letters(column))

    # --- what the sheet claims

    def _check_range(self, claimed: str) -> None:
        """Where a range says it ends decides how much another reader would reserve."""
        found = LAST_CELL.search(claimed.strip())
        if found is None:
            return
        if int(found[2]) > self.limits.most_rows + SPARE_ROWS:
            raise Refused("too_many_rows", sheet=self.title, limit=self.limits.most_rows)
        if column_number(found[1]) > self.limits.most_columns:
            raise self._too_wide()

    def _too_wide(self) -> Refused:
        return Refused("too_many_columns", sheet=self.title, limit=self.limits.most_columns)


def _whole(text: str) -> int:
    """A row or column number; a longer one than any sheet has counts as the largest."""
    text = text.strip()
    if not text.isascii() or not text.isdecimal():
        raise Refused("damaged")
    return int(text) if len(text) < 10 else 10**9


def _is_zero(size: str | None) -> bool:
    return size is not None and size.strip() in ("0", "0.0")
