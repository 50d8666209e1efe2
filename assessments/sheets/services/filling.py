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
from ...scoring import MarkError, points_of
from ...scoring.scheme import Indicator
from ..choices import MarkState, Stage
from ..gather import MICRO, StoredMark, by_stage, is_filled_by_branch, read_rows, sheet_rows
from ..models import Mark, MarkCount, Sheet
from ..preview import Preview, preview
from ..rules import filling as rules
from ..values import Said, mark_text, read_said

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


def save_mark(*, sheet: Sheet, code: str, data: Mapping[str, str], version: int, actor: "User", at: datetime) -> Saved:
    """Save one indicator of the self-assessment. `version` is that of the mark as it was read, 0 for none.

    Repeating a save that arrived changes nothing and answers as before.
    `sheet` comes from `for_filling()`; `at` is the receipt time.
    Raises: PermissionDenied; InvalidMark; MarkConflict with what stands there; StaleState when the sheet moved on.
    """
    try:
        return _save_mark(sheet, code, data, version, actor, at)
    except IntegrityError:  # the same row was saved for the first time elsewhere, at this moment
        raise _conflict(sheet, _leaf(sheet, code), _stored(sheet).get((Stage.SELF, code))) from None


@transaction.atomic
def _save_mark(sheet: Sheet, code: str, data: Mapping[str, str], version: int, actor: "User", at: datetime) -> Saved:
    leaf = open_leaf(sheet, code, actor, at)
    said = read_said(engine_scheme(sheet.scheme_version), leaf, sheet, data)
    stored = _stored(sheet)
    current = stored.get((Stage.SELF, code))
    found = _with(stored.values(), {code: said.mark})
    if current and (current.mark, current.note) == (said.mark, said.note):
        return Saved(leaf, said, current.version, preview(sheet, marks=found))
    if (current.version if current else 0) != version:
        raise _conflict(sheet, leaf, current)
    seen = preview(sheet, marks=found)
    _note_progress(sheet, seen)
    mark = _write(sheet, leaf, said, current, actor, at)
    before = {"mark": mark_text(leaf, current.mark), "points_up": current.points_up} if current else None
    after = {"indicator": code, "mark": mark_text(leaf, said.mark), "points_up": said.points_up, "note": said.note}
    audit.record(actor, "mark.saved", mark, before=before, after=after)
    return Saved(leaf, said, version + 1, seen)


def open_leaf(sheet: Sheet, code: str, actor: "User", at: datetime) -> Indicator:
    """The row of the sheet that is about to be changed. Raises: PermissionDenied; PortalError for a foreign row."""
    require(rules.can_fill(actor, sheet, at))
    leaf = _leaf(sheet, code)
    ids, _whole = rules.open_rows(sheet)
    codes = indicator_index(sheet.scheme_version).indicator_codes
    require(rules.can_change(sheet, code, frozenset(codes[pk] for pk in ids)))
    return leaf


def _leaf(sheet: Sheet, code: str) -> Indicator:
    leaf = next((each for each in sheet_rows(sheet) if each.code == code), None)
    if leaf is None:
        raise PortalError(_("Indicator %(code)s is not on this sheet. Reload the page.") % {"code": code})
    if not is_filled_by_branch(leaf):
        raise PortalError(_("“%(name)s” is filled in elsewhere, not by the branch.") % {"name": leaf.name})
    return leaf


def _stored(sheet: Sheet) -> dict[tuple[str, str], StoredMark]:
    rows = Mark.objects.filter(sheet=sheet, stage__in=(Stage.SELF, Stage.POLL, Stage.EXTERNAL))
    return {(row.stage, row.code): row for row in read_rows(rows, sheet.scheme_version)}


def _with(rows: Iterable[StoredMark], changes: Mapping[str, EngineMark | None]) -> dict[str, dict[str, EngineMark]]:
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


def _note_progress(sheet: Sheet, seen: Preview) -> None:
    """Take the sheet's row, so that no submission overtakes the change. Totals are worked out anew at submission."""
    rows = Sheet.objects.filter(pk=sheet.pk, status=sheet.status, version=sheet.version)
    if not rows.update(filled_count=seen.filled, due_count=seen.asked, self_total_up=seen.stored_total_up):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))


