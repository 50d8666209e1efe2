"""The audit trail as a chain of digests: a changed, removed or inserted row shows, and so does a cut-off end.

    digest(n) = SHA-256( digest(n-1) + n + content of the row ),  digest(0) = ""

A trigger adds the link, whoever inserts the row (ORM, COPY, raw SQL). On PostgreSQL it runs at the end of the
transaction and locks the head until the commit, so links stand in the order of commits and services never wait for
each other in between; SQLite has one writer at a time and adds the link at once. The content is a JSON array of the
row's columns, built by the database that holds it. The end of the chain is written to a second place once a day
(`anchors`), because a chain whose last rows were cut off is a whole chain.
"""

import hashlib
from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.db import connections, transaction

from .guards import Trigger
from .models import AuditEntry, AuditHead, AuditLink

ENTRY, LINK, HEAD = (model._meta.db_table for model in (AuditEntry, AuditLink, AuditHead))
NAME = "branchportal_audit_link"
DIGEST_FUNCTION = "portal_sha256"
COLUMNS = (
    "id", "at", "actor_id", "acting_role", "action", "object_type", "object_id", "object_label", "before", "after",
    "note", "request_id",
)  # fmt: skip
FIRST_HEAD = (
    f"INSERT INTO {HEAD} (id, seq, digest) SELECT 1, 0, '' WHERE NOT EXISTS (SELECT 1 FROM {HEAD} WHERE id = 1)"
)
KEPT = "the audit trail is only ever added to"


def guards() -> list[Trigger]:
    """Rows and links are never changed or removed; the head moves on by one and is never removed."""
    found = [
        Trigger(f"{table}_kept_{event.lower()}", table, event, "1 = 1", KEPT)
        for table in (ENTRY, LINK)
        for event in ("UPDATE", "DELETE")
    ]
    found.append(Trigger(f"{HEAD}_kept_update", HEAD, "UPDATE", "NEW.id <> 1 OR NEW.seq <> OLD.seq + 1", KEPT))
    return [*found, Trigger(f"{HEAD}_kept_delete", HEAD, "DELETE", "1 = 1", KEPT)]


def digest_of(previous: str, seq: int, content: str) -> str:
    """Hex SHA-256 of one link."""
    return sha256_text(f"{previous}{seq}{content}")


def sha256_text(text: str) -> str:
    """Hex SHA-256 of a text in UTF-8; SQLite's trigger calls it as `portal_sha256`."""
    return hashlib.sha256(text.encode()).hexdigest()


