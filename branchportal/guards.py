"""Triggers that refuse changes of settled rows, whoever writes: ORM, bulk statements or raw SQL, on both databases.

A room describes its triggers and registers them (`register`, in its app's `ready`); what they guard stands there. They
are made anew after every migration, because SQLite forgets triggers when a table is rebuilt, and
`manage.py check --database default` names those that are missing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.db import connections, transaction

from . import silent_removal

LIFTED = "branchportal.guards_lifted"
MOST_NAMED = 10
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


@dataclass(frozen=True)
class Trigger:
    """Refuses `event` on a row of `table` where `condition` holds: SQL over OLD and NEW, in which `<>?` is "differs"
    with NULL as a value. `says` is the refusal, plain English without quotation marks.

    `of_many`: the same condition over the columns of {row}, where many rows change together: PostgreSQL then asks it
    once a statement, of all rows before and after, instead of once a row."""

    name: str
    table: str
    event: str
    condition: str
    says: str
    of_many: str = ""


_registered: dict[str, Trigger] = {}


def register(triggers: Iterable[Trigger]) -> None:
    """Take these under the care of this module; doing it twice is harmless."""
    _registered.update({trigger.name: trigger for trigger in triggers})


def child_triggers(table: str, kind: str, condition: str, says: str, *, many_of: str = "") -> list[Trigger]:
    """Rows of `table` neither come, change nor go while `condition` holds of one of them, called {row} there.

    `many_of`: they come and go by the thousand, and `condition` is about this column alone.
    """
    moved = f"NEW.{many_of} <>? OLD.{many_of} AND " if many_of else ""
    before, after = condition.format(row="OLD"), condition.format(row="NEW")
    asked = {"INSERT": after, "UPDATE": f"{before} OR {moved}{after}", "DELETE": before}
    of_many = condition if many_of else ""
    return [
        Trigger(f"{table}_{kind}_{event.lower()}", table, event, said, says, of_many) for event, said in asked.items()
    ]


def names(using: str = "default") -> list[str]:
    """The triggers that must stand."""
    tables = {trigger.table for trigger in _registered.values()}
    return [*_registered, *silent_removal.names(connections[using].vendor, tables)]


def create(using: str = "default") -> None:
    """Make every trigger whose table exists (a migration may stop half way), replacing what stands."""
    # SQLite makes all of them in one step; PostgreSQL would lock every table until the last one stands.
    with transaction.atomic(using) if connections[using].vendor == "sqlite" else nullcontext():
        _create(using)


def _create(using: str) -> None:
    drop(using)
    present, on = _present(using), connections[using]
    tables = sorted({trigger.table for trigger in present})
    make = _postgresql if on.vendor == "postgresql" else _sqlite
    statements = [statement for trigger in present for statement in make(trigger)]
    with on.cursor() as cursor:
        for table in tables:
            if on.vendor == "postgresql":
                statements += silent_removal.emptied(table, LIFTED)
            else:
                statements += silent_removal.replaced(cursor, table, present)
    _run(statements, using)


def drop(using: str = "default") -> None:
    """Take the triggers away: before tables are rebuilt, and where a test empties the database."""
    on = connections[using].vendor == "postgresql"
    _run(
        [
            f"DROP TRIGGER IF EXISTS {trigger.name}" + (f" ON {trigger.table}" if on else "")
            for trigger in _present(using)
        ]
        + silent_removal.drop_statements(connections[using].vendor, {trigger.table for trigger in _present(using)}),
        using,
    )


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
    return [name for name in names(using) if name not in present]


def some(gaps: list[str]) -> str:
    """The first few names, and how many there are besides."""
    return ", ".join(gaps[:MOST_NAMED]) + (f" and {len(gaps) - MOST_NAMED} more" if len(gaps) > MOST_NAMED else "")


def check_triggers(app_configs: object, databases: list[str] | None, **kwargs: object) -> list[CheckMessage]:
    """`check --database`: settled rows are guarded. A warning, or `migrate`, which mends it, would refuse to run."""
    gaps: list[str] = []
    for using in databases or []:
        there = _present(using)
        further = silent_removal.names(connections[using].vendor, {trigger.table for trigger in there})
        wanted = {trigger.name for trigger in there} | set(further)
        gaps += [name for name in missing(using) if name in wanted]
    if not gaps:
        return []
    return [
        CheckWarning(
            f"Triggers that guard settled rows are missing: {some(gaps)}.",
            hint="Run: manage.py migrate",
            id="branchportal.E001",
        )
    ]


def _present(using: str) -> list[Trigger]:
    """The triggers whose tables exist."""
    tables = set(connections[using].introspection.table_names())
    return [trigger for trigger in _registered.values() if trigger.table in tables]


def _run(statements: list[str], using: str) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _sqlite(trigger: Trigger) -> list[str]:
    return [
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} FOR EACH ROW "
        f"WHEN {trigger.condition.replace('<>?', 'IS NOT')} BEGIN SELECT RAISE(ABORT, '{trigger.says}'); END"
    ]


def _postgresql(trigger: Trigger) -> list[str]:
    name, result = trigger.name, "OLD" if trigger.event == "DELETE" else "NEW"
    condition = trigger.condition.replace("<>?", "IS DISTINCT FROM")
    when, each = f"BEFORE {trigger.event} ON {trigger.table}", "ROW"
    if trigger.of_many:
        rows = ROWS[trigger.event]
        found = (f"SELECT 1 FROM {row}_rows WHERE {trigger.of_many.format(row=f'{row}_rows')}" for row in rows)  # noqa: S608 - our own
        condition = " OR ".join(f"EXISTS ({query})" for query in found)
        given = " ".join(f"{row} TABLE AS {row}_rows" for row in rows)
        when, each = f"AFTER {trigger.event} ON {trigger.table} REFERENCING {given}", "STATEMENT"
    asked = f"coalesce(current_setting('{LIFTED}', true), '') <> 'on' AND ({condition})"
    refusal = f"RAISE EXCEPTION '{trigger.says}' USING ERRCODE = 'integrity_constraint_violation'"
    body = f"BEGIN IF {asked} THEN {refusal}; END IF; RETURN {result}; END"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ {body} $guard$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {name} {when} FOR EACH {each} EXECUTE FUNCTION {name}()",
    ]
