"""Plugin of the suite: what runs beside the tests (Redis, a Celery worker, a browser) and who may use it.

`./portal test` starts PostgreSQL and Redis and names them in the environment. A bare `pytest` has neither,
so tests that need them are deselected, and said so, instead of failing.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

NEEDS = {"redis": "REDIS_URL", "browser": "PORTAL_BROWSER"}
START_SECONDS = 40


def pytest_itemcollected(item: pytest.Item) -> None:
    """There is one Redis: tests that use it run in one process, one after another."""
    if item.get_closest_marker("redis"):
        item.add_marker(pytest.mark.xdist_group("redis"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what this surrounding can run."""
    lacking = [name for name, variable in NEEDS.items() if not os.environ.get(variable)]
    left = [item for item in items if any(item.get_closest_marker(name) for name in lacking)]
    items[:] = [item for item in items if item not in left]
    if left:
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Playwright drives the system's Chromium; the sandbox of a root user would refuse to start."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": os.environ["PORTAL_BROWSER"], "args": arguments}


def database_url() -> str:
    """The test database as an address, for a process of its own."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    login = f"{quote(known['USER'])}:{quote(known['PASSWORD'])}"
    return f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


class CeleryWorker:
    """A real worker process on the test database; a test may stop, kill and start it."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        from branchportal.celery import app

        celery = [sys.executable, "-m", "celery", "-A", "branchportal", "worker"]
        command = [*celery, "--concurrency=2", "--loglevel=INFO", "--without-mingle", "--without-gossip"]
        env = {**os.environ, "DATABASE_URL": database_url(), "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=settings.BASE_DIR, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not app.control.ping(timeout=0.5):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The Celery worker did not start:\n{self.log.read_text()[-3000:]}")

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


@pytest.fixture
def celery_worker(transactional_db: None, settings: object, tmp_path: Path) -> Iterator[CeleryWorker]:
    """A started Celery worker (marker `redis`); its files lie in this test's folder, its queue begins empty."""
    from branchportal.celery import app

    app.loader.import_default_modules()
    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    worker = CeleryWorker(tmp_path / "worker.log")
    worker.start()
    yield worker
    worker.stop()
    shutil.rmtree(tmp_path / "media", ignore_errors=True)
