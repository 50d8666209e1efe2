"""A branch's last quarters, published ones only, with what the result at hand adds."""

from dataclasses import dataclass

from django.db.models import Q

from ..results.models import Result, Tally

LAST = 4


@dataclass(frozen=True)
class TrendPoint:
    """One period of the branch. `movement` is the change of the place in the sector; positive: risen."""

    pk: int
    name: str
    total_up: int | None
    stars: int | None
    grade: str
    rank_sector: int | None
    movement: int | None


def trend(result: Result) -> list[TrendPoint]:
    """The four last quarters up to this result, oldest first; of a year, the quarters it was made of."""
    rows = Result.objects.filter(branch_id=result.branch_id).select_related("tally__cycle")
    if result.tally.cycle_id is None:
        rows = rows.filter(tally__in=result.tally.quarters.all())
    else:
        mine = Q(pk=result.pk)
        before = Q(tally__status=Tally.Status.PUBLISHED, tally__cycle__starts_on__lt=result.tally.cycle.starts_on)
        rows = rows.filter(mine | before)
    found = list(rows.order_by("-tally__cycle__starts_on", "-tally__number").defer("dimensions", "reasons")[: LAST + 1])
    found.reverse()
    points, before_rank = [], None
    for row in found:
        moved = before_rank - row.rank_sector if before_rank and row.rank_sector else None
        points.append(
            TrendPoint(row.pk, row.tally.cycle.name, row.total_up, row.stars, row.grade, row.rank_sector, moved)
        )
        before_rank = row.rank_sector
    return points[-LAST:]
