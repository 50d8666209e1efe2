"""Background work of the frame."""

from celery import shared_task

from . import jobs


@shared_task(name=jobs.BEAT_TASK)
def beat() -> None:
    """A sign of life of the worker: the dispatcher asks for it through Redis, so it proves the whole way."""
    jobs.beat(jobs.WORKER)
