"""Marks of one scheme version carried to another: what is taken, what is scored anew, what is assumed, by hand."""

import copy
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.results.trials import mapping
from assessments.results.trials.carrying import Sheets, carry
from assessments.results.trials.mapping import map_schemes
from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import score
from assessments.scoring import Batch, BranchFacts, Claim, Mark, Scheme, evaluate, layout_of, put_marks
from tests.assessments.scoring.helpers import COLUMNS
from tests.assessments.scoring.random_schemes import Case
from tests.assessments.scoring.test_oracle import as_csv
from tests.factories.schemes import SCHEME

UP = 1_000_000
# of the small scheme: 19 + 15 + 18 + 8 + 9.5 + 10 (not applicable) + 9 = 88.5
MARKS = {
    "1.1": Mark(counts={"b": 2}),
    "1.2": Mark(counts={"fair": 1}),
    "1.3": Mark(98 * UP, 100 * UP),
    "2.1": Mark(counts={"a": 4}),
    "2.2": Mark(9_500_000),
    "2.3": Mark(not_applicable=True),
    "2.4": Mark(90 * UP),
}
OLD = Scheme.from_data(SCHEME)


def sheets_of(old=OLD, marks=(MARKS,), *, sealed=None, sectors=None, **records):
    """Sealed sheets with these review marks, one branch each."""
    facts = [BranchFacts(f"b{at}", sectors[at] if sectors else "organ") for at in range(len(marks))]
    batch = Batch.of(old, "Q1", facts, **records)
    for at, said in enumerate(marks):
        put_marks(old, batch, at, "review", said)
    outcome = evaluate(old, batch)
    flags = np.ones(len(marks), dtype=bool) if sealed is None else np.array(sealed)
    return Sheets(old, batch, flags, outcome.base_up, outcome.has_total)


def changed(path=None, **keys):
    """The small scheme with the keys of one indicator ("1.1") or, without a path, of the whole replaced."""
    data = copy.deepcopy(SCHEME)
    place = data if path is None else leaf_of(data, path)
    for key, value in keys.items():
        place.pop(key, None) if value is None else place.update({key: value})
    return data


def leaf_of(data, code):
    return next(leaf for top in data["indicators"] for leaf in top["children"] if leaf["code"] == code)


def tried(data, sheets=None, chosen=(), *, rescale=True):
    """Totals under the new scheme as micro-points (None: no total), and what was carried."""
    sheets = sheets or sheets_of()
    new = Scheme.from_data({**data, "rescale": rescale} if rescale else data)
    sectors = {"organ", *sheets.batch.branches.sector_names}
    mapped = map_schemes(sheets.scheme, new, periods=["Q1"], sectors=sectors)
    carried = carry(sheets, new, mapped.parts, mapped.assumptions(dict(chosen)))
    outcome = evaluate(carried.scheme, carried.batch)
    scaled = [int(value) if has else None for value, has in zip(outcome.total_up, outcome.has_total, strict=True)]
    return scaled, carried, mapped, outcome


def points(outcome, carried, code, at=0):
    """Counted points of one indicator in review."""
    codes = [leaf.code for leaf in carried.scheme.leaves]
    return int(outcome.stages["review"].points_up[at, codes.index(code)])


def kind(mapped, code):
    return next(part.kind for part in mapped.parts if part.code == code)


def test_the_same_scheme_takes_every_mark_as_it_is():
    sheets = sheets_of()
    totals, carried, mapped, _outcome = tried(SCHEME, sheets, rescale=False)
    assert totals == [88_500_000]
    assert {part.kind for part in mapped.parts} == {mapping.SAME}
    assert mapped.open_parts == []
    assert (carried.batch.marks == sheets.batch.marks).all()
    assert (carried.batch.given == sheets.batch.given).all()


def test_words_alone_change_no_mark():
    _totals, carried, mapped, outcome = tried(changed("1.1", name="组织生活", standard="另行规定。"))
    assert kind(mapped, "1.1") == mapping.SAME
    assert points(outcome, carried, "1.1") == 19 * UP
    assert next(part.notes for part in mapped.parts if part.code == "1.1") == (("renamed", "“三会一课”"),)


def test_changed_points_of_the_same_rule_are_scored_from_the_counts():
    criteria = [{"code": "a", "text": "每缺1次会议", "points": 2}, {"code": "b", "text": "记录", "points": 3}]
    data = with_points(changed("1.1", points=25, criteria=criteria), "1", 65)
    _totals, carried, mapped, outcome = tried(data)
    assert kind(mapped, "1.1") == mapping.RECOMPUTED
    assert points(outcome, carried, "1.1") == 19 * UP  # 25 − 2 × 3


