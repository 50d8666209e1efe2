"""Micro-points: whole millionths of a point in int64, read from decimal text and rounded half away from zero.

Source: scoring.md, section 2. No binary fraction is ever formed. A product that might not fit into 64 bits is formed
with Python's integers instead (an object array), so nothing overflows.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

SCALE = 1_000_000
LARGEST_UP = 1_000_000 * SCALE
MOST_PLACES = 6

IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Exact: TypeAlias = npt.NDArray[Any]  # int64, or object where int64 would not do

FEW = 64  # up to here Python's own min and max are quicker than two reductions
FITS = 1 << 61  # below this, sums and doubles of products are safe in int64
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


class NumberError(ValueError):
    """A number that the engine does not take; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_up(value: object) -> int:
    """Micro-points of an integer, a Decimal or decimal text; never of a float."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise NumberError("float" if isinstance(value, float) else "not_number")
    if isinstance(value, int):
        return _bounded(value * SCALE) if abs(value) <= LARGEST_UP else _bounded(LARGEST_UP + 1)
    text = value.strip() if isinstance(value, str) else format(value, "f")
    if not text.isascii() or len(text) > 60 or not _NUMBER.fullmatch(text):
        raise NumberError("not_number")
    sign = -1 if text.startswith("-") else 1
    whole, _, places = text.lstrip("+-").partition(".")
    places = places.rstrip("0")
    if len(places) > MOST_PLACES:
        raise NumberError("too_many_places")
    return _bounded(sign * (int(whole or "0") * SCALE + int(places.ljust(MOST_PLACES, "0"))))


def _bounded(value_up: int) -> int:
    if abs(value_up) > LARGEST_UP:
        raise NumberError("too_large")
    return value_up


def plain(value_up: int) -> str:
    """The decimal text with as many places as it needs."""
    whole, rest = divmod(abs(value_up), SCALE)
    sign = "-" if value_up < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")


def printed(value_up: int, places: int) -> str:
    """The decimal text rounded half up to `places`."""
    unit = 10 ** (MOST_PLACES - places)
    tens, sign = (abs(value_up) * 2 + unit) // (2 * unit), "-" if value_up < 0 else ""
    whole, rest = divmod(tens, 10**places)
    if not tens:
        sign = ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def peak(value: Exact | int) -> int:
    """The largest size that occurs."""
    if isinstance(value, int):
        return abs(value)
    if value.size <= FEW:
        few = value.ravel().tolist()
        return max(max(few), -min(few)) if few else 0
    return max(abs(int(value.max())), abs(int(value.min()))) if value.size else 0


def product(left: Exact, right: Exact | int) -> Exact:
    """Exact left × right."""
    if peak(left) * peak(right) < FITS:
        return left * right
    return left.astype(object) * right


def difference(left: Exact, right: Exact) -> Exact:
    """Exact left − right, also where one of the two is wide."""
    if left.dtype == object or right.dtype == object:
        return left.astype(object) - right
    return left - right


def divide(dividend: Exact, divisor: Exact | int) -> IntArray:
    """Dividend ÷ divisor (above 0), rounded half away from zero."""
    if peak(dividend) + peak(divisor) >= FITS:
        dividend = dividend.astype(object)
    size = (2 * np.abs(dividend) + divisor) // (2 * divisor)
    return narrow(np.where(dividend < 0, -size, size))


def mul_div(left: Exact, right: Exact | int, divisor: Exact | int) -> IntArray:
    """Left × right ÷ divisor, rounded once."""
    return divide(product(left, right), divisor)


def round_to(values: IntArray, places: int) -> IntArray:
    """Figures as printed: half up to `places`, still in micro-points."""
    unit = 10 ** (MOST_PLACES - places)
    return values if unit == 1 else divide(values, unit) * unit


def narrow(values: Exact) -> IntArray:
    """Back to int64; a figure that does not fit raises OverflowError instead of wrapping around."""
    return np.asarray(values, dtype=np.int64)


def round_scalar(dividend: int, divisor: int) -> int:
    """One division of Python integers, rounded half away from zero."""
    size = (2 * abs(dividend) + divisor) // (2 * divisor)
    return -size if dividend < 0 else size


def total_of(columns: Sequence[IntArray], count: int) -> IntArray:
    """Sum of columns, zeros where there are none."""
    result = np.zeros(count, dtype=np.int64)
    for column in columns:
        result += column
    return result


def any_in_row(mask: BoolArray) -> BoolArray:
    """(n, x) to (n,): whether any is true."""
    return np.asarray(mask.any(axis=1), dtype=np.bool_)


def all_in_row(mask: BoolArray) -> BoolArray:
    """(n, x) to (n,): whether all are true."""
    return np.asarray(mask.all(axis=1), dtype=np.bool_)
