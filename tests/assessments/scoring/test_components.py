"""From points to a component: T, P, rows not due, excluded, scaled, by sector; and what is missing."""

import pytest

from .helpers import entry, results, scheme_data

REVIEW = "review"


def one(data, marks, branches=None, at=("甲", "Q1")):
    return results(data, [("甲", "Q1", *mark) for mark in marks], branches)[at]


def test_points_are_summed_on_the_scale_of_full_marks():
    data = scheme_data(entry("1", 60), entry("2", 40))
    row = one(data, [(REVIEW, "1", "", "50.5"), (REVIEW, "2", "", "39.25")])
    assert (row["review"], row["base"], row["total"], row["graded"], row["stars"]) == (
        "89.75", "89.75", "89.75", "89.75", "4",
    )  # fmt: skip


def test_other_points_are_rescaled_once():
    data = scheme_data(entry("1", 30), rescale=True, full_marks=110)
    assert one(data, [(REVIEW, "1", "", "29")])["graded"] == "106.333333"  # 29 × 110 ÷ 30


class TestDue:
    DATA = scheme_data(entry("1", 60), entry("2", 40, due=["Q2", "Q4"]))

    def test_a_row_that_is_not_due_shrinks_the_target(self):
        assert one(self.DATA, [(REVIEW, "1", "", "45")])["total"] == "45.00"  # T = 100 × 60 ÷ 100, P = 60

    def test_with_rescale_due_it_is_brought_to_full_marks(self):
        assert one({**self.DATA, "rescale_due": True}, [(REVIEW, "1", "", "45")])["total"] == "75.00"

    def test_year_end_is_the_last_period(self):
        data = scheme_data(entry("1", 60), entry("2", 40, due="year_end"))
        rows = results(data, [("甲", "Q1", REVIEW, "1", "", "60"), ("甲", "Q4", REVIEW, "1", "", "60")])
        assert (rows["甲", "Q1"]["status"], rows["甲", "Q4"]["reasons"]) == ("rated", "missing:review/2")

    def test_on_event_is_due_only_where_a_mark_exists(self):
        data = scheme_data(entry("1", 60), entry("2", 40, due="on_event"))
        assert one(data, [(REVIEW, "1", "", "45")])["total"] == "45.00"
        assert one(data, [(REVIEW, "1", "", "45"), (REVIEW, "2", "", "10")])["total"] == "55.00"


class TestNotApplicable:
    def test_excluded_rows_leave_the_scale_whole(self):
        data = scheme_data(entry("1", 60), entry("2", 40, not_applicable="excluded"))
        row = one(data, [(REVIEW, "1", "", "45"), (REVIEW, "2", "", "NA")])
        assert row["total"] == "75.00"  # 45 × 100 ÷ 60

    def test_counts_full_gives_the_points(self):
        data = scheme_data(entry("1", 60), entry("2", 40, not_applicable="counts_full"))
        assert one(data, [(REVIEW, "1", "", "45"), (REVIEW, "2", "", "NA")])["total"] == "85.00"

    def test_excluded_and_not_due_together(self):
        rows = [entry("1", 50), entry("2", 30, not_applicable="excluded"), entry("3", 20, due=["Q4"])]
        row = one(scheme_data(*rows), [(REVIEW, "1", "", "40"), (REVIEW, "2", "", "NA")])
        assert row["total"] == "64.00"  # 40 × (100 × 80 ÷ 100) ÷ 50

    def test_nothing_possible_is_missing(self):
        row = one(scheme_data(entry(not_applicable="excluded")), [(REVIEW, "1", "", "NA")])
        assert (row["status"], row["total"], row["reasons"]) == ("missing", "", "nothing_possible:review")


def test_scaled_children_are_brought_to_the_points_of_their_parent():
    children = [entry("1.1", 100), entry("1.2", 50, not_applicable="excluded")]
    parent = {"code": "1", "name": "甲", "points": 20, "scaled": True, "children": children}
    data = scheme_data(parent, entry("2", 80))
    marks = [(REVIEW, "1.1", "", "70"), (REVIEW, "1.2", "", "30"), (REVIEW, "2", "", "80")]
    assert one(data, marks)["graded"] == "93.333333"  # 100 × 20 ÷ 150 + 80
    marks[1] = (REVIEW, "1.2", "", "NA")
    assert one(data, marks)["graded"] == "94"  # 70 × 20 ÷ 100 + 80


def test_each_sector_has_its_own_rows():
    own = [entry("2", 40, sectors=["organ"]), entry("3", 40, sectors=["village"])]
    data = scheme_data(entry("1", 60), *own, sectors=["organ", "village"])
    marks = [("甲", "Q1", REVIEW, "1", "", "60"), ("甲", "Q1", REVIEW, "2", "", "10")]
    marks += [("乙", "Q1", REVIEW, "1", "", "60"), ("乙", "Q1", REVIEW, "3", "", "20")]
    rows = results(data, marks, [("甲", "organ"), ("乙", "village")])
    assert [rows[code, "Q1"]["total"] for code in "甲乙"] == ["70.00", "80.00"]


class TestWeights:
    DATA = scheme_data(components=[{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}])

    def test_each_component_is_rounded_then_summed(self):
        data = {**self.DATA, "components": [{"source": "review", "weight": "0.333333"}]}
        data["components"].append({"source": "poll", "weight": "0.666667"})
        row = one(data, [(REVIEW, "1", "", "0.000002"), ("poll", "", "", "0.000001")])
        assert row["graded"] == "0.000002"  # 0.000000666… → 0.000001, and 0.000000667 → 0.000001

    def test_review_and_poll(self):
        row = one(self.DATA, [(REVIEW, "1", "", "90"), ("poll", "", "", "80")])
        assert (row["review"], row["poll"], row["base"]) == ("90.00", "80.00", "87.00")  # 63 + 24

    @pytest.mark.parametrize(
        ("mark", "reason"), [((REVIEW, "1", "", "90"), "missing:poll"), (("poll", "", "", "80"), "missing:review/1")]
    )
    def test_without_a_required_component_there_is_no_total(self, mark, reason):
        row = one(self.DATA, [mark])
        assert (row["status"], row["total"], row["rank_all"], row["stars"]) == ("missing", "", "", "")
        assert row["reasons"] == reason

    def test_a_self_score_without_weight_decides_nothing(self):
        data = scheme_data(components=[{"source": "self", "weight": 0}, {"source": "review", "weight": 1}])
        row = one(data, [(REVIEW, "1", "", "90")])
        assert (row["status"], row["self"], row["total"]) == ("rated", "", "90.00")
        row = one(data, [("self", "1", "", "99"), (REVIEW, "1", "", "90")])
        assert (row["self"], row["total"]) == ("99.00", "90.00")

    def test_a_poll_row_counts_in_every_component_made_of_marks(self):
        data = scheme_data(
            entry("1", 90),
            {"code": "2", "name": "满意度", "points": 10, "rule": "poll"},
            components=[{"source": "self", "weight": "0.4"}, {"source": "review", "weight": "0.6"}],
        )
        row = one(data, [("self", "1", "", "90"), (REVIEW, "1", "", "80"), ("poll", "2", "", "85")])
        assert (row["self"], row["review"], row["total"]) == ("98.50", "88.50", "92.50")
