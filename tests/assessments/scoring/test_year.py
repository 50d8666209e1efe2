"""The year by six methods, missing periods, adjustments, facts and vetoes of the year."""

import pytest

from .helpers import BANDS, results, scheme_data

PERIODS = ["Q1", "Q2", "Q3", "Q4"]


def year_of(totals, *, more=(), branches=None, bonus=None, penalty=None, **rule):
    """The annual row of branch 甲 with these totals of its quarters; None: no marks."""
    rule = {"periods": PERIODS, "method": "mean", "missing": "block", **rule}
    changes = {name: part for name, part in (("bonus", bonus), ("penalty", penalty)) if part}
    data = scheme_data(year=rule, **changes)
    marks = [("甲", period, "review", "1", "", total) for period, total in zip(PERIODS, totals, strict=False) if total]
    return results(data, [*marks, *more], branches)["甲", "year"]


@pytest.mark.parametrize(
    ("rule", "graded"),
    [
        ({"method": "mean"}, "87.5025"),  # (80.01 + 95 + 90 + 85) ÷ 4
        ({"method": "last"}, "85"),
        ({"method": "best"}, "95"),
        ({"method": "sum", "bands": BANDS}, "350.01"),
        ({"method": "weighted", "weights": {"Q1": "0.2", "Q2": "0.2", "Q3": "0.2", "Q4": "0.4"}}, "87.002"),
    ],
)
def test_methods_read_figures_as_printed(rule, graded):
    # 80.005 enters as 80.01; weighted: 16.002 + 19 + 18 + 34
    assert year_of(["80.005", "95", "90", "85"], **rule)["graded"] == graded


def test_without_a_method_there_is_no_year():
    data = scheme_data(year={"periods": ["Q1"], "method": "none", "missing": "block"})
    assert list(results(data, [("甲", "Q1", "review", "1", "", "80")])) == [("甲", "Q1")]


class TestMissing:
    TOTALS = ("80", None, "90", "85")

    def test_block_has_no_total_and_names_the_period(self):
        row = year_of(self.TOTALS)
        assert (row["status"], row["total"], row["reasons"]) == ("missing", "", "missing_period:Q2")

    @pytest.mark.parametrize(
        ("rule", "graded"),
        [
            ({"missing": "skip"}, "85"),
            ({"missing": "zero"}, "63.75"),
            ({"missing": "skip", "method": "last"}, "85"),
            ({"missing": "skip", "method": "best"}, "90"),
            ({"missing": "zero", "method": "sum", "bands": BANDS}, "255"),
        ],
    )
    def test_skip_and_zero(self, rule, graded):
        assert year_of(self.TOTALS, **rule)["graded"] == graded

    def test_only_periods_of_weight_zero_make_no_total(self):
        weights = {"Q1": "0", "Q2": "0", "Q3": "0.5", "Q4": "0.5"}
        row = year_of(["80", "90"], missing="skip", method="weighted", weights=weights)
        assert (row["status"], row["total"], row["reasons"]) == ("missing", "", "missing_period:Q3; missing_period:Q4")

    def test_an_exempt_branch_without_a_year_total_shows_no_part_of_it(self):
        branches = [("甲", "organ", "", "成立不满一年", "")]
        row = year_of(["80"], adjustments="summed", branches=branches)
        assert (row["status"], row["base"], row["bonus"], row["penalty"], row["total"]) == ("exempt", "", "", "", "")

    def test_last_period_missing(self):
        assert year_of(["80", "90", "70"], missing="skip", method="last")["graded"] == "70"
        assert year_of(["80", "90", "70"], missing="zero", method="last")["graded"] == "0"

    def test_weights_are_rescaled_to_those_present(self):
        weights = {"Q1": "0.2", "Q2": "0.2", "Q3": "0.2", "Q4": "0.4"}
        row = year_of(self.TOTALS, method="weighted", weights=weights, missing="skip")
        assert row["graded"] == "85"  # 80 × 0.25 + 90 × 0.25 + 85 × 0.5


