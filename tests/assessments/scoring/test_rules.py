"""Every rule of an indicator with numbers worked by hand (scoring.md, section 3)."""

import pytest

from assessments.scoring import Mark, MarkError, check_mark, parse_up, points_of

from .helpers import make, points


def deduct(*criteria, at=4, **more):
    return {"points": at, "rule": "deduct", "criteria": list(criteria), **more}


def criterion(code="a", worth="0.5", **more):
    return {"code": code, "text": "细则", **({} if "range" in more else {"points": worth}), **more}


ADD = {"points": 5, "rule": "add"}


class TestDeduct:
    def test_each_missing_one_costs_a_half(self):
        assert points(deduct(criterion()), counts={"a": 3}) == "2.5"  # 4 − 3 × 0.5

    def test_a_criterion_takes_at_most_its_maximum(self):
        assert points(deduct(criterion(max=1), criterion("b", 1)), counts={"a": 9, "b": 1}) == "2"  # 4 − 1 − 1

    def test_it_stops_at_zero(self):
        assert points(deduct(criterion(worth=3)), counts={"a": 2}) == "0"
        assert points(deduct(criterion(worth=3)), counts={"a": 2}, counted=False) == "-2"

    def test_a_floor_below_zero_lets_it_go_on(self):
        assert points(deduct(criterion(worth=3), floor=-1), counts={"a": 2}) == "-1"

    def test_nothing_found_is_full_marks(self):
        assert points(deduct(criterion())) == "4"

    def test_a_waived_count_costs_nothing(self):
        assert points(deduct(criterion(), criterion("b", 1)), counts={"a": 3, "b": 1}, waived=["a"]) == "3"

    def test_a_size_is_chosen_within_a_range(self):
        leaf = deduct(criterion(range=[3, 4]), at=10)
        assert points(leaf, counts={"a": "3.5"}) == "6.5"
        with pytest.raises(MarkError):
            points(leaf, counts={"a": "2.9"})

    def test_a_million_occurrences_do_not_overflow(self):
        heavy = [criterion(code, 1_000_000) for code in "abcdefghijklmnop"]
        assert points(deduct(*heavy), counts=dict.fromkeys("abcdefghijklmnop", 1_000_000)) == "0"


class TestAdd:
    def test_half_a_point_for_each_up_to_one(self):
        assert points({**ADD, "criteria": [criterion(max=1)]}, counts={"a": 5}) == "1"

    def test_the_row_gives_no_more_than_its_points(self):
        assert points({**ADD, "criteria": [criterion(worth=2)]}, counts={"a": 4}) == "5"

    def test_without_ceiling_it_goes_on(self):
        assert points({**ADD, "ceiling": "none", "criteria": [criterion(worth=2)]}, counts={"a": 4}) == "8"

    def test_only_the_highest_level_counts_and_once(self):
        levels = [criterion("国", 3), criterion("省", 2), criterion("市", 1)]
        leaf = {**ADD, "highest_only": True, "criteria": levels}
        assert points(leaf, counts={"省": 4, "市": 9}) == "2"
        assert points(leaf, counts={"国": 1, "省": 4}, waived=["国"]) == "2"
        assert points(leaf) == "0"


class TestMixed:
    LEAF = {
        "points": 10,
        "rule": "mixed",
        "start": 5,
        "floor": -3,
        "criteria": [criterion("好", 2, max=4), criterion("误", -2, max=3)],
    }

    def test_plus_and_minus_stand_in_one_row(self):
        assert points(self.LEAF, counts={"好": 1, "误": 1}) == "5"  # 5 + 2 − 2

    def test_maximum_bounds_the_size_of_a_negative_criterion(self):
        assert points(self.LEAF, counts={"好": 3, "误": 5}) == "6"  # 5 + min(6, 4) − min(10, 3)


class TestChoice:
    LEAF = {"points": 20, "rule": "choice", "criteria": [criterion("好", 20), criterion("差", 0), criterion("负", -5)]}

    def test_the_option_gives_its_points(self):
        assert [points(self.LEAF, counts={option: 1}) for option in ("好", "差", "负")] == ["20", "0", "0"]

    @pytest.mark.parametrize("counts", [{}, {"好": 1, "差": 1}, {"好": 2}, {"好": -1}])
    def test_exactly_one_option_is_chosen(self, counts):
        with pytest.raises(MarkError):
            points(self.LEAF, counts=counts)


