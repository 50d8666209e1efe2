"""How one inspector scores beside the others on comparable branches, and rows on which nearly everybody is full.

Compared is by row: what the inspector changed against the self-assessment, in the sectors that both reviewed.
"""

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, TypeAlias

from django.db.models import OuterRef, Subquery

from ..cycles.models import Cycle
from ..schemes.loading import engine_scheme, indicator_index
from ..scoring import Indicator
from .choices import Stage
from .models import Mark, Sheet

if TYPE_CHECKING:
    from members.models import User

LEAST = 3  # sheets, before a mean says anything
NEARLY_ALL = 95  # per cent of the branches with full points
MOST_MARKS = 60_000
Key: TypeAlias = tuple[int, str]  # scheme version (id) and code of an indicator
NOWHERE: Key = (0, "")


@dataclass(frozen=True)
class Side:
    """Share of the row's points given, in per cent: how many marks, mean and spread."""

    number: int
    mean: float
    spread: float

    @property
    def left(self) -> int:
        """Where a bar of mean ± spread begins, in per cent."""
        return max(0, round(self.mean - self.spread))

    @property
    def width(self) -> int:
        """How wide that bar is."""
        return max(1, min(100, round(self.mean + self.spread)) - self.left)


@dataclass(frozen=True)
class Line:
    """One row of the scheme: mine beside the others', and how many branches have it full."""

    code: str
    name: str
    mine: Side | None
    others: Side | None
    full_share: int
    number: int

    @property
    def difference(self) -> float | None:
        """Mine minus the others', in points of a hundred."""
        return None if self.mine is None or self.others is None else self.mine.mean - self.others.mean


@dataclass(frozen=True)
class Calibration:
    """The whole page."""

    mine: Side | None
    others: Side | None
    cut_mine: float | None  # mean change against the self-assessment, in points of a hundred
    cut_others: float | None
    lines: list[Line]
    full: list[Line]


def calibration(cycle: Cycle, user: "User") -> Calibration:
    """Two queries over the review marks of a cycle; others' names never appear."""
    sectors = Sheet.objects.filter(cycle=cycle, marks__stage=Stage.REVIEW, marks__entered_by=user).values("sector")
    own = Mark.objects.filter(sheet=OuterRef("sheet"), indicator=OuterRef("indicator"), stage=Stage.SELF)
    marks = Mark.objects.filter(stage=Stage.REVIEW, sheet__cycle=cycle, points_up__isnull=False, state="marked")
    comparable = marks.filter(sheet__sector__in=sectors).annotate(self_up=Subquery(own.values("points_up")[:1]))
    rows = comparable.values_list("indicator_id", "points_up", "self_up", "entered_by_id")[:MOST_MARKS]
    leaves = _leaves(cycle)
    shares: dict[tuple[Key, bool], list[float]] = defaultdict(list)
    cuts: dict[bool, list[float]] = defaultdict(list)
    full: dict[Key, list[bool]] = defaultdict(list)
    for indicator_id, points_up, self_up, entered_by in rows:
        key, leaf = leaves.get(indicator_id, (NOWHERE, None))
        if leaf is None or leaf.points_up <= 0:
            continue
        is_mine = entered_by == user.pk
        shares[key, is_mine].append(100 * points_up / leaf.points_up)
        full[key].append(points_up >= leaf.points_up)
        if self_up is not None:
            cuts[is_mine].append(100 * (points_up - self_up) / leaf.points_up)
    lines = [_line(key, leaf.name, shares, full[key]) for key, leaf in leaves.values() if key in full]
    whole = {side: [share for (_c, mine), found in shares.items() if mine is side for share in found]
             for side in (True, False)}  # fmt: skip
    return Calibration(
        mine=_side(whole[True]),
        others=_side(whole[False]),
        cut_mine=fmean(cuts[True]) if cuts[True] else None,
        cut_others=fmean(cuts[False]) if cuts[False] else None,
        lines=sorted(lines, key=lambda line: -abs(line.difference or 0)),
        full=[line for line in lines if line.number >= LEAST and line.full_share >= NEARLY_ALL],
    )


def _leaves(cycle: Cycle) -> dict[int, tuple[Key, Indicator]]:
    """Indicators by their row's id, in the order of the year's schemes."""
    found: dict[int, tuple[Key, Indicator]] = {}
    for version in cycle.plan.versions:
        rows = indicator_index(version).indicators
        for code, leaf in engine_scheme(version).by_code.items():
            if code in rows:
                found[rows[code].pk] = (version.pk, code), leaf
    return found


def _line(key: Key, name: str, shares: dict[tuple[Key, bool], list[float]], full: list[bool]) -> Line:
    share = round(100 * sum(full) / len(full))
    return Line(key[1], name, _side(shares[key, True]), _side(shares[key, False]), share, len(full))


def _side(found: list[float]) -> Side | None:
    return Side(len(found), fmean(found), pstdev(found)) if len(found) >= LEAST else None
