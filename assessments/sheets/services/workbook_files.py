"""Entry workbooks that leave: one sheet at once, a clerk's many in one file or, when there are too many, as a job."""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.jobs import Progress
from branchportal.models import Job

from ...cycles.models import Cycle
from ..choices import EDITABLE
from ..models import Sheet
from ..rules import filling as rules
from ..workbook import words
from ..workbook.layout import Form, form_of
from ..workbook.standing import open_rows_of, self_marks
from ..workbook.writing import workbook_bytes

if TYPE_CHECKING:
    from members.models import User

MOST_SHEETS = 60  # branches in one workbook; more are several workbooks, made by a job
TASK = "sheets.make_workbooks"
FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
STAMP = (1980, 1, 1, 0, 0, 0)
OVERVIEW = ("序号", "支部编码", "支部名称", "所属党组织", "填报截止")


@dataclass(frozen=True)
class File:
    """A file as it is offered for saving."""

    name: str
    content: bytes


def sheet_workbook(*, sheet: Sheet, actor: "User", at: datetime) -> File:
    """The entry workbook of one sheet (`for_filling()`). Raises: PermissionDenied where it is not open for input."""
    require(rules.can_fill(actor, sheet, at))
    content = workbook_bytes(_forms([sheet], at))
    _note(actor, [sheet])
    return File(safe(words.file_name(str(sheet.cycle), sheet.branch.name)), content)


def open_sheets(actor: "User", at: datetime, cycle: Cycle | None = None) -> list[Sheet]:
    """The sheets (of one cycle) that are open for the actor's input now, by organization and branch code; one query."""
    rows = Sheet.objects.filled_by(actor).current().filter(status__in=EDITABLE, cycle__status=Cycle.Status.OPEN)
    rows = rows.filter(cycle=cycle) if cycle else rows
    rows = rows.for_filling().defer("frozen", "frozen_claims", "scheme_version__content")
    return [
        sheet
        for sheet in rows.order_by("organization__path", "branch__code")
        if rules.can_fill(actor, sheet, at)
    ]  # fmt: skip


def open_cycles(actor: "User", at: datetime) -> list[dict]:
    """The cycles with open sheets of the actor: how many branches, and the first deadline; one query."""
    found: dict[Cycle, list[Sheet]] = {}
    for sheet in open_sheets(actor, at):
        found.setdefault(sheet.cycle, []).append(sheet)
    lines = []
    for cycle, sheets in sorted(found.items(), key=lambda each: each[0].starts_on, reverse=True):
        ends = [until for sheet in sheets if (until := rules.deadline(sheet))]
        lines.append({"cycle": cycle, "count": len(sheets), "sheet": sheets[0], "until": min(ends)})
    return lines


def cycle_workbook(*, cycle: Cycle, actor: "User", at: datetime) -> File | Job:
    """One workbook for all open sheets of a cycle that the actor fills in, or the job that makes several.

    Raises: PortalError where no sheet is open.
    """
    sheets = open_sheets(actor, at, cycle)
    if not sheets:
        raise PortalError(_("No sheet of “%(cycle)s” is open for you to fill in now.") % {"cycle": cycle})
    if len(sheets) > MOST_SHEETS:
        title = _("Entry workbooks: %(cycle)s, %(count)d branches") % {"cycle": cycle, "count": len(sheets)}
        with transaction.atomic():
            return jobs.request(TASK, title=title, owner=actor, cycle=cycle.pk)
    if len(sheets) == 1:
        return sheet_workbook(sheet=sheets[0], actor=actor, at=at)
    content = book_of(sheets, at)
    _note(actor, sheets)
    return File(safe(words.file_name(str(cycle), _who(sheets))), content)


def make_workbooks(progress: Progress) -> None:
    """The job: workbooks of at most 60 branches each, in one archive, offered whole or not at all."""
    job, at = progress.job, timezone.now()
    cycle = Cycle.objects.get(pk=job.params["cycle"])
    sheets = open_sheets(job.owner, at, cycle)
    if not sheets:
        raise PortalError(_("No sheet of “%(cycle)s” is open for you to fill in now.") % {"cycle": cycle})
    progress.start(len(sheets), _("Writing the workbooks."))
    name = words.file_name(str(cycle), _who(sheets)).removesuffix(".xlsx")
    part = jobs.files_folder() / f"{job.pk}.zip.part"
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for begin in range(0, len(sheets), MOST_SHEETS):
                portion = sheets[begin : begin + MOST_SHEETS]
                member = f"{name}-{begin + 1:03d}至{begin + len(portion):03d}.xlsx"
                archive.writestr(zipfile.ZipInfo(safe(member), STAMP), book_of(portion, at))
                progress.step(begin + len(portion))
        _note(job.owner, sheets)
        progress.attach(safe(f"{name}.zip"), part)
    finally:
        part.unlink(missing_ok=True)
    progress.finish(message=_("Workbooks of %(count)d branches.") % {"count": len(sheets)})


@transaction.atomic
def _note(actor: "User", sheets: list[Sheet]) -> None:
    """The audit trail keeps who took which sheet out of the portal."""
    audit.record_many(audit.entry(actor, "sheet.workbook_made", sheet) for sheet in sheets)


def book_of(sheets: list[Sheet], at: datetime) -> bytes:
    """One workbook with a worksheet a branch and the list in front."""
    rows = [
        (str(number), sheet.branch.code, sheet.branch.name, sheet.organization.name, _until(sheet))
        for number, sheet in enumerate(sheets, start=1)
    ]
    return workbook_bytes(_forms(sheets, at), overview=[OVERVIEW, *rows])


def _forms(sheets: list[Sheet], at: datetime) -> list[Form]:
    marks, opened = self_marks(sheets), open_rows_of(sheets)
    return [form_of(sheet, marks.get(sheet.pk, ()), opened[sheet.pk], _facts(sheet, at)) for sheet in sheets]


def _facts(sheet: Sheet, at: datetime) -> Iterable[tuple[str, str]]:
    """The header block below the explanations."""
    return (
        ("党支部", f"{sheet.branch.name}（{sheet.organization.name}）"),
        ("考评标准", str(sheet.scheme_version)),
        ("填报截止", f"{_until(sheet)}（北京时间）"),
        ("下载时间", f"{timezone.localtime(at):%Y-%m-%d %H:%M}（北京时间）"),
    )


def _until(sheet: Sheet) -> str:
    until = rules.deadline(sheet)
    return f"{timezone.localtime(until):%Y-%m-%d %H:%M}" if until else ""


def _who(sheets: list[Sheet]) -> str:
    """For the file's name: the one organization of all, or how many branches."""
    names = {sheet.organization.name for sheet in sheets}
    return f"{names.pop()}（{len(sheets)}个党支部）" if len(names) == 1 else f"{len(sheets)}个党支部"


def safe(name: str) -> str:
    """A file name that Windows and Linux take."""
    return FORBIDDEN.sub("_", name).strip(" .")[-120:] or "_"