def _columns(said: Said) -> dict[str, object]:
    mark = said.mark or EngineMark()
    return {
        "state": MarkState.NOT_APPLICABLE if mark.not_applicable else MarkState.MARKED,
        "value_up": mark.value_up,
        "denominator_up": mark.denominator_up,
        "points_up": said.points_up,
        "note": said.note,
    }


def _write(sheet: Sheet, leaf: Indicator, said: Said, current: StoredMark | None, actor: "User", at: datetime) -> Mark:
    index = indicator_index(sheet.scheme_version)
    columns = _columns(said) | {"entered_by": actor, "entered_at": at}
    indicator = index.indicators[leaf.code]
    if current is None:
        mark = Mark.objects.create(sheet=sheet, indicator=indicator, stage=Stage.SELF, **columns)
    else:
        mark = Mark(pk=current.pk, sheet=sheet, indicator=indicator, stage=Stage.SELF)
        moved = Mark.objects.filter(pk=current.pk, version=current.version)
        if not moved.update(**columns, version=current.version + 1):
            raise _conflict(sheet, leaf, _stored(sheet).get((Stage.SELF, leaf.code)))
    old = current.mark.counts if current and current.mark else {}
    _write_counts(mark, leaf, old, said.mark.counts if said.mark else {}, index.criteria)
    return mark


def _write_counts(
    mark: Mark, leaf: Indicator, old: Mapping[str, int], new: Mapping[str, int], criteria: Mapping
) -> None:
    """Only what differs: one statement for what fell away, one for what is new or changed."""
    gone = [criteria[leaf.code, code].pk for code in old if not new.get(code)]
    if gone:
        MarkCount.objects.filter(mark=mark, criterion__in=gone).delete()
    rows = [
        row for row in _count_rows(mark, leaf, new, criteria) if old.get(row.criterion.code) != new[row.criterion.code]
    ]
    if rows:
        MarkCount.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["mark", "criterion"], update_fields=["value_up"]
        )


def _count_rows(mark: Mark, leaf: Indicator, counts: Mapping[str, int], criteria: Mapping) -> list[MarkCount]:
    """Counts as micro-units; a size within a range is in micro-points already."""
    sized = {criterion.code for criterion in leaf.criteria if criterion.range_up is not None}
    return [
        MarkCount(mark=mark, criterion=criteria[leaf.code, code], value_up=count if code in sized else count * MICRO)
        for code, count in counts.items()
        if count
    ]


# Many rows at once


def untouched_deductions(
    sheet: Sheet, rows: Iterable[StoredMark], open_codes: frozenset[str] | None
) -> list[Indicator]:
    """Rows where nothing was deducted and nobody has looked yet; `open_codes` None: all rows are open."""
    touched = {row.code for row in rows if row.stage == Stage.SELF}
    return [
        leaf
        for leaf in sheet_rows(sheet)
        if leaf.rule == "deduct" and leaf.code not in touched and (open_codes is None or leaf.code in open_codes)
    ]


@transaction.atomic
def confirm_nothing_found(*, sheet: Sheet, codes: Iterable[str], actor: "User", at: datetime) -> list[str]:
    """“其余无扣分”: say of the named untouched deduct rows that they were looked at and nothing was found.

    Rows filled in meanwhile are left as they are. Returns the codes confirmed.
    """
    require(rules.can_fill(actor, sheet, at))
    wanted, stored = set(codes), _stored(sheet)
    leaves = [leaf for leaf in untouched_deductions(sheet, stored.values(), _open_codes(sheet)) if leaf.code in wanted]
    _add_marks(sheet, stored, {leaf: EngineMark() for leaf in leaves}, actor, at, "mark.nothing_found")
    return [leaf.code for leaf in leaves]


@dataclass(frozen=True)
class CopyReport:
    """What was copied, and which rows could not be: the standard is another one now."""

    copied: list[str]
    skipped: list[str]


