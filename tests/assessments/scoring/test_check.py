"""Every problem of a scheme at once, each with its path; and schemes to data and back."""

import copy
import json
import random
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from assessments.schemes.files import read_scheme_yaml, write_scheme_yaml
from assessments.schemes.sentences import SENTENCES, scheme_sentence
from assessments.scoring import Scheme, SchemeError, check

from .helpers import BANDS, entry, make, scheme_data
from .random_schemes import Case

DEMO = Path("fixtures/schemes/demo-wuqiang.yaml")
TWENTY = Path(__file__).parent / "twenty.yaml"


def found(data, severity="error"):
    return [(each.path, each.code) for each in check(data) if each.severity == severity]


def changed(path, value):
    """A good scheme with one thing changed; the path is a list of keys and positions."""
    data = copy.deepcopy(
        scheme_data(
            {"code": "1", "name": "甲", "points": 60, "children": [entry("1.1", 40), entry("1.2", 20)]},
            entry("2", 40),
            components=[{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}],
            bonus={"items": [{"code": "B1", "text": "奖", "points": 1}]},
            veto=[{"code": "V1", "text": "否", "effect": {"max_stars": 2}}],
        )
    )
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


def choice(*criteria, **more):
    return {"code": "2", "name": "乙", "points": 40, "rule": "choice", "criteria": list(criteria), **more}


