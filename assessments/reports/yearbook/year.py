"""Year statistics (年度统计) of the whole city: participation, reviews, results, and what happened beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import F, Value
from django.utils import timezone

from branches.former import own_name_at
from branches.models import Organization, Sector

from ...cycles.models import Cycle, YearPlan
from ...results.models import Tally
from ...scoring import MISSING
from ...sheets.choices import Stage
from ...sheets.models import Sheet
from .care import Care, Progress, progress_of
from .periods import Period, result_rows, tallies_for
from .sealed import Sealed, sealed_of
from .spread import Row, Spread, spread_of
from .year_counts import year_counts
from .year_events import Events, care_of, events_of

if TYPE_CHECKING:
    from members.models import User

WITHOUT_MARK = 3  # states from here on: not due, not on the sheet


@dataclass(frozen=True)
class Change:
    """An indicator from the self-assessment over the department to the review; sums over `sheets` marked in both."""

    code: str
    name: str
    points_up: int
    sheets: int
    self_up: int
    review_up: int
    by_department: int  # sheets that the department marked, and their sums
    department_self_up: int
    department_up: int
    department_changed: int
    lowered: int
    raised: int

    @property
    def difference_up(self) -> int:
        """Review minus self-assessment, per sheet."""
        return rounded(self.review_up - self.self_up, self.sheets)

    @property
    def department_difference_up(self) -> int | None:
        """Department minus self-assessment, per sheet that the department marked."""
        if not self.by_department:
            return None
        return rounded(self.department_up - self.department_self_up, self.by_department)


@dataclass(frozen=True)
class Group:
    """A sector or an organization with what its results come to."""

    code: str
    name: str
    spread: Spread


@dataclass(frozen=True)
class YearStatistics:
    """Everything that page, PDF and workbook show of a plan's year. `basis`: whose results sectors and stars show."""

    plan: YearPlan
    basis: Tally | None
    progress: Sequence[Progress]
    totals: Mapping[int, Spread]  # by cycle
    penalties_up: Mapping[int, int]  # by cycle
    events: Events
    care: Mapping[int, Care]
    changes: Sequence[Change]
    whole: Spread | None
    sectors: Sequence[Group]
    organizations: Sequence[Group]


def year_statistics(*, user: "User", plan: YearPlan, cycles: Sequence[Cycle] | None = None) -> YearStatistics:
    """Read the year; `rules.can_see_year` has been asked. `cycles`: the opened ones, where they are known.

    Ten queries, whatever its size and however many schemes and cycles it is made of.
    """
    cycles = list(Period(plan, None).cycles if cycles is None else cycles)
    (tallies,) = tallies_for(user, plan)
    basis = tallies.get(None) or next((tallies[one.pk] for one in reversed(cycles) if one.pk in tallies), None)
    rows = result_rows(tallies.values())
    by_cycle = {key: rows[tally.pk] for key, tally in tallies.items() if key is not None}
    shown = rows[basis.pk] if basis else []
    lines = year_counts(plan, cycles, timezone.localdate())
    sectors, organizations = _groups(shown, basis)
    return YearStatistics(
        plan=plan,
        basis=basis,
        progress=progress_of(cycles, Sheet.objects.all()),
        totals={key: spread_of(found) for key, found in by_cycle.items()},
        penalties_up={key: sum(row.penalty_up or 0 for row in found) for key, found in by_cycle.items()},
        events=events_of(plan, cycles, lines),
        care=care_of(lines),
        changes=changes_of(sealed_of(Sheet.objects.current(), cycles)),
        whole=spread_of(shown) if basis else None,
        sectors=sectors,
        organizations=organizations,
    )


def changes_of(groups: Sequence[Sealed]) -> list[Change]:
    """What the reviews changed, indicator by indicator in the order of the scheme; unchanged ones are listed too."""
    sums: dict[tuple[str, str, int], np.ndarray] = {}
    for group in groups:
        stages = [group.score(stage) for stage in (Stage.SELF, Stage.PRELIMINARY, Stage.REVIEW)]
        for at, leaf in group.leaves():
            own, department, review = (stage.points_up[:, at] for stage in stages)
            has_own, has_department, has_review = (
                (stage.states[:, at] != MISSING) & (stage.states[:, at] < WITHOUT_MARK) for stage in stages
            )
            if leaf.rule in ("poll", "external"):
                continue  # one value for all stages
            both, between = has_own & has_review, has_own & has_department
            numbers = [
                both.sum(), own[both].sum(), review[both].sum(),
                between.sum(), own[between].sum(), department[between].sum(), (department != own)[between].sum(),
                (review < own)[both].sum(), (review > own)[both].sum(),
            ]  # fmt: skip
            key = (leaf.code, leaf.name, leaf.points_up)
            sums[key] = sums.get(key, 0) + np.array(numbers, dtype=np.int64)
    return [Change(*key, *line.tolist()) for key, line in sums.items() if line[0]]


def rounded(total_up: int, number: int) -> int:
    """A mean, rounded half away from zero once."""
    if not number:
        return 0
    size = (2 * abs(total_up) + number) // (2 * number)
    return -size if total_up < 0 else size


def _groups(rows: Sequence[Row], basis: Tally | None) -> tuple[list[Group], list[Group]]:
    """The results by sector and by organization, in one query for the names: those of the tally's own day."""
    sectors: dict[int, list[Row]] = {}
    organs: dict[int, list[Row]] = {}
    for row in rows:
        sectors.setdefault(row.sector, []).append(row)
        organs.setdefault(row.organization, []).append(row)
    names = {"key": F("pk"), "sign": F("code")}
    kinds = Sector.objects.filter(pk__in=sectors).order_by().annotate(
        what=Value("sector"), **names, label=F("name"), place=F("position")
    )  # fmt: skip
    called = own_name_at("organization", basis.names_at if basis else None)
    units = Organization.objects.filter(pk__in=organs).order_by().annotate(
        what=Value("organization"), **names, label=called, place=Value(0)
    )  # fmt: skip
    columns = ("what", "place", "sign", "key", "label")
    found: dict[str, list[Group]] = {"sector": [], "organization": []}
    for what, _place, code, key, name in sorted(kinds.values_list(*columns).union(units.values_list(*columns))):
        found[what].append(Group(code, name, spread_of({"sector": sectors, "organization": organs}[what][key])))
    return found["sector"], found["organization"]
