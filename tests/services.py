"""Plugin of the suite: what runs beside the tests (Redis, a Celery worker, a browser) and who may use it.

`./portal test` starts PostgreSQL and Redis and names them in the environment. A bare `pytest` has neither,
so tests that need them are deselected, and said so, instead of failing. With DATABASE_TESTS_ONLY, tests without a
database are left out, too: the run on SQLite before it had them all.
"""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.migrated import database_url

NEEDS = {"redis": "REDIS_URL", "browser": "PORTAL_BROWSER"}
START_SECONDS = 120


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what this surrounding can run."""
    lacking = [name for name, variable in NEEDS.items() if not os.environ.get(variable)]
    is_second = bool(os.environ.get("DATABASE_TESTS_ONLY"))
    left = [
        item
        for item in items
        if any(item.get_closest_marker(name) for name in lacking) or (is_second and not _asks_database(item))
    ]
    items[:] = [item for item in items if item not in left]
    if left:
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests and the portal itself stay until the end: the collector need not go through them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def _asks_database(item: pytest.Item) -> bool:
    """What asks none, or is the same on each, need not be run again on another one."""
    if item.get_closest_marker("asked_once"):
        return False
    return bool({"db", "transactional_db", "django_db_setup"} & set(item.fixturenames)) or any(
        item.get_closest_marker(name) for name in ("django_db", *NEEDS, "faults")
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Playwright drives the system's Chromium; the sandbox of a root user would refuse to start."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": os.environ["PORTAL_BROWSER"], "args": arguments}


class CeleryWorker:
    """A real worker process on the test database; its log and its files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "worker.log"
        self.files = folder / "media"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it listens."""
        from branchportal import guards
        from branchportal.celery import app

        if self.process is not None and self.process.poll() is None:
            return
        # Should the tests be killed, the kernel tells the worker to stop.
        celery = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "celery", "-A", "branchportal", "worker"]
        command = [*celery, "--concurrency=2", "--loglevel=INFO", "--without-mingle", "--without-gossip"]
        env = {**os.environ, "DATABASE_URL": database_url(), "MEDIA_ROOT": str(self.files)}
        guards.create()  # or it would refuse to start
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=settings.BASE_DIR, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not app.control.ping(timeout=0.5):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The Celery worker did not start:\n{self.log.read_text()[-3000:]}")
        guards.drop()  # tests on committed rows empty the tables afterwards, see conftest

    def stop(self) -> None:
        """End it in order, as an administrator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it in the middle of its work, children included, as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        if how == signal.SIGKILL:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="session")
def own_redis() -> Iterator[None]:
    """Each test process has a database of its own in the one Redis, or their workers would take each other's jobs."""
    from branchportal.celery import app

    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{number}"
    before = app.conf.broker_url
    app.loader.import_default_modules()
    app.conf.broker_url = url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", url)
        yield
    app.conf.broker_url = before


@pytest.fixture(scope="session")
def worker_process(
    django_db_setup: None, own_redis: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryWorker]:
    """One worker for all tests: starting it takes longer than most of them."""
    worker = CeleryWorker(tmp_path_factory.mktemp("worker"))
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker(transactional_db: None, worker_process: CeleryWorker) -> CeleryWorker:
    """A running Celery worker with an empty queue (marker `redis`); a test may stop, kill and start it."""
    from branchportal.celery import app

    worker_process.start()
    app.control.purge()
    return worker_process