def a(points=1, **more):
    return {"code": "a", "text": "细则", "points": points, **more}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["code"], 1, ("code", "not_text")),
        (["name"], " ", ("name", "empty")),
        (["colour"], "red", ("colour", "unknown_key")),
        (["full_marks"], 0, ("full_marks", "not_above")),
        (["full_marks"], 99, ("full_marks", "sum_full_marks")),
        (["full_marks"], 0.1, ("full_marks", "float")),
        (["round_before_banding"], None, ("round_before_banding", "required")),
        (["round_before_banding"], 3, ("round_before_banding", "not_one_of")),
        (["places"], "1.5", ("places", "not_whole")),
        (["rescale"], "maybe", ("rescale", "not_flag")),
        (["rescale"], "是", ("rescale", "flag_word")),
        (["indicators"], [], ("indicators", "empty")),
        (["indicators", 0, "points"], 50, ("indicators[0].points", "sum_points")),
        (["indicators", 0, "rule"], "entry", ("indicators[0].rule", "not_with_children")),
        (["indicators", 0, "children", 1, "points"], "2O", ("indicators[0].children[1].points", "not_number")),
        (["indicators", 1, "points"], "1.2345678", ("indicators[1].points", "too_many_places")),
        (["indicators", 0, "children", 1, "pass"], "0.5", ("indicators[0].children[1].pass", "first_level_only")),
        (["indicators", 1, "rule"], "guess", ("indicators[1].rule", "not_one_of")),
        (["indicators", 1, "code"], "1.1", ("indicators[1].code", "duplicate_code")),
        (["indicators", 1, "code"], "B1", ("bonus.items[0].code", "duplicate_code")),
        (["indicators", 1, "due"], ["Q7"], ("indicators[1].due[0]", "unknown_period")),
        (["indicators", 1, "step"], 0, ("indicators[1].step", "not_above")),
        (["indicators", 1, "floor"], 50, ("indicators[1].floor", "floor_above_ceiling")),
        (["indicators", 1, "scaled"], True, ("indicators[1].scaled", "only_with_children")),
        (["indicators", 1], choice(), ("indicators[1].criteria", "choice_without_options")),
        (["indicators", 1], choice(a(), a()), ("indicators[1].criteria[1].code", "duplicate_code")),
        (["indicators", 1], choice(a(range=[1, 2])), ("indicators[1].criteria[0].range", "only_one_of")),
        (["indicators", 1], choice(a(-1), rule="deduct"), ("indicators[1].criteria[0].points", "too_small")),
        (["indicators", 1], choice(rule="measure"), ("indicators[1]", "one_of")),
        (["components", 0, "weight"], "0.6", ("components", "weights_sum")),
        (["components", 0, "source"], "poll", ("components[1].source", "duplicate_code")),
        (["bonus", "items", 0, "group"], "g", ("bonus.items[0].group", "unknown_group")),
        (["bonus", "items", 0, "levels"], {"省": 1}, ("bonus.items[0]", "only_one_of")),
        (["penalty"], {"from": "meeting"}, ("penalty.from", "unknown_component")),
        (["veto", 0, "effect"], {"max_stars": 1, "grade": "lowest"}, ("veto[0].effect", "not_single")),
        (["veto", 0, "effect"], "zero_total", ("veto[0].effect", "needs_content")),
        (["veto", 0, "effect"], {"zero_total": False}, ("veto[0].effect", "must_be_yes")),
        (["bands"], [BANDS[1], BANDS[0]], ("bands[1].from", "bands_order")),
        (["bands"], [BANDS[0], {**BANDS[1], "from": 90}], ("bands[1].from", "band_unreachable")),
        (["bands"], [{**BANDS[0], "from": "105.5"}], ("bands[0].from", "band_too_high")),
        (["bands", 0, "requires"], [{"flag": "F"}], ("bands[0].requires[0].flag", "unknown_flag")),
        (["bands", 0, "requires"], [{"luck": 1}], ("bands[0].requires[0]", "not_one_of")),
        (["bands", 0, "quota"], {"within": "all"}, ("bands[0].quota", "one_of")),
        (["tie_break"], ["9"], ("tie_break[0]", "unknown_dimension")),
        (["year"], None, ("year", "required")),
        (["year"], {"periods": ["Q1"], "missing": "skip"}, ("year.method", "required")),
        (["year", "method"], "sum", ("year.bands", "year_bands_missing")),
        (["year", "periods"], ["Q1", "Q5"], ("year.periods[1]", "unknown_period")),
        (["year", "periods"], ["Q1", "Q1", "Q5"], ("year.periods[2]", "unknown_period")),
    ],
)  # fmt: skip
def test_each_mistake_is_found_at_its_place(path, value, expected):
    data = changed(path, value)
    if expected[1] == "band_too_high":
        data["bonus"]["cap"] = 5
    assert expected in found(data)
    assert all("%(" not in scheme_sentence(problem) for problem in check(data))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(["veto", 0, "effect"], {"max_stars": 5})], ("veto[0].effect.max_stars", "veto_closes_nothing")),
        ([(["year", "bonus_cap"], 3)], ("year.bonus_cap", "no_effect")),
        (
            [
                (["components"], [{"source": "review", "weight": 1}, {"source": "self", "weight": 0}]),
                (["penalty"], {"from": "self", "items": [{"code": "P1", "text": "罚", "points": 1}]}),
            ],
            ("penalty.from", "penalty_from_nothing"),
        ),
        ([(["star_mode"], "thematic"), (["indicators", 1, "pass"], "0.8")], ("bands[0].stars", "too_many_stars")),
    ],
)
def test_what_can_never_act_is_a_warning(changes, expected):
    data = changed(*changes[0])
    for path, value in changes[1:]:
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    problems = {(each.path, each.code): each.severity for each in check(data)}
    assert problems[expected] == "warning"
    assert "error" not in problems.values()
    assert all("%(" not in scheme_sentence(problem) for problem in check(data))


