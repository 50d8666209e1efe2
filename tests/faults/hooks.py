"""Stop points and tasks that only the fault tests have: an app of `tests.faults.settings`, unknown to production.

FAULT_AT names a file. While it holds the name of a stop point, the first process that gets there takes the file away
and kills itself with SIGKILL, right behind the function that the name stands for.
"""

import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from celery import shared_task
from django.apps import AppConfig

POINTS = {  # name: module and function
    "claimed": ("branchportal.jobs", "Progress.start"),
    "read": ("assessments.results.services.tally", "_read"),
    "computed": ("assessments.results.services.tally", "_computed"),
    "writing": ("assessments.results.services.tally", "store_rows"),
    "stored": ("assessments.results.services.tally", "store"),
    "said": ("branchportal.jobs", "Progress.finish"),
    "step": ("branchportal.jobs", "Progress.step"),
}


class FaultHooks(AppConfig):
    name = "tests.faults.hooks"
    label = "faulthooks"

    def ready(self) -> None:
        """Put the stop points into place."""
        if file := os.environ.get("FAULT_AT"):
            for name, (module, path) in POINTS.items():
                _make_mortal(name, module, path, Path(file))
        if os.environ.get("FAULT_COUNT"):
            _count_schedules()


def _count_schedules() -> None:
    """The only thing due by the clock is an audit row."""
    from django.conf import settings

    settings.HOURLY = ["tests.faults.hooks.tidied"]


def tidied() -> None:
    from branchportal import audit
    from branchportal.models import AuditHead

    time.sleep(1)  # long enough for the other dispatcher to come by
    audit.record(None, "portal.tidied", AuditHead.objects.first())


def _make_mortal(point: str, module: str, path: str, file: Path) -> None:
    owner: object = import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    known = getattr(owner, name)

    def mortal(*args: object, **kwargs: object) -> object:
        result = known(*args, **kwargs)
        if file.exists() and file.read_text() == point:
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, mortal)


def _work(job_id: int, work: Callable) -> None:
    from branchportal import jobs

    with jobs.working_on(job_id) as progress:
        if progress is not None:
            work(progress)


@shared_task(name="faults.leave_a_trace")
def leave_a_trace(job_id: int) -> None:
    """One audit row, so that effects can be counted."""

    def work(progress: object) -> None:
        from branchportal import audit

        progress.start(1)
        audit.record(progress.job.owner, "fault.effect", progress.job)
        progress.finish(message="done")

    _work(job_id, work)


@shared_task(name="faults.raise_always")
def raise_always(job_id: int) -> None:
    """A fault that no repetition mends."""

    def work(progress: object) -> None:
        progress.start(1)
        raise RuntimeError("secret detail")

    _work(job_id, work)


@shared_task(name="faults.kill_process")
def kill_process(job_id: int) -> None:
    """Takes its process along."""

    def work(progress: object) -> None:
        progress.start(1)
        os.kill(os.getpid(), signal.SIGKILL)

    _work(job_id, work)


@shared_task(name="faults.sleep")
def sleep(job_id: int) -> None:
    """Works for `params["seconds"]`, saying so."""

    def work(progress: object) -> None:
        steps = int(progress.job.params["seconds"] * 5)
        progress.start(steps)
        for at in range(steps):
            time.sleep(0.2)
            progress.step(at + 1)

    _work(job_id, work)


@shared_task(name="faults.take_memory")
def take_memory(job_id: int) -> None:
    """Wants two gigabytes."""

    def work(progress: object) -> None:
        progress.start(1)
        bytearray(2 * 1024**3)

    _work(job_id, work)


@shared_task(name="faults.write_slowly")
def write_slowly(job_id: int) -> None:
    """A file of `params["megabytes"]`, offered at the end."""

    def work(progress: object) -> None:
        count = progress.job.params["megabytes"]
        progress.start(count)
        progress.attach("big.txt", b"".join(b"%06d\n" % at * 149_797 for at in range(count)))

    _work(job_id, work)
