"""One value of a scheme as a cell, and a cell as a value."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from ..files import DECIMAL, INTEGER
from . import words
from .layout import Field
from .lists import joined, quoted, split, unquoted

PERCENT = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%")
LONGEST_NUMBER = 60
Cell = str | int | Decimal | None


def cell_of(field: Field, value: Any) -> Cell:
    """What is written for a value: text, a number, or None for an empty cell."""
    if value is None:
        return None
    if field.kind == "yes":
        return words.YES if value else words.NO
    if field.kind == "word":
        return field.words.get(str(value), str(value))
    if field.kind == "list":
        return joined(value, field.words) or None
    if field.kind == "due":
        return joined(value, words.PERIODS) if isinstance(value, list) else words.DUE[value]
    if field.kind == "ceiling" and value == "none":
        return words.NO_CEILING
    if field.kind == "unit":
        return _unit_cell(value)
    return value or None if isinstance(value, str) else value


def _unit_cell(unit: str) -> str:
    if not unit:
        return words.NO_UNIT
    is_plain = unit.strip() not in ("", words.NO_UNIT) and unquoted(unit) is None  # a blank cell would mean 次
    return unit if is_plain else quoted(unit)


def value_of(field: Field, text: str) -> Any:
    """The value that a cell with content stands for; what is no such value stays text, for `check` to name."""
    if field.kind in ("text", "object"):  # the name of a grade is compared exactly
        return text
    if field.kind == "unit":
        literal = unquoted(text)
        return "" if text.strip() == words.NO_UNIT else text if literal is None else literal
    text = text.strip()
    if field.kind == "code":
        return text
    if field.kind == "list":
        return split(text, field.words)
    text = unicodedata.normalize("NFKC", text)
    codes = {unicodedata.normalize("NFKC", word): code for code, word in field.words.items()}
    if field.kind == "due":
        return codes.get(text, text if text in field.words else split(text, words.PERIODS))
    if field.kind == "word":
        return codes.get(text, text)
    if field.kind == "yes":
        return {words.YES: True, words.NO: False, "yes": True, "no": False}.get(text.lower(), text)
    if field.kind == "ceiling" and text in (words.NO_CEILING, "none"):
        return "none"
    return number_of(text, is_share=field.kind == "share")


def number_of(text: str, *, is_share: bool = False) -> int | Decimal | str:
    """An exact number, as the YAML reader gives it; 30% only where a share is asked."""
    if is_share and (found := PERCENT.fullmatch(text)):
        share = Decimal(found[1]).scaleb(-2)
        text = format(share, "f")
    if len(text) <= LONGEST_NUMBER:
        if INTEGER.fullmatch(text):
            return int(text)
        if DECIMAL.fullmatch(text):
            return Decimal(text)
    return text