@pytest.mark.parametrize("sign", ["\x00", "\x03", "\x1a", "\x7f", "\x85", "\ud800", "\uffff"])
@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["name"], "甲{}乙", "name"),
        (["version"], "1{}", "version"),
        (["notes"], "说明{}", "notes"),
        (["sectors"], ["机{}关"], "sectors[0]"),
        (["bonus", "items", 0], {"code": "B1", "text": "奖", "levels": {'"{}省': 1}}, "bonus.items[0].levels"),
        (["bands", 0, "grade"], "优{}秀", "bands[0].grade"),
    ],
)
def test_a_control_character_is_refused_in_every_text(path, value, place, sign):
    data = changed(path, json.loads(json.dumps(value).replace("{}", json.dumps(sign)[1:-1])))
    problem = next(each for each in check(data) if each.code == "unseen_signs")
    assert (problem.path, problem.params["signs"]) == (place, (f"U+{ord(sign):04X}",))
    with translation.override("zh-hans"):
        words = scheme_sentence(problem)
    assert f"U+{ord(sign):04X}" in words
    assert sign not in words


def test_tabs_and_line_breaks_are_text():
    assert found(changed(["notes"], "一\t二\n三\r\n四 五\xa0六")) == []


def test_an_unknown_dimension_in_a_condition():
    condition = {"dimension_share": {"code": "1.1", "min": "0.8"}}
    expected = [("bands[0].requires[0].dimension_share.code", "unknown_dimension")]
    assert found(changed(["bands", 0, "requires"], [condition])) == expected


def test_weights_of_the_year_add_up_and_name_every_period():
    rule = {"periods": ["Q1", "Q2"], "method": "weighted", "missing": "skip", "weights": {"Q1": "0.5", "Q3": "0.4"}}
    assert found(scheme_data(year=rule)) == [
        ("year.weights.Q3", "unknown_period"),
        ("year.weights.Q2", "required"),
        ("year.weights", "weights_sum"),
    ]


def test_an_award_larger_than_its_row_is_a_warning():
    data = changed(["indicators", 1], choice(a(50)))
    assert found(data) == []
    assert found(data, "warning") == [("indicators[1].criteria[0].points", "award_larger")]


def test_each_sector_adds_up_by_itself():
    rows = [entry("1", 60), entry("2", 40, sectors=["organ"]), entry("3", 30, sectors=["village"])]
    problems = check(scheme_data(*rows, sectors=["organ", "village"]))
    assert [(each.path, each.code, each.value, each.params["sector"]) for each in problems] == [
        ("full_marks", "sum_full_marks", "90", "village")
    ]


def test_twenty_mistakes_are_twenty_sentences():
    data = changed(["places"], 9)
    data["indicators"] += [{"code": "x", "points": -1, "rule": "none", "criteria": "a"}] * 2
    data["bands"][0].update(stars="five", quota={"max_share": 2})
    data["year"] = {"method": "guess"}
    data.update(sectors="organ", veto=[{}], colour=1)
    problems = check(data)
    assert len(problems) >= 20
    sentences = [scheme_sentence(problem) for problem in problems]
    assert all(len(sentence) > 5 and "%(" not in sentence for sentence in sentences)
    with pytest.raises(SchemeError) as caught:
        Scheme.from_data(data)
    assert list(caught.value.problems) == problems


@pytest.mark.parametrize(
    "data", [None, [], "text", 5, {}, {"indicators": {"a": 1}}, {"indicators": [None], "bands": [1]}]
)
def test_anything_at_all_is_answered_with_problems(data):
    assert check(data)


