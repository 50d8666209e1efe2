"""Background work of a review's scope."""

from celery import shared_task

from branchportal import jobs

from ...cycles.models import Cycle
from . import services


@shared_task(name=services.TASK)
def compute_candidates(job_id: int) -> None:
    """Compute the candidates of a cycle; see `services.compute_candidates`."""
    with jobs.working_on(job_id) as progress:
        if progress is None:
            return
        cycle = Cycle.objects.select_related("plan__scheme_version").get(pk=progress.job.params["cycle"])
        services.compute_candidates(actor=progress.job.owner, cycle=cycle, progress=progress)
