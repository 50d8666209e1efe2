"""Background work: a row in the caller's transaction, handed on by the dispatcher, worked off by a Celery task.

A request only writes the row; it never talks to Redis. The same task functions run in a Celery worker or in the
embedded thread (`worker.py`). A task takes the job's id, opens it with `working_on` and may be repeated.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit, clock
from .errors import Cancelled, PortalError, StaleState
from .models import Job, WorkerBeat

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
SILENT_AFTER = timedelta(seconds=settings.JOB_SILENT_SECONDS)  # a running job without a sign of life: handed out again
DEAF_AFTER = timedelta(seconds=settings.WORKER_DEAF_SECONDS)  # nothing heard of a worker: it is given up
REST = timedelta(seconds=10)  # after a fault, times the number of attempts, so that others have their turn
WORKER, DISPATCHER, EMBEDDED, REDIS = "worker", "dispatcher", "embedded", "redis"
STEP = "clock step"  # the last jump of a clock, beside the signs of life
BEAT_TASK = "portal.beat"
FILES = "jobs"


def request(task: str, *, title: str, owner: object, **params: object) -> Job:
    """Write a job row; call it inside the transaction of the change that needs it.

    `task` is the registered Celery name (`results.run_tally`), `params` are ids and plain values.
    """
    job = Job.objects.create(task=task, title=title, owner=owner, params=params, created_at=timezone.now())
    audit.record(owner, "job.requested", job, after={"task": task, **params})
    return job


def cancel(*, job: Job, actor: object) -> None:
    """Ask a job to stop; one that has not begun is over at once. Repeating it is harmless."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED)
    waiting.update(status=Job.Status.CANCELLED, finished_at=now, is_cancel_requested=True)
    Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING).update(is_cancel_requested=True)
    audit.record(actor, "job.cancel_requested", job)


@transaction.atomic
def retry(*, job: Job, actor: object) -> None:
    """Put a failed job back into the queue with three new attempts. Raises: StaleState when it has not failed."""
    moved = Job.objects.filter(pk=job.pk, status=Job.Status.FAILED).update(
        status=Job.Status.QUEUED,
        attempts=0,
        done=0,
        message="",
        published_at=None,
        not_before=None,
        finished_at=None,
        is_cancel_requested=False,
    )
    if not moved:
        raise StaleState(_("Only a failed task can be started again."))
    audit.record(actor, "job.retried", job, before={"status": Job.Status.FAILED}, after={"status": Job.Status.QUEUED})


class Progress:
    """What a task says while it works: at most twice a second; raises Cancelled when asked to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.is_handed_on = False
        self._said_at = 0.0

    def start(self, total: int, message: str = "") -> None:
        """Say how many steps there are."""
        self._write(done=0, total=total, message=message)

    def step(self, done: int, message: str | None = None) -> None:
        """Say how many steps are done, at once where the message is new; raises Cancelled when asked to stop."""
        if message in (None, self.job.message) and time.monotonic() - self._said_at < 0.5 and done < self.job.total:
            return
        self._write(done=done, **({} if message is None else {"message": message}))
        self.heed()

    def heed(self) -> None:
        """Raises Cancelled when a person cancelled the job. Writes nothing, so it may be asked inside a transaction."""
        if Job.objects.filter(pk=self.job.pk, is_cancel_requested=True).exists():
            raise Cancelled(_("Cancelled."))

    def finish(self, *, message: str = "", url: str = "") -> None:
        """What the page says at the end, and where the result can be seen."""
        self._write(message=message, result_url=url)

    def hand_on(self, *, cursor: int, done: int) -> None:
        """Put the job back into the queue, to go on behind `cursor` in another delivery. The task returns at once.

        For work of many portions: each is short, survives a worker's death and lets other jobs have their turn.
        """
        self.is_handed_on = True
        _mine(self.job).update(
            status=Job.Status.QUEUED,
            cursor=cursor,
            done=done,
            attempts=0,
            fault="",
            published_at=None,
            heartbeat_at=timezone.now(),
        )

    def attach(self, name: str, content: bytes | Path) -> None:
        """Offer a file for download: written aside, then renamed, so that no half file is ever offered.

        A `Path` is a finished file on the same disk; it is moved.
        """
        folder = files_folder()
        target = folder / f"{self.job.pk}{Path(name).suffix}"
        part = content if isinstance(content, Path) else target.with_suffix(target.suffix + ".part")
        if not isinstance(content, Path):
            part.write_bytes(content)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        self._write(file_path=f"{FILES}/{target.name}", file_name=name)

    def _write(self, **fields: object) -> None:
        for name, value in fields.items():
            setattr(self.job, name, value)
        if not _mine(self.job).update(heartbeat_at=timezone.now(), **fields):
            raise Cancelled(_("Another worker has taken this task over."))
        self._said_at = time.monotonic()


class Silent:
    """A Progress for work that nobody follows."""

    def start(self, total: int, message: str = "") -> None:
        """Nothing to say."""

    def step(self, done: int, message: str | None = None) -> None:
        """Nothing to say, and nobody to stop it."""

    def heed(self) -> None:
        """Nobody to stop it."""

    def finish(self, *, message: str = "", url: str = "") -> None:
        """Nothing to say."""


def files_folder() -> Path:
    """Where the files of jobs lie: outside the web root, served to the owner only."""
    folder = Path(settings.MEDIA_ROOT) / FILES
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def working_on(job_id: int) -> Iterator[Progress | None]:
    """Claim a queued job and end it well: done, failed with a sentence, or cancelled.

    Yields None when the job is gone, over, or being worked on elsewhere: the task then returns at once.
    """
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, status=Job.Status.QUEUED).update(
        status=Job.Status.RUNNING, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        yield None
        return
    job = Job.objects.select_related("owner").get(pk=job_id)
    progress = Progress(job)
    try:
        with _beating(job):
            yield progress
    except Cancelled as stop:
        _end(job, Job.Status.CANCELLED, stop.message)
    except PortalError as refusal:
        _end(job, Job.Status.FAILED, refusal.message, fault=refusal.code)
    except Exception as fault:
        log.exception("job %s (%s) broke off at attempt %s, params %s", job.pk, job.task, job.attempts, job.params)
        _rest_or_give_up(job, type(fault).__name__)
    else:
        if not progress.is_handed_on:
            _end(job, Job.Status.DONE, None)


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Signs of life while a long step says nothing; a process that was killed or frozen gives none."""
    is_over = threading.Event()

    def beat_on() -> None:
        while not is_over.wait(SILENT_AFTER.total_seconds() / 3):
            try:
                _mine(job).update(heartbeat_at=timezone.now())
            except DatabaseError:
                log.warning("job %s: no sign of life could be written", job.pk)
            finally:
                connection.close()

    thread = threading.Thread(target=beat_on, name=f"beat of job {job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _end(job: Job, status: str, message: str | None, fault: str = "") -> None:
    said = {} if message is None else {"message": message}
    done = {"done": F("total")} if status == Job.Status.DONE else {}
    _mine(job).update(status=status, finished_at=timezone.now(), fault=fault, **said, **done)


def _rest_or_give_up(job: Job, fault: str) -> None:
    """A fault nobody foresaw may pass by itself, such as a database that was restarted; the third time it will not."""
    if job.attempts >= MAX_ATTEMPTS:
        sentence = _("The task broke off because of a fault in the portal. Nothing was half done.")
        _end(job, Job.Status.FAILED, sentence, fault=fault)
        return
    later = timezone.now() + REST * job.attempts
    _mine(job).update(status=Job.Status.QUEUED, published_at=None, not_before=later, fault=fault)


def _mine(job: Job) -> models.QuerySet[Job]:
    """The row while this delivery works on it; `started_at` is the fence against a worker that was given up."""
    return Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, started_at=job.started_at)


