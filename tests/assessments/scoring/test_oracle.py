"""The engine against a second reading of scoring.md in exact fractions: no difference at all.

PORTAL_ORACLE_SHEETS=100000 compares that many sheets instead of the few of the normal run.
"""

import csv
import io
import itertools
import os
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import results_csv, score
from assessments.scoring import Scheme
from assessments.scoring.building import METHODS
from assessments.scoring.reading import KEYS
from assessments.scoring.scheme import RULES, SOURCES

from .helpers import COLUMNS
from .oracle import Oracle
from .random_schemes import Case, leaves_of

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


def test_random_schemes_reach_every_rule_condition_quota_and_year():
    """What the comparison covers: all of it occurs, and every year method with every policy."""
    schemes = [Case(random.Random(seed), 0).scheme for seed in range(400)]
    leaves = [leaf for scheme in schemes for leaf in leaves_of(scheme["indicators"])]
    assert {leaf["rule"] for leaf in leaves} == set(RULES)
    assert {leaf["not_applicable"] for leaf in leaves} == {"forbidden", "counts_full", "excluded"}
    assert {str(leaf["due"]) for leaf in leaves} >= {"every", "year_end", "on_event", "['Q2', 'Q4']"}
    bands = [band for scheme in schemes for band in (*scheme["bands"], *scheme["year"].get("bands", []))]
    assert {kind for band in bands for each in band.get("requires", []) for kind in each} == set(KEYS["condition"])
    quotas = [band["quota"] for band in bands if "within" in band.get("quota", {})]
    kinds = {(next(iter(quota)), quota["within"]) for quota in quotas}
    assert kinds == set(itertools.product(("max_share", "max_number"), ("all", "sector", "committee")))
    years = {tuple(scheme["year"][name] for name in ("method", "missing", "adjustments")) for scheme in schemes}
    assert years == set(itertools.product(METHODS, ("block", "skip", "zero"), ("in_quarters", "summed")))
    assert {kind for scheme in schemes for veto in scheme["veto"] for kind in veto["effect"]} == set(KEYS["effect"])
    assert {scheme.get("star_mode") for scheme in schemes} == {None, "thematic"}
    assert {each["source"] for scheme in schemes for each in scheme["components"]} == set(SOURCES)
    assert {str(scheme["round_before_banding"]) for scheme in schemes} == {"none", "0", "1", "2"}
