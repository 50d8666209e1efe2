"""Triggers that keep sealed sheets as they are, whoever writes: ORM, bulk statements or raw SQL, on both databases.

A sheet that is approved, sealed or superseded keeps its sealed columns, moves only along approved → sealed →
superseded and is never deleted; its marks, counts, claims and evidence links neither come, change nor go.
They are made anew after every migration, because SQLite forgets triggers when a table is rebuilt (`apps.py`), and
`manage.py check --database default` names those that are missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.checks import CheckMessage, Error
from django.db import connections

SEALED = "('approved', 'sealed', 'superseded')"
SHEET = "assessments_sheet"
KEPT = (
    "cycle_id", "branch_id", "scheme_version_id", "revision", "organization_id", "sector_id", "unit_id",
    "review_total_up", "submitted_by_id", "submitted_at", "approved_by_id", "approved_at", "frozen", "frozen_claims",
    "digest",
)  # fmt: skip
CHILDREN = {  # table: the sheet of one of its rows
    "assessments_mark": "{row}.sheet_id",
    "assessments_markcount": "(SELECT sheet_id FROM assessments_mark WHERE id = {row}.mark_id)",
    "assessments_claim": "{row}.sheet_id",
    "assessments_evidencelink": "{row}.sheet_id",
}
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
LIFTED = "branchportal.guards_lifted"
SAYS = "this sheet is sealed and cannot be changed"
MOVES = (
    "OLD.status = 'approved' AND NEW.status IN ('sealed', 'superseded') "
    "OR OLD.status = 'sealed' AND NEW.status = 'superseded'"
)


def names() -> list[str]:
    """The triggers that must stand."""
    children = [f"{table}_sealed_{event.lower()}" for table in CHILDREN for event in ROWS]
    return [f"{SHEET}_sealed_update", f"{SHEET}_sealed_delete", *children]


def create(using: str = "default") -> None:
    """Make every trigger, replacing what stands."""
    drop(using)
    statements = _postgresql() if connections[using].vendor == "postgresql" else _sqlite()
    _run(statements, using)


def drop(using: str = "default") -> None:
    """Take the triggers away: before tables are rebuilt, and where a test empties the database."""
    tables = {name: name.split("_sealed_")[0] for name in names()}
    on = connections[using].vendor == "postgresql"
    present = set(connections[using].introspection.table_names())
    statements = [
        f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if on else "")
        for name, table in tables.items()
        if table in present
    ]
    _run(statements, using)


@contextmanager
def lifted(using: str = "default") -> Iterator[None]:
    """Without the guard for a moment: the demonstration's history, and tests that damage a row on purpose.

    PostgreSQL refuses to drop a trigger while its transaction has pending checks, so there a setting of the session
    is asked by the triggers; SQLite has no settings, so there they are dropped and made again.
    """
    on = connections[using]
    if on.vendor != "postgresql":
        drop(using)
        yield
        create(using)
        return
    _run([f"SELECT set_config('{LIFTED}', 'on', false)"], using)
    try:
        yield
    except BaseException:
        if not on.in_atomic_block:  # a transaction that breaks takes the setting back by itself
            _run([f"SELECT set_config('{LIFTED}', 'off', false)"], using)
        raise
    _run([f"SELECT set_config('{LIFTED}', 'off', false)"], using)


def missing(using: str = "default") -> list[str]:
    """Which triggers do not stand."""
    if connections[using].vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connections[using].cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in names() if name not in present]


def check_triggers(app_configs: object, databases: list[str] | None, **kwargs: object) -> list[CheckMessage]:
    """`check --database`: sealed sheets are guarded."""
    gaps = [
        name
        for using in databases or []
        if SHEET in connections[using].introspection.table_names()
        for name in missing(using)
    ]
    if not gaps:
        return []
    hint = "Run: manage.py migrate"
    return [
        Error(f"Triggers that guard sealed sheets are missing: {', '.join(gaps)}.", hint=hint, id="assessments.E001")
    ]


def _run(statements: list[str], using: str) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _changed(differs: str) -> str:
    columns = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in KEPT)
    return f"OLD.status IN {SEALED} AND ({columns} OR NEW.status <> OLD.status AND NOT ({MOVES}))"


def _sealed(table: str, row: str) -> str:
    sheet = CHILDREN[table].format(row=row)
    return f"EXISTS (SELECT 1 FROM {SHEET} WHERE id = {sheet} AND status IN {SEALED})"  # noqa: S608 - our own names


def _sqlite() -> list[str]:
    def trigger(table: str, event: str, condition: str) -> str:
        return (
            f"CREATE TRIGGER {table}_sealed_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        )

    found = [trigger(SHEET, "UPDATE", _changed("IS NOT")), trigger(SHEET, "DELETE", f"OLD.status IN {SEALED}")]
    for table in CHILDREN:
        for event, rows in ROWS.items():
            found.append(trigger(table, event, " OR ".join(_sealed(table, row) for row in rows)))
    return found


def _postgresql() -> list[str]:
    def trigger(table: str, event: str, condition: str) -> list[str]:
        name, result = f"{table}_sealed_{event.lower()}", "OLD" if event == "DELETE" else "NEW"
        asked = f"coalesce(current_setting('{LIFTED}', true), '') <> 'on' AND ({condition})"
        refusal = f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'"
        body = f"BEGIN IF {asked} THEN {refusal}; END IF; RETURN {result}; END"
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ {body} $guard$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]

    found = trigger(SHEET, "UPDATE", _changed("IS DISTINCT FROM"))
    found += trigger(SHEET, "DELETE", f"OLD.status IN {SEALED}")
    for table in CHILDREN:
        for event, rows in ROWS.items():
            found += trigger(table, event, " OR ".join(_sealed(table, row) for row in rows))
    return found
