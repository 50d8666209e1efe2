"""The shape of a to-do list: what, how many, days left, next step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from ...results.models import Result

DUE, LATE, WAITING, DONE = "due", "late", "waiting", "done"
TURN = (LATE, DUE, WAITING, DONE)
SOON = 3  # days: what has no deadline stands with what is due in so many


@dataclass(frozen=True)
class Todo:
    """One line. `tone` is due, late, waiting (somebody else's turn) or done; the words say it too."""

    icon: str
    what: str
    url: str
    action: str
    detail: str = ""
    number: int | None = None
    days_left: int | None = None
    tone: str = DUE
    progress: tuple[int, int] | None = None


@dataclass(frozen=True)
class LastResult:
    """The last published quarter of a branch, its place and how it moved; `year` is its last published year."""

    pk: int
    branch: str
    title: str
    total_up: int | None
    stars: int | None
    grade: str
    status: str
    rank_sector: int | None
    movement: int | None
    year: Result | None = None


@dataclass(frozen=True)
class Panel:
    """What one office finds on the home page; `empty` is what stands there when nothing is to be done."""

    title: str
    todos: Sequence[Todo]
    empty: str
    results: Sequence[LastResult] = field(default=())

    @property
    def in_turn(self) -> list[Todo]:
        """What is late, then what is due, the nearest deadline first; then what waits for others, and what is done."""
        return sorted(
            self.todos, key=lambda one: (TURN.index(one.tone), SOON if one.days_left is None else one.days_left)
        )


def days_until(moment: datetime | None, now: datetime) -> int | None:
    """Whole days until a deadline's day in Shanghai; negative when it is over, never 0 once the moment has passed."""
    if moment is None:
        return None
    days = (timezone.localdate(moment) - timezone.localdate(now)).days
    return -1 if days == 0 and moment <= now else days


def tone_of(days_left: int | None) -> str:
    """Late when the deadline is over."""
    return LATE if days_left is not None and days_left < 0 else DUE
