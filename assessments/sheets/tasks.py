"""Background work of the sheets: one task, one service call."""

from celery import shared_task

from branchportal import jobs

from .listing import services as listing
from .listing.models import ApprovalList
from .services import workbook_files


@shared_task(name=workbook_files.TASK)
def make_workbooks(job_id: int) -> None:
    """Entry workbooks of very many branches; a second delivery of the same job does nothing."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            workbook_files.make_workbooks(progress)


@shared_task(name=listing.TASK)
def approve_listed(job_id: int) -> None:
    """Approve the sheets of a list; a second delivery of the same job goes on where the first one stopped."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        rows = ApprovalList.objects.select_related("cycle__plan", "prepared_by", "team")
        found = rows.filter(pk=progress.job.params["list"]).first()
        if found is not None:
            listing.seal_listed(listed=found, actor=progress.job.owner, progress=progress)
