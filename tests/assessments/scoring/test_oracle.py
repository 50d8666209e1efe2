"""The engine against a second reading of scoring.md in exact fractions: no difference at all.

PORTAL_ORACLE_SHEETS=100000 compares that many sheets instead of the few of the normal run.
"""

import csv
import io
import os
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import results_csv, score
from assessments.scoring import Scheme

from .helpers import COLUMNS
from .oracle import Oracle
from .random_schemes import Case

SHEETS = int(os.environ.get("PORTAL_ORACLE_SHEETS", "500"))
BRANCHES = 14


def as_csv(rows, columns):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def engine_rows(case):
    scheme = Scheme.from_data(case.scheme)
    inputs = read_inputs(scheme, as_csv(case.marks, COLUMNS), as_csv(case.branches, list(case.branches[0])))
    rows = csv.DictReader(io.StringIO(results_csv(scheme, score(scheme, inputs))))
    return [{name: value for name, value in row.items() if name != "reasons"} for row in rows]


def compare(seed):
    """Sheets compared."""
    case = Case(random.Random(seed), BRANCHES)
    expected = Oracle(case.scheme, case.marks, case.branches).run()
    assert engine_rows(case) == expected
    return sum(row["period"] != "year" for row in expected)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48))
def test_engine_and_oracle_agree_to_the_last_micro_point(seed):
    compare(seed)


def test_engine_and_oracle_agree_on_many_sheets():
    compared, seed = 0, 0
    while compared < SHEETS:
        compared += compare(seed)
        seed += 1


def test_the_order_of_rows_decides_nothing():
    case = Case(random.Random(11), BRANCHES)
    before = engine_rows(case)
    for seed in range(3):
        random.Random(seed).shuffle(case.marks)
        random.Random(seed).shuffle(case.branches)
        assert engine_rows(case) == before
