"""Junk in schemes and marks is answered with sentences, never with a crash."""

import copy
import random
from decimal import Decimal

import pytest

from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import score
from assessments.schemes.sentences import row_sentence, scheme_sentence
from assessments.schemes.tables import TableError
from assessments.scoring import Scheme, check

from .helpers import COLUMNS
from .random_schemes import Case
from .test_oracle import as_csv

JUNK = [None, [], {}, "", "x", -1, 0, 10**9, Decimal("0.1234567"), True, False, 1.5, ["a", "a"], [1], {"a": 1}]
JUNK += [[None], [[]], {"a": {}}, "1e5", "Q1", "none", (1, 2)]
CELLS = ["", "NA", "-1", "1e9", "1/0", "1/3", "0.5", "999999999999", "=1+1", "是", "@x", "Q2", "year", "2026Q1", "\x00"]
CELLS += ["review", "poll", "a", "1" * 200, "０"]


def places(data, path=()):
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def spoiled(seed):
    rnd = random.Random(seed)
    data = copy.deepcopy(Case(rnd, 0).scheme)
    for _ in range(rnd.randint(1, 4)):
        path = rnd.choice([path for path in places(data) if path])
        owner = data
        for key in path[:-1]:
            owner = owner[key]
        if isinstance(owner, dict) and rnd.random() < 0.3:
            owner.pop(path[-1])
        else:
            owner[path[-1]] = copy.deepcopy(rnd.choice(JUNK))
    return data


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_a_spoiled_scheme_has_sentences_or_is_whole(start):
    for seed in range(start, start + 40):
        problems = check(spoiled(seed))
        assert all(scheme_sentence(problem) for problem in problems)
        if not any(problem.severity == "error" for problem in problems):
            scheme = Scheme.from_data(spoiled(seed))
            assert Scheme.from_data(scheme.to_data()) == scheme


@pytest.mark.parametrize("seed", range(20))
def test_spoiled_marks_have_sentences_with_lines_or_results(seed):
    rnd = random.Random(seed)
    case = Case(rnd, 4)
    scheme = Scheme.from_data(case.scheme)
    for _ in range(rnd.randint(1, 6)):
        rnd.choice(case.marks)[rnd.choice(COLUMNS)] = rnd.choice(CELLS)
    branches = as_csv(case.branches, list(case.branches[0]))
    problems = ()
    try:
        score(scheme, read_inputs(scheme, as_csv(case.marks, COLUMNS), branches))
    except TableError as error:
        problems = error.problems
    assert all(row_sentence(problem) and problem.line > 1 for problem in problems)
