"""Who hands job rows on: the embedded thread of one web process, or the dispatcher in front of Celery."""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from . import jobs, schedules
from .celery import app
from .models import Job

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.5
FAULT_SECONDS = 2
ROUND_SECONDS = 5
LEAST_KEPT_SECONDS = (
    60  # a bell for a sign of life; on a crowded machine a worker comes to it late, and is alive all the same
)


def run_due_here() -> int:
    """Run the due jobs in this thread, one after another; returns how many. Used by the embedded worker and tests."""
    ran = 0
    app.loader.import_default_modules()  # once; later calls find the tasks registered
    for job in jobs.due():
        if _is_known(job):
            with translation.override(settings.LANGUAGE_CODE):
                app.tasks[job.task](job.pk)
        ran += 1
    return ran


def publish_due() -> int:
    """Ring Celery's bell for the due jobs; returns how many. A job whose bell was lost is rung again later."""
    rung = 0
    for job in jobs.due():
        if _is_known(job) and jobs.take_bell(job):
            _ring(job)
        rung += 1
    return rung


def _ring(job: Job) -> None:
    try:
        app.tasks[job.task].apply_async(args=[job.pk], retry=False)
    except Exception:
        jobs.give_back_bell(job)
        raise


def ask_for_signs_of_life() -> None:
    """Ring for the worker's beat; when that goes out, Redis is alive. Bells that nobody heard expire."""
    kept = max(2 * settings.BEAT_SECONDS, LEAST_KEPT_SECONDS)
    app.tasks[jobs.BEAT_TASK].apply_async(retry=False, expires=kept)
    jobs.beat(jobs.REDIS)


def _is_known(job: Job) -> bool:
    """Whether a task of that name exists; a job left over from another release ends as failed."""
    app.loader.import_default_modules()
    if job.task in app.tasks:
        return True
    Job.objects.filter(pk=job.pk).update(
        status=Job.Status.FAILED,
        finished_at=timezone.now(),
        message=_("This release of the portal does not know the task. Start it again."),
    )
    return False


def loop(work: Callable[[], int], name: str, stop: threading.Event) -> None:
    """Reap, tidy, work, rest, until `stop` is set; a fault of one round is logged and the next one goes on."""
    app.loader.import_default_modules()
    last_round, last_bell = 0.0, 0.0
    while not stop.is_set():
        try:
            if time.monotonic() - last_round > ROUND_SECONDS:
                jobs.beat(name)
                jobs.reap()
                tidy()
                last_round = time.monotonic()
            if settings.REDIS_URL and time.monotonic() - last_bell > settings.BEAT_SECONDS:
                last_bell = time.monotonic()
                ask_for_signs_of_life()
            work()
        except Exception:
            log.exception("%s: a round failed; trying again", name)
            stop.wait(FAULT_SECONDS)
        close_old_connections()
        stop.wait(PAUSE_SECONDS)


def tidy() -> int:
    """What is due every hour by itself (`settings.HOURLY`); each is harmless when repeated."""
    return schedules.run_due(settings.HOURLY)


def start_embedded() -> threading.Event | None:
    """Start the embedded worker's thread, if the settings ask for it. The returned event stops it."""
    if not settings.EMBEDDED_WORKER:
        return None
    jobs.take_back(Job.objects.all())  # left over at the last stop: there is one process, so nobody works on them
    stop = threading.Event()
    work = (run_due_here, jobs.EMBEDDED, stop)
    threading.Thread(target=loop, args=work, name="embedded-worker", daemon=True).start()
    threading.Thread(target=_beat_while_working, args=(stop,), name="embedded-beat", daemon=True).start()
    return stop


def _beat_while_working(stop: threading.Event) -> None:
    """A long job must not make the embedded worker look dead."""
    while not stop.wait(20):
        try:
            jobs.beat(jobs.EMBEDDED)
        except DatabaseError:
            log.warning("no sign of life could be written")
        close_old_connections()