def with_points(data, code, value):
    """A first-level indicator with other points, as its children add up to."""
    next(top for top in data["indicators"] if top["code"] == code)["points"] = value
    return data


def test_a_choice_is_scored_by_the_option_chosen_and_a_ratio_by_the_new_slope():
    options = [{"code": "good", "text": "好", "points": 20}, {"code": "fair", "text": "较好", "points": 12}]
    data = changed("1.2", criteria=[*options, {"code": "poor", "text": "差", "points": 0}])
    leaf_of(data, "1.3")["slope"] = {"target": 1, "per": "0.01", "points": "2.5", "max": 20}
    _totals, carried, _mapped, outcome = tried(data)
    assert points(outcome, carried, "1.2") == 12 * UP
    assert points(outcome, carried, "1.3") == 15 * UP  # 98 %: 2 × 2.5 off


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("share", 9_500_000), ("full", 10 * UP), ("zero", 0), ("missing", None)],
)
def test_another_rule_needs_an_assumption(choice, expected):
    data = with_points(changed("1.1", rule="entry", points=10, criteria=None), "1", 50)
    totals, carried, mapped, outcome = tried(data, chosen={"indicator:1.1": choice})
    assert kind(mapped, "1.1") == mapping.CHANGED
    assert carried.met == {"indicator:1.1": 1}
    if expected is None:
        assert totals == [None]  # an indicator that is asked and has no mark leaves no total
    else:
        assert points(outcome, carried, "1.1") == expected  # 19 of 20 is 9.5 of 10


def test_a_share_is_rounded_half_up_once():
    data = changed("1.1", rule="entry", points="0.333333", step="0.000001", criteria=None)
    with_points(data, "1", "40.333333")
    _totals, carried, _mapped, outcome = tried(data)
    assert points(outcome, carried, "1.1") == 316_666  # 19 ÷ 20 × 0.333333 = 0.31666635
    sheets = sheets_of(marks=[{**MARKS, "1.2": Mark(counts={"fair": 1})}])
    data = with_points(
        changed("1.2", rule="entry", points="0.000002", step="0.000001", criteria=None), "1", "40.000002"
    )
    _totals, carried, _mapped, outcome = tried(data, sheets)
    assert points(outcome, carried, "1.2") == 2  # 15 ÷ 20 × 2 = 1.5 millionths


@pytest.mark.parametrize(
    ("choice", "expected"), [("full", 5 * UP), ("zero", 0), ("share", 4_425_000), ("missing", None)]
)
def test_a_new_indicator_is_assumed(choice, expected):
    data = changed()
    data["indicators"][1]["children"].append({"code": "2.5", "name": "新增", "points": 5, "rule": "deduct",
                                             "criteria": [{"code": "a", "text": "每次", "points": 1}]})  # fmt: skip
    with_points(data, "2", 45)
    totals, carried, mapped, outcome = tried(data, chosen={"indicator:2.5": choice})
    assert (kind(mapped, "2.5"), mapped.assumptions({})["indicator:2.5"]) == (mapping.NEW, "full")
    if expected is None:
        assert totals == [None]
    else:
        assert points(outcome, carried, "2.5") == expected  # the share of the whole sheet: 88.5 of 100


def test_a_removed_indicator_is_left_out():
    data = changed()
    data["indicators"][0]["children"].pop(1)
    totals, _carried, mapped, _outcome = tried(with_points(data, "1", 40))
    assert mapped.dropped == [("1.2", "组织生活会")]
    assert totals == [91_875_000]  # 73.5 of 80


def test_only_the_marks_that_do_not_fit_are_assumed():
    options = [{"code": "good", "text": "好", "points": 20}, {"code": "poor", "text": "差", "points": 4}]
    marks = [MARKS, {**MARKS, "1.2": Mark(counts={"poor": 1})}]
    _totals, carried, mapped, outcome = tried(changed("1.2", criteria=options), sheets_of(marks=marks))
    assert kind(mapped, "1.2") == mapping.PARTLY
    assert [points(outcome, carried, "1.2", at) for at in (0, 1)] == [15 * UP, 4 * UP]  # share 15 of 20; scored anew
    assert carried.met == {"indicator:1.2": 1}


def test_a_typed_figure_on_another_scale_is_brought_to_it_or_kept():
    data = with_points(changed("2.2", points=9), "2", 39)
    _totals, carried, mapped, outcome = tried(data)
    assert kind(mapped, "2.2") == mapping.CHANGED
    assert points(outcome, carried, "2.2") == 8_550_000  # 9.5 of 10, of 9
    marks = [MARKS, {**MARKS, "2.2": Mark(6 * UP)}]
    _totals, carried, _mapped, outcome = tried(data, sheets_of(marks=marks), {"indicator:2.2": "keep"})
    assert [points(outcome, carried, "2.2", at) for at in (0, 1)] == [8_550_000, 6 * UP]  # 9.5 is beyond the ceiling


