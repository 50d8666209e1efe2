"""Years, quarters, half-years and step dates of the demonstration, all relative to the day of seeding."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = "一二三四"


@dataclass(frozen=True)
class Quarter:
    """A quarter with its steps: (kind, from, to), half open."""

    year: int
    number: int
    starts_on: date
    ends_on: date
    steps: tuple[tuple[str, datetime, datetime], ...]

    @property
    def period(self) -> str:
        return f"Q{self.number}"

    @property
    def name(self) -> str:
        return f"{self.year}年第{WORDS[self.number - 1]}季度考评"

    def step(self, kind: str) -> tuple[datetime, datetime]:
        """From and to of a step."""
        return next((begins, ends) for name, begins, ends in self.steps if name == kind)


@dataclass(frozen=True)
class HalfYear(Quarter):
    """The first or the second half of a year, with steps as a quarter has them."""

    @property
    def period(self) -> str:
        return f"H{self.number}"

    @property
    def name(self) -> str:
        return f"{self.year}年{'上下'[self.number - 1]}半年考评"


class Pilot(Quarter):
    """The only cycle of a year that is tried beforehand."""

    @property
    def name(self) -> str:
        return f"{self.year}年度考评标准试点"


def halves(year: int) -> list[HalfYear]:
    """Both halves of a year that is over."""
    first = HalfYear(year, 1, date(year, 1, 1), date(year, 6, 30), _around(date(year, 6, 30)))
    return [first, HalfYear(year, 2, date(year, 7, 1), date(year, 12, 31), _around(date(year, 12, 31)))]


def quarters(today: date) -> tuple[list[Quarter], list[Quarter], Quarter]:
    """Last year's four quarters, the running year's finished ones, and the running one.

    In January to March the fourth quarter of the year before is the running one: it is assessed in those weeks.
    """
    year, running = (today.year - 1, 4) if today.month <= 3 else (today.year, (today.month + 2) // 3)
    last = [_finished(year - 1, number) for number in range(1, 5)]
    finished = [_finished(year, number) for number in range(1, running)]
    return last, finished, _running(year, running, today)


def pilot(running: Quarter, today: date) -> Quarter:
    """A trial of the next year's rules beside the running quarter: handed in two weeks ago, under preliminary review.

    It starts before that quarter does, so that pages which open the latest cycle still open the quarter.
    """
    first, last = running.starts_on - timedelta(days=14), running.ends_on
    return Pilot(running.year + 1, 1, first, last, _steps(_at(today - timedelta(days=30)), (16, 40, 50, 55, 60)))


def _span(year: int, number: int) -> tuple[date, date]:
    first = date(year, number * 3 - 2, 1)
    after = date(year + 1, 1, 1) if number == 4 else date(year, number * 3 + 1, 1)
    return first, after - timedelta(days=1)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(18, 0), SHANGHAI)


def _finished(year: int, number: int) -> Quarter:
    """Steps around the quarter's end; the last quarter before today is over, however short ago."""
    first, last = _span(year, number)
    return Quarter(year, number, first, last, _around(last))


def _around(last: date) -> tuple[tuple[str, datetime, datetime], ...]:
    return _steps(_at(last - timedelta(days=40)), (14, 20, 30, 35, 40))


def _running(year: int, number: int, today: date) -> Quarter:
    """Self-assessment since twelve days, six days left."""
    first, last = _span(year, number)
    return Quarter(year, number, first, last, _steps(_at(today - timedelta(days=12)), (18, 25, 38, 45, 52)))


def _steps(begin: datetime, ends: tuple[int, ...]) -> tuple[tuple[str, datetime, datetime], ...]:
    """Self-assessment, preliminary review and review overlap; ratification and notice follow."""
    own, preliminary, review, ratification, notice = (begin + timedelta(days=days) for days in ends)
    return (
        ("self", begin, own),
        ("preliminary", begin, preliminary),
        ("review", begin, review),
        ("ratification", review, ratification),
        ("notice", ratification, notice),
    )
