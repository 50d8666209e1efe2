"""A filled-in entry workbook comes back: read and judged whole, shown row by row, taken over where the person says so.

Nothing is submitted by it. Each branch is one transaction; what was shown is what is taken over: a row whose mark
moved on meanwhile is left and reported, the others are done.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal import audit
from branchportal.access import Access, require
from branchportal.errors import ImportRejected, PortalError, StaleState
from branchportal.workbooks import read_workbook

from ..models import Sheet, WorkbookUpload
from ..preview import preview
from ..rules import filling as rules
from ..workbook import words
from ..workbook.comparing import Difference, compare
from ..workbook.judging import FileRow, judge
from ..workbook.layout import cycle_key, identity
from ..workbook.problems import Problem, address
from ..workbook.reading import IDENTITY_ROW, Page, is_overview, read_page
from ..workbook.standing import open_rows_of, self_marks
from .filling import before_and_after, note_progress, stored_rows, with_changes, write_mark
from .workbook_files import MOST_SHEETS

if TYPE_CHECKING:
    from branchportal.models import AuditEntry
    from members.models import User

LIFETIME = timedelta(hours=2)
Status = WorkbookUpload.Status
MOST_WORKSHEETS, MOST_ROWS, MOST_COLUMNS = MOST_SHEETS + 4, 3000, 30


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
    def proposed(self) -> int:
        return sum(each.is_proposed for each in self.differences)

    @property
    def has_choice(self) -> bool:
        """Whether there is anything that could be taken over."""
        return bool(self.access) and any(each.is_open for each in self.differences)


def accept_upload(*, actor: "User", name: str, data: bytes, at: datetime) -> WorkbookUpload:
    """Read and judge a workbook, and keep its rows until the person decides.

    Raises: ImportRejected; with `details["problems"]` where single cells are wrong. Then nothing is kept.
    """
    require(rules.can_use_workbooks(actor))
    worksheets = read_workbook(data, most_sheets=MOST_WORKSHEETS, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS)
    pages = [read_page(sheet) for sheet in worksheets if not is_overview(sheet)]
    if not pages:
        raise ImportRejected(_("There is no entry form in this workbook. Download one, fill it in, and upload it."))
    problems = [problem for page in pages for problem in page.problems]
    matched, unknown = _match(actor, [page for page in pages if not page.problems])
    problems += unknown
    content, found = _content(actor, matched, at)
    problems += found
    if problems:
        text = ngettext("The workbook has %(count)d problem.", "The workbook has %(count)d problems.", len(problems))
        message = text % {"count": len(problems)} + " " + _("Nothing was taken over.")
        raise ImportRejected(message, problems=problems)
    return _keep(actor, name, data, content, at)


def _content(actor: "User", matched: Sequence[tuple[Page, Sheet]], at: datetime) -> tuple[list[dict], list[Problem]]:
    """What is kept of each worksheet, and what is wrong with its cells; `differs`: there is something to look at."""
    sheets = [sheet for _page, sheet in matched]
    marks, opened = self_marks(sheets), open_rows_of(sheets)
    content, problems = [], []
    for page, sheet in matched:
        rows: list[FileRow] = []
        is_open = bool(rules.can_fill(actor, sheet, at))
        stored = marks.get(sheet.pk, ())
        if is_open:  # of a closed sheet nothing can be taken over, whatever it says
            rows, found = judge(page, sheet, stored)
            problems += found
        differs = not is_open or bool(compare(sheet, {row.code: row for row in rows}, stored, opened[sheet.pk]))
        kept = [asdict(row) for row in rows]
        content.append({"sheet": sheet.pk, "title": page.title, "differs": differs, "rows": kept})
    return content, problems


@transaction.atomic
def _keep(actor: "User", name: str, data: bytes, content: list[dict], at: datetime) -> WorkbookUpload:
    expire_uploads(now=at)
    upload = WorkbookUpload.objects.create(
        owner=actor,
        file_name=name[-200:],
        digest=hashlib.sha256(data).hexdigest(),
        content={"sheets": content},
        created_at=at,
        expires_at=at + LIFETIME,
    )
    rows = {str(each["sheet"]): len(each["rows"]) for each in content}
    audit.record(actor, "workbook.uploaded", upload, after={"sha256": upload.digest, "rows": rows})
    return upload


def _match(actor: "User", pages: Sequence[Page]) -> tuple[list[tuple[Page, Sheet]], list[Problem]]:
    """Each worksheet with its sheet, among those that the actor fills in; one query."""
    codes = {page.identity.branch for page in pages}
    rows = Sheet.objects.filled_by(actor).current().filter(branch__code__in=codes).for_filling()
    rows = rows.defer("frozen", "frozen_claims", "scheme_version__content").order_by("pk")
    known = {(sheet.branch.code, cycle_key(sheet)): sheet for sheet in rows}
    branches = {code for code, _cycle in known}
    found: dict[int, Page] = {}
    matched, problems = [], []
    for page in pages:
        sheet = known.get((page.identity.branch, page.identity.cycle))
        problem = _identity_problem(page, sheet, branches)
        if sheet is not None and problem is None and sheet.pk in found:
            message = _("Branch %(code)s stands there twice: also in the worksheet “%(other)s”.")
            message %= {"code": page.identity.branch, "other": found[sheet.pk].title}
            problem = _at_identity(page, words.KEY, page.identity.branch, message, _("Delete one of the worksheets."))
        if problem is not None:
            problems.append(problem)
        elif sheet is not None:
            found[sheet.pk] = page
            matched.append((page, sheet))
    return matched, problems


def _identity_problem(page: Page, sheet: Sheet | None, branches: set[str]) -> Problem | None:
    said = page.identity
    if said.branch not in branches:
        message = _("You do not fill in for a branch with the code “%(code)s”.") % {"code": said.branch or "—"}
        cure = _("Delete this worksheet, or let the branch itself upload it.")
        return _at_identity(page, words.KEY, said.branch, message, cure)
    again = _("Download the form again and copy your entries into it.")
    if sheet is None:
        message = _("The branch has no sheet in the cycle “%(cycle)s”.") % {"cycle": said.cycle or "—"}
        return _at_identity(page, words.ASK, said.cycle, message, again)
    if said.scheme != identity(sheet).scheme:
        message = _("The form was made from another version of the scheme; today's is “%(version)s”.")
        return _at_identity(page, words.WAIVER, said.scheme, message % {"version": sheet.scheme_version}, again)
    return None


def _at_identity(page: Page, column: int, value: str, message: str, cure: str) -> Problem:
    return Problem(page.title, address(IDENTITY_ROW, column), value[:80], message, cure)


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


@transaction.atomic
def finish_upload(*, upload: WorkbookUpload, actor: "User") -> None:
    """The person is done with an upload: its rows are forgotten. Repeating it is harmless."""
    require(rules.can_decide(actor, upload))
    if WorkbookUpload.objects.filter(pk=upload.pk, status=Status.READY).update(status=Status.DONE, content={}):
        audit.record(actor, "workbook.finished", upload)


def expire_uploads(*, now: datetime | None = None) -> int:
    """Forget the rows of uploads that nobody decided over in time. Returns how many; repeating it is harmless."""
    waiting = WorkbookUpload.objects.filter(status=Status.READY, expires_at__lte=now or timezone.now())
    return waiting.update(status=Status.EXPIRED, content={})
