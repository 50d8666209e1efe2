"""Rows of text out of whole columns, without an object for each value: for COPY and for digests over many rows.

A column gives its cells as bytes of one width, filled up with zeros; side by side they are the rows, and leaving the
zeros out makes the text. So no text may hold a zero byte: neither JSON nor PostgreSQL's text format has one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

PORTION, MOST_BYTES = 4_096, 1 << 24  # rows side by side at once: what fits the processor's memory is quickest
Cells: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[Any]


class Column(Protocol):
    """Something that gives the cells of a slice of its rows: (rows, at most `width`)."""

    @property
    def width(self) -> int: ...

    def cells(self, part: slice) -> Cells: ...


@dataclass(frozen=True)
class NumberColumn:
    """Whole numbers; `word` stands where `absent` (n,) is true."""

    values: Numbers
    word: bytes = b""
    absent: npt.NDArray[np.bool_] | None = None

    width = 20  # an int64 with its sign

    @staticmethod
    def of(values: Sequence[int | None], word: bytes) -> "NumberColumn":
        """None becomes `word`."""
        if None not in values:
            return NumberColumn(np.array(values, dtype=np.int64))
        absent = np.array([value is None for value in values], dtype=np.bool_)
        return NumberColumn(np.array([value or 0 for value in values], dtype=np.int64), word, absent)

    def cells(self, part: slice) -> Cells:
        values = self.values[part]
        found = digits(np.abs(values))
        below = values < 0
        if below.any():
            found = np.column_stack([below.astype(np.uint8) * np.uint8(ord("-")), found])
        absent = None if self.absent is None else self.absent[part]
        if absent is None or not absent.any():
            return found
        wide = np.zeros((len(values), max(found.shape[1], len(self.word))), dtype=np.uint8)
        wide[:, : found.shape[1]] = found
        wide[absent] = np.frombuffer(self.word.ljust(wide.shape[1], b"\0"), dtype=np.uint8)
        return wide


@dataclass(frozen=True)
class TextColumn:
    """Texts as places (n,) among the different ones."""

    places: npt.NDArray[np.int64]
    texts: Sequence[bytes]

    @staticmethod
    def of(values: Sequence[Any], texts_of: Callable[[list[Any]], list[bytes]]) -> "TextColumn":
        """`texts_of` is asked for the different values (hashable)."""
        different = list(dict.fromkeys(values))
        if 2 * len(different) > len(values):  # codes, digests: no table would help
            different, places = list(values), np.arange(len(values))
        else:
            known = {value: at for at, value in enumerate(different)}
            places = np.fromiter(map(known.__getitem__, values), dtype=np.int64, count=len(values))
        return TextColumn(places, texts_of(different))

    @cached_property
    def width(self) -> int:
        return max(map(len, self.texts), default=0)

    @cached_property
    def _table(self) -> Cells | None:
        """All texts side by side, where that is small."""
        return _side_by_side(self.texts) if self.width * len(self.texts) <= MOST_BYTES else None

    def cells(self, part: slice) -> Cells:
        places = self.places[part]
        if self._table is None:
            return _side_by_side([self.texts[at] for at in places.tolist()])
        return self._table[places]


@dataclass(frozen=True)
class EvenColumn:
    """Texts of one length side by side: (n, length)."""

    values: Cells

    @staticmethod
    def quoted(texts: Sequence[str]) -> "EvenColumn | None":
        """Texts between quotation marks; None unless all are ASCII and of one length: codes and digests."""
        joined = "".join(texts) if len(set(map(len, texts))) == 1 else ""
        if not joined or not joined.isascii():
            return None
        values = np.full((len(texts), len(texts[0]) + 2), ord('"'), dtype=np.uint8)
        values[:, 1:-1] = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(len(texts), -1)
        return EvenColumn(values)

    @property
    def width(self) -> int:
        return self.values.shape[1]

    def cells(self, part: slice) -> Cells:
        return self.values[part]


@dataclass(frozen=True)
class HexColumn:
    """Bytes of one length as hexadecimal digits: (n, length)."""

    values: Cells

    @property
    def width(self) -> int:
        return 2 * self.values.shape[1]

    def cells(self, part: slice) -> Cells:
        values = self.values[part]
        found = np.empty((len(values), values.shape[1], 2), dtype=np.uint8)
        found[:, :, 0], found[:, :, 1] = HEX[values >> 4], HEX[values & 15]
        return found.reshape(len(values), -1)


HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def _side_by_side(texts: Sequence[bytes]) -> Cells:
    return np.array(texts, dtype=np.bytes_).view(np.uint8).reshape(len(texts), -1)


def digits(values: Numbers) -> Cells:
    """Numbers from 0 on in decimal digits, (n, digits of the largest), zeros before the first digit left out."""
    largest = int(values.max()) if len(values) else 0
    rest = values.astype(np.uint32 if largest < 1 << 32 else np.uint64)
    found = np.empty((len(values), len(str(largest))), dtype=np.uint8)
    for at in range(found.shape[1] - 1, -1, -1):
        tens = rest // 10
        found[:, at] = rest - tens * 10 + ord("0")
        if at < found.shape[1] - 1:
            found[rest == 0, at] = 0
        rest = tens
    return found


def rows(parts: Sequence[bytes | Column], count: int) -> Iterator[bytes]:
    """The text of `count` rows in portions; `parts` are columns and the constant texts between them."""
    width = sum(len(one) if isinstance(one, bytes) else one.width for one in parts)
    portion = max(1, min(PORTION, MOST_BYTES // max(1, width)))
    for start in range(0, count, portion):
        part = slice(start, min(count, start + portion))
        size = part.stop - start
        side_by_side = [
            np.broadcast_to(np.frombuffer(one, dtype=np.uint8), (size, len(one))) if isinstance(one, bytes)
            else one.cells(part)
            for one in parts
        ]  # fmt: skip
        table = np.concatenate(side_by_side, axis=1).reshape(-1)
        yield table[table != 0].tobytes()
