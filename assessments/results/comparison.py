"""Who moved against an earlier tally, and by which first-level indicator most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from ..schemes.loading import engine_scheme
from .models import Result, Tally

SHOWN = 100
NAMED = 3  # parts of the score that a move names
COLUMNS = ("branch_id", "status", "total_up", "rank_all", "stars", "stars_limited")
IN_SECTOR = tuple("rank_sector" if name == "rank_all" else name for name in COLUMNS)
PARTS = ("sector_id", "bonus_up", "penalty_up", "dimensions")


@dataclass(frozen=True)
class Side:
    """A branch in one of the two tallies."""

    status: str
    total_up: int | None
    rank: int | None
    stars: int | None
    limited: int | None

    @property
    def shown_stars(self) -> int | None:
        return self.limited if self.stars is None else self.stars


@dataclass(frozen=True)
class Move:
    """One branch before and now; `ranks` above 0 is a rise, `parts` what moved its total, the most first."""

    result: Result
    before: Side
    now: Side
    parts: Sequence[tuple[str, int]]

    @property
    def ranks(self) -> int:
        return (self.before.rank or 0) - (self.now.rank or 0) if self.before.rank and self.now.rank else 0

    @property
    def fallen(self) -> int:
        """Ranks lost, as a positive number."""
        return max(0, -self.ranks)

    @property
    def points_up(self) -> int | None:
        if self.before.total_up is None or self.now.total_up is None:
            return None
        return self.now.total_up - self.before.total_up

    @property
    def stars(self) -> int:
        return (self.now.shown_stars or 0) - (self.before.shown_stars or 0)


@dataclass(frozen=True)
class Comparison:
    earlier: Tally
    moves: Sequence[Move]
    moved: int
    risen: int
    fallen: int
    stars_up: int
    stars_down: int
    unchanged: int


def earlier_tally(tally: Tally) -> Tally | None:
    """What a tally is compared with: the one before it of the same period, else the last of the period before."""
    same = Tally.objects.filter(plan=tally.plan, cycle=tally.cycle, number__lt=tally.number)
    found = same.select_related("plan", "cycle").order_by("-number").first()
    if found is not None:
        return found
    if tally.cycle is None:
        before = Tally.objects.current().filter(cycle=None, plan__year__lt=tally.plan.year).order_by("-plan__year")
    else:
        before = Tally.objects.current().filter(cycle__starts_on__lt=tally.cycle.starts_on)
        before = before.order_by("-cycle__starts_on")
    return before.select_related("plan", "cycle").order_by(*before.query.order_by, "-number").first()


def compare(tally: Tally, earlier: Tally) -> Comparison:
    """Branches whose total, rank or stars differ, largest move first (at most SHOWN). Five queries, where both are of
    one year under one scheme. Under several schemes ranks are those in the sector.
    """
    columns = IN_SECTOR if tally.is_mixed or earlier.is_mixed else COLUMNS
    then, now = _sides(earlier, columns), _sides(tally, columns)
    common = [branch for branch in now if branch in then]
    changed = [branch for branch in common if _key(now[branch]) != _key(then[branch])]
    ranks = {branch: (then[branch].rank or 0) - (now[branch].rank or 0) for branch in changed}
    both = [branch for branch in changed if then[branch].rank and now[branch].rank]
    stars = {b: (now[b].shown_stars or 0) - (then[b].shown_stars or 0) for b in both}
    changed.sort(key=lambda branch: (-abs(stars.get(branch, 0)), -abs(ranks[branch]), branch))
    shown = set(changed[:SHOWN])
    rows = {row.branch_id: row for row in Result.objects.filter(Q(tally=tally), branch__in=shown).for_table()}
    parts_then, parts_now = _parts(earlier, shown), _parts(tally, shown)
    moves = [
        Move(
            rows[branch],
            then[branch],
            now[branch],
            _why(
                parts_then[branch],
                parts_now[branch],
                _names(tally, earlier, parts_then[branch][0], parts_now[branch][0]),
            ),
        )
        if then[branch].total_up is not None and now[branch].total_up is not None
        else Move(rows[branch], then[branch], now[branch], ())
        for branch in changed[:SHOWN]
    ]
    return Comparison(
        earlier=earlier,
        moves=moves,
        moved=len(changed),
        risen=sum(1 for branch in both if ranks[branch] > 0),
        fallen=sum(1 for branch in both if ranks[branch] < 0),
        stars_up=sum(1 for change in stars.values() if change > 0),
        stars_down=sum(1 for change in stars.values() if change < 0),
        unchanged=len(common) - len(changed),
    )


def _sides(tally: Tally, columns: Sequence[str]) -> dict[int, Side]:
    return {row[0]: Side(*row[1:]) for row in Result.objects.filter(tally=tally).values_list(*columns)}


def _names(tally: Tally, earlier: Tally, sector_then: int, sector_now: int) -> list[str]:
    """The first-level indicators of a branch; none where it was measured by another scheme before."""
    version = tally.plan.version_for(sector_now)
    plan = tally.plan if earlier.plan_id == tally.plan_id else earlier.plan
    before = plan.version_for(sector_then)
    if before.scheme_id != version.scheme_id:
        return []
    return [dimension.name for dimension in engine_scheme(version).indicators]


def _key(side: Side) -> tuple:
    return (side.status, side.total_up, side.rank, side.shown_stars)


def _parts(tally: Tally, branches: set[int]) -> dict[int, tuple]:
    rows = Result.objects.filter(tally=tally, branch__in=branches).values_list("branch_id", *PARTS)
    return {branch: tuple(values) for branch, *values in rows}


def _why(then: tuple, now: tuple, names: Sequence[str]) -> list[tuple[str, int]]:
    """First-level indicators (where their `names` are known), bonus and penalty that changed, the largest change first;
    a penalty counts downwards.
    """
    earned = [np.frombuffer(bytes(side[3]), dtype="<i8").reshape(-1, 2)[:, 0] for side in (then, now)]
    found = [(_("Bonus"), (now[1] or 0) - (then[1] or 0)), (_("Penalty"), (then[2] or 0) - (now[2] or 0))]
    if len(earned[0]) == len(earned[1]):
        found += zip(names, (earned[1] - earned[0]).tolist(), strict=False)
    changed = [(name, change) for name, change in found if change]
    return sorted(changed, key=lambda part: -abs(part[1]))[:NAMED]