@transaction.atomic
def copy_last(*, sheet: Sheet, actor: "User", at: datetime) -> CopyReport:
    """Copy the self-assessment of the branch's last cycle into the rows not filled in yet; notes stay behind.

    A row is copied where code, rule and clauses are the same and the engine still accepts the value.
    """
    require(rules.can_fill(actor, sheet, at))
    past = last_sheet(sheet)
    if past is None:
        raise PortalError(_("There is no earlier sheet of this branch to copy from."))
    old_leaves = engine_scheme(past.scheme_version).by_code
    rows = read_rows(Mark.objects.filter(sheet=past, stage=Stage.SELF), past.scheme_version)
    old = {row.code: row.mark for row in rows if row.mark is not None}
    stored, codes = _stored(sheet), _open_codes(sheet)
    marks, skipped = {}, []
    for leaf in sheet_rows(sheet):
        touched = (Stage.SELF, leaf.code) in stored and stored[Stage.SELF, leaf.code].mark is not None
        is_open = codes is None or leaf.code in codes
        if touched or not is_open or leaf.code not in old or not is_filled_by_branch(leaf):
            continue
        if _still_fits(sheet, leaf, old_leaves[leaf.code], old[leaf.code]):
            marks[leaf] = old[leaf.code]
        else:
            skipped.append(leaf.code)
    _add_marks(sheet, stored, marks, actor, at, "mark.copied")
    return CopyReport([leaf.code for leaf in marks], skipped)


def last_sheet(sheet: Sheet) -> Sheet | None:
    """The branch's sheet of the cycle before this one; one query."""
    earlier = Sheet.objects.current().filter(branch_id=sheet.branch_id, cycle__starts_on__lt=sheet.cycle.starts_on)
    return earlier.select_related("cycle", "scheme_version").defer("frozen").order_by("-cycle__starts_on").first()


def _still_fits(sheet: Sheet, leaf: Indicator, old: Indicator, mark: EngineMark) -> bool:
    codes = [criterion.code for criterion in leaf.criteria]
    if leaf.rule != old.rule or codes != [criterion.code for criterion in old.criteria] or mark.waived:
        return False
    try:
        points_of(engine_scheme(sheet.scheme_version), leaf.code, mark)
    except MarkError:
        return False
    return True


def _open_codes(sheet: Sheet) -> frozenset[str] | None:
    """Codes of the rows open in a returned sheet; None in a draft, where all are."""
    ids, is_whole = rules.open_rows(sheet)
    if is_whole and not ids:
        return None
    codes = indicator_index(sheet.scheme_version).indicator_codes
    return frozenset(codes[pk] for pk in ids)


def _add_marks(
    sheet: Sheet,
    stored: Mapping[tuple[str, str], StoredMark],
    marks: Mapping[Indicator, EngineMark],
    actor: "User",
    at: datetime,
    action: str,
) -> None:
    """Write several new self marks in a few statements; rows that hold a note alone keep it."""
    if not marks:
        return
    scheme, index = engine_scheme(sheet.scheme_version), indicator_index(sheet.scheme_version)
    _note_progress(sheet, preview(sheet, marks=_with(stored.values(), {leaf.code: marks[leaf] for leaf in marks})))
    written = []
    for leaf, mark in marks.items():
        current = stored.get((Stage.SELF, leaf.code))
        if current is not None:
            said = Said(mark, points_of(scheme, leaf.code, mark), current.note)
            written.append(_write(sheet, leaf, said, current, actor, at))
    fresh = [
        Mark(
            sheet=sheet,
            indicator=index.indicators[leaf.code],
            stage=Stage.SELF,
            entered_by=actor,
            entered_at=at,
            **_columns(Said(mark, points_of(scheme, leaf.code, mark), "")),
        )
        for leaf, mark in marks.items()
        if (Stage.SELF, leaf.code) not in stored
    ]
    Mark.objects.bulk_create(fresh)
    leaves = {index.indicators[leaf.code].pk: leaf for leaf in marks}
    counts = [
        row
        for mark in fresh
        for row in _count_rows(mark, leaves[mark.indicator_id], marks[leaves[mark.indicator_id]].counts, index.criteria)
    ]
    MarkCount.objects.bulk_create(counts)
    audit.record_many(_entry(actor, action, mark, leaves, marks) for mark in [*written, *fresh])


def _entry(actor: "User", action: str, mark: Mark, leaves: Mapping, marks: Mapping) -> object:
    leaf = leaves[mark.indicator_id]
    return audit.entry(actor, action, mark, after={"indicator": leaf.code, "mark": mark_text(leaf, marks[leaf])})
