"""Background work of polls: each task opens its job and calls one function. No task knows of a vote."""

from collections.abc import Callable

from celery import shared_task

from branchportal import jobs

from . import purging
from .services import closing, links, running


def _work(job_id: int, work: Callable[[jobs.Progress], None]) -> None:
    with jobs.working_on(job_id) as progress:
        if progress is not None:
            work(progress)


@shared_task(name=running.START)
def start_polls(job_id: int) -> None:
    """Polls about all branches of an organization."""
    _work(job_id, running.start_polls)


@shared_task(name=running.CLOSE)
def close_polls(job_id: int) -> None:
    """Many polls at once."""
    _work(job_id, closing.close_polls)


@shared_task(name=links.ISSUE)
def issue_links(job_id: int) -> None:
    """Links and their sheet of cards."""
    _work(job_id, links.issue_links)


@shared_task(name=closing.PURGE)
def purge(job_id: int) -> None:
    """The tables of closed polls, rewritten on disk."""
    _work(job_id, purging.purge)
