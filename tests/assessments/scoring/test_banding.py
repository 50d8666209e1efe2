"""Bands, conditions, vetoes, quotas with ties, thematic stars, ranks."""

import pytest

from assessments.scoring import BranchFacts, Claim, DecisionError, Mark, evaluate, layout_of, parse_up, reasons

from .helpers import BANDS, batch_of, entry, make, stars_of


def with_top(**changes):
    return [{**BANDS[0], **changes}, *BANDS[1:]]


def quota(**changes):
    return make(bands=with_top(quota=changes))


class TestBands:
    @pytest.mark.parametrize(
        ("rounding", "total", "stars"),
        [
            ("none", "89.995", 4),
            (2, "89.995", 5),
            (2, "89.994999", 4),
            (1, "89.95", 5),
            (1, "89.949", 4),
            (0, "89.5", 5),
            (0, "89.499999", 4),
            ("none", "90", 5),
        ],
    )
    def test_what_the_bands_read_is_the_schemes_choice(self, rounding, total, stars):
        assert stars_of(make(round_before_banding=rounding), [total]) == [stars]

    def test_only_lower_ends_count_and_below_them_there_is_no_star(self):
        scheme = make(bands=BANDS[:3])
        outcome = evaluate(scheme, batch_of(scheme, ["79.99", "70", "69.99", None]))
        assert outcome.stars.tolist() == [3, 3, 0, -1]
        assert [outcome.grade(scheme, at) for at in range(4)] == ["三星", "三星", "不定星", ""]


def facts(**changes):
    return [BranchFacts("b", **changes)]


class TestConditions:
    def tried(self, condition, *, branch=None, given=None, flags=(), veto=(), vetoes=()):
        scheme = make(bands=with_top(requires=[condition]), flags=list(flags), veto=list(veto))
        batch = batch_of(scheme, ["95"], facts=branch, vetoes=vetoes)
        if given:
            given(layout_of(scheme), batch.given[0])
        outcome = evaluate(scheme, batch)
        return outcome.stars.tolist()[0], [str(reason) for reason in reasons(scheme, batch, outcome, 0)]

    def test_one_star_up_at_a_time(self):
        condition = {"previous_stars_min": 4}
        assert self.tried(condition, branch=facts(previous_stars=4)) == (5, [])
        assert self.tried(condition, branch=facts(previous_stars=3)) == (4, ["condition:五星/previous_stars_min"])
        assert self.tried(condition, branch=facts())[0] == 4  # unknown fails

    def test_top_share_is_compared_as_a_fraction(self):
        condition = {"poll_top_share": "0.9"}
        assert self.tried(condition, given=lambda at, row: at.put_top_share(row, parse_up(9), parse_up(10)))[0] == 5
        assert self.tried(condition, given=lambda at, row: at.put_top_share(row, parse_up(89), parse_up(99)))[0] == 4
        assert self.tried(condition)[0] == 4  # an absent fact fails

    def test_poll_score(self):
        assert self.tried({"poll_min": 60}, given=lambda at, row: at.put_poll_score(row, parse_up(60)))[0] == 5
        assert self.tried({"poll_min": 60}, given=lambda at, row: at.put_whole(row, "poll", parse_up("59.9")))[0] == 4

    def test_flag(self):
        flags = [{"code": "F1", "text": "创新项目"}]
        assert self.tried({"flag": "F1"}, flags=flags, given=lambda at, row: at.put_flag(row, "F1", True))[0] == 5
        assert self.tried({"flag": "F1"}, flags=flags) == (4, ["condition:五星/flag/F1"])

    def test_no_veto(self):
        veto = [{"code": "V1", "text": "否", "effect": {"bar_honours": True}}]
        assert self.tried({"no_veto": True}, veto=veto)[0] == 5
        found = self.tried({"no_veto": True}, veto=veto, vetoes=[(0, "V1")])
        assert found == (4, ["veto:V1", "condition:五星/no_veto"])

    @pytest.mark.parametrize(("first", "stars"), [("16", 5), ("15.999999", 4)])
    def test_share_of_a_dimension(self, first, stars):
        condition = {"dimension_share": {"code": "1", "min": "0.8"}}
        scheme = make(entry("1", 20), entry("2", 80), bands=with_top(requires=[condition]))
        batch = batch_of(scheme, [first])
        layout_of(scheme).put(batch.marks[0, layout_of(scheme).stage_index("review")], "2", Mark(parse_up(80)))
        assert evaluate(scheme, batch).stars.tolist() == [stars]

    @pytest.mark.parametrize(("first", "stars"), [("0", 4), ("0.5", 5)])
    def test_no_dimension_without_points(self, first, stars):
        condition = {"no_zero_dimension": True}
        scheme = make(entry("1", 5), entry("2", 95), bands=with_top(requires=[condition]))
        batch = batch_of(scheme, [first])
        layout_of(scheme).put(batch.marks[0, layout_of(scheme).stage_index("review")], "2", Mark(parse_up(95)))
        assert evaluate(scheme, batch).stars.tolist() == [stars]


