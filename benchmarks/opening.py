"""Opening a cycle for 680 and 7,000 branches as the job that people start, with its progress: sheets and audit rows.

    .venv/bin/python benchmarks/opening.py [--rounds 3] [--sizes 680,7000]

Runs on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in databases of its own), else a
throw-away cluster. Each round plans a cycle of its own, asks for its opening as the office does, and has the job done;
then every sheet, every audit row and what the task page said are compared with what they have to be. A round more
opens the last cycle again (nothing is new), and completes it for ten branches that were founded since.

Exits with 1 when a sheet is missing, or the median of the rounds is above the goal: 10 s for up to 700 branches, 60 s
for up to 7,000.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared.databases import each_database, open_fresh, settle_down  # noqa: E402

GOALS = {700: 10, 7_000: 60}  # branches: seconds
FOUNDED = 10


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", default="680,7000")
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.here, options.rounds)
    sizes = [int(size) for size in options.sizes.split(",")]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), sizes):
            for size, url in zip(sizes, urls, strict=True):
                print(f"\n{name}, {size:,} branches:", flush=True)
                command = [sys.executable, __file__, "--here", str(size), "--rounds", str(options.rounds)]
                env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
                missed |= subprocess.run(command, env=env, check=False).returncode
    return missed


def measure(size: int, rounds: int) -> int:
    """Open a cycle per round for `size` branches in the database of the environment."""
    open_fresh()
    from branches.models import Branch
    from members.roles import Role
    from tests.factories.many import _branches, _version
    from tests.factories.members import appoint, make_user

    version, office = _version(), appoint(make_user("office"), Role.OFFICE)
    _branches(size, 9, 25)
    settle_down()
    times = []
    for number in range(rounds):
        cycle = plan_cycle(version, 2026 + number)
        times.append(open_and_check(cycle, office, new=size))
        print(f"  opened in {times[-1]:6.2f} s   {size / times[-1]:7.0f} sheets a second", flush=True)
    again = open_and_check(cycle, office, new=0)
    some = Branch.objects.order_by("-pk")[0]
    for number in range(FOUNDED):
        some.pk, some.code, some.name = None, f"N{number:05d}", f"新成立第{number + 1}党支部"
        some.save(force_insert=True)
    more = open_and_check(cycle, office, new=FOUNDED)
    median, goal = statistics.median(times), next((sec for most, sec in GOALS.items() if size <= most), None)
    print(f"  median {median:.2f} s (goal {goal} s), again with nothing new {again:.2f} s, {FOUNDED} more {more:.2f} s")
    return 1 if goal is not None and median > goal else 0


def plan_cycle(version: object, year: int) -> object:
    """A planned cycle with its self-assessment."""
    from django.utils import timezone

    from assessments.cycles.models import Cycle, Step, YearPlan

    plan = YearPlan.objects.create(year=year, name=f"{year}年度考评方案", scheme_version=version)
    cycle = Cycle.objects.create(plan=plan, period="Q4", name=f"{year}年第四季度", purpose="rating", status="planned",
                                 starts_on=date(year, 10, 1), ends_on=date(year, 12, 31))  # fmt: skip
    now = timezone.now()
    Step.objects.create(cycle=cycle, kind="self", starts_at=now, ends_at=now + timedelta(days=10))
    return cycle


def open_and_check(cycle: object, office: object, new: int) -> float:
    """Ask for the opening, have the job done, and look whether everything is there. Returns seconds."""
    from assessments.cycles.services.opening import request_opening
    from assessments.sheets.models import Sheet
    from branches.models import Branch
    from branchportal import worker
    from branchportal.models import AuditEntry

    def entries() -> int:
        return AuditEntry.objects.filter(action="sheet.created").count()

    had = entries()
    begun = time.perf_counter()
    job = request_opening(actor=office, cycle=cycle)
    worker.run_due_here()
    seconds = time.perf_counter() - begun
    job.refresh_from_db()
    cycle.refresh_from_db()
    sheets = Sheet.objects.filter(cycle=cycle)
    assert (job.status, job.done, job.total, cycle.status) == ("done", new, new, "open"), (job.status, job.message)
    assert set(sheets.values_list("branch", flat=True)) == set(Branch.objects.values_list("pk", flat=True))
    assert set(sheets.values_list("status", "due_count")) == {("draft", 26)}
    assert entries() == had + new
    return seconds


if __name__ == "__main__":
    sys.exit(main())
