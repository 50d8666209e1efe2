"""The sealed columns of many sheets as arrays: by binary COPY on PostgreSQL, by one statement on SQLite.

Nothing is unpacked row by row: a sealed sheet is a row of int64 in its scheme's layout, and so is what arrives here.
Of the stages only those from the first one wanted on are asked for; a tally needs the review and not the
self-assessment before it.
"""

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from django.db import connection

from ..scoring import Layout
from ..scoring.numbers import IntArray

FEW = 500  # sheets up to this number are asked for one by one; more by a range of ids
PORTION = 10_000
COPY_HEAD = 19  # bytes before the rows of a binary COPY
COPY_ROW = struct.Struct(">hiqi")  # columns; length and value of the id; length of the sealed column behind it
MANY = 50_000  # sheets of several layouts in one statement


def frozen_rows(
    layout: Layout,
    cycle_id: int,
    sheets: Sequence[int],
    *,
    version: int | None = None,
    stages: Iterable[str] | None = None,
    after_portion: Callable[[int], object] = bool,
    known: Mapping[int, bytes | memoryview] | None = None,
) -> tuple[IntArray, IntArray]:
    """Sealed marks of `sheets` (ids) in their order: (n, stages, width) and (n, given_width).

    `version`: their scheme's, where the cycle has sheets of several. `known`: sealed columns read already, by id.

    An id of 0 gives a row without any mark. Stages that stand before all `stages` (default: none) stay without marks.
    `after_portion` hears how many sheets have been read. Raises: ValueError when a column has another length.
    """
    wanted = np.array(sheets, dtype=np.int64)
    first = min([layout.stage_index(stage) for stage in layout.stages if stages is None or stage in stages], default=0)
    # Stage by stage in memory, so that what is not read costs nothing.
    marks = np.zeros((len(layout.stages), len(wanted), layout.width), dtype=np.int64).transpose(1, 0, 2)
    given = np.zeros((len(wanted), layout.given_width), dtype=np.int64)
    sealed = np.flatnonzero(wanted)
    sealed = sealed[np.argsort(wanted[sealed], kind="stable")]
    for start in range(0, len(sealed), PORTION):
        rows = sealed[start : start + PORTION]
        asked, skip = wanted[rows].tolist(), first * layout.width
        if known is None:
            ids, table = _read(layout, cycle_id, version, asked, skip)
        else:
            ids, table = _table([(pk, known[pk][skip * 8 :]) for pk in asked], layout.size - skip)
        places = np.searchsorted(ids, wanted[rows])
        if len(ids) == 0 or not np.array_equal(ids.take(places, mode="clip"), wanted[rows]):
            raise ValueError("a sealed sheet is gone")
        if len(ids) > len(rows):
            table = table[places]
        # In the order of the rows, as sheets mostly are: nothing is gathered and scattered.
        target = slice(int(rows[0]), int(rows[-1]) + 1) if (np.diff(rows) == 1).all() else rows
        for at in range(first, len(layout.stages)):
            column = (at - first) * layout.width
            marks[target, at] = table[:, column : column + layout.width]
        given[target] = table[:, table.shape[1] - layout.given_width :]
        after_portion(start + len(rows))
    return marks, given


def _read(layout: Layout, cycle_id: int, version: int | None, ids: list[int], skip: int) -> tuple[IntArray, IntArray]:
    """Ids in order and sealed numbers from position `skip` on."""
    size = layout.size - skip
    column = f"substr(frozen, {skip * 8 + 1})" if skip else "frozen"
    if len(ids) <= FEW:
        chosen = f"id IN ({', '.join(map(str, ids))})"
    else:
        chosen = f"cycle_id = {int(cycle_id)} AND id BETWEEN {ids[0]} AND {ids[-1]} AND frozen IS NOT NULL"
        if version is not None:
            chosen += f" AND scheme_version_id = {int(version)}"
    statement = f"SELECT id, {column} FROM assessments_sheet WHERE {chosen} ORDER BY id"  # noqa: S608 - numbers only
    if len(ids) > FEW and connection.vendor == "postgresql":
        return _copied(statement, size)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return _table(cursor.fetchall(), size)


def _table(rows: Sequence[tuple[int, bytes | memoryview]], size: int) -> tuple[IntArray, IntArray]:
    """Ids and sealed numbers of rows in the order of their ids."""
    columns = [bytes(column) for _pk, column in rows]
    if any(len(column) != size * 8 for column in columns):
        raise _wrong(size)
    return np.array([pk for pk, _column in rows], dtype=np.int64), _numbers(b"".join(columns), size)


def frozen_groups(groups: Sequence[tuple[Layout, Sequence[int]]]) -> list[tuple[IntArray, IntArray]]:
    """Sealed marks of groups of sheets (ids) under a layout each, all of them in one statement per 50,000 sheets.

    For each group: (n, stages, width) and (n, given_width), in the order of its ids. Raises: ValueError as above.
    """
    wanted = sorted(pk for _layout, sheets in groups for pk in sheets)
    columns: dict[int, bytes | memoryview] = {}
    for start in range(0, len(wanted), MANY):
        columns.update(_columns(wanted[start : start + MANY]))
    found = []
    for layout, sheets in groups:
        lines = [columns.get(pk, b"") for pk in sheets]
        if any(len(line) != layout.size * 8 for line in lines):
            raise _wrong(layout.size)
        table = _numbers(bytearray().join(lines), layout.size)
        own = len(layout.stages) * layout.width
        marks = table[:, :own].reshape(len(lines), len(layout.stages), layout.width)
        found.append((marks, table[:, table.shape[1] - layout.given_width :]))
    return found


def _columns(ids: Sequence[int]) -> Iterator[tuple[int, bytes | memoryview]]:
    """Sealed columns by id, whatever their length."""
    chosen = ", ".join(map(str, map(int, ids)))
    statement = f"SELECT id, frozen FROM assessments_sheet WHERE id IN ({chosen})"  # noqa: S608 - numbers only
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(statement)
            yield from cursor.fetchall()
            return
        sink = io.BytesIO()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", sink, 1 << 20)
    content, at = sink.getbuffer(), COPY_HEAD
    while at < len(content) - 2:
        _number, _size, pk, length = COPY_ROW.unpack_from(content, at)
        at += COPY_ROW.size
        yield pk, content[at : at + length]
        at += length


def _numbers(content: bytes | bytearray, size: int) -> IntArray:
    return np.frombuffer(content, dtype="<i8").reshape(-1, size)


def _copied(statement: str, size: int) -> tuple[IntArray, IntArray]:
    row = np.dtype([("n", ">i2"), ("a", ">i4"), ("id", ">i8"), ("b", ">i4"), ("frozen", "<i8", (size,))])
    sink = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", sink, 1 << 20)
    whole, rest = divmod(sink.tell() - COPY_HEAD - 2, row.itemsize)
    table = np.frombuffer(sink.getbuffer(), dtype=row, count=whole, offset=COPY_HEAD)
    if rest or (table["n"] != 2).any() or (table["b"] != size * 8).any():
        raise _wrong(size)
    return table["id"].astype(np.int64), table["frozen"]


def _wrong(size: int) -> ValueError:
    return ValueError(f"a frozen sheet of this scheme has {size * 8} bytes")