class TestVetoes:
    def test_each_effect(self):
        effects = [{"max_stars": 2}, {"grade": "lowest"}, {"bar_honours": True}, {"zero_total": True}]
        veto = [{"code": f"V{at}", "text": "否", "effect": effect} for at, effect in enumerate(effects)]
        scheme = make(veto=veto)
        batch = batch_of(scheme, ["95"] * 5, vetoes=[(at, f"V{at}") for at in range(4)])
        outcome = evaluate(scheme, batch)
        assert outcome.stars.tolist() == [2, 1, 5, 1, 5]
        assert outcome.total_up[3] == outcome.graded_up[3] == 0
        assert [outcome.bars_honours(scheme, at) for at in range(5)] == [False, False, True, False, False]
        assert outcome.stars_score.tolist() == [5, 5, 5, 1, 5]
        assert outcome.rank_all.tolist() == [1, 1, 1, 5, 1]


class TestQuota:
    def test_places_are_rounded_down(self):
        assert stars_of(quota(max_share="0.3"), ["99", "98", "97", "96", "95", "94"]) == [5, 4, 4, 4, 4, 4]

    def test_unrated_branches_are_no_part_of_the_population(self):
        branches = [BranchFacts("a"), BranchFacts("b"), BranchFacts("c", exempt=True), BranchFacts("d")]
        assert stars_of(quota(max_share="0.5"), ["99", "98", "97", None], facts=branches) == [5, 4, -1, -1]

    def test_a_tie_across_the_last_place_is_undecided(self):
        scheme = quota(max_number=2)
        outcome = evaluate(scheme, batch_of(scheme, ["99", "95", "95", "94"]))
        assert outcome.stars.tolist() == [5, -1, -1, 4]
        assert outcome.status.tolist() == [0, 1, 1, 0]
        assert outcome.rank_all.tolist() == [1, 2, 2, 4]

    def test_a_tie_that_fits_is_no_tie(self):
        assert stars_of(quota(max_number=3), ["99", "95", "95", "94"]) == [5, 5, 5, 4]

    def test_without_a_place_all_are_cut_and_nothing_is_undecided(self):
        assert stars_of(quota(max_share="0.3"), ["95", "95", "80"]) == [4, 4, 4]

    def test_ties_are_ties_of_printed_figures(self):
        assert stars_of(quota(max_number=1), ["95.001", "95.004"]) == [-1, -1]

    def test_a_tie_break_settles_it(self):
        scheme = make(
            tie_break=["bonus"], bands=with_top(quota={"max_number": 1}), bonus={"items": [
                {"code": "B", "text": "奖", "points": 1},
            ]},
        )  # fmt: skip
        batch = batch_of(scheme, ["95", "96"], claims=[Claim(0, "B", matter="m")])
        assert evaluate(scheme, batch).stars.tolist() == [5, 4]

    def test_within_a_sector(self):
        branches = [BranchFacts(f"b{at}", sector="xy"[at % 2]) for at in range(4)]
        assert stars_of(quota(max_share="0.5", within="sector"), ["99", "91", "98", "92"], facts=branches) == [
            5,
            4,
            4,
            5,
        ]

    def test_those_cut_fall_to_the_next_band_they_satisfy(self):
        bands = [{**BANDS[0], "quota": {"max_number": 1}}, {**BANDS[1], "requires": [{"previous_stars_min": 3}]}]
        scheme = make(bands=[*bands, *BANDS[2:]])
        branches = [BranchFacts("a"), BranchFacts("b", previous_stars=3), BranchFacts("c", previous_stars=1)]
        assert stars_of(scheme, ["99", "98", "97"], facts=branches) == [5, 4, 3]

    def test_shares_are_separate_and_cuts_cascade(self):
        bands = [{**BANDS[0], "quota": {"max_number": 1}}, {**BANDS[1], "quota": {"max_number": 2}}, *BANDS[2:]]
        assert stars_of(make(bands=bands), ["99", "98", "97", "96", "85"]) == [5, 4, 4, 3, 3]
        assert stars_of(make(bands=bands), ["89", "88", "87"]) == [4, 4, 3]  # the unused place does not pass down

    def test_a_lower_quota_waits_for_an_open_tie_above(self):
        bands = [{**BANDS[0], "quota": {"max_number": 1}}, {**BANDS[1], "quota": {"max_number": 1}}, *BANDS[2:]]
        scheme = make(bands=bands)
        totals = ["95", "95", "85", "75"]
        assert stars_of(scheme, totals) == [-1, -1, -1, 3]
        assert stars_of(scheme, totals, decisions={1: 5}) == [4, 5, 3, 3]
        assert stars_of(scheme, totals, decisions={0: 4, 1: 3}) == [4, 3, 3, 3]  # nobody gets five; one place for four
        with pytest.raises(DecisionError):
            stars_of(scheme, totals, decisions={0: 4, 1: 4})
        assert stars_of(make(bands=[bands[0], {**BANDS[1], "quota": {"max_number": 0}}, *BANDS[2:]]), totals) == [
            -1, -1, 3, 3,
        ]  # fmt: skip

    def test_people_cannot_give_more_places_than_there_are(self):
        with pytest.raises(DecisionError):
            stars_of(quota(max_number=1), ["95", "95"], decisions={0: 5, 1: 5})

    def test_a_place_may_stay_empty(self):
        assert stars_of(quota(max_number=1), ["95", "95"], decisions={0: 4, 1: 4}) == [4, 4]

    def test_minimum_shares_are_shown_and_never_forced(self):
        bands = [*BANDS[:4], {**BANDS[4], "quota": {"min_share": "0.05"}}]
        scheme = make(bands=bands)
        outcome = evaluate(scheme, batch_of(scheme, ["95", "85"]))
        assert outcome.stars.tolist() == [5, 4]
        assert [group.below_min for group in outcome.settled.quotas] == [True]


