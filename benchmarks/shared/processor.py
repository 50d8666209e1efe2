"""What a piece of work cost: seconds by the clock, and processor seconds of this process and of its database backend.

On a machine with other work beside, only processor seconds can be compared. A backend on another machine is not seen.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """Seconds."""

    wall: float
    client: float
    database: float

    @property
    def processor(self) -> float:
        return self.client + self.database


def median(runs: Sequence[Spent]) -> Spent:
    """Of each kind for itself, but client and database together those of the run in the middle."""
    middle = sorted(runs, key=lambda run: run.processor)[(len(runs) - 1) // 2]
    return Spent(statistics.median(run.wall for run in runs), middle.client, middle.database)


def alone() -> None:
    """Let PostgreSQL use one process for this connection, whose processor time is all there is."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")


def spent(work: Callable[[], object]) -> Spent:
    """Do it once."""
    backend = _backend()
    database, client, began = _of(backend), time.process_time(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - began, time.process_time() - client, _of(backend) - database)


def _backend() -> Path | None:
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()")
        pid, is_here = cursor.fetchone()
    return Path(f"/proc/{pid}/stat") if is_here else None


def _of(backend: Path | None) -> float:
    if backend is None:
        return 0.0
    fields = backend.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
