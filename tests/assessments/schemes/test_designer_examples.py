"""Examples in words, sums of the tree, and the way from a problem to its field."""

import copy
import random

import pytest

from assessments.schemes.designer.examples import examples
from assessments.schemes.designer.overview import band_range, flat, tree
from assessments.schemes.designer.problems import field_of, place_of
from assessments.schemes.designer.screen import Screen
from assessments.scoring import Scheme, check
from tests.assessments.schemes.designer_posts import SECTORS, every_path
from tests.assessments.scoring.random_schemes import Case

LOSS = {"code": "a", "text": "缺会", "points": 1}


def leaf(rule, **keys):
    return {"code": "1.1", "name": "学习", "points": 4, "rule": rule} | keys


@pytest.mark.parametrize(
    ("node", "lines"),
    [
        (leaf("deduct", criteria=[LOSS | {"points": "0.5", "max": "1.5"}]), [
            "缺会：2次 → 4 − 1 = 3分",
            "缺会：20次 → 4 − 1.5 = 2.5分（如不设限，应扣10分）",
        ]),
        (leaf("deduct", criteria=[LOSS | {"range": ["0.5", "2"], "points": None}]), ["缺会：酌情2分 → 4 − 2 = 2分"]),
        (leaf("add", criteria=[LOSS | {"text": "每篇", "unit": "篇"}]), [
            "每篇：2篇 → 0 + 2 = 2分",
            "每篇：20篇 → 0 + 4 = 4分（如不设限，应加20分）",
        ]),
        (leaf("mixed", start=2, criteria=[LOSS | {"points": -1}]), [
            "缺会：2次 → 2 − 2 = 0分",
        ]),
        (leaf("choice", criteria=[LOSS | {"text": "好", "points": 4}, LOSS | {"code": "b", "text": "差", "points": 0}]),
         ["好 → 4分", "差 → 0分"]),
        (leaf("measure", slope={"target": "0.9", "per": "0.01", "points": 1, "max": 4}), [
            "指标值90%（目标90%，每差1%减1分）→ 4 = 4分",
            "指标值87%（目标90%，每差1%减1分）→ 4 − 3 = 1分",
            "指标值70%（目标90%，每差1%减1分）→ 4 − 4 = 0分",
        ]),
        (leaf("measure", bands=[{"from": "0.8", "points": 2}, {"from": "0.95", "points": 4}]),
         ["指标值95% → 4分", "指标值80% → 2分", "低于80% → 0分"]),
        (leaf("entry"), ["在0—4之间赋分，以0.5为一档。", "填0.5 → 0.5分", "填0.75 → 不予接受"]),
        (leaf("poll"), ["测评88分 → 88 × 4 ÷ 100 = 3.52分", "测评100分 → 100 × 4 ÷ 100 = 4分"]),
        (leaf("external", start=4, factor=-10), [
            "导入数值0 → 4 + 0 × -10 = 4分",
            "导入数值0.5 → 4 + 0.5 × -10 = 0分",
            "导入数值1 → 4 + 1 × -10 = 0分",
        ]),
        (leaf("deduct"), []),
        (leaf("magic"), []),
        ({"code": "1", "children": [leaf("entry")]}, []),
    ],
    ids=lambda value: value.get("rule", "") if isinstance(value, dict) else "",
)  # fmt: skip
def test_examples_say_what_the_engine_computes(node, lines):
    assert examples(node) == lines


def content(**keys):
    """20 points: common 12, and 8 for organs or 6 for villages."""
    rows = [leaf("entry", code="1.1", points=12), leaf("entry", code="1.2", points=8, sectors=["organ"])]
    rows.append(leaf("entry", code="1.3", points=6, sectors=["village"]))
    top = {"code": "1", "name": "一", "points": 20, "children": rows}
    return {"full_marks": 20, "sectors": ["organ", "village"], "indicators": [top]} | keys


