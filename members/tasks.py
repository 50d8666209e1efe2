"""Background work of this app."""

from celery import shared_task

from branchportal import jobs

from .auditing import exporting


@shared_task(name=exporting.EXPORT_TASK)
def export_audit(job_id: int) -> None:
    """The audit trail as a file."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            params = progress.job.params
            exporting.export(
                owner=progress.job.owner, filters=params["filters"], kind=params["kind"], progress=progress
            )


@shared_task(name=exporting.VERIFY_TASK)
def verify_audit(job_id: int) -> None:
    """A reading of the whole audit chain."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            exporting.verify(owner=progress.job.owner, progress=progress)
