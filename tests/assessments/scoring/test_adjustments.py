"""Bonus and penalty: once per matter, item maximum, group cap, overall cap; and where they enter."""

import pytest

from .helpers import results, scheme_data

BONUS = {
    "cap": 10,
    "groups": [{"code": "awards", "cap": 7}],
    "items": [
        {"code": "B1", "text": "表彰", "group": "awards", "levels": {"国家级": 8, "省级": 6, "市级": 4}},
        {"code": "B2", "text": "推广", "points": 1, "unit": "篇", "max": 3, "per_matter": "each"},
        {"code": "B3", "text": "现场会", "points": 4, "per_matter": "highest"},
    ],
}
PENALTY = {"items": [{"code": "P1", "text": "处分", "levels": {"轻": 3, "重": 5}}]}


def one(*claims, base="50", **changes):
    data = scheme_data(**{"bonus": BONUS, "penalty": PENALTY, **changes})
    marks = [("甲", "Q1", "review", "1", "", base)]
    marks += [("甲", "Q1", "review", item, level, count, matter) for item, level, count, matter in claims]
    return results(data, marks)["甲", "Q1"]


@pytest.mark.parametrize(
    ("claims", "bonus"),
    [
        ([("B1", "省级", 1, "文一")], "6.00"),
        ([("B1", "省级", 1, "文一"), ("B1", "市级", 1, "文一")], "6.00"),  # once per matter, the largest
        ([("B1", "市级", 3, "文一")], "4.00"),  # how-many counts as 1
        ([("B1", "市级", 1, "文一"), ("B1", "市级", 1, "文二")], "7.00"),  # 8 in the group, capped at 7
        ([("B1", "市级", 1, ""), ("B1", "市级", 1, "")], "7.00"),  # an empty matter is a matter of its own
        ([("B2", "", 2, "经验")], "2.00"),
        ([("B2", "", 5, "经验")], "3.00"),  # at most 3
        ([("B1", "市级", 1, "会"), ("B3", "", 1, "会")], "4.00"),  # one matter under two items counts once
        ([("B1", "国家级", 1, "文"), ("B2", "", 3, "文"), ("B3", "", 1, "会")], "10.00"),  # 7 + 3 + 4, capped at 10
        ([("B1", "省级", 0, "文")], "0.00"),
    ],
)
def test_bonus(claims, bonus):
    assert one(*claims)["bonus"] == bonus


def test_equal_claims_of_one_matter_count_for_the_earlier_item():
    # B1 市级 4 and B3 4: B1 keeps it and meets the group's cap of 3; B3 would have given 4
    bonus = {**BONUS, "groups": [{"code": "awards", "cap": 3}]}
    assert one(("B3", "", 1, "会"), ("B1", "市级", 1, "会"), bonus=bonus)["bonus"] == "3.00"


def test_only_claims_accepted_in_review_count():
    marks = [("甲", "Q1", "review", "1", "", "50"), ("甲", "Q1", "self", "B1", "国家级", "1", "文")]
    assert results(scheme_data(bonus=BONUS), marks)["甲", "Q1"]["bonus"] == "0.00"


def test_total_is_base_plus_bonus_minus_penalty():
    row = one(("B3", "", 1, "会"), ("P1", "重", 1, "案"))
    assert [row[name] for name in ("base", "bonus", "penalty", "total", "graded")] == [
        "50.00", "4.00", "5.00", "49.00", "49",
    ]  # fmt: skip


def test_total_stops_at_zero_and_at_max_total():
    assert one(("P1", "重", 1, "案"), base="2")["total"] == "0.00"
    assert one(("B3", "", 1, "会"), base="99")["total"] == "103.00"
    assert one(("B3", "", 1, "会"), base="99", max_total=100)["total"] == "100.00"


def test_a_bonus_that_does_not_count_is_left_out_of_the_graded_score():
    row = one(("B3", "", 1, "会"), ("P1", "轻", 1, "案"), base="89", bonus={**BONUS, "counts": False})
    assert (row["total"], row["graded"], row["stars"]) == ("90.00", "86", "4")


class TestPenaltyInsideAComponent:
    PARTS = {
        "components": [{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}],
        "penalty": {**PENALTY, "from": "review"},
    }

    def score(self, base):
        marks = [("甲", "Q1", "review", "1", "", base), ("甲", "Q1", "poll", "", "", "90")]
        marks.append(("甲", "Q1", "review", "P1", "重", "1", "案"))
        return results(scheme_data(**self.PARTS), marks)["甲", "Q1"]

    def test_base_minus_penalty_times_seventy_per_cent_plus_poll(self):
        row = self.score("85")  # (85 − 5) × 0.7 + 90 × 0.3, and not again in the total
        assert [row[name] for name in ("review", "base", "penalty", "total")] == ["80.00", "83.00", "5.00", "83.00"]

    def test_the_component_stops_at_zero(self):
        assert self.score("3")["total"] == "27.00"
