"""What may be read of a poll: nothing before it is closed, and afterwards nothing that tells of fewer than five.

This is the one place that reads counters for a page (I-20). A count below five is hidden together with every other
small one of its question (zeros too, or a sum would give them away), and the share of top votes with it; where that
leaves a single hidden cell, the next
smallest is hidden as well. Where one group answers one question and the printed score would still give a hidden cell
away, the whole table is hidden: the score counts, and nothing else is shown. Known limit: a score is itself a statement
about the ballots; with few of them, whoever tries all ways to reach it may work some out.
"""

from collections import Counter as Multiset
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from .choices import LEAST_SHOWN, Review, Status
from .counting import FULL, SCALE, rounded
from .models import Comment, Counter, Poll

MOST_TRIED = 50_000  # ways to fill hidden cells that are looked at before the table is hidden


@dataclass(frozen=True)
class ShownCell:
    """One option of a question; `n` None: hidden. `share` in per cent for the bar."""

    label: str
    n: int | None
    share: int = 0


@dataclass(frozen=True)
class ShownQuestion:
    """A question with its cells."""

    text: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True)
class Shown:
    """A closed poll as a page may show it. `is_small`: too few ballots for any breakdown."""

    is_small: bool = True
    questions: tuple[ShownQuestion, ...] = ()
    has_top_share: bool = False
    comments: tuple[str, ...] = field(default_factory=tuple)


def shown(poll: Poll) -> Shown:
    """The breakdown and the comments of a poll, as far as they may be seen."""
    if poll.status != Status.CLOSED or poll.ballots < LEAST_SHOWN:
        return Shown()
    options = list(poll.form.options.all())
    questions = list(poll.form.questions.all())
    cells: Multiset[tuple[int, int]] = Multiset()
    for question, option, n in Counter.objects.filter(poll=poll).values_list("question_id", "option_id", "n"):
        cells[question, option] += n
    table = [[cells[question.pk, option.pk] for option in options] for question in questions]
    kept = [open_cells(row) for row in table]
    values = [option.value_up if option.is_counted else None for option in options]
    said = tuple(Comment.objects.filter(poll=poll, review=Review.SHOWN).values_list("text", flat=True))
    if _gives_away(poll, table, kept, values):
        return Shown(comments=said)
    found = tuple(
        ShownQuestion(
            question.text,
            tuple(
                ShownCell(
                    option.label, n if at in open_at else None, round(100 * n / poll.ballots) if at in open_at else 0
                )
                for at, (option, n) in enumerate(zip(options, row, strict=True))
            ),
        )
        for question, row, open_at in zip(questions, table, kept, strict=True)
    )
    return Shown(False, found, all(len(open_at) == len(options) for open_at in kept), said)


def open_cells(row: Sequence[int]) -> set[int]:
    """Positions whose count may be shown."""
    hidden = {at for at, n in enumerate(row) if n < LEAST_SHOWN}
    if not any(row[at] for at in hidden):
        return set(range(len(row)))  # only zeros: nobody is behind them
    if len(hidden) == 1:
        rest = [at for at in range(len(row)) if at not in hidden]
        hidden.add(min(rest, key=lambda at: row[at]))
    return set(range(len(row))) - hidden


def _gives_away(
    poll: Poll, table: Sequence[Sequence[int]], kept: Sequence[set[int]], values: Sequence[int | None]
) -> bool:
    """Whether somebody who reads the table and the score can work out a hidden count below five."""
    is_alone = len(table) == 1 and poll.rosters.filter(number__gt=0).count() == 1
    for row, open_at in zip(table, kept, strict=True):
        hidden = [at for at in range(len(row)) if at not in open_at]
        if not hidden:
            continue
        known = {at: row[at] for at in open_at}
        score_up = poll.score_up if is_alone else None
        ways = [
            way
            for way in solutions(known, hidden, poll.ballots, values, score_up)
            if any(number < LEAST_SHOWN for number in way)
        ]
        if not ways or len(ways) >= MOST_TRIED:
            return not ways
        if any(len({way[at] for way in ways}) == 1 and row[hidden[at]] < LEAST_SHOWN for at in range(len(hidden))):
            return True
    return False


def solutions(
    known: Mapping[int, int], hidden: Sequence[int], ballots: int, values: Sequence[int | None], score_up: int | None
) -> Iterator[tuple[int, ...]]:
    """Every way to fill the hidden cells that fits the ballots and, where it is known, the printed score."""
    rest = ballots - sum(known.values())
    for tried, way in enumerate(_compositions(rest, len(hidden))):
        if tried >= MOST_TRIED:
            return
        if score_up is None or _score({**known, **dict(zip(hidden, way, strict=True))}, values) == score_up // 10_000:
            yield way


def _score(cells: Mapping[int, int], values: Sequence[int | None]) -> int | None:
    """The score of a single question as printed, in hundredths."""
    valid = sum(n for at, n in cells.items() if values[at] is not None)
    if not valid:
        return None
    worth = sum(n * (values[at] or 0) for at, n in cells.items() if values[at] is not None)
    return rounded(Fraction(worth * FULL, valid * SCALE) * SCALE) // 10_000


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
