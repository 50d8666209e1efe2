"""The forms of the designer: what is stored comes back unchanged, every key can be set, and nothing typed is lost."""

import copy
import random

import pytest

from assessments.schemes.designer.desk import press
from assessments.schemes.designer.places import at
from assessments.scoring import Scheme
from assessments.scoring.reading import KEYS
from tests.assessments.schemes.designer_posts import SECTORS, every_path, form_at, posted
from tests.assessments.scoring.random_schemes import Case
from tests.factories.schemes import SCHEME

LEAF = "indicators[0].children[0]"
CONDITION = {"requires-order": "0", "requires-0-kind": ""}


def typed(content, path, do="save", **changes):
    data = posted(form_at(content, path), at=path, **changes)
    data["row" if do.startswith("row ") else "do"] = do.removeprefix("row ")
    return press(content, data, SECTORS)


def rows(name, *entries):
    """Fields of some rows, numbered from 0."""
    found = {f"{name}-order": ",".join(str(number) for number in range(len(entries)))}
    for number, entry in enumerate(entries):
        found |= {f"{name}-{number}-{key}": value for key, value in entry.items()}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_form_that_nobody_changed_changes_nothing(seed):
    content = Scheme.from_data(Case(random.Random(seed), branches=0).scheme).to_data()
    for path in every_path(content):
        turn = typed(content, path)
        assert (turn.content, turn.summary) == (content, ""), path


def with_rule(rule, **keys):
    leaf = {"code": "1.1", "name": "学习", "points": 4, "rule": rule} | keys
    return copy.deepcopy(SCHEME) | {"indicators": [{"code": "1", "name": "一", "points": 4, "children": [leaf]}]}


def wide(**keys):
    """A small scheme with a flag, a group and an own grade of the year."""
    content = with_rule("deduct") | {
        "flags": [{"code": "F1", "text": "创新项目"}],
        "veto": [{"code": "V1", "text": "否"}],
    }
    content["bonus"] = {"groups": [{"code": "g"}], "items": [{"code": "B1", "text": "表彰", "points": 1}]}
    content["penalty"] = {"groups": [{"code": "h"}], "items": [{"code": "P1", "text": "处分", "points": 1}]}
    content["year"] = content["year"] | {"bands": [{"stars": 1, "grade": "一星", "from": 0}]}
    return content | keys


