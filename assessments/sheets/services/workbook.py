"""A filled-in entry workbook comes back: read and judged whole, kept until the person decides, forgotten in time.

What the person decides is done by `workbook_taking`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal import audit
from branchportal.access import require
from branchportal.errors import ImportRejected
from branchportal.workbooks import read_workbook

from ..models import Sheet, WorkbookUpload
from ..rules import filling as rules
from ..workbook.comparing import compare
from ..workbook.judging import FileRow, judge
from ..workbook.matching import match
from ..workbook.problems import Problem
from ..workbook.reading import Page, is_overview, read_page
from ..workbook.standing import open_rows_of, self_marks
from .workbook_files import MOST_SHEETS

if TYPE_CHECKING:
    from members.models import User

LIFETIME = timedelta(hours=2)
Status = WorkbookUpload.Status
MOST_WORKSHEETS, MOST_ROWS, MOST_COLUMNS = MOST_SHEETS + 4, 3000, 30


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
    matched, unknown = match(actor, [page for page in pages if not page.problems])
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
