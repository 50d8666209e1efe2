"""Ways in which rows go without a DELETE: `REPLACE` on SQLite, `TRUNCATE` on PostgreSQL. Both pass the guards of rows.

SQLite removes the row that stands in the way of an INSERT OR REPLACE (or UPDATE OR REPLACE) by its key or any unique
index, and asks no trigger about it; so the row that comes asks about the one it would remove. `guards` makes these
beside its own.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .guards import Trigger

OLD = re.compile(r"\bOLD\.")
COLUMN = re.compile(r'"(\w+)"')
REPLACED = "a settled row is not replaced"
EMPTIED = "guarded rows are not emptied away"


def names(vendor: str, tables: Iterable[str]) -> list[str]:
    """The further triggers that must stand for these tables."""
    ends = ("emptied",) if vendor == "postgresql" else ("replaced_insert", "replaced_update")
    return [f"{table}_{end}" for table in sorted(set(tables)) for end in ends]


def drop_statements(vendor: str, tables: Iterable[str]) -> list[str]:
    """SQL that takes them away."""
    on = vendor == "postgresql"
    return [
        f"DROP TRIGGER IF EXISTS {name}" + (f" ON {name.removesuffix('_emptied')}" if on else "")
        for name in names(vendor, tables)
    ]


def emptied(table: str, lifted: str) -> list[str]:
    """PostgreSQL: a statement that empties a guarded table is refused, but where the guards are lifted."""
    name = f"{table}_emptied"
    body = (
        f"BEGIN IF coalesce(current_setting('{lifted}', true), '') <> 'on' THEN RAISE EXCEPTION '{EMPTIED}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END"
    )
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ {body} $guard$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def replaced(cursor: object, table: str, triggers: Iterable["Trigger"]) -> list[str]:
    """SQLite: no row comes, or moves to another key, in the place of one whose removal (or change) is refused."""
    own = [trigger for trigger in triggers if trigger.table == table]
    asked = [each for each in own if each.event == "DELETE"] or [each for each in own if each.event == "UPDATE"]
    if not asked:
        return [_always(table, end) for end in ("INSERT", "UPDATE")]
    settled = " OR ".join(f"({OLD.sub('was.', each.condition).replace('<>?', 'IS NOT')})" for each in asked)
    keys = list(_unique_keys(cursor, table))
    columns = ", ".join(sorted({f'"{name}"' for key, where in keys for name in [*key, *COLUMN.findall(where)]}))
    return [
        _refusing(f"{table}_replaced_insert", f"INSERT ON {table}", _found(table, keys, settled)),
        _refusing(
            f"{table}_replaced_update", f"UPDATE OF {columns} ON {table}",
            _found(table, keys, f"was.rowid <> OLD.rowid AND ({settled})"),
        ),
    ]  # fmt: skip


def _always(table: str, event: str) -> str:
    """Nothing of this table is ever settled: a trigger that refuses nothing keeps the list of names whole."""
    return _refusing(f"{table}_replaced_{event.lower()}", f"{event} ON {table}", "0")


def _refusing(name: str, when: str, condition: str) -> str:
    refusal = f"SELECT RAISE(ABORT, '{REPLACED}')"
    return f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW WHEN {condition} BEGIN {refusal}; END"


def _found(table: str, keys: Iterable[tuple[list[str], str]], settled: str) -> str:
    """Whether a settled row has one of the new row's keys; one look-up in each index."""
    looks = []
    for key, where in keys:
        same = " AND ".join(f'was."{column}" = NEW."{column}"' for column in key)
        for row in ("was", "NEW") if where else ():
            same += " AND (" + COLUMN.sub(rf"{row}.\g<0>", where) + ")"
        looks.append(f"EXISTS (SELECT 1 FROM {table} was WHERE {same} AND ({settled}))")  # noqa: S608 - our own names
    return " OR ".join(looks)


def _unique_keys(cursor: object, table: str) -> Iterator[tuple[list[str], str]]:
    """Columns of the primary key and of every unique index, with the condition of a partial one."""
    cursor.execute(f"PRAGMA table_info({table})")
    yield [row[1] for row in cursor.fetchall() if row[5]], ""
    cursor.execute(f"PRAGMA index_list({table})")
    indexes = [(row[1], row[3], row[4]) for row in cursor.fetchall() if row[2]]
    for name, origin, is_partial in indexes:
        if origin == "pk":
            continue
        cursor.execute(f'PRAGMA index_info("{name}")')
        columns = [row[2] for row in cursor.fetchall()]
        where = ""
        if is_partial:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
            where = cursor.fetchone()[0].partition(" WHERE ")[2]
        if None not in columns:  # an expression: none of ours
            yield columns, where
