"""A cell as the person sees it, as text: decimals as typed, days in ISO form."""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from .limits import MOST_FORMATS, MOST_STYLES, Refused

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[1-9][0-9]{0,14}|0")
DIGITS = 15  # what Excel keeps and shows; it stores 1.1 as 1.1000000000000001
FARTHEST_EXPONENT = 30
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
DATE_SIGNS = re.compile(r"[dmyhs]", re.IGNORECASE)
SECONDS_A_DAY = 86_400
LAST_DAY = 2_958_466  # the serial number after 9999-12-31


def number_text(raw: str) -> str:
    """`1.1000000000000001` is 1.1, `4.0` and `4E0` are 4, `1E-06` is 0.000001; what is no number stays as it is."""
    if WHOLE.fullmatch(raw):
        return raw
    if len(raw) > 40 or not NUMBER.fullmatch(raw):
        return raw
    try:
        value = Decimal(raw)
        if len(value.as_tuple().digits) > DIGITS:
            value = Decimal(format(float(raw), f".{DIGITS}g"))
    except (InvalidOperation, OverflowError, ValueError):
        return raw
    if not value:
        return "0"
    if abs(value.adjusted()) > FARTHEST_EXPONENT:
        return raw
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def date_text(raw: str, is_1904: bool) -> str | None:
    """`2021-07-01`, `2021-07-01 08:30:00` or `08:30:00` of a serial number; None where it is no day."""
    try:
        serial = float(raw)
    except ValueError:
        return None
    if not 0 <= serial < LAST_DAY - 1462 * is_1904:
        return None
    seconds = round(serial * SECONDS_A_DAY)
    if seconds < SECONDS_A_DAY and not is_1904:
        return str(timedelta(seconds=seconds)).rjust(8, "0")
    first = (1904, 1, 1) if is_1904 else (1899, 12, 31 if seconds < 60 * SECONDS_A_DAY else 30)
    start = datetime(*first)  # noqa: DTZ001 (a cell has no time zone; Excel counts a 29 February 1900 that never was)
    moment = start + timedelta(seconds=seconds)
    return moment.isoformat(" ") if seconds % SECONDS_A_DAY else moment.date().isoformat()


def plain_text(raw: str) -> str:
    """Characters that XML cannot hold are written `_x0007_`."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw) if "_x" in raw else raw


class Styles:
    """Which cell styles show a number as a day: built while styles.xml is parsed."""

    def __init__(self) -> None:
        self.dates: set[str] = set()
        self._formats: dict[str, bool] = {}
        self._count = 0
        self._in_cell_styles = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition("}")[2]
        if kind == "numFmt":
            if len(self._formats) >= MOST_FORMATS:
                raise Refused("too_big")
            self._formats[attributes.get("numFmtId", "")] = shows_date(attributes.get("formatCode", ""))
        elif kind == "cellXfs":
            self._in_cell_styles = True
        elif kind == "xf" and self._in_cell_styles:
            number = attributes.get("numFmtId", "0")
            built_in = number.isdecimal() and len(number) < 4 and int(number) in BUILT_IN_DATES
            if self._formats.get(number, built_in):
                self.dates.add(str(self._count))
            self._count += 1
            if self._count > MOST_STYLES:
                raise Refused("too_big")

    def end(self, name: str) -> None:
        if name.endswith("}cellXfs"):
            self._in_cell_styles = False


def shows_date(code: str) -> bool:
    """Whether a number format shows years, months, days, hours or seconds."""
    return len(code) <= 1000 and bool(DATE_SIGNS.search(NOT_SHOWN.sub("", code)))
