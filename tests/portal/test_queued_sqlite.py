"""Writers of one process on SQLite take turns: everybody gets through, and whoever fails stands in nobody's way."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError
from django.db.backends.sqlite3.base import DatabaseWrapper as Plain

from branchportal.queued.sqlite3.base import DatabaseWrapper, _lines

OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 2, "init_command": "PRAGMA journal_mode=WAL"}
THREADS, WRITES = 8, 10


@pytest.fixture
def settings_of(tmp_path, settings, django_db_blocker):
    """Settings of an empty database file with one counter in it."""
    found = {**settings.DATABASES["default"], "ENGINE": "branchportal.queued.sqlite3", "OPTIONS": OPTIONS}
    found |= {"NAME": str(tmp_path / "queue.sqlite3"), "TIME_ZONE": None, "CONN_MAX_AGE": 0, "AUTOCOMMIT": True}
    found |= {"CONN_HEALTH_CHECKS": False, "ATOMIC_REQUESTS": False, "TEST": {"NAME": None}}
    with django_db_blocker.unblock():
        connection = Plain(found, "counting")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE counter (value INTEGER)")
            cursor.execute("INSERT INTO counter VALUES (0)")
        connection.close()
        yield found


def counted(connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM counter")
        return cursor.fetchone()[0]


def is_free(settings) -> bool:
    line = _lines[settings["NAME"]]
    got = line.acquire(blocking=False)
    if got:
        line.release()
    return got


class Written:
    """A transaction on a connection that is not among Django's own."""

    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        return self.connection.cursor()

    def __exit__(self, kind, *_rest):
        self.connection.rollback() if kind else self.connection.commit()
        self.connection.set_autocommit(True)


def test_every_writer_gets_through(settings_of):
    def write(_number):
        connection = DatabaseWrapper(settings_of, "counting")
        for _turn in range(WRITES):
            with Written(connection) as cursor:
                cursor.execute("UPDATE counter SET value = value + 1")
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))
    connection = DatabaseWrapper(settings_of, "counting")
    assert counted(connection) == THREADS * WRITES
    connection.close()
    assert is_free(settings_of)


def test_one_who_fails_or_goes_away_gives_the_turn_back(settings_of):
    connection = DatabaseWrapper(settings_of, "counting")
    with pytest.raises(OperationalError), Written(connection) as cursor:
        cursor.execute("UPDATE nothing SET value = 1")
    assert is_free(settings_of)
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert not is_free(settings_of)
    connection.close()
    assert is_free(settings_of)
    other = Plain(settings_of, "counting")
    other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    waiting = DatabaseWrapper({**settings_of, "OPTIONS": {**OPTIONS, "timeout": 0.1}}, "counting")
    with pytest.raises(OperationalError, match="locked"):
        waiting.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert is_free(settings_of)
    other.rollback()
    for each in (other, waiting):
        each.close()


def test_patience_ends_with_the_words_of_the_database(settings_of):
    first = DatabaseWrapper(settings_of, "counting")
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    said = []

    def write():
        second = DatabaseWrapper({**settings_of, "OPTIONS": {**OPTIONS, "timeout": 0.05}}, "counting")
        try:
            second.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        except OperationalError as fault:
            said.append(str(fault))
        second.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert said == ["database is locked"]
    first.rollback()
    first.close()
    assert is_free(settings_of)
