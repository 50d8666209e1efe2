"""Who hands job rows on: the embedded thread of one web process, or the dispatcher in front of Celery."""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from . import jobs
from .celery import app
from .models import Job

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.5
HOUR_SECONDS = 3600


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
        if _is_known(job):
            app.tasks[job.task].apply_async(args=[job.pk], retry=False)
            Job.objects.filter(pk=job.pk).update(published_at=timezone.now())
        rung += 1
    return rung


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


def loop(work: object, name: str, stop: threading.Event) -> None:
    """Reap, work, rest, until `stop` is set; a fault of one round is logged and the next one goes on."""
    app.loader.import_default_modules()
    last_beat, last_tidy = 0.0, time.monotonic() - HOUR_SECONDS
    while not stop.is_set():
        try:
            if time.monotonic() - last_beat > 10:
                jobs.beat(name)
                jobs.reap()
                last_beat = time.monotonic()
            if time.monotonic() - last_tidy >= HOUR_SECONDS:
                last_tidy = time.monotonic()
                tidy()
            work()
        except Exception:
            log.exception("%s: a round failed; trying again", name)
            stop.wait(5)
        close_old_connections()
        stop.wait(PAUSE_SECONDS)


def tidy() -> None:
    """What is due every hour by itself (`settings.HOURLY`); each is harmless when repeated."""
    for name in settings.HOURLY:
        import_string(name)()


def start_embedded() -> threading.Event | None:
    """Start the embedded worker's thread, if the settings ask for it. The returned event stops it."""
    if not settings.EMBEDDED_WORKER:
        return None
    Job.objects.filter(status=Job.Status.RUNNING, attempts__lt=jobs.MAX_ATTEMPTS).update(
        status=Job.Status.QUEUED, published_at=None
    )  # left over at the last stop: there is one process, so nobody else works on them
    stop = threading.Event()
    threading.Thread(target=loop, args=(run_due_here, "embedded", stop), name="embedded-worker", daemon=True).start()
    threading.Thread(target=_beat_while_working, args=(stop,), name="embedded-beat", daemon=True).start()
    return stop


def _beat_while_working(stop: threading.Event) -> None:
    """A long job must not make the embedded worker look dead."""
    while not stop.wait(20):
        jobs.beat("embedded")
        close_old_connections()