class TestSummed:
    BONUS = {"items": [{"code": "B", "text": "奖", "points": 4, "per_matter": "each"}]}
    PENALTY = {"items": [{"code": "P", "text": "罚", "points": 1, "per_matter": "each"}]}
    MORE = (
        ("甲", "Q1", "review", "B", "", "1", "一"),
        ("甲", "Q2", "review", "B", "", "1", "二"),
        ("甲", "Q3", "review", "P", "", "3", "三"),
    )

    def score(self, **rule):
        rule = {"adjustments": "summed", **rule}
        return year_of(["80"] * 4, more=self.MORE, bonus=self.BONUS, penalty=self.PENALTY, **rule)

    def test_bonuses_are_added_up_beside_the_mean_of_the_base(self):
        row = self.score()
        assert [row[name] for name in ("base", "bonus", "penalty", "total")] == ["80.00", "8.00", "3.00", "85.00"]

    def test_and_capped_for_the_year(self):
        assert self.score(bonus_cap=5)["total"] == "82.00"

    def test_inside_the_quarters_they_are_averaged(self):
        row = self.score(adjustments="in_quarters")  # (84 + 84 + 77 + 80) ÷ 4
        assert [row[name] for name in ("base", "bonus", "penalty", "total")] == ["", "", "", "81.25"]

    def test_a_penalty_inside_a_component_is_not_taken_twice(self):
        penalty = {**self.PENALTY, "from": "review"}
        row = year_of(["80"] * 4, more=self.MORE, penalty=penalty, bonus=self.BONUS, adjustments="summed")
        assert (row["base"], row["total"]) == ("79.25", "87.25")  # (80 + 80 + 77 + 80) ÷ 4, + 8


class TestFactsOfTheYear:
    def test_a_veto_of_a_quarter_acts_on_the_year_and_rewrites_no_other_quarter(self):
        veto = [{"code": "V", "text": "否", "effect": {"max_stars": 2}}]
        marks = [("甲", period, "review", "1", "", "95") for period in PERIODS]
        rows = results(scheme_data(veto=veto), [*marks, ("甲", "Q2", "review", "V", "", "1")])
        assert [rows["甲", period]["stars"] for period in (*PERIODS, "year")] == ["5", "2", "5", "5", "2"]

    def test_a_veto_with_the_period_year_leaves_the_quarters(self):
        veto = [{"code": "V", "text": "否", "effect": {"zero_total": True}}]
        marks = [("甲", period, "review", "1", "", "95") for period in PERIODS]
        rows = results(scheme_data(veto=veto), [*marks, ("甲", "year", "review", "V", "", "1")])
        assert [rows["甲", period]["total"] for period in ("Q1", "year")] == ["95.00", "0.00"]

    @pytest.mark.parametrize(("totals", "stars"), [(["95", "95", "95", "91"], "5"), (["99", "99", "99", "80"], "4")])
    def test_good_quarters_or_better_ones_are_counted(self, totals, stars):
        bands = [{**BANDS[0], "requires": [{"good_periods": {"grade": "五星", "count": 4}}]}, *BANDS[1:]]
        row = year_of(totals, bands=bands)
        assert row["stars"] == stars

    def test_the_poll_of_the_year_is_a_fact_of_the_year(self):
        bands = [{**BANDS[0], "requires": [{"poll_top_share": "0.9"}]}, *BANDS[1:]]
        assert year_of(["95"] * 4, bands=bands)["stars"] == "4"
        assert year_of(["95"] * 4, bands=bands, more=[("甲", "year", "poll", "@top_share", "", "9/10")])["stars"] == "5"

    def test_dimensions_are_summed_over_the_periods_used(self):
        bands = [{**BANDS[0], "requires": [{"dimension_share": {"code": "1", "min": "0.9"}}]}, *BANDS[1:]]
        assert year_of(["99", "91", "84", "86"], bands=bands)["stars"] == "5"  # 360 of 400
        assert year_of(["99", "91", "84", "85.9"], bands=bands)["stars"] == "4"
        assert year_of(["80", "95"], method="best", missing="skip", bands=bands)["stars"] == "5"


def test_branches_keep_their_status_through_the_year():
    exempt = year_of(["95"] * 4, branches=[("甲", "organ", "", "成立不满一年", "")])
    assert (exempt["status"], exempt["total"], exempt["stars"], exempt["rank_all"]) == ("exempt", "95.00", "", "")


def test_periods_may_carry_the_year_in_front():
    rows = results(
        scheme_data(), [("甲", "2026Q1", "review", "1", "", "90"), ("甲", "year", "poll", "@score", "", "9")]
    )
    assert list(rows) == [("甲", "2026Q1"), ("甲", "year")]
