"""The branch fills in many rows at once: nothing found in the rest, last quarter's values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError

from ...schemes.loading import engine_scheme, indicator_index
from ...scoring import Mark as EngineMark
from ...scoring import MarkError, points_of
from ...scoring.scheme import Indicator
from ..choices import Stage
from ..gather import StoredMark, is_filled_by_branch, read_rows, sheet_rows
from ..models import Mark, MarkCount, Sheet
from ..preview import preview
from ..rules import filling as rules
from ..values import Said, mark_text
from .filling import columns_of, count_rows, note_progress, stored_rows, with_changes, write_mark

if TYPE_CHECKING:
    from members.models import User


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
    wanted, stored = set(codes), stored_rows(sheet)
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
    stored, codes = stored_rows(sheet), _open_codes(sheet)
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
    note_progress(
        sheet, preview(sheet, marks=with_changes(stored.values(), {leaf.code: marks[leaf] for leaf in marks}))
    )
    written = []
    for leaf, mark in marks.items():
        current = stored.get((Stage.SELF, leaf.code))
        if current is not None:
            said = Said(mark, points_of(scheme, leaf.code, mark), current.note)
            written.append(write_mark(sheet, leaf, said, current, actor, at))
    fresh = [
        Mark(
            sheet=sheet,
            indicator=index.indicators[leaf.code],
            stage=Stage.SELF,
            entered_by=actor,
            entered_at=at,
            **columns_of(Said(mark, points_of(scheme, leaf.code, mark), "")),
        )
        for leaf, mark in marks.items()
        if (Stage.SELF, leaf.code) not in stored
    ]
    Mark.objects.bulk_create(fresh)
    leaves = {index.indicators[leaf.code].pk: leaf for leaf in marks}
    counts = [
        row
        for mark in fresh
        for row in count_rows(mark, leaves[mark.indicator_id], marks[leaves[mark.indicator_id]].counts, index.criteria)
    ]
    MarkCount.objects.bulk_create(counts)
    audit.record_many(_entry(actor, action, mark, leaves, marks) for mark in [*written, *fresh])


def _entry(actor: "User", action: str, mark: Mark, leaves: Mapping, marks: Mapping) -> object:
    leaf = leaves[mark.indicator_id]
    return audit.entry(actor, action, mark, after={"indicator": leaf.code, "mark": mark_text(leaf, marks[leaf])})
