"""Forty voters in eight processes: nothing is lost, nothing is counted twice, on both databases."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter as Multiset
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from members.models import User
from tests.conftest import City
from tests.factories.polls import ONE_GROUP, make_poll, make_secrets
from tests.services import database_url

PROCESSES, VOTERS = 8, 40
LABELS = ["好", "较好", "一般", "差", "不了解"]


def _address(folder: Path) -> str:
    """Where other processes find the test's rows; SQLite's database of tests lies in memory, so a copy in a file."""
    if connection.vendor != "sqlite":
        return database_url()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(folder / "copy.sqlite3")])
    return f"sqlite:///{folder / 'copy.sqlite3'}"


def _ask(address: str, query: str) -> list[tuple]:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as copy:
        return copy.execute(query).fetchall()


def _start(address: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.assessments.polls.voters"],
        env={**os.environ, "DATABASE_URL": address},
        cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_forty_voters_in_eight_processes_lose_nothing(city: City, reviewer: User, tmp_path: Path) -> None:
    """Each link is tried by two processes at once: one of the two counts."""
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(VOTERS,), groups=ONE_GROUP)
    links = make_secrets(reviewer, poll)[0]
    said = {link: LABELS[at % 5] for at, link in enumerate(links)}
    address = _address(tmp_path)
    processes = [_start(address) for _process in range(PROCESSES)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * PROCESSES
    for at, process in enumerate(processes):
        mine = [*links[at::PROCESSES], *links[(at + 1) % PROCESSES :: PROCESSES]]
        process.stdin.write("".join(f"{link} {said[link]}\n" for link in mine))
        process.stdin.flush()
    heard = Multiset(line for process in processes for line in process.communicate(timeout=120)[0].split())
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert (heard["ok"], heard["missed"] + heard["spent"]) == (VOTERS, VOTERS)
    assert _ask(address, "SELECT count(*) FROM assessments_token WHERE used") == [(VOTERS,)]
    numbers = _ask(
        address,
        "SELECT o.label, c.n FROM assessments_counter c "
        "JOIN assessments_option o ON o.id = c.option_id ORDER BY o.position",
    )
    assert numbers == [(label, VOTERS // 5) for label in LABELS]
    assert _ask(address, "SELECT count(*) FROM assessments_comment") == [(VOTERS // 5,)]