def test_not_applicable_that_is_no_longer_allowed_is_assumed():
    _totals, carried, mapped, outcome = tried(changed("2.3", not_applicable=None))
    assert kind(mapped, "2.3") == mapping.PARTLY
    assert points(outcome, carried, "2.3") == 10 * UP  # it counted in full: a share of 1


def test_a_clause_that_is_gone_counts_nothing_and_a_new_one_0_times():
    criteria = [{"code": "a", "text": "每缺1次会议", "points": 2}, {"code": "c", "text": "新增", "points": 5}]
    _totals, carried, mapped, outcome = tried(changed("1.1", criteria=criteria))
    assert points(outcome, carried, "1.1") == 20 * UP
    notes = next(part.notes for part in mapped.parts if part.code == "1.1")
    assert notes == (("criterion_gone", "记录不规范"), ("criterion_new", "新增"))


def test_a_poll_row_made_of_marks_and_marks_made_a_poll_row_keep_the_share():
    data = changed("2.4", rule="entry", step="0.1")
    _totals, carried, _mapped, outcome = tried(data)
    assert points(outcome, carried, "2.4") == 9 * UP
    data = changed("2.2", rule="poll")
    _totals, carried, _mapped, outcome = tried(data)
    assert points(outcome, carried, "2.2") == 9_500_000
    assert carried.scheme.by_code["2.2"].rule == "poll"


def test_sheets_that_are_not_sealed_get_nothing():
    data = changed()
    data["indicators"][1]["children"].append({"code": "2.5", "name": "新增", "points": 5, "rule": "entry"})
    totals, carried, _mapped, _outcome = tried(
        with_points(data, "2", 45), sheets_of(marks=[MARKS, {}], sealed=[True, False])
    )
    assert totals[1] is None
    assert not carried.batch.marks[1].any()
    assert not carried.batch.given[1].any()
    assert carried.met == {"indicator:2.5": 1}


def test_sectors_that_are_newly_asked_get_full_points_and_are_named():
    old = Scheme.from_data({**changed("2.1", sectors=["organ"]), "rescale": True})
    marks = [MARKS, {code: mark for code, mark in MARKS.items() if code != "2.1"}]
    sheets = sheets_of(old, marks, sectors=["organ", "school"])
    _totals, carried, mapped, outcome = tried(SCHEME, sheets)
    part = next(part for part in mapped.parts if part.code == "2.1")
    assert (part.kind, part.is_wider, part.default) == (mapping.SAME, True, "full")
    assert [points(outcome, carried, "2.1", at) for at in (0, 1)] == [8 * UP, 10 * UP]


def test_a_mark_that_was_missing_stays_missing():
    marks = [{code: mark for code, mark in MARKS.items() if code != "2.1"}]
    data = changed("2.1", criteria=[{"code": "a", "text": "每件", "points": 3}])
    totals, carried, _mapped, _outcome = tried(data, sheets_of(marks=marks))
    assert totals == [None]
    assert carried.met == {}


@pytest.mark.parametrize(
    ("choice", "expected"), [("share", 88_500_000), ("full", 91_950_000), ("zero", 61_950_000), ("missing", None)]
)
def test_a_component_without_any_score_is_assumed(choice, expected):
    data = changed(components=[{"source": "review", "weight": "0.7"}, {"source": "meeting", "weight": "0.3"}])
    totals, _carried, mapped, _outcome = tried(data, chosen={"component:meeting": choice})
    assert [part.key for part in mapped.open_parts] == ["component:meeting"]
    assert totals == [expected]  # 88.5 × 0.7 + …


def test_a_component_given_as_a_whole_is_taken_on_the_new_scale():
    old = Scheme.from_data(
        changed(components=[{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}])
    )
    sheets = sheets_of(old)
    layout_of(old).put_whole(sheets.batch.given[0], "poll", 80 * UP)
    data = changed(
        full_marks=50, components=[{"source": "review", "weight": "0.6"}, {"source": "poll", "weight": "0.4"}]
    )
    data["bands"] = [{"stars": 1, "grade": "一星", "from": 0}]
    totals, _carried, mapped, _outcome = tried(data, sheets)
    assert mapped.is_rescaled
    assert totals == [42_550_000]  # 44.25 × 0.6 + 40 × 0.4


