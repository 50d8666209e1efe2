"""The branch fills in: one mark at a time, whole groups at once. Each change is one transaction with its audit rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import engine_scheme, indicator_index
from ...scoring import Mark as EngineMark
from ...scoring.scheme import Indicator
from ..choices import MarkState, Stage
from ..gather import MICRO, StoredMark, by_stage, is_filled_by_branch, read_rows, sheet_rows
from ..models import Mark, MarkCount, Sheet
from ..preview import Preview, preview
from ..rules import filling as rules
from ..values import Said, mark_text, read_said, require_form

if TYPE_CHECKING:
    from members.models import User


class MarkConflict(StaleState):
    """The indicator was changed elsewhere since it was read; `details` hold what stands there now."""

    code = "mark_conflict"


@dataclass(frozen=True)
class Saved:
    """What a save leaves behind: the mark's new version, what was said, where the sheet stands now."""

    leaf: Indicator
    said: Said
    version: int
    preview: Preview


def save_mark(
    *,
    sheet: Sheet,
    code: str,
    data: Mapping[str, str],
    version: int,
    actor: "User",
    at: datetime,
    is_form: bool = False,
) -> Saved:
    """Save one indicator of the self-assessment. `version` is that of the mark as it was read, 0 for none.

    Repeating a save that arrived changes nothing and answers as before. `is_form`: the row's form sent `data`, so its
    fields have to be there, empty or not.
    `sheet` comes from `for_filling()`; `at` is the receipt time.
    Raises: PermissionDenied; InvalidMark; MarkConflict with what stands there; StaleState when the sheet moved on.
    """
    try:
        return _save_mark(sheet, code, data, version, actor, at, is_form)
    except IntegrityError:  # the same row was saved for the first time elsewhere, at this moment
        raise _conflict(sheet, _leaf(sheet, code), stored_rows(sheet).get((Stage.SELF, code))) from None


@transaction.atomic
def _save_mark(
    sheet: Sheet, code: str, data: Mapping[str, str], version: int, actor: "User", at: datetime, is_form: bool
) -> Saved:
    require(rules.can_fill(actor, sheet, at))
    leaf, stored = _leaf(sheet, code), stored_rows(sheet)
    current = stored.get((Stage.SELF, code))
    if current is None or not current.is_returned:
        _require_open(sheet, code)
    if is_form:
        require_form(leaf, sheet, data)
    said = read_said(engine_scheme(sheet.scheme_version), leaf, sheet, data)
    found = with_changes(stored.values(), {code: said.mark})
    if current and (current.mark, current.note, current.waivers) == (said.mark, said.note, said.waivers):
        return Saved(leaf, said, current.version, preview(sheet, marks=found))
    if (current.version if current else 0) != version:
        raise _conflict(sheet, leaf, current)
    seen = preview(sheet, marks=found)
    note_progress(sheet, seen)
    mark = write_mark(sheet, leaf, said, current, actor, at)
    audit.record(actor, "mark.saved", mark, **before_and_after(leaf, current, said))
    return Saved(leaf, said, version + 1, seen)


def before_and_after(leaf: Indicator, current: StoredMark | None, said: Said) -> dict[str, dict | None]:
    """What the audit trail keeps of a saved mark."""
    before = None
    if current:
        before = {"mark": mark_text(leaf, current.mark), "points_up": current.points_up, "note": current.note}
    after = {"indicator": leaf.code, "mark": mark_text(leaf, said.mark), "points_up": said.points_up, "note": said.note}
    if said.waivers:
        after["waived"] = dict(said.waivers)
    return {"before": before, "after": after}


def open_leaf(sheet: Sheet, code: str, actor: "User", at: datetime) -> Indicator:
    """The row of the sheet that is about to be changed. Raises: PermissionDenied; PortalError for a foreign row."""
    require(rules.can_fill(actor, sheet, at))
    leaf = _leaf(sheet, code)
    _require_open(sheet, code)
    return leaf


def _require_open(sheet: Sheet, code: str) -> None:
    ids, _whole = rules.open_rows(sheet)
    codes = indicator_index(sheet.scheme_version).indicator_codes
    require(rules.can_change(sheet, code, frozenset(codes[pk] for pk in ids)))


def _leaf(sheet: Sheet, code: str) -> Indicator:
    leaf = next((each for each in sheet_rows(sheet) if each.code == code), None)
    if leaf is None:
        raise PortalError(_("Indicator %(code)s is not on this sheet. Reload the page.") % {"code": code})
    if not is_filled_by_branch(leaf):
        raise PortalError(_("“%(name)s” is filled in elsewhere, not by the branch.") % {"name": leaf.name})
    return leaf


