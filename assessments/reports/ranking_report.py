"""The ranking and the summary by unit: one read model for XLSX, CSV and PDF, from the rows that the screen shows.

Headings are a file format, not prose: Chinese here, whatever language the pages are shown in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import F

from branches.models import Unit

from ..cycles.models import Cycle
from ..results.earlier.history import StarYear, Streak, in_a_row, star_years
from ..results.models import Publication, Result, Tally
from ..results.overview import ladder_of
from ..results.words import remarks

if TYPE_CHECKING:
    from members.models import User

Status = Result.Status
FEW = 500  # branches that are asked for by their ids; more are read all
MIXED_NOTE = (
    "各领域适用不同的考评标准，分数不作横向比较，不排全部名次。名单按考评标准依次列出，党支部只在本领域内排名。"
)
REMARKS = {Status.UNDECIDED: "待定", Status.MISSING: "缺总分", Status.EXEMPT: "不参评"}


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year's ranking: its name, and every branch's total."""

    name: str
    totals_up: Mapping[int, int | None]


@dataclass(frozen=True)
class RankingReport:
    """The results of a tally that somebody sees, in the order of the ranking."""

    tally: Tally
    publication: Publication | None
    unit: Unit | None
    rows: Sequence[Result]
    quarters: Sequence["Quarter"] = ()  # of a year, oldest first
    before: Mapping[int, Mapping[int, StarYear]] = field(default_factory=dict)  # of a year: stars by branch and year
    top_stars: int = 5

    @property
    def is_year(self) -> bool:
        return self.tally.cycle_id is None

    @property
    def is_progress(self) -> bool:
        """Whether the cycle only gives feedback: then the stars are those that the score would open."""
        return not self.is_year and self.tally.cycle.purpose == Cycle.Purpose.PROGRESS

    @property
    def is_mixed(self) -> bool:
        """Scored under several schemes: there is no overall rank, the lists show that within the sector alone."""
        return self.tally.is_mixed

    @property
    def mixed_note(self) -> str:
        """The sentence that says so, the same on screen, paper and in the workbook."""
        return MIXED_NOTE if self.is_mixed else ""

    def stars(self, row: Result) -> int | None:
        """The stars that the list shows of a line, as the screen does."""
        return row.stars_limited if self.is_progress and row.status == Status.RATED else row.stars

    def in_a_row(self, row: Result, stars: int) -> Streak | None:
        """Years in a row up to this one with at least `stars` stars; None of a branch that was not rated."""
        if row.status != Status.RATED or row.stars is None:
            return None
        year = self.tally.plan.year
        return in_a_row({**self.before.get(row.branch_id, {}), year: StarYear(row.stars, False)}, stars, year)

    @property
    def period(self) -> str:
        return period_name(self.tally)

    @property
    def title(self) -> str:
        return f"{self.period}党支部考核评价结果排名表"

    @property
    def file_name(self) -> str:
        """Without the suffix."""
        return f"{self.period}党支部考评排名{f'（{self.unit.name}）' if self.unit else ''}"

    @property
    def state(self) -> str:
        """Whether these figures are official."""
        return state_of(self.tally, self.publication)


@dataclass(frozen=True)
class UnitLine:
    """What the branches of a unit come to; `mean_up` over those with a total."""

    code: str
    name: str
    branches: int
    rated: int
    mean_up: int | None
    stars: Sequence[int]  # how many have five, four, … one and no stars
    undecided: int
    vetoes: int
    late: int
    missing: int
    exempt: int


def ranking_report(*, tally: Tally, user: "User", unit: Unit | None = None) -> RankingReport:
    """What `user` may see of a tally's ranking, of one unit or of all. Two queries, six for a year."""
    rows = Result.objects.visible_to(user).filter(tally=tally).for_table().order_by("position")
    if unit is not None:
        rows = rows.filter(unit=unit)
    found, publication = list(rows), standing_publication(tally)
    unit = found[0].unit if unit is not None and found else unit  # under its name of then
    if tally.cycle_id is not None:
        return RankingReport(tally, publication, unit, found)
    return RankingReport(
        tally,
        publication,
        unit,
        found,
        _quarters(tally, user),
        star_years([row.branch_id for row in found] if len(found) <= FEW else None, before=tally.plan.year),
        max(stars for stars, _grade in ladder_of(tally)),
    )