# (place, what is typed, where it stands then, what stands there)
KEYS_SET = [
    ("basics", {"name": "新标准"}, "name", "新标准"),
    ("basics", {"notes": "第一行\n第二行"}, "notes", "第一行\n第二行"),
    ("basics", {"sectors": ["organ", "village"], "other_sectors": "port，rail"}, "sectors",
     ["organ", "village", "port", "rail"]),
    ("basics", {"full_marks": "110"}, "full_marks", 110),
    ("basics", {"places": "3"}, "places", 3),
    ("basics", {"round_before_banding": "none"}, "round_before_banding", "none"),
    ("basics", {"round_before_banding": "1"}, "round_before_banding", 1),
    ("basics", {"rescale": "on"}, "rescale", True),
    ("basics", {"rescale_due": "on"}, "rescale_due", True),
    ("basics", {"max_total": "105.5"}, "max_total", "105.5"),
    ("basics", {"rank_on": "graded"}, "rank_on", "graded"),
    ("basics", {"star_mode": "thematic"}, "star_mode", "thematic"),
    ("basics", rows("tie_break", {"code": "1"}, {"code": "bonus"}, {"code": "poll"}), "tie_break",
     ["1", "bonus", "poll"]),
    ("basics", rows("flags", {"code": "F2", "text": "示范点"}), "flags", [{"code": "F2", "text": "示范点"}]),
    ("components", rows("components", {"source": "review", "weight": "70%"}, {"source": "poll", "weight": "0.3"}),
     "components", [{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}]),
    ("bonus", {"counts": None}, "bonus.counts", False),
    ("bonus", {"cap": "10"}, "bonus.cap", 10),
    ("bonus", rows("groups", {"code": "awards", "cap": "5"}, {"code": "free", "cap": ""}), "bonus.groups",
     [{"code": "awards", "cap": 5}, {"code": "free"}]),
    ("penalty", {"from": "review"}, "penalty.from", "review"),
    ("penalty", {"cap": "20"}, "penalty.cap", 20),
    ("penalty", rows("groups", {"code": "g", "cap": "0"}), "penalty.groups", [{"code": "g", "cap": 0}]),
    ("bonus.items[0]", {"code": "B9"}, "bonus.items[0].code", "B9"),
    ("bonus.items[0]", {"text": "获得表彰"}, "bonus.items[0].text", "获得表彰"),
    ("bonus.items[0]", {"points": "2.5"}, "bonus.items[0].points", "2.5"),
    ("bonus.items[0]",
     {"points": "", **rows("levels", {"name": "省级", "points": "6"}, {"name": "国家级", "points": "8"})},
     "bonus.items[0].levels", {"省级": 6, "国家级": 8}),
    ("bonus.items[0]", {"group": "g"}, "bonus.items[0].group", "g"),
    ("bonus.items[0]", {"unit": "篇"}, "bonus.items[0].unit", "篇"),
    ("bonus.items[0]", {"max": "3"}, "bonus.items[0].max", 3),
    ("bonus.items[0]", {"per_matter": "each"}, "bonus.items[0].per_matter", "each"),
    ("penalty.items[0]", {"text": "通报"}, "penalty.items[0].text", "通报"),
    ("veto[0]", {"code": "V7"}, "veto[0].code", "V7"),
    ("veto[0]", {"text": "重大事故"}, "veto[0].text", "重大事故"),
    ("veto[0]", {"effect": "max_stars", "max_stars": "2"}, "veto[0].effect", {"max_stars": 2}),
    ("veto[0]", {"effect": "grade"}, "veto[0].effect", {"grade": "lowest"}),
    ("veto[0]", {"effect": "bar_honours"}, "veto[0].effect", {"bar_honours": True}),
    ("veto[0]", {"effect": "zero_total"}, "veto[0].effect", {"zero_total": True}),
    ("bands[0]", {"stars": "4"}, "bands[0].stars", 4),
    ("bands[0]", {"grade": "优秀"}, "bands[0].grade", "优秀"),
    ("bands[0]", {"from": "92.5"}, "bands[0].from", "92.5"),
    ("bands[0]", {"quota_max_share": "30%", "quota_within": "sector"}, "bands[0].quota",
     {"max_share": "0.3", "within": "sector"}),
    ("bands[0]", {"quota_max_share": "", "quota_max_number": "3", "quota_within": "committee"}, "bands[0].quota",
     {"max_number": 3, "within": "committee"}),
    ("bands[0]", {"quota_max_share": "", "quota_min_share": "0.1", "quota_about": "0.2", "quota_within": "all"},
     "bands[0].quota", {"min_share": "0.1", "about": "0.2"}),
    *(("bands[0]", rows("requires", {"kind": kind, **fields}), "bands[0].requires", [{kind: value}])
      for kind, fields, value in (
          ("dimension_share", {"code": "1", "min": "80%"}, {"code": "1", "min": "0.8"}),
          ("no_zero_dimension", {}, True),
          ("poll_min", {"value": "85"}, 85),
          ("poll_top_share", {"value": "0.9"}, "0.9"),
          ("previous_stars_min", {"value": "4"}, 4),
          ("good_periods", {"code": "五星", "count": "3"}, {"grade": "五星", "count": 3}),
          ("flag", {"code": "F1"}, "F1"),
          ("no_veto", {}, True),
      )),
    ("year", {"periods": ["Q2", "Q4", "year_end"]}, "year.periods", ["Q2", "Q4", "year_end"]),
    ("year", {"method": "best"}, "year.method", "best"),
    ("year", {"missing": "skip"}, "year.missing", "skip"),
    ("year", {"method": "weighted", "periods": ["Q1", "Q2"], "weight_Q1": "0.4", "weight_Q2": "60%"}, "year.weights",
     {"Q1": "0.4", "Q2": "0.6"}),
    ("year", {"adjustments": "summed"}, "year.adjustments", "summed"),
    ("year", {"bonus_cap": "8"}, "year.bonus_cap", 8),
    ("year.bands[0]", {"grade": "合格"}, "year.bands[0].grade", "合格"),
    ("indicators[0]", {"code": "Z"}, "indicators[0].code", "Z"),
    ("indicators[0]", {"name": "政治"}, "indicators[0].name", "政治"),
    ("indicators[0]", {"points": "20"}, "indicators[0].points", 20),
    ("indicators[0]", {"scaled": "on"}, "indicators[0].scaled", True),
    ("indicators[0]", {"pass": "0.8"}, "indicators[0].pass", "0.8"),
    (LEAF, {"standard": "每月一次"}, f"{LEAF}.standard", "每月一次"),
    (LEAF, {"sectors": ["organ", "school"]}, f"{LEAF}.sectors", ["organ", "school"]),
    (LEAF, {"rule": "entry"}, f"{LEAF}.rule", "entry"),
    (LEAF, {"evidence": "required"}, f"{LEAF}.evidence", "required"),
    (LEAF, {"not_applicable": "excluded"}, f"{LEAF}.not_applicable", "excluded"),
    (LEAF, {"due": "year_end"}, f"{LEAF}.due", "year_end"),
    (LEAF, {"due": "on_event"}, f"{LEAF}.due", "on_event"),
    (LEAF, {"due": "periods", "due_periods": ["Q2", "Q4"]}, f"{LEAF}.due", ["Q2", "Q4"]),
    (LEAF, {"reviewer_unit": "组织科"}, f"{LEAF}.reviewer_unit", "组织科"),
    (LEAF, {"source": "activities"}, f"{LEAF}.source", "activities"),
    (LEAF, {"floor": "-2"}, f"{LEAF}.floor", -2),
    (LEAF, {"ceiling": "6"}, f"{LEAF}.ceiling", 6),
    (LEAF, {"no_ceiling": "on"}, f"{LEAF}.ceiling", "none"),
    (LEAF, {"rule": "entry", "step": "0.1"}, f"{LEAF}.step", "0.1"),
    (LEAF, {"rule": "mixed", "start": "2"}, f"{LEAF}.start", 2),
    (LEAF, {"rule": "external", "factor": "-10"}, f"{LEAF}.factor", -10),
    (LEAF, {"rule": "add", "highest_only": "on"}, f"{LEAF}.highest_only", True),
    (LEAF, {"rule": "measure", **rows("bands", {"from": "95%", "points": "4"}, {"from": "0", "points": "0"})},
     f"{LEAF}.bands", [{"from": "0.95", "points": 4}, {"from": 0, "points": 0}]),
    (LEAF, {"rule": "measure", "slope_target": "90%", "slope_per": "1%", "slope_points": "1", "slope_max": "4",
            "slope_direction": "down"}, f"{LEAF}.slope",
     {"target": "0.9", "per": "0.01", "points": 1, "max": 4, "direction": "down"}),
    (LEAF, rows("criteria", {"code": "a", "text": "缺会", "points": "0.5", "unit": "人次", "max": "2",
                             "applies_if": "has_groups"}), f"{LEAF}.criteria",
     [{"code": "a", "text": "缺会", "points": "0.5", "unit": "人次", "max": 2, "applies_if": "has_groups"}]),
    (LEAF, rows("criteria", {"code": "b", "text": "酌情", "low": "0.2", "high": "1", "unit": "次"}), f"{LEAF}.criteria",
     [{"code": "b", "text": "酌情", "range": ["0.2", 1]}]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "changes", "where", "value"), KEYS_SET, ids=lambda value: str(value)[:40])
