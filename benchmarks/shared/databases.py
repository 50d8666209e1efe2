"""Fresh databases for a benchmark: SQLite files, and PostgreSQL databases that are dropped afterwards."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from scripts import services  # noqa: E402


def each_database(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, list[str]]]:
    """ "SQLite" and "PostgreSQL" with one empty database for each size, as addresses."""
    yield "SQLite", [f"sqlite:///{folder}/bench{size}.sqlite3" for size in sizes]
    with postgres(folder) as server:
        names = [f"bench_{size}_{os.getpid()}" for size in sizes]
        try:
            run(server, [f'CREATE DATABASE "{name}"' for name in names])
            yield "PostgreSQL", [f"{server.rpartition('/')[0]}/{name}" for name in names]
        finally:
            run(server, [f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names])


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The server that DATABASE_URL names, else a cluster of this run."""
    known = os.environ.get("DATABASE_URL", "")
    if known.startswith("postgres"):
        yield known
        return
    folder.chmod(0o711)
    with services.postgres(folder, secrets.token_hex(16)) as url:
        yield url


def run(server: str, statements: Sequence[str]) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def open_fresh() -> str:
    """Set Django up on the empty database of the environment. Returns "sqlite" or "postgresql"."""
    os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
    os.environ.setdefault("ALLOWED_HOSTS", "localhost")
    os.environ.pop("REDIS_URL", None)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    return connection.vendor


def settle_down(table: str = "") -> None:
    """Statistics and visibility as a database has them that has been running for a while; of one table or of all."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"{'VACUUM ANALYZE' if connection.vendor == 'postgresql' else 'ANALYZE'} {table}")
