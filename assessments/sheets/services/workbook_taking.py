"""What a filled-in workbook would change, row by row; and taking over what the person ticked.

Nothing is submitted by it. Each branch is one transaction; what was shown is what is taken over: a row whose mark
moved on meanwhile is left and reported, the others are done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import Access, require
from branchportal.errors import PortalError, StaleState

from ..models import Sheet, WorkbookUpload
from ..preview import preview
from ..rules import filling as rules
from ..workbook.comparing import Difference, compare
from ..workbook.judging import FileRow
from ..workbook.standing import open_rows_of, self_marks
from .filling import before_and_after, note_progress, stored_rows, with_changes, write_mark
from .workbook import Status, expire_uploads

if TYPE_CHECKING:
    from branchportal.models import AuditEntry
    from members.models import User


@dataclass(frozen=True)
class BranchPage:
    """One branch of an upload as its page shows it: what differs, and what was done about it before."""

    sheet: Sheet
    worksheet: str
    access: Access
    differences: list[Difference]
    row_count: int
    report: dict

    @property
    def has_choice(self) -> bool:
        """Whether there is anything that could be taken over."""
        return bool(self.access) and any(each.is_open for each in self.differences)


def branch_pages(*, upload: WorkbookUpload, actor: "User", entries: Sequence[dict], at: datetime) -> list[BranchPage]:
    """Some branches of an upload as their page shows them; the number of queries does not grow with them.

    `entries`: items of `upload.content["sheets"]`. A sheet that the actor does not fill in any more is left out.
    """
    rows = Sheet.objects.filled_by(actor).filter(pk__in=[entry["sheet"] for entry in entries]).for_filling()
    sheets = {sheet.pk: sheet for sheet in rows.defer("frozen", "frozen_claims", "scheme_version__content")}
    marks, opened = self_marks(sheets.values()), open_rows_of(sheets.values())
    found = []
    for entry in entries:
        sheet = sheets.get(entry["sheet"])
        if sheet is None:
            continue
        said = _file_rows(entry)
        access = rules.can_fill(actor, sheet, at)
        differences = compare(sheet, said, marks.get(sheet.pk, ()), opened[sheet.pk]) if access else []
        report = upload.report.get(str(sheet.pk), {})
        found.append(BranchPage(sheet, entry["title"], access, differences, len(said), report))
    return found


def _file_rows(entry: dict) -> dict[str, FileRow]:
    return {row["code"]: FileRow(**row) for row in entry["rows"]}


def take_over(
    *, upload: WorkbookUpload, actor: "User", chosen: Mapping[int, Mapping[str, int]], at: datetime
) -> dict[int, dict]:
    """Take the chosen rows over into the self-assessments: sheet id → indicator code → the version that was shown.

    Each sheet is a transaction of its own. The answer says of each sheet what was taken over and what was not, and
    why; it is kept with the upload. Raises: PermissionDenied; StaleState where the upload is over.
    """
    require(rules.can_decide(actor, upload))
    if at >= upload.expires_at:
        expire_uploads(now=at)
    if not WorkbookUpload.objects.filter(pk=upload.pk, status=Status.READY).exists():
        raise StaleState(_("This upload is over. Upload the workbook again."))
    found = {}
    for entry in upload.content["sheets"]:
        if codes := chosen.get(entry["sheet"]):
            found[entry["sheet"]] = _report_of(upload, entry, codes, actor, at)
    return found


def _report_of(
    upload: WorkbookUpload, entry: dict, codes: Mapping[str, int], actor: "User", at: datetime
) -> dict[str, object]:
    """One branch: all its rows or, where the sheet itself refuses, none."""
    try:
        report = _take_over_sheet(upload, entry, codes, actor, at)
    except PortalError as refusal:
        report = {"taken": [], "left": [[code, refusal.message] for code in sorted(codes)]}
    upload.report[str(entry["sheet"])] = report
    WorkbookUpload.objects.filter(pk=upload.pk).update(report=upload.report)
    return report


@transaction.atomic
def _take_over_sheet(
    upload: WorkbookUpload, entry: dict, codes: Mapping[str, int], actor: "User", at: datetime
) -> dict[str, object]:
    sheet = Sheet.objects.filled_by(actor).for_filling().filter(pk=entry["sheet"]).first()
    if sheet is None:
        raise StaleState(_("You do not fill in for this branch any more."))
    access = rules.can_fill(actor, sheet, at)
    if not access:
        raise StaleState(access.reason)
    stored = stored_rows(sheet)
    opened = open_rows_of([sheet])[sheet.pk]
    differences = {each.code: each for each in compare(sheet, _file_rows(entry), stored.values(), opened)}
    taken, left, trail = {}, [], []
    for code, version in codes.items():
        difference = differences.get(code)
        reason = _why_not(sheet, difference, version)
        mark_entry = None if reason or difference is None else _write(sheet, difference, upload, actor, at)
        if mark_entry is None:
            left.append([code, reason or _moved_on()])
        else:
            trail.append(mark_entry)
            taken[code] = difference.said.mark if difference and difference.said else None
    if taken:
        note_progress(sheet, preview(sheet, marks=with_changes(stored.values(), taken)))
        audit.record_many(trail)
    return {"taken": sorted(taken), "left": sorted(left)}


def _why_not(sheet: Sheet, difference: Difference | None, version: int) -> str:
    """Why a row is left as it is; empty where it may be taken over."""
    if difference is None:
        return _("The portal says the same already.")
    if difference.kind == "closed":
        return rules.can_change(sheet, difference.code, frozenset()).reason
    if difference.kind == "refused":
        return difference.reason
    return _moved_on() if difference.version != version else ""


def _moved_on() -> str:
    return _("It was changed in the portal after it had been shown here. Look again and decide anew.")


def _write(
    sheet: Sheet, difference: Difference, upload: WorkbookUpload, actor: "User", at: datetime
) -> "AuditEntry | None":
    """Write one mark, if it still has the version that was shown; None where it moved on at this very moment."""
    said, leaf, current = difference.said, difference.leaf, difference.current
    if said is None:
        return None
    try:
        with transaction.atomic():
            mark = write_mark(sheet, leaf, said, current, actor, at)
    except (StaleState, IntegrityError):
        return None
    details = before_and_after(leaf, current, said)
    return audit.entry(actor, "mark.taken_over", mark, **details, note=upload.file_name)
