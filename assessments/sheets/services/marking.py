"""Writing mark rows of a stage: one on the version its author saw, or many new ones at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal.errors import StaleState

from ...schemes.loading import indicator_index
from ...scoring import Mark as EngineMark
from ...scoring.scheme import Indicator
from ..choices import MarkState
from ..gather import MICRO, engine_mark
from ..models import Mark, MarkCount, Sheet
from ..values import mark_text
from .approving import changed

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Entry:
    """What is written of one indicator. `waivers`: why a clause is waived, by criterion code."""

    leaf: Indicator
    mark: EngineMark
    points_up: int
    reason: str = ""
    waivers: Mapping[str, str] = field(default_factory=dict)


def write_mark(
    sheet: Sheet, stage: str, entry: Entry, actor: "User", version: int, at: datetime | None = None
) -> tuple[Mark, dict | None]:
    """Insert or replace one mark with its counts; returns the row and, for the audit, what stood there before.

    `version` is the mark's, 0 where there is none. Raises: StaleState with both values.
    """
    index = indicator_index(sheet.scheme_version)
    indicator = index.indicators[entry.leaf.code]
    row = Mark.objects.filter(sheet=sheet, indicator=indicator, stage=stage).prefetch_related("counts").first()
    theirs = engine_mark(row, entry.leaf, index) if row else None
    if (row.version if row else 0) != version:
        raise _both_values(entry, theirs, row)
    if row is None:
        return write_new_marks(sheet, stage, [entry], actor, at)[0], None
    columns = _columns(entry, actor, at)
    if not Mark.objects.filter(pk=row.pk, version=version).update(version=version + 1, **columns):
        raise changed()
    before = {"mark": mark_text(entry.leaf, theirs), "points_up": row.points_up}
    row.counts.all().delete()
    row = Mark.objects.get(pk=row.pk)
    MarkCount.objects.bulk_create(_counts(row, entry, sheet))
    return row, before


def write_new_marks(
    sheet: Sheet, stage: str, entries: list[Entry], actor: "User", at: datetime | None = None
) -> list[Mark]:
    """Insert marks of indicators that have none in this stage yet."""
    rows, counts = new_marks(sheet, stage, entries, actor, at)
    Mark.objects.bulk_create(rows)
    MarkCount.objects.bulk_create(counts)
    return rows


def new_marks(
    sheet: Sheet, stage: str, entries: Iterable[Entry], actor: "User", at: datetime | None = None
) -> tuple[list[Mark], list[MarkCount]]:
    """The same, not stored yet: the marks first, then their counts, which know their mark by then."""
    indicators, now = indicator_index(sheet.scheme_version).indicators, at or timezone.now()
    rows: list[Mark] = []
    counts: list[MarkCount] = []
    for entry in entries:
        rows.append(
            Mark(sheet=sheet, indicator=indicators[entry.leaf.code], stage=stage, **_columns(entry, actor, now))
        )
        counts += _counts(rows[-1], entry, sheet)
    return rows, counts


def _columns(entry: Entry, actor: "User", at: datetime | None) -> dict[str, object]:
    mark = entry.mark
    return {
        "state": MarkState.NOT_APPLICABLE if mark.not_applicable else MarkState.MARKED,
        "value_up": mark.value_up,
        "denominator_up": mark.denominator_up,
        "points_up": entry.points_up,
        "reason": entry.reason,
        "entered_by": actor,
        "entered_at": at or timezone.now(),
    }


def _counts(row: Mark, entry: Entry, sheet: Sheet) -> list[MarkCount]:
    criteria = indicator_index(sheet.scheme_version).criteria
    sized = {criterion.code for criterion in entry.leaf.criteria if criterion.range_up is not None}
    return [
        MarkCount(
            mark=row,
            criterion=criteria[entry.leaf.code, code],
            value_up=count if code in sized else count * MICRO,
            is_waived=code in entry.waivers,
            waive_reason=entry.waivers.get(code, ""),
        )
        for code, count in entry.mark.counts.items()
        if count
    ]


def _both_values(entry: Entry, theirs: EngineMark | None, row: Mark | None) -> StaleState:
    """Somebody else changed the row meanwhile: both values, so that the page can show them side by side."""
    message = _(
        "“%(name)s” was changed meanwhile: there it says “%(theirs)s”, you entered “%(yours)s”. Reload the page."
    )
    words = {
        "name": entry.leaf.name,
        "theirs": mark_text(entry.leaf, theirs),
        "yours": mark_text(entry.leaf, entry.mark),
    }
    return StaleState(message % words, theirs=words["theirs"], yours=words["yours"], version=row.version if row else 0)
