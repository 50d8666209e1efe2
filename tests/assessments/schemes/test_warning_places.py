"""Every warning of a scheme names its path in a YAML file and the cell that is to be changed in a workbook."""

import io
import re

import openpyxl
import pytest
from django.utils import translation

from assessments.schemes.filekinds import read_scheme, write_scheme
from assessments.schemes.sentences import scheme_sentence
from assessments.scoring import Scheme
from assessments.scoring.check import BY_RULE
from tests.assessments.scoring.helpers import BANDS, entry, scheme_data

YEAR = {"periods": ["Q1", "Q2"], "method": "mean", "missing": "skip"}
CLAUSE = {"code": "a", "text": "每缺1次", "points": 1}
LEVELS = [{"code": "a", "text": "好", "points": 120}, {"code": "b", "text": "差", "points": 0}]
REACHED = [{"from": 1, "points": 120}, {"from": 0, "points": 0}]
SLOPE = {"target": 1, "per": "0.01", "points": 1}
WEIGHED = [{"source": "review", "weight": 1}, {"source": "poll", "weight": 0}]
FROM_POLL = {"from": "poll", "items": [{"code": "P1", "text": "通报", "points": 1}]}
GOOD = {"good_periods": {"grade": "五星", "count": 1}}
THEME = entry(**{"pass": "0.8"})


def row(rule, **changes):
    return {"code": "1", "name": "甲", "points": 100, "rule": rule, **changes}


# code, path in YAML, cell in the workbook, what stands in it, the scheme
CASES = [
    ("criteria_unused", "indicators[0].criteria", "评分细则!C4", "每缺1次", scheme_data(entry(criteria=[CLAUSE]))),
    (
        "award_larger",
        "indicators[0].criteria[0].points",
        "评分细则!D4",
        120,
        scheme_data(row("choice", criteria=LEVELS)),
    ),
    (
        "award_larger",
        "indicators[0].criteria[0].range[1]",
        "评分细则!F4",
        120,
        scheme_data(row("add", criteria=[{"code": "a", "text": "好", "range": [3, 120]}])),
    ),
    ("award_larger", "indicators[0].bands[0].points", "评分细则!D4", 120, scheme_data(row("measure", bands=REACHED))),
    (
        "sum_points",
        "indicators[0].points",
        "指标!D4",
        100,
        scheme_data(
            {
                "code": "1",
                "name": "甲",
                "points": 100,
                "children": [entry("1.1", 60), entry("1.2", 40, sectors=["village"])],
            }
        ),
    ),
    ("sum_full_marks", "full_marks", "说明!B7", 100, scheme_data(entry("1", 60), entry("2", 40, sectors=["village"]))),
    ("penalty_from_nothing", "penalty.from", "加减分!B8", "测评", scheme_data(components=WEIGHED, penalty=FROM_POLL)),
    (
        "veto_closes_nothing",
        "veto[0].effect.max_stars",
        "一票否决!D4",
        5,
        scheme_data(veto=[{"code": "V1", "text": "受处分", "effect": {"max_stars": 5}}]),
    ),
    ("no_effect", "indicators[0].step", "指标!N4", 1, scheme_data(row("deduct", criteria=[CLAUSE], step=1))),
    ("no_effect", "indicators[0].start", "指标!O4", 1, scheme_data(entry(start=1))),
    ("no_effect", "indicators[0].highest_only", "指标!P4", "是", scheme_data(entry(highest_only=True))),
    ("no_effect", "indicators[0].bands", "评分细则!J4", 1, scheme_data(entry(bands=[{"from": 1, "points": 10}]))),
    ("no_effect", "indicators[0].slope", "指标!Q4", 1, scheme_data(entry(slope=SLOPE))),
    ("no_effect", "indicators[0].factor", "指标!V4", 2, scheme_data(entry(factor=2))),
    ("no_effect", "indicators[0].pass", "指标!X4", 0.8, scheme_data(THEME)),
    (
        "too_many_stars",
        "bands[0].stars",
        "等次!A4",
        2,
        scheme_data(THEME, star_mode="thematic", bands=[{"stars": 2, "grade": "二星", "from": 0}]),
    ),
    (
        "too_many_stars",
        "year.bands[0].stars",
        "等次!A17",
        2,
        scheme_data(
            THEME,
            star_mode="thematic",
            bands=[{"stars": 1, "grade": "一星", "from": 0}],
            year={**YEAR, "bands": [{"stars": 2, "grade": "二星", "from": 0}]},
        ),
    ),
    (
        "year_only",
        "bands[0].requires[0]",
        "等次!I4",
        "达到某等次的期数不少于",
        scheme_data(bands=[{**BANDS[0], "requires": [GOOD]}, *BANDS[1:]]),
    ),
    (
        "no_effect",
        "year.bands",
        "等次!A18",
        "【年度等次】",
        scheme_data(year={**YEAR, "method": "none", "bands": BANDS}),
    ),
    ("no_effect", "year.bonus_cap", "说明!B41", 5, scheme_data(year={**YEAR, "bonus_cap": 5})),
    (
        "no_effect",
        "year.weights",
        "说明!A43",
        "【各期权重】",
        scheme_data(year={**YEAR, "weights": {"Q1": 1, "Q2": 0}}),
    ),
]


@pytest.mark.parametrize(("code", "path", "cell", "content", "data"), CASES, ids=[case[1] for case in CASES])
def test_a_warning_names_its_path_and_its_cell(code, path, cell, content, data):
    scheme = Scheme.from_data(data)
    text = write_scheme(scheme, "yaml")
    assert [(each.path, each.code, each.severity) for each in read_scheme("a.yaml", text).check()] == [
        (path, code, "warning")
    ]
    book = write_scheme(scheme, "xlsx")
    [problem] = read_scheme("a.xlsx", book).check()
    assert (problem.path, problem.code.removesuffix("_here"), problem.severity) == (cell, code, "warning")
    title, _, place = cell.partition("!")
    assert openpyxl.load_workbook(io.BytesIO(book))[title][place].value == content
    with translation.override("zh-hans"):
        said = scheme_sentence(problem).removeprefix(cell)
    assert re.findall("[a-z_]{2,}", said.replace("（total）", "")) == []


def test_every_kind_of_warning_has_its_case():
    assert {case[0] for case in CASES} == {
        "criteria_unused", "award_larger", "sum_points", "sum_full_marks", "penalty_from_nothing",
        "veto_closes_nothing", "no_effect", "too_many_stars", "year_only",
    }  # fmt: skip
    assert {case[1].rpartition(".")[2] for case in CASES} >= set(BY_RULE)
