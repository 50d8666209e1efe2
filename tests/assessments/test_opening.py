"""Opening a cycle under stress: how many statements, several at once, and after a process that was killed."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.cycles.models import Cycle
from assessments.cycles.services import opening
from assessments.sheets.models import Sheet
from branches.models import Branch
from branchportal import worker
from branchportal.jobs import Silent
from members.models import User
from tests.conftest import City
from tests.factories.assessments import make_cycle
from tests.services import database_url

STATEMENTS = 19  # 14 for one branch; SQLite writes long inserts in pieces
IN_IT = "FROM assessments_sheet WHERE cycle_id = (SELECT max(id) FROM assessments_cycle)"
STATUS = "SELECT status FROM assessments_cycle ORDER BY id DESC LIMIT 1"
COUNTED = f"SELECT count(*), count(DISTINCT branch_id) {IN_IT}"
AUDITED = "SELECT count(*) FROM branchportal_auditentry WHERE action = "
MANY = 14  # branches of the crowd: five portions of three


def add_branches(city: City, count: int) -> None:
    known = {"organization": city.committee, "sector": city.branch.sector, "unit": city.branch.unit}
    Branch.objects.bulk_create(
        Branch(code=f"N{at:04d}", name=f"新成立第{at}党支部", **known) for at in range(count)
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 150])
def test_one_portion_takes_a_bounded_number_of_statements(city: City, office: User, count: int) -> None:
    add_branches(city, 1)
    opening.open_cycle(cycle=city.cycle, actor=office, progress=Silent())  # schemes and addresses are read once
    Branch.objects.filter(code__startswith="N").update(code="M0000")
    add_branches(city, count)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert opening.open_cycle(cycle=city.cycle, actor=office, progress=Silent()) == count
    assert len(seen) <= STATEMENTS


@pytest.mark.django_db
def test_opening_twice_adds_nothing_and_says_so(city: City, office: User, sign_in: Callable[[User], Client]) -> None:
    client, address = sign_in(office), f"/cycles/{city.cycle.pk}/open/"
    before = list(Sheet.objects.order_by("pk").values_list("pk", "version"))
    task = client.post(address)["Location"]
    worker.run_due_here()
    assert "各支部均已有评分表，未新增，已填内容没有变动。" in client.get(task).content.decode()
    assert list(Sheet.objects.order_by("pk").values_list("pk", "version")) == before


@pytest.fixture
def planned(city: City) -> Cycle:
    """A planned cycle with MANY branches."""
    add_branches(city, MANY - Branch.objects.count())
    return make_cycle(city.scheme, period="Q3", status="planned")


def _address(folder: Path) -> str:
    """Where other processes find the rows; SQLite's database of tests lies in memory, so a copy in a file."""
    if connection.vendor != "sqlite" or settings.DATABASES["default"]["TEST"]["NAME"] != ":memory:":
        return database_url()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(folder / "copy.sqlite3")])
    return f"sqlite:///{folder / 'copy.sqlite3'}"


def _ask(address: str, query: str) -> list[tuple]:
    if address.startswith("sqlite"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as copy:
            return copy.execute(query).fetchall()
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _start(address: str, cycle: Cycle, office: User, *more: int) -> subprocess.Popen:
    words = [str(word) for word in (cycle.pk, office.pk, *more)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.assessments.openers", *words],
        env={**os.environ, "DATABASE_URL": address},
        cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def _whole(address: str) -> None:
    """Every branch has one sheet, every sheet its audit row, and the cycle is open, declared once."""
    assert _ask(address, COUNTED) == [(MANY, MANY)]
    assert _ask(address, AUDITED + "'sheet.created'") == [(MANY,)]
    assert _ask(address, AUDITED + "'cycle.opened'") == [(1,)]
    assert _ask(address, STATUS) == [("open",)]


@pytest.mark.django_db(transaction=True)
def test_three_openings_at_once_give_each_branch_one_sheet(
    planned: Cycle, office: User, city: City, tmp_path: Path
) -> None:
    address = _address(tmp_path)
    crowd = [_start(address, planned, office) for _each in range(3)]
    for process in crowd:
        process.stdin.write("go\n")
        process.stdin.flush()
    made = [int(process.communicate(timeout=120)[0]) for process in crowd]
    assert ([process.returncode for process in crowd], sum(made)) == ([0, 0, 0], MANY)
    _whole(address)


@pytest.mark.django_db(transaction=True)
def test_an_opening_killed_within_a_portion_is_finished_by_the_next(
    planned: Cycle, office: User, city: City, tmp_path: Path
) -> None:
    address = _address(tmp_path)
    killed = _start(address, planned, office, 3)
    assert killed.communicate("go\n", timeout=120)[0] == ""
    assert killed.returncode == 9
    assert _ask(address, COUNTED) == [(6, 6)]
    assert _ask(address, STATUS) == [("planned",)]
    assert _start(address, planned, office).communicate("go\n", timeout=120)[0] == f"{MANY - 6}\n"
    _whole(address)
