"""Order and structure of a draft, and any sequence of presses on any content."""

import copy
import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.schemes.designer.blanks import blank_scheme
from assessments.schemes.designer.desk import press
from assessments.schemes.designer.moves import STEPS, change
from assessments.schemes.designer.overview import flat
from assessments.schemes.designer.places import Refused, at, walk
from assessments.schemes.designer.screen import Screen
from assessments.scoring import Scheme, check
from tests.assessments.schemes.designer_posts import SECTORS, every_path, form_at, posted
from tests.assessments.scoring.random_schemes import Case

LEAF = {"rule": "deduct", "points": 2, "criteria": [{"code": "a", "text": "缺", "points": 1}]}


def scheme():
    """1 (1.1, 1.2 (1.2.1)), 2 without children."""
    return {
        "indicators": [
            {"code": "1", "name": "一", "pass": "0.8", "children": [
                {"code": "1.1", "name": "甲", **LEAF},
                {"code": "1.2", "name": "乙", "children": [{"code": "1.2.1", "name": "丙", **LEAF}]},
            ]},
            {"code": "2", "name": "二"},
        ],
        "bands": [{"stars": 2, "grade": "好", "from": 60}, {"stars": 1, "grade": "差", "from": 0}],
    }  # fmt: skip


def outline(content):
    return [(path.count("children") + 1, node["code"]) for path, node in walk(content)]


@pytest.mark.parametrize(
    ("verb", "path", "target", "expected", "shown"),
    [
        ("down", "indicators[0].children[0]", {}, "1 1.2 1.2.1 1.1 2", "indicators[0].children[1]"),
        ("up", "indicators[1]", {}, "2 1 1.1 1.2 1.2.1", "indicators[0]"),
        ("up", "indicators[0]", {}, "1 1.1 1.2 1.2.1 2", "indicators[0]"),
        ("out", "indicators[0].children[1].children[0]", {}, "1 1.1 1.2 1.2.1 2", "indicators[0].children[2]"),
        ("out", "indicators[0].children[1]", {}, "1 1.1 1.2 1.2.1 2", "indicators[1]"),
        ("in", "indicators[1]", {}, "1 1.1 1.2 1.2.1 2", "indicators[0].children[2]"),
        ("drop", "indicators[0].children[0]", {"to": "indicators[1]", "where": "into"}, "1 1.2 1.2.1 2 1.1",
         "indicators[1].children[0]"),
        ("drop", "indicators[1]", {"to": "indicators[0].children[0]", "where": "before"}, "1 2 1.1 1.2 1.2.1",
         "indicators[0].children[0]"),
        ("drop", "indicators[0].children[1].children[0]", {"to": "indicators[0].children[0]", "where": "after"},
         "1 1.1 1.2.1 1.2 2", "indicators[0].children[1]"),
        ("add", "indicators[0].children[0]", {}, "1 1.1 1.3 1.2 1.2.1 2", "indicators[0].children[1]"),
        ("add", "indicators", {}, "1 1.1 1.2 1.2.1 2 3", "indicators[2]"),
        ("child", "indicators[1]", {}, "1 1.1 1.2 1.2.1 2 2.1", "indicators[1].children[0]"),
        ("remove", "indicators[0].children[1]", {}, "1 1.1 2", "indicators[0].children[0]"),
        ("copy", "indicators[0]", {}, "1 1.1 1.2 1.2.1 3 3.1 3.2 3.2.1 2", "indicators[1]"),
    ],
)  # fmt: skip
def test_a_step_and_where_the_entry_stands_then(verb, path, target, expected, shown):
    content = scheme()
    moved = change(content, verb, path, **target)
    assert ([code for _level, code in outline(moved.content)], moved.path) == (expected.split(), shown)
    assert content == scheme()


def test_a_pass_mark_stays_on_the_first_level_and_an_empty_parent_is_tidied():
    content = scheme() | {"indicators": [*scheme()["indicators"], {"code": "3", "pass": "0.5"}]}
    moved = change(content, "in", "indicators[2]").content
    assert at(moved, "indicators[1].children[0]") == {"code": "3"}
    alone = change(moved, "out", "indicators[1].children[0]").content
    assert "children" not in alone["indicators"][1]