class TestMeasure:
    BANDS = {"points": 4, "rule": "measure", "bands": [{"from": "0.6", "points": 1}, {"from": "0.95", "points": 4}]}
    SLOPE = {"target": 1, "per": "0.01", "points": 1, "max": 4}

    def test_the_highest_band_reached_gives_the_points(self):
        assert points(self.BANDS, value=38, of=40) == "4"  # 0.95 exactly
        assert points(self.BANDS, value="0.949999") == "1"
        assert points(self.BANDS, value="0.5") == "0"

    def test_a_third_is_compared_exactly(self):
        leaf = {**self.BANDS, "bands": [{"from": "0.333333", "points": 2}, {"from": "0.333334", "points": 4}]}
        assert points(leaf, value=1, of=3) == "2"

    def test_each_full_per_cent_below_the_target_costs_one(self):
        leaf = {"points": 10, "rule": "measure", "slope": self.SLOPE}
        assert points(leaf, value="0.985") == "9"  # short by 1.5 %: one whole step
        assert points(leaf, value=29, of=30) == "7"  # 96.67 %: short by 3.33 %
        assert points(leaf, value="0.2") == "6"  # at most 4
        assert points(leaf, value=2) == "10"

    def test_direction_down_where_lower_is_better(self):
        slope = {"target": 40, "per": 1, "points": 3, "direction": "down"}
        leaf = {"points": 10, "rule": "measure", "slope": slope}
        assert [points(leaf, value=age) for age in ("39", "40.9", "41", "42.5")] == ["10", "10", "7", "4"]

    @pytest.mark.parametrize("of", [0, -3])
    def test_a_denominator_of_zero_is_an_error(self, of):
        with pytest.raises(MarkError) as caught:
            points(self.BANDS, value=1, of=of)
        assert [problem.code for problem in caught.value.problems] == ["denominator_zero"]


class TestEntry:
    LEAF = {"points": 3, "rule": "entry"}

    @pytest.mark.parametrize(
        ("value", "codes"),
        [
            ("2.5", []),
            ("3", []),
            ("3.5", ["outside"]),
            ("-0.5", ["outside"]),
            ("2.3", ["off_step"]),
            ("0.005", ["off_step"]),
            ("3.1", ["outside", "off_step"]),
        ],
    )
    def test_typed_points_are_checked_and_never_clipped(self, value, codes):
        scheme = make({"code": "x", "name": "例", **self.LEAF}, rescale=True)
        assert [problem.code for problem in check_mark(scheme, "x", Mark(parse_up(value)))] == codes


class TestFromOutside:
    def test_a_poll_of_87_and_a_half_gives_its_share_of_three_points(self):
        assert points({"points": 3, "rule": "poll"}, value="87.5") == "2.625"
        assert points({"points": 7, "rule": "poll"}, value="33.333333") == "2.333333"

    def test_platform_deductions_times_ten(self):
        leaf = {"points": 10, "rule": "external", "start": 10, "factor": -10}
        assert [points(leaf, value=value) for value in ("0.35", "2", "-1")] == ["6.5", "0", "10"]


def test_not_applicable_counts_full_or_is_refused():
    leaf = {"points": 4, "rule": "choice", "criteria": [criterion()]}
    assert points({**leaf, "not_applicable": "counts_full"}, na=True) == "4"
    with pytest.raises(MarkError):
        points(leaf, na=True)


@pytest.mark.parametrize(("count", "codes"), [(-1, ["negative"]), (10**9, ["outside"]), (1_000_000, [])])
def test_counts_stay_between_nothing_and_a_million(count, codes):
    scheme = make({"code": "x", "name": "例", **deduct(criterion())}, rescale=True)
    assert [problem.code for problem in check_mark(scheme, "x", Mark(counts={"a": count}))] == codes


def test_a_figure_beyond_a_million_points_is_refused():
    scheme = make({"code": "x", "name": "例", **ADD, "ceiling": "none", "criteria": [criterion(worth=2)]}, rescale=True)
    assert [each.code for each in check_mark(scheme, "x", Mark(counts={"a": 1_000_000}))] == ["figure_too_large"]
    assert points_of(scheme, "x", Mark(counts={"a": 500_000})) == 10**12