def _quarters(tally: Tally, user: "User") -> list[Quarter]:
    """The totals that a year was made of, in one query more per year."""
    parts = tally.quarters.select_related("cycle").order_by("cycle__starts_on")
    totals: dict[int, dict[int, int | None]] = {part.pk: {} for part in parts}
    seen = Result.objects.visible_to(user).filter(tally__in=totals)
    for key, branch, total_up in seen.values_list("tally_id", "branch_id", "total_up"):
        totals[key][branch] = total_up
    return [Quarter(part.cycle.name.removesuffix("考评"), totals[part.pk]) for part in parts if part.cycle]


def standing_publication(tally: Tally) -> Publication | None:
    """The publication under which these results stand (or stood), if they were published."""
    official = tally.publications.filter(status__in=[Publication.Status.PUBLISHED, Publication.Status.SUPERSEDED])
    return official.order_by(F("version").desc()).first()


def unit_lines(report: RankingReport) -> list[UnitLine]:
    """One line a unit, by unit code."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for row in report.rows:
        groups.setdefault((row.unit.code, row.unit.name), []).append(row)
    return [_unit_line(report, code, name, found) for (code, name), found in sorted(groups.items())]


def total_line(report: RankingReport) -> UnitLine:
    """The line below all units."""
    return _unit_line(report, "", "合计", report.rows)


def _unit_line(report: RankingReport, code: str, name: str, rows: Sequence[Result]) -> UnitLine:
    rated = [row for row in rows if row.status == Status.RATED]
    return UnitLine(
        code=code,
        name=name,
        branches=len(rows),
        rated=len(rated),
        mean_up=None
        if _is_mixed(report, rows)
        else mean_up([row.total_up for row in rows if row.total_up is not None]),
        stars=[sum(1 for row in rated if report.stars(row) == stars) for stars in (5, 4, 3, 2, 1, 0)],
        undecided=_count(rows, Status.UNDECIDED),
        vetoes=sum(1 for row in rows if row.is_vetoed),
        late=sum(1 for row in rows if row.is_late),
        missing=_count(rows, Status.MISSING),
        exempt=_count(rows, Status.EXEMPT),
    )


def _is_mixed(report: RankingReport, rows: Iterable[Result]) -> bool:
    """Whether these lines were scored under several schemes, whose points have no common mean."""
    plan = report.tally.plan
    return report.tally.is_mixed and len({plan.version_for(row.sector_id).pk for row in rows}) > 1


def mean_up(totals_up: Sequence[int]) -> int | None:
    """The mean in micro-points, rounded half up once; None of nothing."""
    return (2 * sum(totals_up) + len(totals_up)) // (2 * len(totals_up)) if totals_up else None


def remark(row: Result) -> str:
    """What is printed behind a line: why it has no star, then the remarks that the screen shows."""
    return "、".join(filter(None, [REMARKS.get(row.status, ""), *remarks(row)]))


def short_remark(row: Result) -> str:
    """The same where there is room for a word or two: of an unrated line its status only."""
    return REMARKS.get(row.status) or "、".join(remarks(row))


def period_name(tally: Tally) -> str:
    """“2026年第三季度” or “2026年度”."""
    return tally.cycle.name.removesuffix("考评") if tally.cycle_id else f"{tally.plan.year}年度"


def state_of(tally: Tally, publication: Publication | None) -> str:
    """Whether figures are official, as a word for paper."""
    if tally.status == Tally.Status.SUPERSEDED:
        return "已被更正版本取代"
    return "已公布" if publication else "未公布，仅供内部核对"


def _count(rows: Iterable[Result], status: str) -> int:
    return sum(1 for row in rows if row.status == status)
