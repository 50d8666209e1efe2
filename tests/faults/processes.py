"""The portal as real processes: Redis, PostgreSQL, gunicorn, a Celery worker and the dispatcher, on free ports.

Each runs in a session of its own and is stopped, killed or frozen by its own id only. Should the tests themselves be
killed, the kernel ends the servers (`setpriv --pdeathsig`), so start them from the main thread.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections

from branchportal import environment
from scripts import services

PATIENCE = 180  # seconds that anything may take on a machine busy with other work
STOP_SECONDS = 30


def wait_for(true: Callable[[], object], what: str, *, seconds: float = PATIENCE, pause: float = 0.05) -> float:
    """Ask until it is so; returns the seconds it took. Raises: TimeoutError, saying `what` did not come."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(pause)
    return time.monotonic() - began


def is_open(port: int) -> bool:
    """Whether something listens on the port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One server: how it is started, and every way to be rid of it."""

    stop_signal = signal.SIGTERM

    def __init__(self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.name, self.command, self.log, self.env = name, command, log, env
        self.running: subprocess.Popen | None = None
        self.is_ready: Callable[[], object] = lambda: True

    @property
    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    @property
    def pid(self) -> int:
        return self.running.pid

    def start(self, **more: str) -> None:
        """Start it, unless it runs, and wait until it serves; `more` are environment variables of this start."""
        if self.is_alive:
            return
        env = None if self.env is None else {**self.env, **more}
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command, cwd=settings.BASE_DIR, env=env, stdout=out, stderr=out, start_new_session=True
            )
        try:
            wait_for(lambda: self.is_ready() or not self.is_alive, f"start of {self.name}")
        except TimeoutError:
            self.kill()
            raise
        if not self.is_alive:
            raise RuntimeError(f"{self.name} ended at its start:\n{self.last_words()}")

    def stop(self) -> None:
        """End it in order, as an administrator would; in the end by force."""
        if not self.is_alive:
            return
        self.resume()
        self.running.send_signal(self.stop_signal)
        try:
            self.running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and its children in the middle of their work, as a power cut would."""
        if self.running is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.running.pid, signal.SIGKILL)  # children outlive a dead parent: asked even then
        self.running.wait()

    def freeze(self) -> None:
        """It stays alive and deaf: connections are accepted by the kernel, nothing is answered."""
        os.killpg(self.running.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `freeze`."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGCONT)

    def children(self) -> list[int]:
        """Process ids of its children: the pool of a worker, the processes of gunicorn."""
        tasks = Path(f"/proc/{self.pid}/task")
        found = [(each / "children").read_text().split() for each in tasks.iterdir()]
        return [int(child) for line in found for child in line]

    def last_words(self, size: int = 3000) -> str:
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""


class Postgres(Process):
    """A cluster of its own with a server's durability: an acknowledged commit outlives a crash."""

    stop_signal = signal.SIGINT

    def __init__(self, folder: Path) -> None:
        self.password = secrets.token_hex(16)
        self.home, self.port = services.make_cluster(folder, self.password), services.free_port()
        command = [*services.as_server_user("QUIT"), services.postgres_tool("postgres"), "-D", str(self.home)]
        command += ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        command += ["-c", "max_connections=80"]
        super().__init__("PostgreSQL", command, folder / "postgres.log")
        ready = [services.postgres_tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        self.is_ready = lambda: not subprocess.run(ready, capture_output=True).returncode
        self.url = f"postgresql://portal:{self.password}@127.0.0.1:{self.port}/postgres"

    def stop_immediately(self) -> None:
        """What `pg_ctl stop -m immediate` does: no farewell to anybody, the log is replayed at the next start."""
        self.running.send_signal(signal.SIGQUIT)
        self.running.wait(STOP_SECONDS)


class Redis(Process):
    """A Redis that keeps what it was told (append-only file, written every second)."""

    def __init__(self, folder: Path) -> None:
        password, self.port = secrets.token_hex(16), services.free_port()
        path = shutil.which("redis-server") or "redis-server"
        command = ["setpriv", "--pdeathsig", "TERM", path, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--requirepass", password, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        super().__init__("Redis", [*command, "--dir", str(folder)], folder / "redis.log")
        self.cli = ["redis-cli", "-p", str(self.port), "-a", password, "--no-auth-warning", "-e"]
        self.is_ready = lambda: not subprocess.run([*self.cli, "ping"], capture_output=True, timeout=30).returncode
        self.url = f"redis://:{password}@127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Everything that Redis knew is gone."""
        subprocess.run([*self.cli, "FLUSHALL"], check=True, capture_output=True, timeout=30)


class Portal:
    """All processes of one installation on one database; `tests/faults/conftest.py` makes one for each engine."""

    def __init__(self, folder: Path, engine: str, redis: Redis, **more: str) -> None:
        self.folder, self.engine, self.redis = folder, engine, redis
        self.database = Postgres(folder) if engine == "postgresql" else None
        self.database_url = self.database.url if self.database else f"sqlite:///{folder / 'portal.sqlite3'}"
        self.port = services.free_port()
        self.media = folder / "media"
        self.anchors = folder / "anchors.log"
        self.stop_point = folder / "stop_point"  # `hooks.py`: write a name into it, and a process dies there
        self.env = {**os.environ, **self._settings(), **more}
        guard = ["setpriv", "--pdeathsig", "TERM", sys.executable]
        gunicorn = [*guard, "-m", "gunicorn", "-c", "branchportal/gunicorn.py", "branchportal.wsgi:application"]
        self.web = Process("gunicorn", gunicorn, folder / "web.log", self.env)
        self.web.is_ready = lambda: self.answers("/health/")
        celery = [*guard, "-m", "celery", "-A", "branchportal", "worker", "--concurrency=2", "--loglevel=INFO"]
        self.worker = Process("the worker", [*celery, f"--hostname={engine}@%h"], folder / "worker.log", self.env)
        self.worker.is_ready = self._worker_says_ready
        self.dispatcher = self.another_dispatcher("dispatcher")
        self._log_seen = 0

    def _settings(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis.url,
            "MEDIA_ROOT": str(self.media),
            "AUDIT_ANCHORS": str(self.anchors),
            "SECRET_KEY": settings.SECRET_KEY,
            "SECOND_FACTOR": "offered",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_PROCESSES": "2",
            "LOG_FORMAT": "line",
            "PYTHONUNBUFFERED": "1",
            "FAULT_AT": str(self.stop_point),
        }

    @property
    def processes(self) -> list[Process]:
        """In the order in which they are started."""
        first = [self.database] if self.database else []
        return [*first, self.redis, self.web, self.worker, self.dispatcher]

    def another_dispatcher(self, name: str) -> Process:
        """A dispatcher that is not running yet; it is the caller's to stop."""
        command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "manage.py", "dispatch"]
        return Process(name, command, self.folder / f"{name}.log", self.env)

    def manage(self, *arguments: str) -> str:
        """A command of `manage.py` on this installation; returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def start(self) -> None:
        """Whatever does not run is started; whatever is frozen goes on."""
        for process in self.processes:
            if process.is_alive:
                process.resume()
            self._log_seen = self.worker.log.stat().st_size if self.worker.log.exists() else 0
            process.start()

    def stop(self) -> None:
        """All but Redis, which both engines share."""
        with contextlib.ExitStack() as stack:
            for process in self.processes:
                if process is not self.redis:
                    stack.callback(process.kill)  # also when a stop above failed
                    stack.callback(process.stop)

    def restart_worker(self, **more: str) -> float:
        """Start the worker that was killed; returns the seconds until it listens."""
        self._log_seen = self.worker.log.stat().st_size
        began = time.monotonic()
        self.worker.start(**more)
        return time.monotonic() - began

    def _worker_says_ready(self) -> bool:
        with self.worker.log.open("rb") as log:
            log.seek(self._log_seen)
            return b" ready." in log.read()

    def answers(self, path: str) -> bool:
        """Whether the web process answers 200 there."""
        from .visitor import Visitor

        try:
            return Visitor(self.port, seconds=5).get(path).status == 200
        except OSError:
            return False

    @contextlib.contextmanager
    def orm(self) -> Iterator[None]:
        """Django's default connection of the test process is this installation's database for a while."""
        before, known = connections["default"], connections.settings["default"]
        patched = {"DATABASE_URL": self.database_url}
        old = {name: os.environ.get(name) for name in patched}
        os.environ.update(patched)
        try:
            wanted = connections.configure_settings({"default": environment.database(settings.BASE_DIR)})["default"]
        finally:
            for name, value in old.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        wanted["CONN_MAX_AGE"] = None
        connections.settings["default"] = wanted
        del connections["default"]
        try:
            yield
        finally:
            connections["default"].close()
            connections.settings["default"] = known
            connections["default"] = before
