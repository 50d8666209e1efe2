"""The formula, worked by hand."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from assessments.polls.counting import Choice, Group, count, counters_digest
from assessments.polls.shown import open_cells

SCALE = (
    Choice(1, 1_000_000, is_top=True),
    Choice(2, 800_000),
    Choice(3, 600_000),
    Choice(4, 0),
    Choice(5, 0, is_counted=False),
)
ONE = {1: 1_000_000}


def _group(
    *numbers: int, weight_up: int = 1_000_000, quorum_up: int = 0, roster: int = 100, position: int = 1
) -> Group:
    cells = {(1, at): n for at, n in enumerate(numbers, start=1)}
    return Group(position, weight_up, quorum_up, roster, sum(numbers), cells)


def test_dont_know_is_no_valid_answer() -> None:
    # 6×1 + 2×0.8 + 1×0.6 + 1×0 = 8.2 of 10 valid answers; two people did not know
    figures = count(SCALE, ONE, [_group(6, 2, 1, 1, 2)])
    assert (figures.score_up, figures.top_votes, figures.counted_votes, figures.ballots) == (82_000_000, 6, 10, 12)
    assert figures.verdict == "counted"


def test_groups_are_weighted_not_their_numbers() -> None:
    # members 100 (3 of 3 top), masses 80 (30 of 30 second): 100×0.6 + 80×0.4 = 92, whatever their numbers
    members = _group(3, 0, 0, 0, 0, weight_up=600_000)
    masses = _group(0, 30, 0, 0, 0, weight_up=400_000, position=2)
    figures = count(SCALE, ONE, [members, masses])
    assert (figures.score_up, figures.top_votes, figures.counted_votes) == (92_000_000, 3, 33)


def test_questions_are_weighted() -> None:
    cells = {(1, 1): 1, (2, 4): 1, (3, 2): 1}  # 100×0.3 + 0×0.3 + 80×0.4 = 62
    group = Group(1, 1_000_000, 0, 5, 1, cells)
    assert count(SCALE, {1: 300_000, 2: 300_000, 3: 400_000}, [group]).score == 62


def test_a_question_nobody_could_answer_is_left_out() -> None:
    group = Group(1, 1_000_000, 0, 5, 2, {(1, 1): 1, (1, 2): 1, (2, 5): 2})  # (100 + 80) ÷ 2; the second: nobody knew
    assert count(SCALE, {1: 500_000, 2: 500_000}, [group]).score == 90


def test_the_score_is_rounded_once_at_the_end() -> None:
    figures = count(SCALE, ONE, [_group(2, 1, 0, 0, 0)])  # (2 + 0.8) ÷ 3 × 100 = 93.333…
    assert figures.score == Fraction(280, 3)
    assert figures.score_up == 93_333_333
    assert figures.whole_up(120_000_000) == 112_000_000  # 93.333… % of 120 is exactly 112


def test_a_group_below_its_turnout_leaves_no_score() -> None:
    few = _group(7, 0, 0, 0, 0, roster=11, quorum_up=666_667)  # 7 of 11 is below two thirds
    enough = _group(8, 0, 0, 0, 0, roster=12, quorum_up=666_666)
    assert count(SCALE, ONE, [few]).verdict == "no_quorum"
    assert count(SCALE, ONE, [few]).score is None
    assert count(SCALE, ONE, [enough]).verdict == "counted"


def test_the_weight_of_a_silent_group_is_not_handed_to_the_others() -> None:
    members = _group(5, 0, 0, 0, 0, weight_up=600_000)
    silent = _group(0, 0, 0, 0, 0, weight_up=400_000, roster=20, position=2)
    absent = _group(0, 0, 0, 0, 0, weight_up=400_000, roster=0, position=2)
    assert count(SCALE, ONE, [members, silent]).verdict == "no_quorum"
    assert count(SCALE, ONE, [members, absent]).score == 100  # a branch without masses: nobody is entitled


def test_without_a_valid_answer_there_is_no_score() -> None:
    assert count(SCALE, ONE, [_group(0, 0, 0, 0, 4)]).verdict == "no_ballots"
    assert count(SCALE, ONE, []).verdict == "no_ballots"


def test_the_digest_does_not_depend_on_the_order_of_rows() -> None:
    rows = [(1, 1, 1, 4), (1, 1, 2, 0), (2, 1, 1, 7)]
    assert counters_digest(rows) == counters_digest(reversed(rows))
    assert counters_digest(rows) != counters_digest([(1, 1, 1, 5), *rows[1:]])


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.integers(0, 3))
def test_more_top_votes_never_lower_the_score(numbers: list[int], more: int) -> None:
    before = count(SCALE, ONE, [_group(*numbers, roster=1_000)]).score
    after = count(SCALE, ONE, [_group(numbers[0] + more, *numbers[1:], roster=1_000)]).score
    assert after is None or before is None or after >= before
    assert after is None or 0 <= after <= 100


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_a_small_count_is_never_shown_and_never_hidden_alone(row: list[int]) -> None:
    open_at = open_cells(row)
    hidden = [at for at in range(len(row)) if at not in open_at]
    if any(0 < n < 5 for n in row):
        assert all(row[at] >= 5 for at in open_at)
        assert len(hidden) >= 2
    else:
        assert hidden == []
