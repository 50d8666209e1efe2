"""Fixtures of the fault tests: one installation for each engine, emptied before each test, and the measured figures.

`./portal test` runs them one after another in one process, beside tests that know nothing of these servers: they are
shared, and a test that freezes one would slow down its neighbour.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from branchportal import audit_chain, guards
from tests.migrated import MigratedCopy

from .processes import Portal, Redis
from .proxy import Proxy

HERE = Path(__file__).parent
QUICK = {"JOB_SILENT_SECONDS": "8", "WORKER_DEAF_SECONDS": "10", "BEAT_SECONDS": "2"}  # of a production's 60, 90, 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts processes carries the marker."""
    for item in items:
        if item.path.is_relative_to(HERE) and {"redis_server", "portal"} & set(item.fixturenames):
            item.add_marker(pytest.mark.faults)


def is_full() -> bool:
    """Whether the full figures are asked for, with the times of a production."""
    return bool(os.environ.get("FAULT_FULL"))


POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
BOTH = pytest.mark.parametrize("engine", ["postgresql", "sqlite"] if is_full() else ["postgresql"], indirect=True)


def cycles() -> int:
    """How often each fault is tried: FAULT_CYCLES, 3 in the test command."""
    return int(os.environ.get("FAULT_CYCLES", "3"))


def long_cycles() -> int:
    """How often those faults are tried whose every cycle takes a minute: half as often in the full figures."""
    return (cycles() + 1) // 2 if is_full() else cycles()


@pytest.fixture(scope="package")
def servers() -> Iterator[ExitStack]:
    """What was started; ended in the reverse order whatever happens."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="package")
def server_folder(servers: ExitStack) -> Path:
    """Outside pytest's own folder, which PostgreSQL's user may not enter."""
    folder = Path(servers.enter_context(tempfile.TemporaryDirectory(prefix="branchportal-faults-")))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="package")
def redis_server(servers: ExitStack, server_folder: Path) -> Redis:
    redis = Redis(server_folder)
    servers.callback(redis.kill)
    redis.start()
    return redis


@pytest.fixture(scope="package")
def installations() -> dict[str, Portal]:
    """Those that have been made, by engine."""
    return {}


def _make(engine: str, servers: ExitStack, folder: Path, redis: Redis) -> Portal:
    own = folder / engine
    own.mkdir()
    own.chmod(0o711)
    made = Portal(own, engine, redis, **({} if is_full() else QUICK))
    servers.callback(made.stop)
    if made.database:
        made.database.start()
    copy = MigratedCopy(engine)
    address = made.database.url if made.database else str(own / "portal.sqlite3")
    if not copy.fill(address):
        made.manage("migrate", "--noinput", "--verbosity=0")
    copy.keep(address)
    return made


@pytest.fixture(scope="package", params=["postgresql", "sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """Both databases, unless the test is marked POSTGRES, or BOTH: on SQLite in the full figures only."""
    return request.param


@pytest.fixture
def portal(
    engine: str,
    installations: dict[str, Portal],
    servers: ExitStack,
    server_folder: Path,
    redis_server: Redis,
    django_db_blocker: object,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Portal]:
    """A running installation with an empty database, which is also the ORM's in the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # a browser's event loop stays in the thread of later tests
    for other in installations.values():
        if other.engine != engine:
            other.stop()  # they share a Redis
    if engine not in installations:
        installations[engine] = _make(engine, servers, server_folder, redis_server)
    installation = installations[engine]
    redis_server.start()
    redis_server.resume()
    redis_server.flush()
    if installation.database:
        installation.database.start()
    with installation.orm(), django_db_blocker.unblock():
        empty()
        installation.anchors.unlink(missing_ok=True)  # of a chain that is gone
        installation.start()
        yield installation
        redis_server.resume()


def empty() -> None:
    """Remove every row of the database at hand; the triggers that guard them are made anew."""
    guards.drop()
    audit_chain.drop()
    call_command("flush", interactive=False, verbosity=0)
    ContentType.objects.clear_cache()


@pytest.fixture
def proxy_to() -> Iterator[object]:
    """`proxy_to(port)`: a proxy in front of that port."""
    made: list[Proxy] = []

    def make(port: int) -> Proxy:
        made.append(Proxy(port))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> object:
    """`figures("R1", lost=0)`: what was measured, printed as a table by `./portal faults`."""

    def keep(name: str, **measured: object) -> None:
        request.node.user_properties.append((name, measured))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The measured values of all tests that kept some."""
    done = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [
        (name, report.nodeid.rpartition("::")[2], ", ".join(f"{what} {value}" for what, value in measured.items()))
        for report in done
        if report.when == "call"
        for name, measured in report.user_properties
        if isinstance(measured, dict)
    ]
    if lines:
        terminalreporter.section("measured")
        for name, test, said in lines:
            terminalreporter.write_line(f"{name:4} {said}  ({test})")
