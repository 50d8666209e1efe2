"""Reading and mending a ranking of 100,000 branches: the last page by keyset beside OFFSET, filters, one sheet changed.

    .venv/bin/python benchmarks/ranking.py [--size 100000] [--turns 30]

Runs on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in databases of its own), else a
throw-away cluster. Exits with 1 when the pages differ, when the update of single branches differs from a whole tally,
or when a figure is missed.

  pages     50 rows with their branch, behind a place, beside the same query with ORDER BY
            and OFFSET, as Django's Paginator asks it: the statement alone, and with Django's objects made of it by
            the product's own `keyset.page`, which also looks up the place it starts from and the names beside.
  update    one sheet gets a new approved revision (half a point to four points more or less); the product's
            `update_in_sector` reads it, runs the engine, shifts the sector's ranks, settles quota and stars again.
            Measured with 100 sectors of 1,000 branches; the nine sectors of 11,000 are shown besides, and so is
            what the overall ranks cost on top.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared.databases import each_database, open_fresh, settle_down  # noqa: E402

LEAST_TO_OFFSET, MOST_UPDATE_MS = 50, 5.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.size, options.here, options.turns)
    groups = [max(1, options.size // 1000), 9]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), groups):
            for sectors, url in zip(groups, urls, strict=True):
                print(f"\n{name}, {options.size:,} branches in {sectors} sectors:", flush=True)
                command = [sys.executable, __file__, "--here", str(sectors), "--size", str(options.size)]
                env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
                missed |= subprocess.run([*command, "--turns", str(options.turns)], env=env, check=False).returncode
    return missed


def measure(size: int, sectors: int, turns: int) -> int:
    """Fill the database of the environment, tally it, read pages, change sheets."""
    open_fresh()
    from assessments.cycles.models import Cycle
    from assessments.results.services.tally import run_tally
    from tests.factories.many import make_many

    cycle = make_many(size, sectors=sectors).cycle
    cycle = Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)
    tally = run_tally(actor=None, cycle=cycle)
    settle_down()
    missed = [*read_pages(tally, turns), *change_sheets(tally, turns, sectors)]
    print(f"  {'MISSED: ' + ', '.join(missed) if missed else 'all equal, all met'}")
    return 1 if missed else 0


def milliseconds(work: Callable[[], object], times: list[float]) -> object:
    begun = time.perf_counter()
    found = work()
    times.append((time.perf_counter() - begun) * 1000)
    return found


def said(name: str, times: list[float]) -> float:
    """Print the median and the 95th percentile; return the median."""
    median = statistics.median(times)
    worst = sorted(times)[int(len(times) * 0.95)]
    print(f"  {name:<34} {median:9.2f} ms   (95 %: {worst:.2f} ms, n={len(times)})")
    return median


def read_pages(tally: object, turns: int) -> list[str]:
    from django.db import connection

    from assessments.results.models import Result
    from assessments.results.ranking import ORDERS, Wish, filtered
    from branchportal import keyset

    rows = Result.objects.filter(tally=tally)
    count = rows.count()
    last = count - keyset.PAGE_SIZE
    behind = rows.for_ranking().filter(position__gt=last).order_by("position")[: keyset.PAGE_SIZE + 1]
    skipped = rows.for_ranking().order_by("position")[last : last + keyset.PAGE_SIZE]

    def statement(query: tuple[str, tuple]) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(*query)
            return [row[0] for row in cursor.fetchall()]

    by_offset, by_keyset = (query.query.sql_with_params() for query in (skipped, behind))
    works = {
        "last page by OFFSET, statement": lambda: statement(by_offset),
        "last page by keyset, statement": lambda: statement(by_keyset),
        "last page by OFFSET, objects": lambda: [row.pk for row in skipped.all()],
        "last page by keyset, objects": lambda: [
            row.pk for row in keyset.page(rows.for_ranking(), ORDERS["rank"], after=str(last))
        ],
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    pages = set()
    for turn in range(max(3, turns // 3) + 1):
        for name, work in works.items():
            pages.add(tuple(milliseconds(work, times[name] if turn else [])))
    medians = [said(name, spent) for name, spent in times.items()]
    ratio = medians[0] / medians[1]
    print(f"  OFFSET ÷ keyset = {ratio:.0f} (goal {LEAST_TO_OFFSET}); objects included {medians[2] / medians[3]:.0f}")
    sector = rows.values_list("sector_id", flat=True).first()
    unit = rows.values_list("unit_id", flat=True).last()
    for name, wish in {
        "one sector, first page": Wish(sector=sector),
        "one unit, first page": Wish(unit=unit),
        "five stars, first page": Wish(stars="5"),
        "part of a name, first page": Wish(q="99第" if count > 99 else "9第"),
        "code, first page": Wish(q=f"B{count:07d}"),
    }.items():
        spent: list[float] = []
        for _turn in range(5):
            narrowed = filtered(rows, wish)
            milliseconds(lambda found=narrowed: keyset.page(found.for_ranking(), ORDERS["rank"]), spent)
        said(name, spent)
    missed = [] if len(pages) == 1 else ["the pages differ"]
    return missed + ([f"less than {LEAST_TO_OFFSET} times OFFSET"] if ratio < LEAST_TO_OFFSET else [])


def change_sheets(tally: object, turns: int, sectors: int) -> list[str]:
    """Correct sheets all over the ranking, then compare with a whole tally."""
    import random

    from django.db import transaction

    from assessments.results.models import Tally
    from assessments.results.reranking import shift_all
    from assessments.results.services.tally import run_tally
    from assessments.results.services.updating import update_in_sector
    from assessments.sheets.models import Sheet
    from tests.factories.many import correct_sheet

    dice = random.Random(20261121)
    sheets = list(Sheet.objects.filter(cycle=tally.cycle).values_list("pk", flat=True))
    branches = list(Sheet.objects.filter(cycle=tally.cycle).values_list("branch_id", flat=True))
    times: dict[str, list[float]] = {"sector": [], "all": []}
    for _turn in range(turns + 2):
        sheet = correct_sheet(Sheet.objects.get(pk=dice.choice(sheets)), by=dice.choice([-4, -2, -1, 1, 2, 4]))
        sheets = [pk for pk in sheets if pk != sheet.pk]
        settle_down("assessments_result")  # minutes lie between two corrections; the overall ranks left dead rows
        with transaction.atomic():  # after which the database reads its catalogue anew
            update_in_sector(tally, dice.choice(branches))
            transaction.set_rollback(True)
        with transaction.atomic():
            moved = milliseconds(lambda branch=sheet.branch_id: update_in_sector(tally, branch), times["sector"])
            milliseconds(lambda done=moved: shift_all(*done), times["all"])
    Tally.objects.filter(pk=tally.pk).update(digest="", inputs_digest="")
    median = said("one sheet: engine, sector re-ranked", times["sector"][2:])
    said("  and the overall ranks", times["all"][2:])
    again = run_tally(actor=None, cycle=tally.cycle)
    missed = [] if again.pk == tally.pk else ["the updated candidate is not a whole tally"]
    if sectors > 9 and median > MOST_UPDATE_MS:
        missed.append(f"more than {MOST_UPDATE_MS} ms")
    return missed


if __name__ == "__main__":
    sys.exit(main())
