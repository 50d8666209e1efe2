"""Many rows at once: COPY on PostgreSQL, executemany on SQLite. No signals, no defaults: every column is given."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, models

PORTION = 20_000


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Insert `rows` (tuples in the order of `columns`, which are field names) and return how many.

    Values are Python values of the column: int, str, bool, bytes, datetime, date, None; JSON as text.
    The caller holds the transaction. Primary keys may be among the columns: see `next_id`, `advance_ids`.
    """
    names = [model._meta.get_field(name).column for name in columns]
    count = 0
    portion: list[Sequence[object]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == PORTION:
            count += _write(model._meta.db_table, names, portion)
            portion = []
    return count + _write(model._meta.db_table, names, portion)


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
        marks = ", ".join(["%s"] * len(names))
        columns = ", ".join(f'"{name}"' for name in names)
        with connection.cursor() as cursor:
            stored = [[_stored(value) for value in row] for row in rows]
            cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', stored)
    return len(rows)


def _copy(table: str, names: list[str], rows: list[Sequence[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(value) for value in row])
    buffer.seek(0)
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY \"{table}\" ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", buffer)


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
