"""Autosaves of many secretaries at once on one installation: writes a second, and how long the unluckiest one waits.

    .venv/bin/python benchmarks/writes.py [--threads 16] [--saves 25] [--rounds 3]

Every thread saves indicators of its own sheet (sixty rows, the product's own `save_mark`: permission, preview, audit)
as fast as it gets its answer. Runs on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in
databases of its own), else a throw-away cluster. On SQLite in turns with and without the line in which writers of one
process wait. Exits with 1 when a save is lost or refused, or below 50 writes a second, by the clock.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared.databases import each_database, open_fresh  # noqa: E402

LEAST_A_SECOND = 50


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--saves", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.threads, options.saves, options.rounds)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), [options.threads]):
            print(f"\n{name}, {options.threads} threads:", flush=True)
            env = os.environ | {"DATABASE_URL": urls[0], "MEDIA_ROOT": f"{folder}/media"}
            command = [sys.executable, __file__, "--here", *sys.argv[1:]]
            missed |= subprocess.run(command, env=env, check=False).returncode
    return missed


def measure(threads: int, saves: int, rounds: int) -> int:
    """Fill the database of the environment and save, in turns with and without the line."""
    vendor = open_fresh()
    from branchportal.models import AuditEntry
    from tests.faults.sheets import filled_sheets

    _cycle, sheets, secretary = filled_sheets(threads)
    ways = {"as it is": True} if vendor == "postgresql" else {"in a line": True, "without": False}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    done, faults = 0, 0
    for number in range(rounds):
        for name, is_queued in ways.items():
            first = number * len(ways) + list(ways).index(name)
            took, wall, cost, refused = one_round(sheets, secretary, saves, first, is_queued)
            rates[name].append(len(took) / wall)
            done, faults = done + len(took), faults + (refused if is_queued else 0)
            print(
                f"  {name:<10} {len(took) / wall:6.1f} writes/s, p95 {statistics.quantiles(took, n=20)[18]:.3f} s, max "
                f"{max(took):.3f} s, refused {refused}, {cost / len(took) * 1000:.1f} ms of processor each"
            )
    stored = AuditEntry.objects.filter(action="mark.saved").count()
    rate = statistics.median(next(iter(rates.values())))
    missed = [] if stored == done and not faults else [f"{done} answered, {stored} stored, {faults} refused"]
    missed += [f"less than {LEAST_A_SECOND} writes a second"] if rate < LEAST_A_SECOND else []
    print(f"  {done} saves, {rate:.0f} in a second: "
          f"{'MISSED: ' + ', '.join(missed) if missed else 'all stored, met'}")  # fmt: skip
    return 1 if missed else 0


def one_round(
    sheets: list[int], secretary: object, saves: int, first: int, is_queued: bool
) -> tuple[list[float], float, float, int]:
    """Seconds of each save, of the whole by the clock and of the processor, and how many were refused."""
    from django.db import OperationalError, connection
    from django.utils import timezone

    from assessments.sheets.models import Sheet
    from assessments.sheets.services.filling import save_mark
    from branchportal.queued.sqlite3.base import DatabaseWrapper

    def write(pk: int) -> list[float]:
        found = []
        for at in range(saves):
            began = time.perf_counter()
            sheet = Sheet.objects.visible_to(secretary).for_filling().get(pk=pk)
            code = f"{at % 60 // 10 + 1}.{at % 10 + 1}"
            data = {"value": "1" if (first + at // 60) % 2 else "0.5", "note": f"第{first}轮第{at}次"}
            try:
                save_mark(sheet=sheet, code=code, data=data, version=first + at // 60 + 1, actor=secretary,
                          at=timezone.now())  # fmt: skip
            except OperationalError:
                refused.append(pk)
                break
            found.append(time.perf_counter() - began)
        connection.close()
        return found

    refused: list[int] = []
    queue = DatabaseWrapper._queue
    if not is_queued:
        DatabaseWrapper._queue = lambda _self: None
    began, spent = time.perf_counter(), time.process_time()
    try:
        with ThreadPoolExecutor(len(sheets)) as pool:
            took = [each for found in pool.map(write, sheets) for each in found]
    finally:
        DatabaseWrapper._queue = queue
    return took, time.perf_counter() - began, time.process_time() - spent, len(refused)


if __name__ == "__main__":
    sys.exit(main())
