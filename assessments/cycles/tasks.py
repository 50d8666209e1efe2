"""Background work of cycles."""

from celery import shared_task

from branchportal import jobs

from .models import Cycle
from .services import opening


@shared_task(name=opening.TASK)
def open_cycle(job_id: int) -> None:
    """Create the sheets of a cycle; see `opening.open_cycle`."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        cycle = Cycle.objects.select_related("plan__scheme_version").filter(pk=progress.job.params["cycle_id"]).first()
        if cycle is not None:
            opening.open_cycle(cycle=cycle, actor=progress.job.owner, progress=progress)