def test_claims_and_vetoes_are_found_again_by_item_and_level():
    claims = [
        Claim(0, "B1", level="省级", matter="甲"),
        Claim(0, "B1", level="县级", matter="乙"),
        Claim(0, "B2", 2),
        Claim(0, "P1"),
    ]
    sheets = sheets_of(claims=claims, vetoes=[(0, "V1")])
    assert int(evaluate(OLD, sheets.batch).total_up[0]) == 92_500_000  # 88.5 + 3 + 1 + 2 − 2
    data = changed()
    data["bonus"]["items"] = [{"code": "B1", "text": "获得表彰", "levels": {"国家级": 5, "省级": 4}}]
    data["veto"] = [{"code": "V2", "text": "其他", "effect": {"max_stars": 1}}]
    totals, carried, mapped, _outcome = tried(data, sheets)
    assert totals == [90_500_000]  # 88.5 + 4 − 2
    assert carried.dropped_claims == 2
    assert [code for code, _text in mapped.dropped_items] == ["B2", "V1"]
    assert not carried.batch.vetoes.any()


def test_flags_and_facts_of_the_poll_are_found_again_by_code():
    flags = [{"code": "F1", "text": "创新项目"}, {"code": "F2", "text": "其他"}]
    old = Scheme.from_data(changed(flags=flags))
    sheets = sheets_of(old)
    layout = layout_of(old)
    layout.put_flag(sheets.batch.given[0], "F2", True)
    layout.put_top_share(sheets.batch.given[0], 45 * UP, 50 * UP)
    new = changed(flags=[flags[1], {"code": "F3", "text": "新增"}])
    _totals, carried, mapped, _outcome = tried(new, sheets)
    found = layout_of(carried.scheme)
    row = carried.batch.given[0]
    assert (row[found.flags["F2"]], row[found.flags["F3"]]) == (1, 0)
    assert row[found.top_share : found.top_share + 3].tolist() == [1, 45 * UP, 50 * UP]
    assert mapped.new_flags == [("F3", "新增")]


def reversed_scheme(data):
    """The same scheme with indicators and criteria in the opposite order: other places for every mark."""
    data = copy.deepcopy(data)

    def turn(indicators):
        indicators.reverse()
        for indicator in indicators:
            turn(indicator.get("children", []))
            indicator.get("criteria", []).reverse()

    turn(data["indicators"])
    return data


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48))
def test_random_marks_of_all_rules_come_through_unchanged_wherever_they_stand(seed):
    """Totals, stars and ranks stay; indicators in another order only find their marks elsewhere."""
    case = Case(random.Random(seed), 8)
    old = Scheme.from_data(case.scheme)
    inputs = read_inputs(old, as_csv(case.marks, COLUMNS), as_csv(case.branches, list(case.branches[0])))
    for data in (case.scheme, reversed_scheme(case.scheme)):
        new = Scheme.from_data(data)
        for scored in score(old, inputs):
            if scored.batch.period == "year":
                continue
            before = scored.outcome
            everybody = np.ones(len(before), dtype=bool)
            sheets = Sheets(old, scored.batch, everybody, before.base_up, before.has_total)
            mapped = map_schemes(old, new, periods=[scored.batch.period], sectors=("organ", "village"))
            carried = carry(sheets, new, mapped.parts, mapped.assumptions({}))
            after = evaluate(carried.scheme, carried.batch)
            assert not any(carried.met.values())
            for name in ("status", "total_up", "graded_up", "rank_all", "stars"):
                assert getattr(after, name).tolist() == getattr(before, name).tolist(), name


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48), st.sampled_from(["share", "full", "zero", "missing", "keep"]))
def test_any_scheme_can_be_tried_on_the_marks_of_any_other(seed, choice):
    """Two random schemes share some codes by chance: nothing breaks, and no assumed figure leaves its bounds."""
    rnd = random.Random(seed)
    case, other = Case(rnd, 6), Case(rnd, 1)
    old, new = Scheme.from_data(case.scheme), Scheme.from_data(other.scheme)
    inputs = read_inputs(old, as_csv(case.marks, COLUMNS), as_csv(case.branches, list(case.branches[0])))
    for scored in score(old, inputs):
        if scored.batch.period == "year":
            continue
        before = scored.outcome
        sealed = np.array([rnd.random() < 0.8 for _ in range(len(before))])
        sheets = Sheets(old, scored.batch, sealed, before.base_up, before.has_total)
        mapped = map_schemes(old, new, periods=[scored.batch.period], sectors=("organ", "village"))
        told = mapped.assumptions(dict.fromkeys([part.key for part in mapped.parts], choice))
        carried = carry(sheets, new, mapped.parts, told)
        after = evaluate(carried.scheme, carried.batch)
        assert not after.has_total[~sealed].any()
        for score_of in after.stages.values():
            for at, leaf in enumerate(carried.scheme.leaves):
                found = score_of.points_up[:, at][score_of.states[:, at] == 1]
                if leaf.ceiling_up is not None and len(found):
                    assert leaf.floor_up <= int(found.min())
                    assert int(found.max()) <= leaf.ceiling_up