def due(now: datetime | None = None) -> list[Job]:
    """Queued jobs that nobody has been told of, or whose telling got no result for a minute.

    A time in the future comes from a clock that was put back, and holds nobody up.
    """
    now = now or timezone.now()
    untold = Q(published_at=None) | Q(published_at__lt=now - SILENT_AFTER) | Q(published_at__gt=now + SILENT_AFTER)
    rested = Q(not_before=None) | Q(not_before__lte=now) | Q(not_before__gt=now + REST * MAX_ATTEMPTS)
    return list(Job.objects.filter(untold, rested, status=Job.Status.QUEUED).order_by("id")[:100])


def take_bell(job: Job) -> bool:
    """Whether the caller is the one who rings for this job now; of two dispatchers only one is."""
    rows = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED, published_at=job.published_at)
    return bool(rows.update(published_at=timezone.now()))


def give_back_bell(job: Job) -> None:
    """Redis did not take the message: the job is due at once."""
    Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED).update(published_at=None)


def reap(now: datetime | None = None) -> int:
    """Put silent running jobs back into the queue; after three attempts they end as failed. Returns how many.

    After a jump of the clock nobody is called silent until everybody had the time to give a sign of life again.
    """
    if clock.steps.look():
        beat(STEP)
    if clock.steps.is_fresh(SILENT_AFTER):
        return 0
    now = now or timezone.now()
    return take_back(
        Job.objects.filter(Q(heartbeat_at__lt=now - SILENT_AFTER) | Q(heartbeat_at__gt=now + SILENT_AFTER))
    )


def take_back(rows: models.QuerySet[Job]) -> int:
    """The running ones of these jobs lost their worker: queued again, or failed after three attempts."""
    lost = rows.filter(status=Job.Status.RUNNING)
    given_up = lost.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=Job.Status.FAILED,
        finished_at=timezone.now(),
        message=_("Given up after three attempts."),
        fault="worker lost",
    )
    return given_up + lost.update(status=Job.Status.QUEUED, published_at=None, fault="worker lost")


def beat(name: str) -> None:
    """Leave a sign of life: WORKER, EMBEDDED, DISPATCHER, REDIS, or of something else that `health.py` watches."""
    WorkerBeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def last_beat(*names: str) -> datetime | None:
    """The newest sign of life of these."""
    return WorkerBeat.objects.filter(name__in=names).aggregate(last=Max("at"))["last"]


def last_work() -> datetime | None:
    """When something that works off jobs was last heard of: by its own beat, or by a job it is busy with."""
    names = [WORKER, EMBEDDED] if settings.REDIS_URL else [WORKER, EMBEDDED, DISPATCHER]
    busy = Job.objects.filter(status=Job.Status.RUNNING).aggregate(last=Max("heartbeat_at"))["last"]
    return max((at for at in (last_beat(*names), busy) if at), default=None)


def is_worker_silent() -> bool:
    """Whether nothing works off jobs (the page says so)."""
    last = last_work()
    return last is None or last < timezone.now() - DEAF_AFTER
