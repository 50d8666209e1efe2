"""Stored columns that become encrypted, plain again (a migration's way back), or encrypted with another key.

All of it reads and writes the columns themselves, in portions by key, and may be repeated: what is done is left.
"""

import re
from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connections, models, transaction

from .crypto import EncryptedField, UnreadableError, current_head, decrypt, encrypt

PORTION = 500
SEALED = re.compile(r"[^$:]+(:sm4)?\$[A-Za-z0-9+/]{38,}={0,2}")  # no telephone number looks like this
Turn = Callable[[str, str], str | None]  # stored text and purpose → the new text, or None to leave it


def encrypted_fields() -> Iterator[EncryptedField]:
    """Every encrypted column of the portal."""
    for model in apps.get_models():
        yield from (field for field in model._meta.concrete_fields if isinstance(field, EncryptedField))


def seal_plain(stored: str, purpose: str) -> str | None:
    """The encrypted form of what is still plain; None where it is encrypted already.

    Raises: UnreadableError for a value that was encrypted with a key that is not there now.
    """
    if SEALED.fullmatch(stored):
        decrypt(stored, purpose)
        return None
    return encrypt(stored, purpose)


def open_sealed(stored: str, purpose: str) -> str | None:
    """The plain text of what is encrypted; None where it is plain already."""
    try:
        return decrypt(stored, purpose)
    except UnreadableError:
        return None


def renew(stored: str, purpose: str) -> str | None:
    """The same text under the first key and today's cipher; None where it is so already. Raises: UnreadableError."""
    if stored.partition("$")[0] == current_head():
        return None
    return encrypt(decrypt(stored, purpose), purpose)


def turn(table: str, key: str, column: str, purpose: str, change: Turn, *, using: str = "default") -> int:
    """Change a column row by row, a transaction for each portion; returns how many rows were written."""
    written, last = 0, -1
    while True:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute(
                f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{key}" > %s AND "{column}" <> \'\' '  # noqa: S608 (our models)
                f'ORDER BY "{key}" LIMIT {PORTION}' + _lock(using),
                [last],
            )
            rows = cursor.fetchall()
            if not rows:
                return written
            last = rows[-1][0]
            changes = [(new, pk) for pk, stored in rows if (new := change(stored, purpose)) is not None]
            cursor.executemany(f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s', changes)  # noqa: S608
            written += len(changes)


def turn_field(field: models.Field, change: Turn, *, using: str = "default") -> int:
    """The same for a field of a model."""
    meta = field.model._meta
    return turn(meta.db_table, meta.pk.column, field.column, f"{meta.label_lower}.{field.name}", change, using=using)


def heads(field: models.Field, *, using: str = "default") -> dict[str, int]:
    """How many values stand under which key and cipher."""
    meta, found = field.model._meta, {}
    with connections[using].cursor() as cursor:
        cursor.execute(f'SELECT "{field.column}" FROM "{meta.db_table}" WHERE "{field.column}" <> \'\'')  # noqa: S608
        for (stored,) in cursor:
            head = stored.partition("$")[0] if "$" in stored else "plain"
            found[head] = found.get(head, 0) + 1
    return found


def of_migration(label: str, *names: str) -> tuple[Callable, Callable]:
    """Forwards and backwards of a RunPython that encrypts the columns `names` of a model ("branches.branch")."""
    app, _dot, model = label.partition(".")

    def both(change: Turn) -> Callable:
        def run(state: object, editor: object) -> None:
            for name in names:
                turn_field(state.get_model(app, model)._meta.get_field(name), change, using=editor.connection.alias)

        return run

    return both(seal_plain), both(open_sealed)


def _lock(using: str) -> str:
    """PostgreSQL keeps the rows of a portion from other writers; SQLite has one writer anyway."""
    return " FOR UPDATE" if connections[using].vendor == "postgresql" else ""