def test_every_key_can_be_set(path, changes, where, value):
    content = wide()
    refreshed = typed(content, path, "refresh", **{key: changes[key] for key in ("rule", "method") if key in changes})
    data = posted(refreshed.form, at=path, do="save", **changes)
    turn = press(content, data, SECTORS)
    assert turn.content is not None, turn.form.errors
    assert at(turn.content, where) == value
    assert turn.summary


def test_the_list_above_names_every_key_of_the_contract():
    """Children and lists of entries come about by steps, code and version of a scheme when it is begun."""
    by_steps = {"children", "items", "indicators", "veto", "bands", "requires", "version", "components"}
    named = {part for _path, changes, where, value in KEYS_SET for part in _words(changes, where, value)}
    missing = {f"{kind}.{key}" for kind, keys in KEYS.items() for key in keys if key not in named | by_steps}
    assert missing == set()


def _words(changes, where, value):
    yield from where.replace("[", ".").split(".")
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield from entry
            for inner in entry.values():
                yield from inner if isinstance(inner, dict) else ()


@pytest.mark.parametrize(
    ("path", "field", "text"),
    [
        ("basics", "full_marks", "一百"),
        ("basics", "places", "1.5"),
        (LEAF, "points", "4..5"),
        (LEAF, "points", "0.0000001"),
        (LEAF, "floor", "1e9"),
        (LEAF, "criteria-0-points", "NaN"),
        (LEAF, "rule", "magic"),
        (LEAF, "code", "x" * 21),
        ("bands[0]", "stars", "4.5"),
        ("bands[0]", "quota_max_share", "百分之三十"),
        ("year", "periods", "Q9"),
        ("bonus.items[0]", "max", "9999999"),
    ],
)
def test_what_cannot_be_stored_is_refused_at_its_field_and_kept(path, field, text):
    content = wide()
    content["indicators"][0]["children"][0]["criteria"] = [{"code": "a", "text": "缺会", "points": 1}]
    turn = typed(content, path, **{field: text})
    assert (turn.content, turn.is_refused) == (None, True)
    fields = [*turn.form, *(each for rows in turn.form.row_sets.values() for row in rows.forms for each in row)]
    (wrong,) = [each for each in fields if each.errors]
    assert wrong.html_name == field
    assert text in str(wrong) or field in ("rule", "periods")