def test_twenty_mistakes_are_twenty_sentences_with_place_value_and_cure(capsys):
    """The file's comments number the mistakes; none of them hides another or speaks twice."""
    text = TWENTY.read_text(encoding="utf-8")
    wanted = {
        "version": ("2026.1", "加引号"),
        "places": ("7", "0 至 6"),
        "round_before_banding": ("3", "none、0、1、2"),
        "colour": ("colour", "可用的键"),
        "indicators[0].children[0].criteria[1].code": ("a", "不得重复"),
        "indicators[0].children[1].rule": ("deducts", "可用值：entry、deduct"),
        "indicators[0].children[2].criteria": ("", "补充评分细则"),
        "indicators[0].points": ("45", "应为50分"),
        "indicators[1].children[0].slope.per": ("0", "较大的数"),
        "indicators[1].children[1].code": ("2.1", "不得重复"),
        "indicators[1].children[1].due[1]": ("Q5", "Q1、Q2、Q3、Q4"),
        "indicators[1].children[2].start": ("0.1234567", "6位"),
        "indicators[1].children[2].criteria[0].applies_if": ("has_office", "has_committee、has_groups"),
        "components": ("0.9", "应为 1"),
        "bonus.items[0].group": ("awards", "先定义"),
        "veto[0].effect": ("max_star", "max_stars、grade"),
        "bands[0].quota.max_share": ("30", "0.3"),
        "bands[0].requires[0].dimension_share.code": ("9", "1、2"),
        "bands[1].from": ("95", "从高到低"),
        "year.method": ("", "补填"),
    }
    errors = StringIO()
    with pytest.raises(CommandError, match="20"):
        call_command("scheme", "check", str(TWENTY), stderr=errors)
    lines = dict(line.split(": ", 1) for line in errors.getvalue().splitlines())
    assert set(lines) == set(wanted)
    for path, (value, cure) in wanted.items():
        assert value in lines[path], path
        assert cure in lines[path], path
    with translation.override("en"):
        english = [scheme_sentence(problem) for problem in check(read_scheme_yaml(text))]
    assert len(english) == 20
    assert all(line.isascii() or "“" in line for line in english)
    assert all(line.count(". ") >= 1 or ";" in line for line in english), english


def test_a_number_that_cannot_be_read_is_named_once():
    data = scheme_data(entry("1", "1e2"), entry("2", 40))
    assert [(problem.path, problem.code) for problem in check(data)] == [("indicators[0].points", "not_number")]
    data = scheme_data(entry("1", 60), components=[{"source": "review", "weight": "x"}])
    assert [problem.path for problem in check(data)] == ["components[0].weight", "full_marks"]


@pytest.mark.parametrize("data", [None, "text", [], 7])
def test_what_is_no_scheme_at_all_is_said_once(data):
    assert [(problem.path, problem.code) for problem in check(data)] == [("", "not_mapping")]


def test_a_row_that_is_no_row_is_said_once():
    data = scheme_data(entry("1", 60), "2：组织建设40分")
    assert [(problem.path, problem.code) for problem in check(data)] == [("indicators[1]", "not_mapping")]


def test_a_period_that_should_be_a_list_shows_how_lists_are_written():
    assert found(changed(["indicators", 1, "due"], "Q1")) == [("indicators[1].due", "not_one_of")]
    assert "[Q2, Q4]" in scheme_sentence(check(changed(["indicators", 1, "due"], "Q1"))[0])


def test_every_code_of_the_engine_has_a_sentence():
    source = "".join(path.read_text() for path in Path("assessments").glob("sc*/*.py"))
    used = {code for code in SENTENCES if f'"{code}"' in source}
    assert used == set(SENTENCES)


def test_the_demonstration_scheme_is_sound():
    data = read_scheme_yaml(DEMO.read_bytes())
    assert check(data) == []
    scheme = Scheme.from_data(data)
    assert (len(scheme.indicators), scheme.full_marks_up) == (6, 100_000_000)
    assert {len(scheme.sheet_leaves(sector)) for sector in scheme.sectors} == {26}
    assert {leaf.rule for leaf in scheme.leaves} == {"entry", "deduct", "add", "choice", "measure", "poll"}
    assert "演示" in scheme.name


@pytest.mark.parametrize("seed", range(40))
def test_a_scheme_survives_data_json_and_yaml(seed):
    scheme = Scheme.from_data(Case(random.Random(seed), branches=0).scheme)
    assert Scheme.from_data(scheme.to_data()) == scheme
    assert Scheme.from_data(json.loads(json.dumps(scheme.to_data()))) == scheme
    assert Scheme.from_data(read_scheme_yaml(write_scheme_yaml(scheme))) == scheme
    assert write_scheme_yaml(Scheme.from_data(scheme.to_data())) == write_scheme_yaml(scheme)