def test_the_first_child_of_a_scored_indicator_takes_its_rule_over():
    moved = change(scheme(), "child", "indicators[0].children[0]")
    parent = at(moved.content, "indicators[0].children[0]")
    assert parent == {
        "code": "1.1", "name": "甲", "points": 2, "children": [{"code": "1.1.1", "name": "甲", **LEAF}]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "path", "target"),
    [
        ("in", "indicators[0]", {}),
        ("out", "indicators[0]", {}),
        ("in", "bands[1]", {}),
        ("in", "indicators[0].children[1]", {}),
        ("child", "indicators[0].children[1].children[0]", {}),
        ("drop", "indicators[0]", {"to": "indicators[0].children[1]", "where": "into"}),
        ("drop", "indicators[0]", {"to": "indicators[1]", "where": "into"}),
        ("drop", "bands[0]", {"to": "indicators[1]", "where": "before"}),
        ("drop", "bands[0]", {"to": "", "where": "before"}),
        ("up", "indicators[9]", {}),
        ("add", "basics", {}),
        ("burn", "indicators[0]", {}),
    ],
)
def test_an_impossible_step_is_refused_with_a_sentence(verb, path, target):
    content = scheme()
    with pytest.raises(Refused) as refusal:
        change(content, verb, path, **target)
    assert refusal.value.message.endswith("。")
    assert content == scheme()


def test_grades_are_ordered_and_copied():
    moved = change(scheme(), "drop", "bands[1]", to="bands[0]", where="before")
    assert [band["grade"] for band in moved.content["bands"]] == ["差", "好"]
    assert len(change(scheme(), "copy", "bands[0]").content["bands"]) == 3


def test_the_year_begins_with_the_grades_of_the_scheme_once():
    content = change(scheme(), "take", "year").content
    assert content["year"]["bands"] == scheme()["bands"]
    content["year"]["bands"][0]["from"] = 300
    assert content["bands"] == scheme()["bands"]
    with pytest.raises(Refused):
        change(content, "take", "year")


def codes(content):
    return Counter(node.get("code") for _path, node in walk(content))


VERBS = st.sampled_from([*STEPS, "save", "go", "refresh", "nonsense"])
PLACES = st.integers(0, 60)
TYPED = st.dictionaries(
    st.sampled_from(["name", "points", "rule", "code", "criteria-0-points", "due", "from", "stars", "method", "cap"]),
    st.sampled_from(["", "0", "3.5", "x", "-1", "1e9", "entry", "measure", "mean", "periods", "甲", "\x00", "９"]),
    max_size=3,
)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.lists(st.tuples(VERBS, PLACES, PLACES, TYPED), min_size=1, max_size=8))
def test_any_sequence_of_presses_leaves_plain_data(seed, presses):
    """Only refusals are raised, the content stays JSON, moving loses no indicator, every state has a page."""
    content = Scheme.from_data(Case(random.Random(seed), branches=0).scheme).to_data()
    for verb, here, there, changes in presses:
        paths = every_path(content)
        path, other = paths[here % len(paths)], paths[there % len(paths)]
        data = posted(form_at(content, path), at=path, do=f"{verb} {other}", to=path, where="into", go=other, **changes)
        before = copy.deepcopy(content)
        try:
            turn = press(content, data, SECTORS)
        except Refused:
            assert content == before
            continue
        assert content == before
        if turn.content is not None:
            assert json.loads(json.dumps(turn.content)) == turn.content
            if verb in ("up", "down", "in", "out", "drop") and not changes:
                assert codes(turn.content) == codes(content)
            content = turn.content
        screen = Screen(content, turn.path, SECTORS, turn.form)
        assert screen.heading
        assert len(screen.problems) == len(check(content)) == sum(tab.problems for tab in screen.tabs)
        assert screen.place.tab != "indicators" or len(list(flat(screen.tree.lines))) == len(list(walk(content)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "1", "甲", "deduct", "none", "Q1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "indicators", "children", "code", "name", "points", "rule", "criteria", "range", "bands", "slope", "due",
            "sectors", "bonus", "items", "levels", "groups", "veto", "effect", "quota", "requires", "year", "periods",
            "weights", "flags", "tie_break", "components", "flag", "dimension_share", "ceiling", "from", "stars",
        ]), inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["indicators", "bonus", "veto", "bands", "year", "flags", "components"]), JSON))
def test_any_json_has_a_page_and_a_form(content):
    for path in every_path(content):
        screen = Screen(content, path, SECTORS)
        shown = (screen.form.shown_blocks, screen.entries, screen.examples, screen.tools, screen.notes, screen.tree)
        assert (len(screen.tabs), len(shown)) == (8, 6)
        data = posted(form_at(content, path), at=path, do="save")
        turn = press(content, data, SECTORS)
        assert turn.content is None or json.dumps(turn.content)


def test_a_blank_scheme_lacks_only_its_indicators():
    assert {problem.path for problem in check(blank_scheme("x", "1", "新"))} == {"indicators"}
