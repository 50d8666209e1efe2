"""Many rows at once: COPY on PostgreSQL, executemany on SQLite. No signals, no defaults: every column is given."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
from django.db import connection, models

from . import cells
from .cells import Column, HexColumn, NumberColumn, TextColumn
from .crypto import EncryptedField

PORTION = 20_000
MOST_VALUES = 999  # of one statement, in every SQLite
NULL, BYTES = b"\\N", b"\\\\x"
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Insert `rows` (tuples in the order of `columns`, which are field names) and return how many.

    Values are Python values of the column: int, str, bool, bytes, datetime, date, None; JSON as text. Encrypted columns
    are given in plain text.
    The caller holds the transaction. Primary keys may be among the columns: see `next_id`, `advance_ids`.
    """
    fields = [model._meta.get_field(name) for name in columns]
    names = [field.column for field in fields]
    secret = {at: field for at, field in enumerate(fields) if isinstance(field, EncryptedField)}
    count = 0
    portion: list[Sequence[object]] = []
    for row in rows:
        portion.append(_sealed(row, secret) if secret else row)
        if len(portion) == PORTION:
            count += _write(model._meta.db_table, names, portion)
            portion = []
    return count + _write(model._meta.db_table, names, portion)


def insert_columns(
    model: type[models.Model], columns: Mapping[str, Sequence[object]], *, after_portion: Callable[[], object] = int
) -> int:
    """The same from whole columns by field name: several times quicker for wide tables. Values as `insert_rows` says.

    `after_portion` is called between portions of PORTION rows and may raise to stop.
    """
    fields = [model._meta.get_field(name) for name in columns]
    names = [field.column for field in fields]
    values = [_sealed_column(field, column) for field, column in zip(fields, columns.values(), strict=True)]
    count = len(values[0])
    portions = ([column[start : start + PORTION] for column in values] for start in range(0, count, PORTION))
    if connection.vendor == "postgresql":
        _copy_portions(model._meta.db_table, names, (_lines(fields, part) for part in portions), after_portion)
        return count
    for part in portions:
        _insert_many(model._meta.db_table, names, list(zip(*part, strict=True)))
        after_portion()
    return count


def _sealed(row: Sequence[object], secret: Mapping[int, EncryptedField]) -> list[object]:
    """A row with its encrypted columns as they are stored."""
    return [secret[at].get_prep_value(value) if at in secret else value for at, value in enumerate(row)]


def _sealed_column(field: models.Field, column: Sequence[object]) -> Sequence[object]:
    return [field.get_prep_value(value) for value in column] if isinstance(field, EncryptedField) else column


def check_keys(model: type[models.Model]) -> None:
    """Check now that the foreign keys of this transaction's rows lead somewhere, and not at its end.

    On PostgreSQL that takes a while for many rows, in which another thread can work. SQLite checks at the end.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'f' AND condeferrable",
            [model._meta.db_table],
        )
        names = cursor.fetchone()[0]
        if names:
            cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
            cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")


def _copy_portions(
    table: str, names: list[str], portions: Iterable[bytes], after_portion: Callable[[], object]
) -> None:
    """The lines of the next portion are made while the database takes in the one before."""
    statement = _copy_statement(table, names)
    with connection.wrap_database_errors, connection.cursor() as cursor, ThreadPoolExecutor(1) as helper:
        under_way = None
        for lines in portions:
            if under_way is not None:
                under_way.result()
                after_portion()
            # The whole portion in one piece: each further one would wait for Python's lock.
            under_way = helper.submit(cursor.cursor.copy_expert, statement, io.BytesIO(lines), len(lines))
        if under_way is not None:
            under_way.result()
            after_portion()


def _lines(fields: Sequence[models.Field], columns: Sequence[Sequence[object]]) -> bytes:
    """Rows as PostgreSQL's text format has them."""
    parts: list[bytes | Column] = []
    for field, values in zip(fields, columns, strict=True):
        parts += [b"\t", *_column(field, values)]
    return b"".join(cells.rows([*parts[1:], b"\n"], len(columns[0])))


def _column(field: models.Field, values: Sequence[Any]) -> list[bytes | Column]:
    if isinstance(field, models.ForeignKey | models.IntegerField):
        return [NumberColumn.of(values, NULL)]
    is_even = isinstance(field, models.BinaryField) and None not in values and len(set(map(len, values))) == 1
    if is_even and len(values[0]):
        joined = np.frombuffer(b"".join(map(bytes, values)), dtype=np.uint8)
        return [BYTES, HexColumn(joined.reshape(len(values), -1))]
    return [TextColumn.of(values, lambda different: [_escaped(value) for value in different])]


def _escaped(value: object) -> bytes:
    """Raises: ValueError for a zero byte, which no text of PostgreSQL has."""
    if value is None:
        return NULL
    if isinstance(value, bytes | bytearray | memoryview):
        return BYTES + bytes(value).hex().encode()
    text = str(value).translate(ESCAPED)
    if "\0" in text:
        raise ValueError("a text with a zero byte")
    return text.encode()


def keep_vacuum_away(*models: type[models.Model]) -> None:
    """Let PostgreSQL's own vacuum leave these tables alone until this transaction ends.

    It would find none of the rows that this transaction wrote; plans made after that, for empty tables, take minutes.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        tables = ", ".join(f'"{model._meta.db_table}"' for model in models)
        cursor.execute(f"LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE")


def next_id(model: type[models.Model]) -> int:
    """The first free primary key, for rows that are linked before they are written."""
    return (model.objects.aggregate(top=models.Max("pk"))["top"] or 0) + 1


def advance_ids(*tables: type[models.Model]) -> None:
    """After rows were written with their own keys: let PostgreSQL's sequences go on behind them."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in tables:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
            )


def _write(table: str, names: list[str], rows: list[Sequence[object]]) -> int:
    if not rows:
        return 0
    if connection.vendor == "postgresql":
        _copy(table, names, rows)
    else:
        _insert_many(table, names, [[_stored(value) for value in row] for row in rows])
    return len(rows)


def _insert_many(table: str, names: list[str], rows: Sequence[Sequence[object]]) -> None:
    """Several rows a statement: a table that triggers guard costs SQLite a journal for each statement."""
    together = max(1, MOST_VALUES // len(names))
    even = len(rows) - len(rows) % together
    columns = ", ".join(f'"{name}"' for name in names)
    line = f"({', '.join(['%s'] * len(names))})"
    insert = f'INSERT INTO "{table}" ({columns}) VALUES '
    with connection.cursor() as cursor:
        if even:
            blocks = (list(chain.from_iterable(rows[at : at + together])) for at in range(0, even, together))
            cursor.executemany(insert + ", ".join([line] * together), blocks)
        if even < len(rows):
            cursor.executemany(insert + line, rows[even:])


def _copy(table: str, names: list[str], rows: list[Sequence[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(value) for value in row])
    buffer.seek(0)
    _copy_in(table, names, buffer, "WITH (FORMAT csv, NULL '\\N')")


def _copy_in(table: str, names: list[str], buffer: io.StringIO | io.BytesIO, options: str) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(f"{_copy_statement(table, names)} {options}", buffer, 1 << 20)


def _copy_statement(table: str, names: list[str]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    return f'COPY "{table}" ({columns}) FROM STDIN'


def _stored(value: object) -> object:
    """Moments as Django stores them on SQLite: UTC without an offset."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _text(value: object) -> object:
    if value is None:
        return "\\N"
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, bool):
        return "t" if value else "f"
    return value