class TestYaml:
    def test_numbers_keep_their_text_and_quoted_codes_stay_text(self):
        data = read_scheme_yaml('a: 1.10\nb: "1.10"\nc: [yes, none, 1e3, 1:30, 2026-01-01, .5]\nd: ~\n')
        assert [str(data["a"]), data["b"]] == ["1.10", "1.10"]
        assert [str(each) for each in data["c"]] == ["True", "none", "1e3", "1:30", "2026-01-01", "0.5"]
        assert data["d"] is None

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("a: 1\nb: 2\na: 3\n", ("line 3", "duplicate_key")),
            ("a: [1\n", ("line 2", "not_yaml")),
            ("", ("line 1", "file_empty")),
            ("a: &x [*x]\n", ("line 1", "file_too_large")),
            ("--- 1\n--- 2\n", ("line 2", "not_yaml")),
            ("a:\n  <<: {b: 1}\n", ("line 2", "merge_key")),
            ("? [1]\n: 2\n", ("line 1", "key_not_text")),
        ],
    )
    def test_a_bad_file_is_refused_with_its_line(self, text, problem):
        with pytest.raises(SchemeError) as caught:
            read_scheme_yaml(text)
        assert [(each.path, each.code) for each in caught.value.problems] == [problem]

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ("code: a\nname: x: y\n", "第2行第8列", "此处不应有冒号"),
            ("a: 1\nname\nb: 2\n", "第2行第1列", "缺少冒号"),
            ("a: 1\n\tb: 2\n", "第2行第1列", "制表符"),
            ("a: [1, 2\nb: 3\n", "第2行第2列", "方括号"),
            ("a: 'x\n", "第1行第4列", "引号"),
            ("a:\n  - 1\n b: 2\n", "第3行第2列", "缩进"),
            ('a: "\\d"\n', "第1行第6列", "反斜杠"),
            ("a: *b\n", "第1行第4列", "锚点"),
            ("a: !x:\u0003\n", "第1行第7列", "看不见的字符"),
            ("--- 1\n--- 2\n", "第2行第1列", "多份文档"),
            ("a: %b\n", "第1行第4列", "不能作为"),
            ("# " + "说明" * 110_000 + "\na: [1 2\nb: 3\n", "第3行第2列", "方括号"),
        ],
    )
    def test_what_is_no_yaml_is_said_in_chinese_with_line_and_column(self, text, place, words):
        with pytest.raises(SchemeError) as caught:
            read_scheme_yaml(text)
        with translation.override("zh-hans"):
            [said] = [scheme_sentence(problem) for problem in caught.value.problems]
        assert (said.partition(": ")[0], words in said, re.findall("[A-Za-z]{2,}", said)) == (place, True, ["YAML"])

    def test_a_small_file_cannot_unfold_into_a_huge_one(self):
        levels = "".join(f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 9)}]\n" for at in range(1, 12))
        with pytest.raises(SchemeError) as caught:
            read_scheme_yaml("l0: &l0 [1]\n" + levels)
        assert caught.value.problems[0].code == "file_too_large"

    def test_gbk_and_a_byte_order_mark_are_read(self):
        assert read_scheme_yaml("name: 党支部\n".encode("gbk")) == {"name": "党支部"}
        assert read_scheme_yaml(b"\xef\xbb\xbf" + "name: 党支部\n".encode()) == {"name": "党支部"}


def test_levels_are_ordered_by_points_whatever_the_store_does_with_keys():
    items = [{"code": "B", "text": "奖", "levels": {"县级": 1, "国家级": 5, "省级": 3}}]
    assert list(make(bonus={"items": items}).bonus.items[0].levels_up) == ["国家级", "省级", "县级"]