def test_another_rule_keeps_what_fits():
    content = with_rule("deduct", criteria=[{"code": "a", "text": "缺会", "points": 1}], evidence="required")
    turn = typed(content, LEAF, "refresh", rule="add", name="改了名")
    assert turn.content is None
    data = posted(turn.form, at=LEAF, do="save", highest_only="on")
    leaf = at(press(content, data, SECTORS).content, LEAF)
    assert leaf == {
        "code": "1.1", "name": "改了名", "points": 4, "rule": "add", "evidence": "required", "highest_only": True,
        "criteria": [{"code": "a", "text": "缺会", "points": 1}],
    }  # fmt: skip
    measured = typed(with_rule("entry", step="0.1"), LEAF, "refresh", rule="measure")
    assert "step" not in measured.form.fields
    assert "slope_target" in measured.form.fields


def test_rows_are_added_moved_and_removed_without_saving_and_typing_stays():
    clauses = [{"code": code, "text": code * 3, "points": 1} for code in "abc"]
    content = with_rule("deduct", criteria=clauses)
    turn = typed(content, LEAF, "row criteria up 2", **{"criteria-2-text": "刚填的"})
    assert (turn.content, turn.focus) == (None, "criteria-2-up")
    assert [row["text"].value() for row in turn.form.row_sets["criteria"].forms] == ["aaa", "刚填的", "bbb"]
    added = press(content, posted(turn.form, at=LEAF, row="criteria add"), SECTORS)
    last = added.form.row_sets["criteria"].forms[-1]
    assert (last["code"].value(), last["unit"].value(), added.focus) == ("d", "次", "id_criteria-3-text")
    removed = press(content, posted(added.form, at=LEAF, row="criteria remove 0"), SECTORS)
    saved = press(content, posted(removed.form, at=LEAF, do="save"), SECTORS)
    assert [each["text"] for each in at(saved.content, f"{LEAF}.criteria")] == ["刚填的", "bbb"]


def test_a_condition_is_added_by_its_kind():
    turn = typed(wide(), "bands[1]", "row requires add", **{"requires-new": "flag"})
    (row,) = turn.form.row_sets["requires"].forms
    assert (row.kind, [field.name for field in row.visible_fields()]) == ("flag", ["code"])


def test_a_level_needs_a_name_and_stands_once():
    levels = rows(
        "levels", {"name": "省级", "points": "6"}, {"name": "省级", "points": "4"}, {"name": "", "points": "2"}
    )
    turn = typed(wide(), "bonus.items[0]", **levels)
    assert turn.is_refused
    assert [bool(row.errors) for row in turn.form.row_sets["levels"].forms] == [False, True, True]


def test_a_save_names_what_changed():
    turn = typed(SCHEME, LEAF, name="三会一课制度", points="21")
    assert turn.summary == "1.1 三会一课制度：名称、分值"
