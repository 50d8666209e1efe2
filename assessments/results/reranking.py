"""Ranks of a stored tally after one branch moved: the sector settled anew, others shifted by one, nothing recomputed.

Every statement touches only rows whose rank changes. With old and new figure of the branch that moved, ranks between
them go up or down by one; equal figures share a rank, so both ends are judged by the figure, not by the place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from django.db import connection
from django.db.models import Count, Min, QuerySet

from ..scoring.banding import GroupSettled, settle_group
from ..scoring.numbers import BoolArray, IntArray
from ..scoring.scheme import Band
from .models import Result, Tally

CLASSES = ("rated", "undecided", "missing", "exempt")  # those without a total: missing ones stand before exempt ones


@dataclass(frozen=True)
class Sector:
    """The rated branches of one sector as arrays: (n,) each, in the order in which they were read."""

    ids: IntArray
    positions: IntArray
    sort_up: IntArray
    bands_open: IntArray

    @staticmethod
    def read(tally: Tally, sector_id: int) -> "Sector":
        """One query. Raises: ValueError when the tally is older than the column `bands_open`."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, position, sort_up, bands_open FROM assessments_result "
                "WHERE tally_id = %s AND sector_id = %s AND sort_up >= 0",
                [tally.pk, sector_id],
            )
            rows = cursor.fetchall()
        try:
            table = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=4 * len(rows))
        except TypeError as error:  # None is no number
            raise ValueError("bands_open") from error
        return Sector(*table.reshape(-1, 4).T)

    def moved(self, pk: int, sort_up: int, bands_open: int) -> "Sector":
        """The same with one branch elsewhere, which comes last; -1: it is rated no more."""
        keep = self.ids != pk
        parts = [column[keep] for column in (self.ids, self.positions, self.sort_up, self.bands_open)]
        if sort_up >= 0:
            new = (pk, 0, sort_up, bands_open)
            parts = [np.append(part, value) for part, value in zip(parts, new, strict=True)]
        return Sector(*parts)

    def settled(self, ladder: Sequence[Band], name: str) -> GroupSettled:
        bits = 1 << np.arange(len(ladder), dtype=np.int64)
        return settle_group(tuple(ladder), name, self.sort_up, (self.bands_open[:, None] & bits) > 0)


def differing(before: Sector, then: GroupSettled, now: GroupSettled, pk: int) -> list[int]:
    """Where bands or fates of the others are not what they were; `now` is settled on `before.moved(pk, …)`."""
    kept = before.ids != pk  # in this order they stand at the beginning of the moved sector
    count = int(kept.sum())
    changed: BoolArray = (now.band[:count] != then.band[kept]) | (now.undecided[:count] != then.undecided[kept])
    changed |= (now.fates[:count] != then.fates[kept]).any(axis=1)
    return np.flatnonzero(changed).tolist()


def shift_sector(tally: Tally, sector_id: int, sector: Sector, pk: int, old_up: int, new_up: int) -> None:
    """Ranks of the sector between the old and the new figure, by one statement; none where nobody stands between."""
    low, high, step = _span(old_up, new_up)
    between = (sector.sort_up >= low) & (sector.sort_up < high) & (sector.ids != pk)
    if not between.any():
        return
    places = sector.positions[between]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assessments_result SET rank_sector = rank_sector + %s WHERE tally_id = %s AND sector_id = %s "
            "AND position BETWEEN %s AND %s AND sort_up >= %s AND sort_up < %s AND id <> %s",
            [step, tally.pk, sector_id, int(places.min()), int(places.max()), low, high, pk],
        )


def _span(old_up: int, new_up: int) -> tuple[int, int, int]:
    """From, below and by how much ranks of the others change: somebody who rises costs them one."""
    return min(old_up, new_up), max(old_up, new_up), 1 if new_up > old_up else -1


def shift_all(result: Result, code: str, old_up: int) -> None:
    """Overall ranks and places after `result` (its new figures at hand, its old `position`) was written.

    Under several schemes there are no overall ranks, and places are shifted among the branches of its own scheme.
    """
    others = Result.objects.filter(tally=result.tally_id, **_group(result)).exclude(pk=result.pk)
    old_place, new_up = result.position, result.sort_up
    next_place = _place_behind(others, result, code)
    new_place = next_place if next_place <= old_place else next_place - 1
    low, high, step = _span(old_up, new_up)
    first, last = (new_place, old_place - 1) if new_place < old_place else (old_place + 1, new_place)
    place_step = 1 if new_place < old_place else -1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assessments_result SET "  # noqa: S608 - numbers of our own
            "rank_all = rank_all + CASE WHEN sort_up < %s THEN %s ELSE 0 END, "
            "position = position + CASE WHEN position BETWEEN %s AND %s THEN %s ELSE 0 END "
            f"WHERE tally_id = %s AND sort_up BETWEEN %s AND %s AND id <> %s{_within(result)}",
            [high, step, first, last, place_step, result.tally_id, low, high, result.pk],
        )
    result.position, result.rank_all = new_place, None
    if new_up >= 0 and not result.tally.is_mixed:
        best = others.filter(sort_up=new_up).aggregate(place=Min("position"))["place"]
        result.rank_all = new_place if best is None else min(best, new_place)
    Result.objects.filter(pk=result.pk).update(position=result.position, rank_all=result.rank_all)


def _sectors_alike(result: Result) -> list[int]:
    """Ids of the sectors scored under the same scheme; empty when all are."""
    if not result.tally.is_mixed:
        return []
    plan = result.tally.plan
    version = plan.version_for(result.sector_id)
    named = Result.objects.filter(tally=result.tally_id).order_by().values_list("sector_id", flat=True).distinct()
    return [sector for sector in named if plan.version_for(sector) == version]


def _group(result: Result) -> dict[str, list[int]]:
    alike = _sectors_alike(result)
    return {"sector__in": alike} if alike else {}


def _within(result: Result) -> str:
    alike = _sectors_alike(result)
    return f" AND sector_id IN ({', '.join(map(str, alike))})" if alike else ""


def _place_behind(others: QuerySet[Result], result: Result, code: str) -> int:
    """The place, before anybody is shifted, of the first branch that stands behind `result` now."""
    own = (CLASSES.index(result.status) if result.sort_up < 0 else 0, code)
    equals = others.filter(sort_up=result.sort_up).values_list("position", "status", "branch__code")
    behind = [
        place for place, status, other in equals if ((CLASSES.index(status) if result.sort_up < 0 else 0), other) > own
    ]
    if behind:
        return min(behind)
    lower = others.filter(sort_up__lt=result.sort_up).order_by("-sort_up").values_list("sort_up", flat=True).first()
    if lower is None:
        count, first = others.aggregate(count=Count("pk"), first=Min("position")).values()
        return min(first or result.position, result.position) + count + 1
    return others.filter(sort_up=lower).aggregate(place=Min("position"))["place"]
