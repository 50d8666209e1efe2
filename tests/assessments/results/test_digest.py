"""One tally, one digest: over databases, orders of rows, hash seeds, time zones and locales.

The figure stands here as a literal. `./portal test` runs this file on SQLite and on PostgreSQL, so both must give it.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from assessments.cycles.models import Cycle
from assessments.results import gather
from assessments.results.computing import compute
from assessments.results.models import Tally
from assessments.results.services.tally import run_tally
from assessments.results.verifying import tally_problems
from assessments.sheets.models import Sheet
from tests.factories.many import make_many
from tests.migrated import make_file

ROOT = Path(__file__).resolve().parents[3]
DIGEST = "e9702e3a35d91b62108b75c151d06decf60eb772a0d34ff1c51a08136c524432"
SEEDS, ZONES, LOCALES = ("0", "1", "20261121"), ("Asia/Shanghai", "America/New_York"), ("C.UTF-8", "zh_CN.UTF-8")
MAKE = """
import django
django.setup()
from tests.factories.many import make_many
make_many(120, sectors=4, year=2031)
"""
COMPUTE = """
import django
django.setup()
from assessments.cycles.models import Cycle
from assessments.results.computing import compute
from assessments.results.gather import cycle_inputs
cycle = Cycle.objects.select_related("plan__scheme_version__scheme").get()
print(compute(cycle_inputs(cycle, lean=True)).digest)
"""


@pytest.fixture
def many(db):
    """120 invented branches in four sectors; the same figures at every run."""
    return make_many(120, sectors=4, year=2031)


def fresh(many):
    return Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=many.cycle.pk)


def test_the_digest_is_that_of_every_other_database(many):
    tally = run_tally(actor=None, cycle=fresh(many))
    assert (tally.digest, tally.rated_count + tally.undecided_count) == (DIGEST, 120)
    assert list(tally_problems(tally)) == []


def test_rows_written_in_another_order_give_the_same_digest(db):
    many = make_many(120, sectors=4, year=2031, shuffled=True)
    sheets = Sheet.objects.filter(cycle=many.cycle).order_by("pk").values_list("branch__code", flat=True)
    assert list(sheets) != sorted(sheets)
    assert run_tally(actor=None, cycle=fresh(many)).digest == DIGEST


def test_the_order_of_reading_and_its_portions_do_not_matter(many, monkeypatch):
    entries = gather.cycle_entries(fresh(many))
    random.Random(8).shuffle(entries)
    assert compute(gather.inputs_of(fresh(many), entries)).digest == DIGEST
    monkeypatch.setattr("assessments.results.frozen.PORTION", 7)
    monkeypatch.setattr("assessments.results.frozen.FEW", 2)
    monkeypatch.setattr("branchportal.bulk.PORTION", 11)
    tally = run_tally(actor=None, cycle=fresh(many))
    assert tally.digest == DIGEST
    assert list(tally_problems(tally)) == []
    assert Tally.objects.count() == 1


def surroundings(database: Path, **settings: str) -> dict[str, str]:
    own = {"DATABASE_URL": f"sqlite:///{database}", "DJANGO_SETTINGS_MODULE": "branchportal.settings"}
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return kept | own | {"PYTHONPATH": str(ROOT)} | settings


def alone(program: str, database: Path, **settings: str) -> str:
    """What a process of its own says, under another environment."""
    env = surroundings(database, **settings)
    done = subprocess.run([sys.executable, "-c", program], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_hash_seed_zone_and_locale_do_not_matter(tmp_path):
    database = tmp_path / "digest.sqlite3"
    make_file(database, surroundings(database))
    alone(MAKE, database)
    found = {
        alone(COMPUTE, database, PYTHONHASHSEED=seed, TZ=ZONES[at % 2], LC_ALL=LOCALES[at % 2], LANG=LOCALES[at % 2])
        for at, seed in enumerate(SEEDS)
    }
    assert found == {DIGEST}
