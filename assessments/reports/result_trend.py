"""A branch's last quarters, published ones only, with what the result at hand adds."""

from dataclasses import dataclass

from django.db.models import F, Q

from ..results.full_marks import share_text, share_up
from ..results.models import Result, Tally
from ..schemes.loading import scheme_and_layout
from ..sheets.gather import full_marks_of

LAST = 4


@dataclass(frozen=True)
class TrendPoint:
    """One period of the branch. `movement` is the change of the place in the sector; positive: risen.

    `full_up`: what its sheet could reach; None without a sheet.
    """

    pk: int
    name: str
    total_up: int | None
    stars: int | None
    grade: str
    rank_sector: int | None
    movement: int | None
    full_up: int | None = None

    @property
    def share_up(self) -> int | None:
        """The total as a share of the full marks (得分率)."""
        return share_up(self.total_up, self.full_up)

    @property
    def share_text(self) -> str:
        return share_text(self.share_up)


def trend(result: Result) -> list[TrendPoint]:
    """The four last quarters up to this result, oldest first; of a year, the quarters it was made of."""
    rows = Result.objects.filter(branch_id=result.branch_id).select_related("tally__cycle")
    if result.tally.cycle_id is None:
        rows = rows.filter(tally__in=result.tally.quarters.all())
    else:
        mine = Q(pk=result.pk)
        before = Q(tally__status=Tally.Status.PUBLISHED, tally__cycle__starts_on__lt=result.tally.cycle.starts_on)
        rows = rows.filter(mine | before)
    scheme = {"version": F("sheet__scheme_version_id"), "scheme_digest": F("sheet__scheme_version__digest")}
    rows = rows.annotate(**scheme, sector_code=F("sector__code")).defer("dimensions", "reasons")
    found = list(rows.order_by("-tally__cycle__starts_on", "-tally__number")[: LAST + 1])
    found.reverse()
    points, before_rank = [], None
    for row in found:
        moved = before_rank - row.rank_sector if before_rank and row.rank_sector else None
        told = (row.tally.cycle.name, row.total_up, row.stars, row.grade, row.rank_sector, moved)
        points.append(TrendPoint(row.pk, *told, _full_up(row)))
        before_rank = row.rank_sector
    return points[-LAST:]


def _full_up(row: Result) -> int | None:
    if row.version is None:
        return None
    scheme, _layout = scheme_and_layout(row.scheme_digest, row.version)
    return full_marks_of(scheme, row.sector_code, row.tally.cycle.period)