def teach_sqlite(connection: object, **kwargs: object) -> None:
    """Signal of a new connection: SQLite has no digest of its own."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(DIGEST_FUNCTION, 1, sha256_text, deterministic=True)


def content_sql(vendor: str, row: str) -> str:
    """SQL of the content of `row` (an alias, NEW in a trigger) as text."""
    columns = [f'{row}."{name}"' for name in COLUMNS]
    if vendor != "postgresql":
        return f"json_array({', '.join(columns)})"
    columns[COLUMNS.index("at")] = f'(extract(epoch FROM {row}."at") * 1000000)::bigint'
    for name in ("before", "after"):
        columns[COLUMNS.index(name)] = f'{row}."{name}"::text'
    return f"json_build_array({', '.join(columns)})::text"


def create(using: str = "default") -> None:
    """Make the trigger that links new rows, and link the rows that have no link yet, oldest first."""
    on = connections[using]
    if LINK not in on.introspection.table_names():
        return
    drop(using)
    with transaction.atomic(using), on.cursor() as cursor:
        cursor.execute(FIRST_HEAD)
        _link_old_rows(cursor, on.vendor)
        for statement in _postgresql() if on.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def drop(using: str = "default") -> None:
    """Take the trigger away, before tables are rebuilt."""
    on = connections[using]
    if ENTRY in on.introspection.table_names():
        with on.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {NAME}" + (f" ON {ENTRY}" if on.vendor == "postgresql" else ""))


def check_trigger(app_configs: object, databases: list[str] | None, **kwargs: object) -> list[CheckMessage]:
    """`check --database`: new audit rows are linked."""
    hint = "Run: manage.py migrate"
    return [
        CheckWarning("The trigger that links audit rows is missing.", hint=hint, id="branchportal.E002")
        for using in databases or []
        if LINK in connections[using].introspection.table_names() and not _stands(using)
    ]


def _stands(using: str) -> bool:
    on = connections[using]
    query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s"
    if on.vendor == "postgresql":
        query = "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgenabled <> 'D'"
    with on.cursor() as cursor:
        cursor.execute(query, [NAME])
        return cursor.fetchone() is not None


def links(using: str = "default") -> Iterator[tuple[int, str | None, int | None, str | None]]:
    """Seq, stored digest, entry id and content of every link in order; content is None where the row is gone."""
    on = connections[using]
    query = (
        f"SELECT l.seq, l.digest, l.entry_id, CASE WHEN e.id IS NULL THEN NULL ELSE {content_sql(on.vendor, 'e')} END "
        f"FROM {LINK} l LEFT JOIN {ENTRY} e ON e.id = l.entry_id ORDER BY l.seq"
    )
    with on.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(5000):
            yield from rows


def _link_old_rows(cursor: object, vendor: str) -> None:
    cursor.execute(
        f"SELECT e.id, {content_sql(vendor, 'e')} FROM {ENTRY} e "
        f"LEFT JOIN {LINK} l ON l.entry_id = e.id WHERE l.seq IS NULL ORDER BY e.id"
    )
    rows = cursor.fetchall()
    if not rows:
        return
    cursor.execute(f"SELECT seq, digest FROM {HEAD} WHERE id = 1")
    seq, digest = cursor.fetchone()
    made = []
    for entry, content in rows:
        seq += 1
        digest = digest_of(digest, seq, content)
        made.append((seq, entry, digest))
    cursor.executemany(f"INSERT INTO {LINK} (seq, entry_id, digest) VALUES (%s, %s, %s)", made)
    cursor.execute(f"DELETE FROM {HEAD}")
    cursor.execute(f"INSERT INTO {HEAD} (id, seq, digest) VALUES (1, %s, %s)", [seq, digest])


def _sqlite() -> list[str]:
    content = content_sql("sqlite", "NEW")
    head = f"(SELECT seq FROM {HEAD} WHERE id = 1)"
    digest = f"{DIGEST_FUNCTION}((SELECT digest FROM {HEAD} WHERE id = 1) || ({head} + 1) || {content})"
    return [
        f"CREATE TRIGGER {NAME} AFTER INSERT ON {ENTRY} FOR EACH ROW BEGIN "
        f"{FIRST_HEAD}; "
        f"INSERT INTO {LINK} (seq, entry_id, digest) VALUES ({head} + 1, NEW.id, {digest}); "
        f"UPDATE {HEAD} SET seq = seq + 1, digest = (SELECT digest FROM {LINK} WHERE entry_id = NEW.id) WHERE id = 1; "
        "END"
    ]


def _postgresql() -> list[str]:
    content = content_sql("postgresql", "NEW")
    body = f"""
        DECLARE last_seq bigint; last_digest text; made text;
        BEGIN
            INSERT INTO {HEAD} (id, seq, digest) VALUES (1, 0, '') ON CONFLICT DO NOTHING;
            SELECT seq, digest INTO last_seq, last_digest FROM {HEAD} WHERE id = 1 FOR UPDATE;
            made := encode(sha256(convert_to(last_digest || (last_seq + 1) || {content}, 'UTF8')), 'hex');
            INSERT INTO {LINK} (seq, entry_id, digest) VALUES (last_seq + 1, NEW.id, made);
            UPDATE {HEAD} SET seq = last_seq + 1, digest = made WHERE id = 1;
            RETURN NULL;
        END"""
    return [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger AS $chain$ {body} $chain$ LANGUAGE plpgsql",
        f"CREATE CONSTRAINT TRIGGER {NAME} AFTER INSERT ON {ENTRY} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {NAME}()",
    ]
