"""What the tasks of this room do: read as the job's owner may, set the paper, attach the file.

Rights are asked again when the job runs: a result that is no longer visible is not printed.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from branches.models import Unit
from branchportal import pdf
from branchportal.errors import PortalError
from branchportal.jobs import Progress

from ..cycles.models import Cycle
from ..results.models import Result, Tally
from ..sheets.models import Sheet
from .archive import safe
from .branch_files import branch_xlsx
from .branch_paper import branch_pdf
from .ranking_files import ranking_csv, ranking_xlsx
from .ranking_paper import ranking_pdf
from .ranking_report import RankingReport, ranking_report
from .result_paper import result_file_name, result_paper
from .result_report import RELATED, branch_report
from .score_form import blank_form, filled_form, score_form_pdf


def print_branch(progress: Progress) -> None:
    """The paper of one result, or its workbook."""
    progress.start(1)
    rows = Result.objects.visible_to(progress.job.owner).named().select_related(*RELATED)
    result = rows.filter(pk=progress.job.params["result"]).first()
    if result is None:
        raise _gone()
    report = branch_report(result)
    paper = result_paper(report)
    if progress.job.params.get("kind") == "xlsx":
        progress.attach(safe(result_file_name(result, "xlsx")), branch_xlsx(report, paper))
        return
    _attach(progress, result_file_name(result), branch_pdf(paper))


def print_ranking(progress: Progress) -> None:
    """The ranking as PDF, part by part."""
    report = _report(progress)
    progress.start(max(1, len(report.rows)))
    _attach(progress, f"{report.file_name}.pdf", ranking_pdf(report, progress.step))


def write_ranking_xlsx(progress: Progress) -> None:
    """The ranking as a workbook."""
    report = _report(progress)
    progress.start(1)
    progress.attach(f"{safe(report.file_name)}.xlsx", ranking_xlsx(report))


def write_ranking_csv(progress: Progress) -> None:
    """The ranking as CSV."""
    report = _report(progress)
    progress.start(1)
    progress.attach(f"{safe(report.file_name)}.csv", ranking_csv(report))


def print_score_form(progress: Progress) -> None:
    """The form of a sheet, or a blank one of a cycle."""
    params = progress.job.params
    progress.start(1)
    if "sheet" in params:
        sheets = (
            Sheet.objects.visible_to(progress.job.owner)
            .named()
            .select_related("branch", "organization", "sector", "scheme_version", "cycle__plan__scheme_version")
            .select_related("submitted_by", "passed_by", "approved_by")
        )
        sheet = sheets.filter(pk=params["sheet"]).first()
        if sheet is None:
            raise _gone()
        form = filled_form(sheet, progress.job.owner)
        name = f"{sheet.branch.code}{sheet.branch.name}{form.title}.pdf"
    else:
        cycle = Cycle.objects.select_related("plan__scheme_version").get(pk=params["cycle"])
        form = blank_form(cycle, params.get("sector", ""))
        name = f"{form.title}（空白）.pdf"
    _attach(progress, name, score_form_pdf(form))


def _report(progress: Progress) -> RankingReport:
    params = progress.job.params
    tally = Tally.objects.select_related("cycle", "plan__scheme_version").filter(pk=params["tally"]).first()
    unit = Unit.objects.filter(pk=params["unit"]).first() if params.get("unit") else None
    if tally is None or (params.get("unit") and unit is None):
        raise _gone()
    return ranking_report(tally=tally, user=progress.job.owner, unit=unit)


def _attach(progress: Progress, name: str, paper: pdf.Paper) -> None:
    progress.attach(safe(name), paper.content)
    if paper.missing:
        progress.finish(message=missing_sentence(paper.missing))


def missing_sentence(characters: Sequence[str]) -> str:
    """What the task page says where no font had a character."""
    codes = " ".join(f"U+{ord(char):04X}" for char in characters)
    return _("No font has these characters; they are printed as 〓: %(codes)s.") % {"codes": codes}


def _gone() -> PortalError:
    return PortalError(_("What was to be printed does not exist any more, or it is not yours to see."))
