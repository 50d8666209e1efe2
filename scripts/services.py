"""Run a command beside a private PostgreSQL and Redis, and stop both whatever happens.

Usage: services.py [--worker] -- COMMAND [ARGUMENT...]

Both servers live in a temporary folder, listen on free ports of the loopback address, ask for a
password made for this run, and are told by the kernel to stop should this script be killed. The
command sees DATABASE_URL and REDIS_URL; with --worker a Celery worker and the dispatcher run too.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 20
# A lost cluster is made again in a second, so durability is traded for speed.
POSTGRES_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=80")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres_tool(name: str) -> str:
    """Debian keeps the server's tools outside the path, by version; the newest wins."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    return found or sys.exit(f"{name} was not found. Install it: apt-get install -y --no-install-recommends postgresql")


def as_server_user(stop: str) -> list[str]:
    """PostgreSQL refuses to run as root; `stop` is the signal it gets if this script dies."""
    drop = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *drop, "--pdeathsig", stop]


def wait_until(ready: list[str], server: subprocess.Popen, name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(ready, capture_output=True).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{name} did not start. Its last words:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str], log: Path, *, stop: signal.Signals, env: dict | None = None) -> Iterator:
    """A child in a session of its own, so that Ctrl-C reaches it only through us."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT, env=env, start_new_session=True)
    try:
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def make_cluster(folder: Path, password: str) -> Path:
    """An empty cluster in `folder`, whose user `portal` has this password; returns its home."""
    home, word = folder / "postgres", folder / "password"
    home.mkdir(mode=0o700)
    word.write_text(password)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        os.chown(word, owner.pw_uid, owner.pw_gid)
    initdb = [*as_server_user("KILL"), postgres_tool("initdb"), "--no-sync", "-D", str(home), "-E", "UTF8"]
    initdb += ["--locale=C.UTF-8", "-U", "portal", "--auth=scram-sha-256", f"--pwfile={word}"]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd=folder)
    if made.returncode:
        sys.exit(f"PostgreSQL's initdb failed:\n{made.stderr[-2000:]}")
    return home


@contextlib.contextmanager
def postgres(folder: Path, password: str) -> Iterator[str]:
    """A fresh cluster; yields its DATABASE_URL."""
    home, port = make_cluster(folder, password), free_port()
    command = [*as_server_user("QUIT"), postgres_tool("postgres"), "-D", str(home), "-p", str(port)]
    for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", *POSTGRES_SETTINGS):
        command += ["-c", setting]
    log = folder / "postgres.log"
    with running(command, log, stop=signal.SIGINT) as server:
        wait_until([postgres_tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], server, "PostgreSQL", log)
        yield f"postgresql://portal:{password}@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis(folder: Path, password: str) -> Iterator[str]:
    """An empty Redis that keeps nothing on disk; yields its REDIS_URL."""
    server_path = shutil.which("redis-server") or sys.exit(
        "redis-server was not found. Install it: apt-get install -y --no-install-recommends redis-server"
    )
    port = free_port()
    command = ["setpriv", "--pdeathsig", "TERM", server_path, "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--requirepass", password, "--save", "", "--appendonly", "no", "--dir", str(folder)]
    log = folder / "redis.log"
    with running(command, log, stop=signal.SIGTERM) as server:
        ping = ["redis-cli", "-p", str(port), "-a", password, "--no-auth-warning", "-e", "ping"]
        wait_until(ping, server, "Redis", log)
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextlib.contextmanager
def worker(folder: Path, env: dict) -> Iterator[None]:
    """A Celery worker and the dispatcher that rings for it."""
    python = sys.executable
    guard = ["setpriv", "--pdeathsig", "TERM", python]
    celery = [*guard, "-m", "celery", "-A", "branchportal", "worker", "--concurrency=2", "--loglevel=INFO"]
    dispatcher = [*guard, "manage.py", "dispatch"]
    with (
        running(celery, folder / "worker.log", stop=signal.SIGTERM, env=env),
        running(dispatcher, folder / "dispatcher.log", stop=signal.SIGTERM, env=env),
    ):
        yield


def main(arguments: list[str]) -> int:
    with_worker = arguments[:1] == ["--worker"]
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    if not command:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    password = secrets.token_hex(16)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="branchportal-")))
        folder.chmod(0o711)
        env = {**os.environ}
        env["DATABASE_URL"] = stack.enter_context(postgres(folder, password))
        env["REDIS_URL"] = stack.enter_context(redis(folder, password))
        if with_worker:
            stack.enter_context(worker(folder, env))
        child = subprocess.Popen(command, env=env)
        try:
            return child.wait()
        except (KeyboardInterrupt, SystemExit):
            child.terminate()
            child.wait(STOP_SECONDS)
            return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
