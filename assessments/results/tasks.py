"""Background work of the results: one task, one service call."""

from celery import shared_task

from branchportal import jobs

from ..cycles.models import Cycle, YearPlan
from .services import tally


@shared_task(name=tally.TASK)
def run_tally(job_id: int) -> None:
    """Tally a cycle or a year; a second delivery of the same job does nothing."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        params, owner = progress.job.params, progress.job.owner
        if "cycle" in params:
            cycle = Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=params["cycle"])
            tally.run_tally(actor=owner, cycle=cycle, progress=progress)
        else:
            plan = YearPlan.objects.select_related("scheme_version__scheme").get(pk=params["plan"])
            tally.run_tally(actor=owner, plan=plan, progress=progress)