class TestThematic:
    SCHEME = make(
        *(entry(str(at), 20, **({"pass": "0.8"})) for at in range(1, 6)),
        star_mode="thematic",
        bands=[{**band, "from": 0} for band in BANDS],
        veto=[{"code": "V", "text": "否", "effect": {"max_stars": 3}}],
    )

    def stars(self, *shares, vetoes=()):
        batch = batch_of(self.SCHEME, [shares[0]], vetoes=vetoes)
        layout = layout_of(self.SCHEME)
        for at, share in enumerate(shares[1:], start=2):
            layout.put(batch.marks[0, layout.stage_index("review")], str(at), Mark(parse_up(share)))
        return evaluate(self.SCHEME, batch).stars.tolist()[0]

    def test_stars_are_the_number_of_dimensions_passed(self):
        assert self.stars("16", "15.99", "20", "0", "17") == 3
        assert self.stars("16", "16", "16", "16", "16") == 5
        assert self.stars("0", "0", "0", "0", "0") == 0

    def test_a_veto_limits_them(self):
        assert self.stars("16", "16", "16", "16", "16", vetoes=[(0, "V")]) == 3


class TestRanks:
    def test_equal_scores_share_a_rank_and_the_next_is_skipped(self):
        scheme = make()
        branches = [BranchFacts(f"b{at}", sector="xxyy"[at]) for at in range(4)]
        outcome = evaluate(scheme, batch_of(scheme, ["80", "90", "80", "70"], facts=branches))
        assert outcome.rank_all.tolist() == [2, 1, 2, 4]
        assert outcome.rank_sector.tolist() == [2, 1, 1, 2]

    def test_exempt_and_missing_are_listed_without_a_rank(self):
        scheme = make()
        branches = [BranchFacts("a", exempt=True), BranchFacts("b"), BranchFacts("c")]
        outcome = evaluate(scheme, batch_of(scheme, ["99", None, "80"], facts=branches))
        assert outcome.status.tolist() == [3, 2, 0]
        assert outcome.rank_all.tolist() == [0, 0, 1]