def test_sums_are_shown_for_each_group_of_sectors_that_differs():
    found = tree(content(), dict(SECTORS), {})
    assert [(each.sectors, each.actual, each.expected, each.is_right) for each in found.lines[0].sums] == [
        ("机关", "20", "20", True),
        ("村", "18", "20", False),
    ]
    assert found.lines[0].sums[1].difference == "差2分"
    same = tree(content(sectors=["organ"]), dict(SECTORS), {})
    assert [(each.sectors, each.actual) for each in same.sums] == [("", "20")]
    assert [line.level for line in flat(found.lines)] == [1, 2, 2, 2]


def test_printed_ranges_have_no_holes():
    bands = [{"from": 90}, {"from": "80.5"}, {"from": "x"}, {"from": 0}]
    assert [band_range(bands, at) for at in range(4)] == ["90分及以上", "80.5分至90分（不含）", "", "0分及以上"]


def break_at_random(rnd, node):
    """Damage some values of a scheme."""
    for key, value in list(node.items()) if isinstance(node, dict) else []:
        if isinstance(value, dict | list):
            for inner in value if isinstance(value, list) else [value]:
                break_at_random(rnd, inner)
        elif rnd.random() < 0.15:
            node[key] = rnd.choice(["", "zzz", "-3", "999", None])


@pytest.mark.parametrize("seed", range(30))
def test_every_problem_stands_in_exactly_one_form(seed):
    rnd = random.Random(seed)
    broken = Scheme.from_data(Case(rnd, branches=0).scheme).to_data()
    break_at_random(rnd, broken)
    named = 0
    for path in every_path(broken):
        screen = Screen(broken, path, SECTORS)
        mine = sorted(problem.text for problem in screen.problems if problem.path == path)
        assert sorted(text for texts in screen.notes.values() for text in texts) == mine
        named += len(mine)
    assert named == len(check(broken))


@pytest.mark.parametrize(
    ("path", "place", "field"),
    [
        ("indicators[1].children[3].points", "indicators[1].children[3]", "points"),
        ("indicators[0].children[1].criteria[2].range[1]", "indicators[0].children[1]", "criteria-2-low"),
        ("indicators[0].bands[1].from", "indicators[0]", "bands-1-from"),
        ("indicators[0].slope.per", "indicators[0]", "slope_per"),
        ("indicators[0].due[0]", "indicators[0]", "due_periods"),
        ("bonus.items[2].levels.省级", "bonus.items[2]", "levels-0-name"),
        ("penalty.groups[0].cap", "penalty", "groups-0-cap"),
        ("veto[1].effect.max_stars", "veto[1]", "max_stars"),
        ("bands[0].requires[1].dimension_share.code", "bands[0]", "requires-1-code"),
        ("year.bands[2].quota.max_share", "year.bands[2]", "quota_max_share"),
        ("year.weights.Q3", "year", "weight_Q3"),
        ("components[1].weight", "components", "components-1-weight"),
        ("tie_break[0]", "basics", "tie_break-0-code"),
        ("flags[1].code", "basics", "flags-1-code"),
        ("full_marks", "basics", "full_marks"),
        ("indicators", "indicators", ""),
        ("bands", "bands", ""),
        ("year", "year", ""),
        ("", "basics", ""),
    ],
)
def test_a_problem_path_names_its_form_and_field(path, place, field):
    found, rest = place_of(path)
    kind = copy.copy(found) if found in ("indicators", "bands", "veto") else "entry"
    assert (found, field_of(kind, rest)) == (place, field)


def test_a_problem_is_named_by_place_row_and_sector():
    broken = content()
    broken["indicators"][0]["children"][0] |= {
        "rule": "deduct",
        "criteria": [LOSS, {"code": "b", "text": "", "points": 1}],
    }
    found = [(each.place, each.key, each.text) for each in Screen(broken, "indicators", SECTORS).problems]
    assert ("1.1 学习", "评分细则 2 › 内容", "此项为空，请填写。") in found
    assert any("村" in text and "village" not in text for _place, key, text in found if key == "分值")
