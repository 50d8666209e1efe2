"""Positions of marks, and the frozen column."""

import random

import numpy as np
import pytest

from assessments.scoring import Batch, BranchFacts, Mark, Scheme, check_mark, evaluate, layout_of, parse_up

from .helpers import entry, make
from .random_schemes import Case

CRITERIA = [{"code": f"c{at}", "text": "细则", "points": "0.01"} for at in range(130)]


def test_marks_come_back_as_they_were_put():
    scheme = make(
        entry("1", 40),
        {"code": "2", "name": "乙", "points": 30, "rule": "deduct", "criteria": CRITERIA},
        {"code": "3", "name": "丙", "points": 20, "rule": "measure", "bands": [{"from": 0, "points": 1}]},
        {"code": "4", "name": "丁", "points": 10, "rule": "poll", "not_applicable": "excluded"},
    )
    layout = layout_of(scheme)
    marks, given = layout.empty()
    put = {
        "1": Mark(parse_up("39.5")),
        "2": Mark(counts={"c0": 3, "c61": 1, "c129": 2}, waived=frozenset(["c61", "c129"])),
        "3": Mark(parse_up(37), parse_up(40)),
        "4": Mark(not_applicable=True),
    }
    for code, mark in put.items():
        layout.put(given[0] if code == "4" else marks[0, 2], code, mark)
    assert {code: layout.get(given[0] if code == "4" else marks[0, 2], code) for code in put} == put
    layout.put(marks[0, 2], "2", Mark())
    assert layout.get(marks[0, 2], "2") == Mark()
    layout.put(marks[0, 2], "2", None)
    assert layout.get(marks[0, 2], "2") is None
    assert layout.stages == ("self", "preliminary", "review")


def test_a_frozen_column_is_read_back_bit_by_bit():
    scheme = Scheme.from_data(Case(random.Random(7), branches=0).scheme)
    layout = layout_of(scheme)
    marks, given = layout.empty(5)
    marks[:] = np.arange(marks.size).reshape(marks.shape)
    given[:] = -np.arange(given.size).reshape(given.shape)
    columns = [layout.pack(marks[at], given[at]) for at in range(5)]
    assert {len(column) for column in columns} == {layout.size * 8}
    again, given_again = layout.unpack(columns)
    assert (again == marks).all()
    assert (given_again == given).all()
    with pytest.raises(ValueError, match="bytes"):
        layout.unpack([columns[0][:-8]])


def test_no_sheets_at_all_are_scored_too():
    scheme = make()
    layout = layout_of(scheme)
    marks, given = layout.unpack([])
    outcome = evaluate(scheme, Batch.of(scheme, "Q1", [], marks=marks, given=given))
    assert len(outcome) == 0
    assert evaluate(scheme, Batch.of(scheme, "Q1", [BranchFacts("a")])).status.tolist() == [2]


@pytest.mark.parametrize(
    ("mark", "codes"),
    [
        (Mark(), ["required"]),
        (Mark(parse_up(1), parse_up(2)), ["no_denominator"]),
        (Mark(parse_up(1), counts={"a": 1}), ["criteria_not_marked"]),
        (Mark(not_applicable=True), ["not_applicable_forbidden"]),
    ],
)
def test_marks_that_do_not_fit_their_rule_are_named(mark, codes):
    assert [problem.code for problem in check_mark(make(), "1", mark)] == codes
    assert [problem.code for problem in check_mark(make(), "9", mark)] == ["unknown_indicator"]
