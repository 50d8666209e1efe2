"""The ranking and the summary by unit: one read model for XLSX, CSV and PDF, from the rows that the screen shows.

Headings are a file format, not prose: Chinese here, whatever language the pages are shown in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from branches.models import Unit

from ..results.models import Publication, Result, Tally
from ..schemes.loading import engine_scheme

if TYPE_CHECKING:
    from members.models import User

Status = Result.Status
REMARKS = {Status.UNDECIDED: "待定（并列）", Status.MISSING: "缺总分", Status.EXEMPT: "不参评"}


@dataclass(frozen=True)
class RankingReport:
    """The results of a tally that somebody sees, in the order of the ranking."""

    tally: Tally
    publication: Publication | None
    unit: Unit | None
    rows: Sequence[Result]

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
    def is_composed(self) -> bool:
        """Whether this is a year made of the periods' totals, which hold the bonus and penalty already."""
        year = engine_scheme(self.tally.plan.scheme_version).year
        return self.tally.cycle_id is None and year.adjustments == "in_quarters"

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
    """What `user` may see of a tally's ranking, of one unit or of all. Two queries."""
    rows = Result.objects.visible_to(user).filter(tally=tally).for_table().order_by("position")
    if unit is not None:
        rows = rows.filter(unit=unit)
    return RankingReport(tally, standing_publication(tally), unit, list(rows))


def standing_publication(tally: Tally) -> Publication | None:
    """The publication under which these results stand (or stood), if they were published."""
    official = tally.publications.filter(status__in=[Publication.Status.PUBLISHED, Publication.Status.SUPERSEDED])
    return official.order_by(F("version").desc()).first()


def unit_lines(rows: Iterable[Result]) -> list[UnitLine]:
    """One line a unit, by unit code."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for row in rows:
        groups.setdefault((row.unit.code, row.unit.name), []).append(row)
    return [_unit_line(code, name, found) for (code, name), found in sorted(groups.items())]


def total_line(rows: Sequence[Result]) -> UnitLine:
    """The line below all units."""
    return _unit_line("", "合计", rows)


def _unit_line(code: str, name: str, rows: Sequence[Result]) -> UnitLine:
    rated = [row for row in rows if row.status == Status.RATED]
    return UnitLine(
        code=code,
        name=name,
        branches=len(rows),
        rated=len(rated),
        mean_up=mean_up([row.total_up for row in rows if row.total_up is not None]),
        stars=[sum(1 for row in rated if row.stars == stars) for stars in (5, 4, 3, 2, 1, 0)],
        undecided=_count(rows, Status.UNDECIDED),
        vetoes=sum(1 for row in rows if row.is_vetoed),
        late=sum(1 for row in rows if row.is_late),
        missing=_count(rows, Status.MISSING),
        exempt=_count(rows, Status.EXEMPT),
    )


def mean_up(totals_up: Sequence[int]) -> int | None:
    """The mean in micro-points, rounded half up once; None of nothing."""
    return (2 * sum(totals_up) + len(totals_up)) // (2 * len(totals_up)) if totals_up else None


def remark(row: Result) -> str:
    """What is printed behind a line: why it has no star, a veto, a late sheet."""
    found = [REMARKS.get(row.status, ""), "一票否决" if row.is_vetoed else "", "迟报" if row.is_late else ""]
    return "、".join(text for text in found if text)


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
