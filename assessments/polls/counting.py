"""How ballots become a score: the one formula of polls, pure and exact (fractions; rounded once, at the end).

    of a question in a group   = Σ (ballots for an option × its value) ÷ valid answers × 100
    of a group                 = Σ (question × its weight) ÷ Σ weights of the questions with valid answers
    of the poll                = Σ (group × its weight) ÷ Σ weights of the groups that count
    share of top votes         = answers for top options ÷ valid answers, over all groups and questions

"Don't know" is no valid answer (不了解不计入有效票). Nobody on the roster: the group is left out. A group below its
least turnout, or without a valid answer, leaves the poll without a score: its weight is never handed to the others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .choices import Verdict

SCALE = 1_000_000
FULL = 100
Cell = tuple[int, int]  # position of the question, position of the option


@dataclass(frozen=True)
class Choice:
    """One option of the scale; `value_up` in millionths of 1."""

    position: int
    value_up: int
    is_counted: bool = True
    is_top: bool = False


@dataclass(frozen=True)
class Group:
    """One voter group: shares in millionths, people entitled, valid ballots, and how many chose what."""

    position: int
    weight_up: int
    quorum_up: int
    roster: int
    ballots: int
    cells: Mapping[Cell, int]

    @property
    def has_quorum(self) -> bool:
        """Whether enough of the roster took part, compared exactly."""
        return self.ballots * SCALE >= self.roster * self.quorum_up


@dataclass(frozen=True)
class Figures:
    """What a poll comes to. `score` is exact, 0..100; None where the poll does not count."""

    verdict: str
    score: Fraction | None
    top_votes: int
    counted_votes: int
    ballots: int
    roster: int

    @property
    def score_up(self) -> int | None:
        """The score 0..100 in millionths."""
        return None if self.score is None else rounded(self.score * SCALE)

    def whole_up(self, full_marks_up: int) -> int | None:
        """The score on the scale of full marks, in micro-points, rounded once."""
        return None if self.score is None else rounded(self.score * full_marks_up / FULL)


def rounded(value: Fraction) -> int:
    """Half away from zero; the value is never negative here."""
    return int((2 * value.numerator + value.denominator) // (2 * value.denominator))


def count(choices: Sequence[Choice], weights_up: Mapping[int, int], groups: Iterable[Group]) -> Figures:
    """The figures of a poll; `weights_up` of the questions by position."""
    taking_part = [group for group in groups if group.roster > 0]
    top = counted = 0
    for group in taking_part:
        for (_question, option), number in group.cells.items():
            choice = next(each for each in choices if each.position == option)
            counted += number if choice.is_counted else 0
            top += number if choice.is_top else 0
    ballots, roster = sum(g.ballots for g in taking_part), sum(g.roster for g in taking_part)
    weighted = [group for group in taking_part if group.weight_up > 0]
    scores = [group_score(choices, weights_up, group) for group in weighted]
    verdict: str = Verdict.COUNTED
    if not weighted or not counted:
        verdict = Verdict.NO_BALLOTS
    elif not all(group.has_quorum for group in taking_part) or any(score is None for score in scores):
        verdict = Verdict.NO_QUORUM
    score = None
    if verdict == Verdict.COUNTED:
        parts = [part * group.weight_up for group, part in zip(weighted, scores, strict=True) if part is not None]
        score = sum(parts, Fraction(0)) / sum(group.weight_up for group in weighted)
    return Figures(verdict, score, top, counted, ballots, roster)


def group_score(choices: Sequence[Choice], weights_up: Mapping[int, int], group: Group) -> Fraction | None:
    """One group's score 0..100; None without any valid answer."""
    total, weight = Fraction(0), 0
    for question, share_up in weights_up.items():
        valid = sum(group.cells.get((question, choice.position), 0) for choice in choices if choice.is_counted)
        if not valid:
            continue
        worth = sum(
            group.cells.get((question, choice.position), 0) * choice.value_up for choice in choices if choice.is_counted
        )
        total += Fraction(worth * FULL, valid * SCALE) * share_up
        weight += share_up
    return total / weight if weight else None


def counters_digest(content: Iterable[Sequence[object]]) -> str:
    """SHA-256 over canonical JSON of sorted rows (group, question, option, n, by position)."""
    text = json.dumps(sorted(content), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
