"""Equal inputs give the same bytes: whatever the order of rows, the hash seed, the time zone and the locale."""

import hashlib
import os
import random
import subprocess
import sys

import pytest

from assessments.schemes.files import write_scheme_yaml
from assessments.scoring import Scheme

from .helpers import COLUMNS
from .random_schemes import Case
from .test_cases import command
from .test_oracle import as_csv

CASE = 5  # quotas with ties, claims of one matter, vetoes and a year
PLACES = [
    ("0", "UTC", "C"),
    ("0", "Asia/Shanghai", "C.UTF-8"),
    ("1", "UTC", "C.UTF-8"),
    ("1", "Asia/Shanghai", "C"),
    ("4242", "UTC", "C"),
    ("4242", "Asia/Shanghai", "C.UTF-8"),
]


@pytest.fixture(scope="module")
def case():
    return Case(random.Random(CASE), 40)


def written(case, folder, seed):
    """The three files, with rows in an order of their own."""
    marks, branches = list(case.marks), list(case.branches)
    random.Random(seed).shuffle(marks)
    random.Random(seed + 1).shuffle(branches)
    folder.mkdir()
    (folder / "scheme.yaml").write_text(write_scheme_yaml(Scheme.from_data(case.scheme)), encoding="utf-8")
    (folder / "marks.csv").write_bytes(as_csv(marks, COLUMNS))
    (folder / "branches.csv").write_bytes(as_csv(branches, list(branches[0])))
    scheme, marks_file, branches_file = (str(folder / name) for name in ("scheme.yaml", "marks.csv", "branches.csv"))
    return ["score", scheme, marks_file, "--branches", branches_file, "--out", str(folder / "results.csv")]


def digest(folder):
    return hashlib.sha256((folder / "results.csv").read_bytes()).hexdigest()


def test_twenty_orders_of_the_rows_have_one_result(case, tmp_path):
    found = set()
    for seed in range(20):
        good, lines = command(*written(case, tmp_path / str(seed), seed))
        assert good, lines
        found.add(digest(tmp_path / str(seed)))
    assert len(found) == 1
    text = (tmp_path / "0" / "results.csv").read_text(encoding="utf-8")
    assert {"rated", "undecided", "missing", "exempt"} <= set(text.replace("\n", ",").split(","))


def test_hash_seed_time_zone_and_locale_change_no_byte(case, tmp_path):
    good, lines = command(*written(case, tmp_path / "here", 99))
    assert good, lines
    running = []
    for at, (seed, zone, locale) in enumerate(PLACES):
        words = written(case, tmp_path / str(at), at)
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
        environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
        running.append(subprocess.Popen([sys.executable, "manage.py", "scheme", *words], env=environment))
    assert [process.wait(timeout=120) for process in running] == [0] * len(PLACES)
    assert {digest(tmp_path / str(at)) for at in range(len(PLACES))} == {digest(tmp_path / "here")}
