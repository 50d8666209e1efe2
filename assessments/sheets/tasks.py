"""Background work of the sheets: one task, one service call."""

from celery import shared_task

from branchportal import jobs

from .services import workbook_files


@shared_task(name=workbook_files.TASK)
def make_workbooks(job_id: int) -> None:
    """Entry workbooks of very many branches; a second delivery of the same job does nothing."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            workbook_files.make_workbooks(progress)
