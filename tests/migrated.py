"""Migrations run once for each database engine: `./portal test` names a folder, in which the first test process leaves
a copy of its empty, migrated database for all others. A bare `pytest` migrates by itself.
"""

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.db import connection

from scripts import services

FOLDER = "MIGRATED_COPIES"


def database_url(name: str = "") -> str:
    """The test database (or another one of its server) as an address, for a process of its own."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name or known['NAME']}"
    login = f"{quote(known['USER'])}:{quote(known['PASSWORD'])}"
    return f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{name or known['NAME']}"


class MigratedCopy:
    """The copy for one engine ("sqlite" or "postgresql"). Whoever finds none has the others wait until `keep`."""

    def __init__(self, engine: str) -> None:
        folder = os.environ.get(FOLDER)
        self.file = Path(folder) / f"{engine}.copy" if folder else None
        self.is_sqlite = engine == "sqlite"
        self._lock: IO | None = None
        self._memory: sqlite3.Connection | None = None

    def fill(self, address: str) -> bool:
        """Fill the empty database at `address`, a file or a postgresql: address; whether there was a copy."""
        if self.file is None:
            return False
        self._lock = self.file.with_suffix(".lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if not self.file.exists():
            return False
        self._unlock()
        if self.is_sqlite:
            self._memory = sqlite3.connect(address, uri=True)  # a database in memory lives as long as a connection
            with closing(sqlite3.connect(self.file)) as copy:
                copy.backup(self._memory)
        else:
            said = ["-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-1", "-f", str(self.file)]
            subprocess.run([services.postgres_tool("psql"), "-X", *said, address], check=True)
        return True

    def keep(self, address: str) -> None:
        """Leave the database at `address`, now migrated, to the others, unless it came from here."""
        if self._memory:
            self._memory.close()
        if not self._lock or self._lock.closed:
            return
        made = self.file.with_suffix(".making")
        if self.is_sqlite:
            with closing(sqlite3.connect(address, uri=True)) as whole, closing(sqlite3.connect(made)) as copy:
                whole.backup(copy)
        else:
            subprocess.run([services.postgres_tool("pg_dump"), "--no-owner", "-f", str(made), address], check=True)
        made.rename(self.file)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()


def make_file(database: Path, env: dict[str, str]) -> None:
    """An empty, migrated SQLite file for a process of its own, whose environment is `env`."""
    copy = MigratedCopy("sqlite")
    if not copy.fill(str(database)):
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=env, cwd=services.ROOT, check=True, timeout=300)
    copy.keep(str(database))


def address_of(name: str) -> str:
    """Where the database `name` of the tests is, for `MigratedCopy`."""
    return name if connection.vendor == "sqlite" else database_url(name)


def fill_at_creation(copy: MigratedCopy) -> None:
    """Have Django fill the test database as soon as it has made it: `migrate` then finds everything done."""
    create = connection.creation._create_test_db

    def create_and_fill(*args: object, **options: object) -> str:
        name = create(*args, **options)
        copy.fill(address_of(name))
        return name

    connection.creation._create_test_db = create_and_fill
