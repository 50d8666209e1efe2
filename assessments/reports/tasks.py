"""Background work of the reports: each task opens its job and calls one function."""

from collections.abc import Callable

from celery import shared_task

from branchportal import jobs
from branchportal.errors import Cancelled
from branchportal.jobs import Progress

from . import archive, printing, services, slips_job
from .dossier import write_dossier
from .yearbook import files as statistics
from .yearbook import services as statistics_services


def _work(job_id: int, work: Callable[[Progress], None]) -> None:
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            work(progress)


@shared_task(name=services.BRANCH_PDF)
def branch_pdf(job_id: int) -> None:
    """The paper of one result."""
    _work(job_id, printing.print_branch)


@shared_task(name=services.RANKING["pdf"])
def ranking_pdf(job_id: int) -> None:
    """The ranking as PDF."""
    _work(job_id, printing.print_ranking)


@shared_task(name=services.RANKING["xlsx"])
def ranking_xlsx(job_id: int) -> None:
    """The ranking as a workbook."""
    _work(job_id, printing.write_ranking_xlsx)


@shared_task(name=services.RANKING["csv"])
def ranking_csv(job_id: int) -> None:
    """The ranking as CSV."""
    _work(job_id, printing.write_ranking_csv)


@shared_task(name=services.SCORE_FORM)
def score_form(job_id: int) -> None:
    """A score form, blank or filled."""
    _work(job_id, printing.print_score_form)


@shared_task(name=services.ACCOUNT_SLIPS)
def account_slips(job_id: int) -> None:
    """Account slips of a unit."""
    _work(job_id, slips_job.print_slips)


@shared_task(name=services.DOSSIER)
def dossier(job_id: int) -> None:
    """The file of a branch and a year."""
    _work(job_id, write_dossier)


@shared_task(name=statistics_services.DEPARTMENT)
def department_summary(job_id: int) -> None:
    """The summary of an organization."""
    _work(job_id, statistics.write_department)


@shared_task(name=statistics_services.YEAR)
def year_statistics(job_id: int) -> None:
    """The statistics of a year."""
    _work(job_id, statistics.write_year)


@shared_task(name=statistics_services.INDICATORS)
def indicators(job_id: int) -> None:
    """The analysis of indicators."""
    _work(job_id, statistics.write_indicators)


@shared_task(name=services.ARCHIVE)
def all_reports(job_id: int) -> None:
    """The next portion of an archive; it hands itself on until all is printed."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        try:
            archive.print_portion(progress)
        except Cancelled:
            archive.discard(progress.job)
            raise
