"""Background work of the trials: one task, one service call."""

from celery import shared_task

from branchportal import jobs

from . import services, workbook
from .models import TrialRun


@shared_task(name=services.TASK)
def run_trial(job_id: int) -> None:
    """Compute a trial; a second delivery of the same job does nothing, and a deleted trial is no fault."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        rows = TrialRun.objects.select_related(
            "plan__scheme_version__scheme", "cycle__plan__scheme_version__scheme", "started_by",
            "tally__cycle__plan__scheme_version__scheme", "tally__plan__scheme_version__scheme",
        )  # fmt: skip
        trial = rows.filter(pk=progress.job.params["trial"]).first()
        if trial is not None:
            services.run_trial(trial=trial, progress=progress)


@shared_task(name=workbook.TASK)
def write_trial(job_id: int) -> None:
    """The rows of a trial as a workbook."""
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            workbook.write_trial(progress)
