"""The sealed columns of many sheets as arrays: by binary COPY on PostgreSQL, by one statement on SQLite.

Nothing is unpacked row by row: a sealed sheet is a row of int64 in its scheme's layout, and so is what arrives here.
Of the stages only those from the first one wanted on are asked for; a tally needs the review and not the
self-assessment before it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from django.db import connection

from ..scoring import Layout
from ..scoring.numbers import IntArray

FEW = 500  # sheets up to this number are asked for by id; above it the whole cycle is read
PORTION = 10_000
COPY_HEAD = 19  # bytes before the rows of a binary COPY

After = Callable[[int], object]


def frozen_rows(
    layout: Layout,
    cycle_id: int,
    sheets: Sequence[int],
    *,
    stages: Iterable[str] | None = None,
    after_portion: After = bool,
) -> tuple[IntArray, IntArray]:
    """Sealed marks of `sheets` (ids) in their order: (n, stages, width) and (n, given_width).

    An id of 0 gives a row without any mark. Stages that stand before all `stages` (default: none) stay without marks.
    `after_portion` hears how many sheets have been read. Raises: ValueError when a column has another length.
    """
    wanted = np.array(sheets, dtype=np.int64)
    sealed = np.flatnonzero(wanted)
    first = min([layout.stage_index(stage) for stage in layout.stages if stages is None or stage in stages], default=0)
    ids, table = _read(layout, cycle_id, wanted[sealed].tolist(), first * layout.width, after_portion)
    order = np.argsort(ids)
    places = order.take(np.searchsorted(ids, wanted[sealed], sorter=order), mode="clip") if len(ids) else ids
    if not np.array_equal(ids[places], wanted[sealed]):
        raise ValueError("a sealed sheet is gone")
    # Stage by stage in memory, so that what is not read costs nothing.
    marks = np.zeros((len(layout.stages), len(wanted), layout.width), dtype=np.int64).transpose(1, 0, 2)
    given = np.zeros((len(wanted), layout.given_width), dtype=np.int64)
    for at in range(first, len(layout.stages)):
        start = (at - first) * layout.width
        marks[sealed, at] = table[places, start : start + layout.width]
    given[sealed] = table[places, table.shape[1] - layout.given_width :]
    return marks, given


def _read(layout: Layout, cycle_id: int, ids: list[int], skip: int, after: After) -> tuple[IntArray, IntArray]:
    """Ids and sealed numbers from position `skip` on, as they come."""
    size = layout.size - skip
    column = f"substr(frozen, {skip * 8 + 1})" if skip else "frozen"
    if len(ids) <= FEW:
        chosen = f"id IN ({', '.join(map(str, ids)) or 'NULL'})"
        return _fetched(f"SELECT id, {column} FROM assessments_sheet WHERE {chosen}", size, after)  # noqa: S608 - ids
    chosen = f"cycle_id = {int(cycle_id)} AND frozen IS NOT NULL"
    statement = f"SELECT id, {column} FROM assessments_sheet WHERE {chosen}"  # noqa: S608 - a number
    return (_copied if connection.vendor == "postgresql" else _fetched)(statement, size, after)


def _fetched(statement: str, size: int, after: After) -> tuple[IntArray, IntArray]:
    ids: list[int] = []
    parts = [np.zeros((0, size), dtype="<i8")]
    for rows in _portions(statement):
        columns = [bytes(column) for _pk, column in rows]
        if any(len(column) != size * 8 for column in columns):
            raise _wrong(size)
        ids += [pk for pk, _column in rows]
        parts.append(np.frombuffer(b"".join(columns), dtype="<i8").reshape(-1, size))
        after(len(ids))
    return np.array(ids, dtype=np.int64), np.concatenate(parts)


def _portions(statement: str) -> Iterator[list[tuple]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(PORTION):
            yield rows


class _Rows:
    """Takes what COPY sends and counts the whole rows that arrived."""

    def __init__(self, row_bytes: int, after: After) -> None:
        self.buffer = bytearray()
        self.row_bytes, self.after, self.next = row_bytes, after, PORTION

    def write(self, data: bytes) -> int:
        self.buffer += data
        if len(self.buffer) >= self.next * self.row_bytes:
            self.after(self.next)
            self.next += PORTION
        return len(data)


def _copied(statement: str, size: int, after: After) -> tuple[IntArray, IntArray]:
    row = np.dtype([("n", ">i2"), ("a", ">i4"), ("id", ">i8"), ("b", ">i4"), ("frozen", "<i8", (size,))])
    sink = _Rows(row.itemsize, after)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", sink, 1 << 20)
    whole, rest = divmod(len(sink.buffer) - COPY_HEAD - 2, row.itemsize)
    table = np.frombuffer(sink.buffer, dtype=row, count=whole, offset=COPY_HEAD)
    if rest or (table["n"] != 2).any() or (table["b"] != size * 8).any():
        raise _wrong(size)
    return table["id"].astype(np.int64), table["frozen"]


def _wrong(size: int) -> ValueError:
    return ValueError(f"a frozen sheet of this scheme has {size * 8} bytes")
