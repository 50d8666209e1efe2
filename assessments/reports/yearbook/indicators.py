"""Indicators that tell branches apart too little (区分度不足): almost full marks everywhere, hardly any spread."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from branches.models import Organization, Sector
from members.roles import Role

from ...results.models import Tally
from ...results.querysets import SEES_CANDIDATES, SHOWN
from ...scoring.numbers import IntArray
from ...sheets.models import Sheet
from .document import share_up
from .periods import Period
from .sealed import counted, sealed_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from members.models import User

NEARLY_FULL = 95  # per cent of an indicator's points, from which a mark counts as almost full
WEAK_UP = 800_000  # share of the branches at almost full points, from which an indicator is marked
SEALED = ("approved", "sealed")


@dataclass(frozen=True)
class Line:
    """One indicator in one sector (or in all). Shares and spread in millionths of the indicator's points."""

    code: str
    name: str
    sector: str  # code; empty: all sectors
    points_up: int
    marks: int
    full: int  # at 95 % of the points or more
    mean_up: int
    spread_up: int  # standard deviation over these marks

    @property
    def full_share_up(self) -> int:
        return share_up(self.full, self.marks) or 0

    @property
    def is_weak(self) -> bool:
        """Whether nearly all branches are nearly full. Compared exactly, not by the printed share."""
        return self.full * 1_000_000 >= WEAK_UP * self.marks


@dataclass(frozen=True)
class IndicatorReport:
    """All that page, PDF and workbook show; `lines` by share of almost full marks, the highest first."""

    period: Period
    organization: Organization | None
    sector: Sector | None
    sectors: Sequence[Sector]
    sheets: int
    overall: Sequence[Line]
    lines: Sequence[Line]


def indicator_report(
    *, user: "User", period: Period, organization: Organization | None = None, sector: Sector | None = None
) -> IndicatorReport:
    """Read approved and sealed sheets that `user` may see. At most five queries."""
    sheets = readable(user, period)
    if organization is not None:
        sheets = sheets.filter(organization__path__startswith=organization.path)
    columns: dict[tuple[str, str, int], dict[str, list[IntArray]]] = defaultdict(lambda: defaultdict(list))
    number = 0
    for group in sealed_of(sheets, [period.cycle] if period.cycle else period.cycles):
        score, sectors = group.score(), np.array(group.sectors)
        number += len(group.sheets)
        for at, leaf in group.leaves():
            known = counted(score, at)
            if leaf.points_up <= 0 or not known.any():
                continue
            points, places = score.points_up[known, at], sectors[known]
            for code in np.unique(places):
                columns[leaf.code, leaf.name, leaf.points_up][str(code)].append(points[places == code])
    kinds = list(Sector.objects.all())
    lines, overall = [], []
    for (code, name, points_up), by_sector in columns.items():
        wanted = {key: np.concatenate(parts) for key, parts in by_sector.items() if not sector or key == sector.code}
        lines += [_line(code, name, key, points_up, points) for key, points in wanted.items()]
        if wanted:
            overall.append(_line(code, name, "", points_up, np.concatenate(list(wanted.values()))))
    return IndicatorReport(period, organization, sector, kinds, number, _sorted(overall), _sorted(lines))


def readable(user: "User", period: Period) -> "QuerySet[Sheet]":
    """Current approved and sealed sheets: all, a leader's assigned ones, a department's once they are shown."""
    rows = Sheet.objects.visible_to(user).filter(cycle__in=period.cycles, status__in=SEALED)
    if user.scope.has(*SEES_CANDIDATES):
        return rows
    shown = Tally.objects.filter(plan=period.plan, cycle__isnull=False, status__in=SHOWN)
    if user.scope.has(Role.DEPARTMENT):
        own = Sheet.objects.below(user.scope.department_paths).filter(cycle__in=shown.values("cycle")).values("pk")
        mine = Sheet.objects.assigned_to(user).values("pk") if user.scope.has(Role.LEADER) else own
        return rows.filter(pk__in=own) | rows.filter(pk__in=mine)
    return rows.filter(pk__in=Sheet.objects.assigned_to(user).values("pk"))


def _sorted(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda one: (-one.full_share_up, one.spread_up, one.code, one.sector))


def _line(code: str, name: str, sector: str, points_up: int, points: IntArray) -> Line:
    """Exact: sums of whole numbers, one division at the end."""
    values, counts = np.unique(points, return_counts=True)
    pairs = list(zip(values.tolist(), counts.tolist(), strict=True))
    number = len(points)
    total = sum(value * count for value, count in pairs)
    squares = sum(value * value * count for value, count in pairs)
    deviation = isqrt((number * squares - total * total) * 4 * 10**12 // (number * number * points_up * points_up))
    return Line(
        code=code,
        name=name,
        sector=sector,
        points_up=points_up,
        marks=number,
        full=sum(count for value, count in pairs if value * 100 >= points_up * NEARLY_FULL),
        mean_up=(2_000_000 * total + number * points_up) // (2 * number * points_up),
        spread_up=(deviation + 1) // 2,
    )
