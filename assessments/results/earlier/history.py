"""The years of a branch: the portal's own published results, and what was imported for the years before.

For one year the portal's own result always goes first. Years in a row are counted backwards from the last one; a year
without stars, or of which nothing is known, ends the row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from ...cycles.models import YearPlan
from ...schemes.loading import engine_scheme
from ..full_marks import share_text, share_up, year_full_up
from ..models import Result, Tally
from .models import EarlierResult

PUBLISHED = Tally.Status.PUBLISHED


@dataclass(frozen=True)
class YearLine:
    """One year of a branch. `is_original`: imported (原始数据); else `result_pk` is the portal's own result."""

    year: int
    score_up: int | None
    stars: int | None
    grade: str
    rank: int | None
    title: str
    is_original: bool
    result_pk: int | None = None
    source: str = ""  # of an imported one: the file's name
    remark: str = ""  # of one's own without stars: why
    full_up: int | None = None  # what it could reach; unknown of an imported one

    @property
    def share_up(self) -> int | None:
        """The score as a share of the full marks (得分率)."""
        return share_up(self.score_up, self.full_up)

    @property
    def share_text(self) -> str:
        return share_text(self.share_up)


class StarYear(NamedTuple):
    """The stars of one year, and whether they were imported."""

    stars: int | None
    is_original: bool


@dataclass(frozen=True)
class Streak:
    """Years in a row with at least `stars` stars, the last one being `last`."""

    stars: int
    count: int
    last: int
    originals: Sequence[int]  # those of them that were imported

    @property
    def first(self) -> int:
        return self.last - self.count + 1

    @property
    def original_text(self) -> str:
        """The imported years, as a list."""
        return "、".join(map(str, self.originals))


def year_lines(branch_id: int, until: int | None = None, shown: Result | None = None) -> list[YearLine]:
    """All known years of a branch up to `until`, oldest first. Two queries, and one for each year of several schemes.

    `shown`: a year's result that somebody looks at before it is published; it stands for its year.
    """
    found = {
        row.year: YearLine(
            row.year, row.score_up, row.stars, "", row.rank, row.title, is_original=True, source=row.upload.file_name
        )
        for row in _earlier(until).filter(branch_id=branch_id).select_related("upload")
    }
    own = Result.objects.filter(branch_id=branch_id, tally__cycle=None)
    own = own.filter(Q(tally__status=PUBLISHED) | Q(pk=shown.pk if shown else None))
    own = own.select_related("tally__plan__scheme_version", "sector")
    own = own.defer("dimensions", "reasons", "tally__plan__scheme_version__content")
    for row in own.order_by("tally__number"):
        if until is None or row.tally.plan.year <= until:
            found[row.tally.plan.year] = _own_line(row)
    return [found[year] for year in sorted(found)]


def _own_line(row: Result) -> YearLine:
    rated = row.status == Result.Status.RATED
    return YearLine(
        row.tally.plan.year,
        row.total_up,
        row.stars if rated else None,
        row.grade,
        row.rank_all,
        "",
        is_original=False,
        result_pk=row.pk,
        remark="" if rated else row.get_status_display(),
        full_up=year_full_up(engine_scheme(row.tally.plan.version_for(row.sector_id)), row.sector.code),
    )


def star_years(branch_ids: Iterable[int] | None = None, before: int | None = None) -> dict[int, dict[int, StarYear]]:
    """The stars of many branches by branch and year, of years before `before`. Two queries.

    `branch_ids` None: of all. A branch that the portal did not rate in a year has None there.
    """
    until = None if before is None else before - 1
    earlier, own = _earlier(until), Result.objects.filter(tally__cycle=None, tally__status=PUBLISHED)
    if before is not None:
        own = own.filter(tally__plan__year__lt=before)
    if branch_ids is not None:
        wanted = list(branch_ids)
        earlier, own = earlier.filter(branch__in=wanted), own.filter(branch__in=wanted)
    found: dict[int, dict[int, StarYear]] = {}
    for branch, year, stars in earlier.values_list("branch_id", "year", "stars").order_by():
        found.setdefault(branch, {})[year] = StarYear(stars, is_original=True)
    columns = ("branch_id", "tally__plan__year", "stars", "status")
    for branch, year, stars, status in own.values_list(*columns).order_by("tally__number"):
        given = stars if status == Result.Status.RATED else None
        found.setdefault(branch, {})[year] = StarYear(given, is_original=False)
    return found


def in_a_row(years: Mapping[int, StarYear], stars: int, last: int) -> Streak:
    """How many years in a row, ending with `last`, had at least `stars` stars."""
    year, originals = last, []
    while (found := years.get(year)) and found.stars is not None and found.stars >= stars:
        if found.is_original:
            originals.append(year)
        year -= 1
    return Streak(stars, last - year, last, originals[::-1])


def streaks_of(lines: Sequence[YearLine], least: int = 2) -> list[Streak]:
    """The streaks worth telling that end with the last line: with its stars, and longer ones with fewer stars."""
    if not lines or not lines[-1].stars:
        return []
    years = {line.year: StarYear(line.stars, line.is_original) for line in lines}
    found: list[Streak] = []
    for stars in range(lines[-1].stars, 0, -1):
        streak = in_a_row(years, stars, lines[-1].year)
        if streak.count >= least and (not found or streak.count > found[-1].count):
            found.append(streak)
    return found


def previous_stars(plan: YearPlan) -> dict[int, int]:
    """Stars by branch in the last year before this one: of the portal's last published year; newer imported ones first.

    A branch that was not rated in that year has none: its stars are unknown.
    """
    published = Tally.objects.filter(cycle=None, status=PUBLISHED, plan__year__lt=plan.year)
    last = published.order_by("-plan__year", "-number").values_list("pk", "plan__year").first()
    found: dict[int, int | None] = {}
    if last is not None:
        rows = Result.objects.filter(tally=last[0], status=Result.Status.RATED)
        found.update(rows.values_list("branch_id", "stars"))
    newer = _earlier(plan.year - 1).filter(year__gt=last[1] if last else 0).order_by("year")
    found.update(newer.values_list("branch_id", "stars"))
    return {branch: stars for branch, stars in found.items() if stars is not None}


def _earlier(until: int | None) -> object:
    rows = EarlierResult.objects.all()
    return rows if until is None else rows.filter(year__lte=until)
