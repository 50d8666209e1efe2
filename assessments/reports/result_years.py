"""A branch's years for people: the portal's own and the imported ones, as table, chart and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branchportal.figures import points_text

from ..results.earlier.history import Streak, YearLine, streaks_of, year_lines
from ..results.full_marks import differ
from ..results.models import Result
from . import charts

MOST = 8  # years shown
MOST_STARS = 5
WHAT = {
    5: gettext_lazy("five stars"),
    4: gettext_lazy("four stars or more"),
    3: gettext_lazy("three stars or more"),
    2: gettext_lazy("two stars or more"),
    1: gettext_lazy("one star or more"),
}


@dataclass(frozen=True)
class Years:
    """The last years of a branch, oldest first, and what they come to."""

    lines: Sequence[YearLine]
    streaks: Sequence[Streak] = ()
    option: dict | None = field(default=None, repr=False)

    @property
    def has_original(self) -> bool:
        """Whether something of it was imported, so that the mark is explained."""
        return any(line.is_original for line in self.lines)

    @property
    def is_shared(self) -> bool:
        """Whether the years' full marks differ: then their shares are compared, not their totals."""
        return _are_shared(self.lines)

    @property
    def told(self) -> list[str]:
        """Years in a row as sentences."""
        return [streak_sentence(streak) for streak in self.streaks]


def years_up_to(result: Result) -> Years:
    """The years before a quarter, or up to and with a year."""
    plan, is_year = result.tally.plan, result.tally.cycle_id is None
    lines = year_lines(result.branch_id, plan.year if is_year else plan.year - 1, result if is_year else None)
    if len(lines) == 1 and lines[0].result_pk == result.pk:
        lines = []  # nothing but the result that is shown anyway
    return years_of(lines)


def all_years(branch_id: int) -> Years:
    """Everything that is known of a branch."""
    return years_of(year_lines(branch_id))


def years_of(lines: Sequence[YearLine]) -> Years:
    return Years(lines[-MOST:], streaks_of(lines), _option(lines[-MOST:]))


def streak_sentence(streak: Streak) -> str:
    """“连续3年五星（2023—2025年，其中2023、2024年为原始数据）”."""
    values = {
        "count": streak.count,
        "what": WHAT[min(streak.stars, MOST_STARS)],
        "first": streak.first,
        "last": streak.last,
    }
    if not streak.originals:
        return _("%(count)d years in a row with %(what)s (%(first)d to %(last)d).") % values
    text = _("%(count)d years in a row with %(what)s (%(first)d to %(last)d; of them %(originals)s original data).")
    return text % (values | {"originals": streak.original_text})


def _option(lines: Sequence[YearLine]) -> dict | None:
    if sum(line.score_up is not None for line in lines) < 2:
        return None
    names = [f"{line.year}年{_('original data') if line.is_original else ''}" for line in lines]
    if not _are_shared(lines):
        return charts.trend(names, [_number(line.score_up) for line in lines])
    shares = [None if line.share_up is None else _number(line.share_up * 100, 1) for line in lines]
    return charts.trend(names, shares) if sum(share is not None for share in shares) > 1 else None


def _are_shared(lines: Sequence[YearLine]) -> bool:
    return differ(line.full_up for line in lines if line.score_up is not None)


def _number(figure_up: int | None, places: int = 2) -> float | None:
    return None if figure_up is None else float(points_text(figure_up, places))
