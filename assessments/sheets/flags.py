"""What a reviewer should look at twice: inflated against history, outlier against the sector, files used elsewhere.

A flag is a hint with its figures, never a refusal. Which files are attached elsewhere says `evidence_uses`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Avg, Count, StdDev
from django.utils.translation import gettext as _

from branchportal.figures import plain_text

from .choices import Stage
from .models import Mark, Sheet

if TYPE_CHECKING:
    from .review_page import Page, Row

COMPARED = 400  # sheets of the same sector that a row is compared with, so that the cost does not grow with the city
LEAST_COMPARED = 8
JUMP = 20  # per cent of the row's points above last time
FAR = 2  # standard deviations from the sector's mean
LEAST_FAR = 10  # per cent of the row's points


@dataclass(frozen=True)
class Spread:
    """Self-assessed points of one row in the sector: how many sheets, mean and standard deviation in micro-points."""

    number: int
    mean_up: float
    spread_up: float


def note_flags(sheet: Sheet, page: "Page") -> None:
    """Set the flags of each row of a review page, in one query. The page was built with last time's points."""
    spreads = sector_spreads(sheet)
    for row in page.rows:
        row.flags = row_flags(row, spreads.get(row.indicator_id))


def row_flags(row: "Row", spread: Spread | None) -> list[str]:
    """The flags of one row as sentences; none where the branch does not fill it in."""
    if row.own_up is None or row.is_given:
        return []
    found = []
    full = row.leaf.points_up
    if row.previous_up is not None and (row.own_up - row.previous_up) * 100 >= full * JUMP:
        words = {"now": plain_text(row.own_up), "last": plain_text(row.previous_up)}
        found.append(_("Inflated against history: %(now)s, last time %(last)s") % words)
    if spread is not None and _is_far(row.own_up, full, spread):
        words = {"now": plain_text(row.own_up), "mean": plain_text(round(spread.mean_up, -4))}
        found.append(_("Outlier: %(now)s, mean of the sector %(mean)s") % words)
    found += [file.used_elsewhere for file in row.evidence if getattr(file, "used_elsewhere", "")]
    return found


def _is_far(points_up: int, full_up: int, spread: Spread) -> bool:
    away = abs(points_up - spread.mean_up)
    return spread.number >= LEAST_COMPARED and away > FAR * spread.spread_up and away * 100 >= abs(full_up) * LEAST_FAR


def sector_spreads(sheet: Sheet) -> dict[int, Spread]:
    """Mean and spread of the submitted self-assessments of the sector in the cycle, by indicator; one query."""
    others = Sheet.objects.filter(cycle=sheet.cycle_id, sector=sheet.sector_id).exclude(submitted_at=None).current()
    marks = Mark.objects.filter(
        stage=Stage.SELF, points_up__isnull=False, sheet__in=others.order_by("pk").values("pk")[:COMPARED]
    )
    rows = marks.values("indicator_id").annotate(number=Count("pk"), mean=Avg("points_up"), spread=StdDev("points_up"))
    return {
        row["indicator_id"]: Spread(row["number"], float(row["mean"]), float(row["spread"] or 0))
        for row in rows.order_by()
    }
