"""All reports of a unit or of the city as one ZIP, made in portions of 20 papers that hand themselves on.

Finished papers wait in a folder of the job; the archive is put together at the end and offered whole or not at all.
"""

import re
import shutil
import zipfile
from pathlib import Path

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from branchportal.errors import PortalError
from branchportal.jobs import Progress, files_folder
from branchportal.models import Job

from ..results.models import Result, Tally
from .branch_paper import branch_pdf
from .ranking_files import ranking_xlsx
from .ranking_report import period_name, ranking_report
from .result_paper import result_file_name, result_paper
from .result_report import RELATED, branch_report

PORTION = 20
FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
STAMP = (1980, 1, 1, 0, 0, 0)  # equal papers make an equal archive


def archive_results(job: Job) -> QuerySet[Result]:
    """Which results a job is about, in the order in which they are printed."""
    rows = Result.objects.visible_to(job.owner).filter(tally_id=job.params["tally"]).order_by("pk")
    return rows.filter(unit_id=job.params["unit"]) if job.params.get("unit") else rows


def print_portion(progress: Progress) -> None:
    """Print the next papers behind the job's cursor; the last portion puts the archive together."""
    job = progress.job
    rows = archive_results(job)
    if job.cursor == 0:
        clear_leftovers()
        progress.start(rows.count(), _("Printing the reports."))
    portion = list(rows.named().filter(pk__gt=job.cursor).select_related(*RELATED)[:PORTION])
    folder = parts_folder(job)
    before = rows.filter(pk__lte=job.cursor).count()  # a repeated delivery counts anew
    for done, result in enumerate(portion, start=before + 1):
        paper = branch_pdf(result_paper(branch_report(result)))
        part = folder / f"{result.pk}.part"
        part.write_bytes(paper.content)
        part.replace(folder / f"{result.pk}.pdf")
        progress.step(done)
    if len(portion) == PORTION:
        progress.hand_on(cursor=portion[-1].pk, done=before + PORTION)
        return
    _put_together(progress)
    discard(job)


def parts_folder(job: Job) -> Path:
    """Where the papers of an archive wait."""
    folder = files_folder() / f"{job.pk}.parts"
    folder.mkdir(exist_ok=True)
    return folder


def discard(job: Job) -> None:
    """Throw the waiting papers away."""
    shutil.rmtree(files_folder() / f"{job.pk}.parts", ignore_errors=True)


def clear_leftovers() -> None:
    """Remove the papers of archives that were cancelled or given up."""
    for folder in files_folder().glob("*.parts"):
        job = Job.objects.filter(pk=int(folder.stem)).first()
        if job is None or job.is_over:
            shutil.rmtree(folder, ignore_errors=True)


def member_name(result: Result) -> str:
    """A paper's place in the archive: a folder per unit; names are display text, never a path."""
    return f"{safe(result.unit.name)}/{safe(result_file_name(result))}"


def safe(name: str) -> str:
    """A file name that Windows and Linux take: no separators, no control characters, no dots in front."""
    return FORBIDDEN.sub("_", name).strip(" .")[:120] or "_"


def archive_name(tally: Tally, unit_name: str = "") -> str:
    """As the archive is called where it is saved."""
    return safe(f"{period_name(tally)}党支部考评结果报告（{unit_name or '全部'}）") + ".zip"


def _put_together(progress: Progress) -> None:
    job = progress.job
    tally = Tally.objects.select_related("cycle", "plan__scheme_version").get(pk=job.params["tally"])
    rows = list(archive_results(job).named().select_related("branch", "unit", "tally__cycle", "tally__plan"))
    unit = rows[0].unit if rows and job.params.get("unit") else None
    report = ranking_report(tally=tally, user=job.owner, unit=unit)
    if any(not (parts_folder(job) / f"{result.pk}.pdf").is_file() for result in rows):
        raise PortalError(_("The results you may see changed meanwhile. Start the archive again."))
    target = parts_folder(job) / "archive.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:  # PDFs are compressed already
        archive.writestr(zipfile.ZipInfo(f"{safe(report.file_name)}.xlsx", STAMP), ranking_xlsx(report))
        for result in rows:
            paper = (parts_folder(job) / f"{result.pk}.pdf").read_bytes()
            archive.writestr(zipfile.ZipInfo(member_name(result), STAMP), paper)
    progress.attach(archive_name(tally, unit.name if unit else ""), target)
    progress.finish(message=_("%(count)d reports.") % {"count": len(rows)})