def stored_rows(sheet: Sheet) -> dict[tuple[str, str], StoredMark]:
    rows = Mark.objects.filter(sheet=sheet, stage__in=(Stage.SELF, Stage.POLL, Stage.EXTERNAL))
    return {(row.stage, row.code): row for row in read_rows(rows, sheet.scheme_version)}


def with_changes(
    rows: Iterable[StoredMark], changes: Mapping[str, EngineMark | None]
) -> dict[str, dict[str, EngineMark]]:
    """The stored marks with some self marks replaced."""
    found = by_stage(rows)
    own = found.setdefault(Stage.SELF, {})
    for code, mark in changes.items():
        own.pop(code, None)
        if mark is not None:
            own[code] = mark
    return found


def _conflict(sheet: Sheet, leaf: Indicator, current: StoredMark | None) -> MarkConflict:
    stands = mark_text(leaf, current.mark if current else None)
    return MarkConflict(
        _("“%(name)s” was changed in another window meanwhile. Nothing was overwritten; choose which one stays.")
        % {"name": leaf.name},
        indicator=leaf.code,
        theirs={"text": stands, "note": current.note if current else "", "version": current.version if current else 0},
    )


def note_progress(sheet: Sheet, seen: Preview) -> None:
    """Take the sheet's row, so that no submission overtakes the change. Totals are worked out anew at submission."""
    rows = Sheet.objects.filter(pk=sheet.pk, status=sheet.status, version=sheet.version)
    if not rows.update(filled_count=seen.filled, due_count=seen.asked, self_total_up=seen.stored_total_up):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))


def columns_of(said: Said) -> dict[str, object]:
    mark = said.mark or EngineMark()
    return {
        "state": MarkState.NOT_APPLICABLE if mark.not_applicable else MarkState.MARKED,
        "value_up": mark.value_up,
        "denominator_up": mark.denominator_up,
        "points_up": said.points_up,
        "note": said.note,
    }


def write_mark(
    sheet: Sheet, leaf: Indicator, said: Said, current: StoredMark | None, actor: "User", at: datetime
) -> Mark:
    index = indicator_index(sheet.scheme_version)
    columns = columns_of(said) | {"entered_by": actor, "entered_at": at}
    indicator = index.indicators[leaf.code]
    if current is None:
        mark = Mark.objects.create(sheet=sheet, indicator=indicator, stage=Stage.SELF, **columns)
    else:
        mark = Mark(pk=current.pk, sheet=sheet, indicator=indicator, stage=Stage.SELF)
        moved = Mark.objects.filter(pk=current.pk, version=current.version)
        if not moved.update(**columns, version=current.version + 1):
            raise _conflict(sheet, leaf, stored_rows(sheet).get((Stage.SELF, leaf.code)))
    _write_counts(mark, leaf, current, said, index.criteria)
    return mark


def _write_counts(mark: Mark, leaf: Indicator, current: StoredMark | None, said: Said, criteria: Mapping) -> None:
    """What differs, in one statement: a count that fell away is kept as 0, which `gather` reads as none."""
    old = current.mark.counts if current and current.mark else {}
    old_waivers = current.waivers if current else {}
    wanted = dict.fromkeys(old, 0) | dict(said.mark.counts if said.mark else {})
    rows = [
        row
        for row in count_rows(mark, leaf, wanted, criteria, said.waivers)
        if old.get(row.criterion.code) != wanted[row.criterion.code]
        or old_waivers.get(row.criterion.code, "") != row.waive_reason
    ]
    if rows:
        MarkCount.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["mark", "criterion"],
            update_fields=["value_up", "is_waived", "waive_reason"],
        )


def count_rows(
    mark: Mark, leaf: Indicator, counts: Mapping[str, int], criteria: Mapping, waivers: Mapping[str, str] | None = None
) -> list[MarkCount]:
    """Counts as micro-units; a size within a range is in micro-points already. `waivers`: reasons by criterion code."""
    sized = {criterion.code for criterion in leaf.criteria if criterion.range_up is not None}
    waivers = waivers or {}
    return [
        MarkCount(
            mark=mark,
            criterion=criteria[leaf.code, code],
            value_up=count if code in sized else count * MICRO,
            is_waived=code in waivers,
            waive_reason=waivers.get(code, ""),
        )
        for code, count in counts.items()
    ]
