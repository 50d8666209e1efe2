"""Approval by list of 680 and 7,000 sheets as the job that people start, beside a plain approval row by row.

    .venv/bin/python benchmarks/approving.py [--sizes 680,7000] [--plain 300]

Runs on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in databases of its own), else a
throw-away cluster. Every sheet is passed by its department, with 26 marks and their counts; the office prepares the
list, the deciding authority approves it, and the job seals the sheets. Then every sheet, its review marks, its digest,
its total (worked out by hand below), its line on the list and its audit row are looked at.

The plain way is what one would write without this product: a loop over `--plain` sheets of another cycle, each in a
transaction of its own, every mark and count created by itself, a SHA-256 over the marks, `save()`, one audit row. It
knows no claims, scopes, recusals or refusals. Told are seconds, processor seconds of this process, and the ratio of the
times a sheet.

Exits with 1 when anything is missing, or 7,000 sheets take more than 60 s.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared.databases import each_database, open_fresh, settle_down  # noqa: E402

GOALS = {7_000: 60}  # sheets: seconds
POLL_UP = 90_000_000
# Six each of deduct (4 - 0.5), choice, entry and add (4), then 2 and 2: 97 points; nine tenths of it, a tenth the poll.
TOTAL_UP = 96_300_000
COUNTS = {"deduct": {"a": 1}, "choice": {"a": 1}, "add": {"a": 2, "b": 2}}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="680,7000")
    parser.add_argument("--plain", type=int, default=300)
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.here, min(options.plain, options.here))
    sizes = [int(size) for size in options.sizes.split(",")]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), sizes):
            for size, url in zip(sizes, urls, strict=True):
                print(f"\n{name}, {size:,} sheets:", flush=True)
                command = [sys.executable, __file__, "--here", str(size), "--plain", str(options.plain)]
                env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
                missed |= subprocess.run(command, env=env, check=False).returncode
    return missed


def measure(size: int, plain: int) -> int:
    """Approve a list of `size` sheets, and `plain` others in the plain way, in the database of the environment."""
    open_fresh()
    from assessments.schemes.services.rows import write_rows
    from assessments.scoring import Scheme
    from branchportal import guards
    from members.roles import Role
    from tests.factories.many import _branches, _version
    from tests.factories.members import appoint, make_user

    version = _version()
    with guards.lifted():  # published from the first moment
        write_rows(version, Scheme.from_data(version.content))
    people = [appoint(make_user(role.value), role) for role in (Role.OFFICE, Role.AUTHORITY)]
    first = _branches(size, 9, 25)
    ours, theirs = (passed_cycle(version, 2026 + at, people[0], first, size) for at in (0, 1))
    settle_down()
    seconds, processor = timed(lambda: approve_and_check(ours, *people, size))
    slow, slow_processor = timed(lambda: approve_plainly(theirs, people[1], plain))
    goal = next((most for sheets, most in GOALS.items() if size <= sheets), None)
    ratio = (seconds / size) / (slow / plain)
    print(f"  by list   {seconds:7.2f} s ({processor:.2f} s of the processor), {seconds / size * 1000:.2f} ms a sheet")
    print(f"  plain     {slow:7.2f} s ({slow_processor:.2f} s) for {plain}, {slow / plain * 1000:.2f} ms a sheet")
    print(f"  ratio     {ratio:.2f} (goal of the whole: {goal} s)")
    return 1 if goal is not None and seconds > goal else 0


def timed(work: Callable[[], None]) -> tuple[float, float]:
    begun, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - processor


def passed_cycle(version: object, year: int, office: object, first: int, size: int) -> object:
    """An open cycle in which nobody is reviewed, and a sheet of every branch, complete and passed."""
    from django.utils import timezone

    from assessments.cycles.models import Cycle, Step, YearPlan
    from assessments.sheets.models import Sheet
    from branches.models import Branch
    from branchportal.bulk import insert_rows
    from tests.factories.scopes import review_only

    plan = YearPlan.objects.create(year=year, name=f"{year}年度考评方案", scheme_version=version)
    cycle = Cycle.objects.create(plan=plan, period="Q4", name=f"{year}年第四季度", purpose="rating", status="open",
                                 starts_on=date(year, 10, 1), ends_on=date(year, 12, 31))  # fmt: skip
    now = timezone.now()
    Step.objects.create(cycle=cycle, kind="self", starts_at=now - timedelta(days=9), ends_at=now)
    review_only(cycle, by=office)
    branches = Branch.objects.filter(pk__gte=first).order_by("pk")
    columns = ("cycle", "branch", "scheme_version", "revision", "organization", "sector", "unit", "status", "version",
               "due_count", "filled_count", "submitted_at", "whole_poll_up", "exempt_reason", "frozen_claims",
               "digest")  # fmt: skip
    insert_rows(Sheet, columns, (
        (cycle.pk, pk, version.pk, 1, organization, sector, unit, "passed", 3, 26, 26, now, POLL_UP, "", "", "")
        for pk, organization, sector, unit in branches.values_list("pk", "organization_id", "sector_id", "unit_id")
    ))  # fmt: skip
    fill(version, list(Sheet.objects.filter(cycle=cycle).order_by("pk").values_list("pk", flat=True)), office, now)
    return cycle


def fill(version: object, sheets: list[int], office: object, now: object) -> None:
    """The self-assessment of each sheet, as the page would have stored it."""
    from assessments.schemes.loading import engine_scheme, indicator_index
    from assessments.sheets.models import Mark, MarkCount
    from branchportal.bulk import advance_ids, insert_rows, next_id

    index = indicator_index(version)
    leaves, start = engine_scheme(version).leaves, next_id(Mark)
    lost = {"deduct": 500_000}
    insert_rows(
        Mark,
        ("id", "sheet", "indicator", "stage", "state", "value_up", "points_up", "note", "reason", "entered_by",
         "entered_at", "version"),
        (
            (start + at * len(leaves) + place, sheet, index.indicators[leaf.code].pk, "self", "marked",
             leaf.points_up if leaf.rule == "entry" else None, leaf.points_up - lost.get(leaf.rule, 0), "", "",
             office.pk, now, 1)
            for at, sheet in enumerate(sheets) for place, leaf in enumerate(leaves)
        ),
    )  # fmt: skip
    insert_rows(
        MarkCount,
        ("mark", "criterion", "value_up", "is_waived", "waive_reason"),
        (
            (start + at * len(leaves) + place, index.criteria[leaf.code, code].pk, number * 1_000_000, False, "")
            for at in range(len(sheets)) for place, leaf in enumerate(leaves)
            for code, number in COUNTS.get(leaf.rule, {}).items()
        ),
    )  # fmt: skip
    advance_ids(Mark, MarkCount)


def approve_and_check(cycle: object, office: object, authority: object, size: int) -> None:
    """Prepare the list, approve it, have the job done, and look whether everything is there."""
    from assessments.sheets.listing.models import ListedSheet
    from assessments.sheets.listing.services import approve_list, prepare_list
    from assessments.sheets.models import Mark, Sheet
    from branchportal import worker
    from branchportal.models import AuditEntry

    listed = prepare_list(actor=office, cycle=cycle)
    job = approve_list(actor=authority, listed=listed)
    worker.run_due_here()
    job.refresh_from_db()
    assert (job.status, job.done, job.total) == ("done", size, size), (job.status, job.done, job.message)
    sheets = Sheet.objects.filter(cycle=cycle)
    assert set(sheets.values_list("status", "approved_by", "review_total_up")) == {("approved", authority.pk, TOTAL_UP)}
    assert sheets.exclude(digest="").values("digest").distinct().count() == size
    assert Mark.objects.filter(sheet__cycle=cycle, stage="review", entered_by=office).count() == 26 * size
    assert ListedSheet.objects.filter(approval_list=listed, status="approved").count() == size
    assert AuditEntry.objects.filter(action="sheet.approved", after__approval_list=listed.number).count() == size


def approve_plainly(cycle: object, authority: object, number: int) -> None:
    """One sheet after the other, row by row."""
    from django.db import transaction
    from django.utils import timezone

    from assessments.sheets.models import Mark, MarkCount, Sheet
    from branchportal import audit

    for pk in Sheet.objects.filter(cycle=cycle).order_by("pk").values_list("pk", flat=True)[:number]:
        with transaction.atomic():
            sheet, total, said = Sheet.objects.select_for_update().get(pk=pk), 0, []
            for mark in sheet.marks.filter(stage="self").order_by("pk"):
                copy = Mark.objects.create(
                    sheet=sheet, indicator_id=mark.indicator_id, stage="review", value_up=mark.value_up,
                    points_up=mark.points_up, entered_by=authority, entered_at=timezone.now(),
                )  # fmt: skip
                counts = list(mark.counts.all())
                for count in counts:
                    MarkCount.objects.create(mark=copy, criterion_id=count.criterion_id, value_up=count.value_up)
                total += mark.points_up
                said.append([mark.indicator_id, mark.value_up, [[one.criterion_id, one.value_up] for one in counts]])
            sheet.frozen = json.dumps(said).encode()
            sheet.digest = hashlib.sha256(sheet.frozen).hexdigest()
            sheet.status, sheet.approved_by, sheet.approved_at = "approved", authority, timezone.now()
            sheet.review_total_up = (total * 9 + sheet.whole_poll_up) // 10
            sheet.version += 1
            sheet.save()
            audit.record(authority, "sheet.approved", sheet, after={"digest": sheet.digest})
    done = Sheet.objects.filter(cycle=cycle, status="approved")
    assert set(done.values_list("review_total_up", flat=True)) == {TOTAL_UP}
    assert done.count() == number


if __name__ == "__main__":
    sys.exit(main())
