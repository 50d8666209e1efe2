"""A tally of 700, 7,000 and 100,000 frozen sheets, storing included, beside three ways of doing it over score rows.

    .venv/bin/python benchmarks/tally.py [--rounds 3] [--sizes 700,7000,100000] [--million]
        [--without-loop | --loop-only] [--on sqlite | postgresql]

Runs on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in databases of its own), else a
throw-away cluster. Exits with 1 when the results disagree or a figure is missed. The loops take minutes at 7,000:
`--loop-only` measures them beside ours and nothing else, `--without-loop` the others. Ratios are those of processor
seconds, client and database together, which other work on the machine changes little; those of the clock stand beside.

  ours       the product's own tally: sealed columns → engine → COPY or executemany. It applies the rules of 26
             indicators to counts, and writes reasons, dimensions, medians, quota lines and a digest besides.
  loop (a)   what is usually written first: sheet by sheet over the product's own marks, counts and claims, following
             their relations; rules in Decimal, a save per row, ranks and stars saved one by one (to 7,000 sheets).
  ahead (a)  the same loop, its rows fetched ahead by select_related and prefetch_related, 500 sheets at a time.
  dicts (b)  careful Django: `values_list`, dictionaries of integers, ranks in Python, one `bulk_create`.
  lean (c)   one set-based statement: sums, caps, blend, ranks by window functions, five-star share, INSERT … SELECT;
             no reasons, dimensions, medians, quota lines and digests.
  sql (c)    one set-based statement that stores all that ours stores, digests included (on PostgreSQL; SQLite has
             neither SHA-256 nor medians). Every column, median, quota line and both digests are compared with ours.

The ways (b) and (c) find the points of each indicator worked out already, in a lean table (sheet, indicator, points)
of their own. All write one row per branch into the product's table of results, with its indexes and foreign keys.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared import processor  # noqa: E402
from benchmarks.shared.databases import each_database, open_fresh, settle_down  # noqa: E402

if TYPE_CHECKING:
    from tests.factories.many import Many

MOST_SHEETS_OF_LOOP = 7_000
LEAST_TO_LOOP, MOST_TO_SQL, GOAL_TO_SQL = 300, 1.0, 0.5
COLUMNS = (
    "branch_id", "status", "base_up", "bonus_up", "penalty_up", "total_up", "stars", "rank_all", "rank_sector",
    "position",
)  # fmt: skip


def main() -> int:
    options = arguments().parse_args()
    if options.here:
        return measure(options.here, options.rounds, options.parts)
    parts = "loop" if options.loop_only else "others" if options.without_loop else "all"
    sizes = [int(size) for size in options.sizes.split(",")] + ([1_000_000] if options.million else [])
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), sizes):
            for size, url in zip(sizes, urls, strict=True):
                if options.on not in ("", name.lower()):
                    continue
                print(f"\n{name}, {size:,} sheets:", flush=True)
                command = [sys.executable, __file__, "--here", str(size), "--rounds", str(options.rounds)]
                env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
                missed |= subprocess.run([*command, "--parts", parts], env=env, check=False).returncode
    return missed


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", default="700,7000,100000")
    parser.add_argument("--million", action="store_true", help="1,000,000 sheets besides: 12 GB of memory, an hour")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--without-loop", action="store_true", help="all ways but the loops (a)")
    which.add_argument("--loop-only", action="store_true", help="ours and the loops (a), to 7,000 sheets")
    parser.add_argument("--on", default="", choices=["", "sqlite", "postgresql"], help="one database only")
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parts", default="all", help=argparse.SUPPRESS)
    return parser


def works_of(many: "Many", vendor: str, parts: str) -> dict[str, Callable[[], object]]:
    """The ways to measure, with the rows that each needs."""
    from assessments.results.services.tally import run_tally
    from benchmarks.shared import loops, ways, whole

    cycle, size = many.cycle, len(many.sheet_ids)
    works: dict[str, Callable[[], object]] = {"ours": lambda: run_tally(actor=None, cycle=cycle)}
    if parts != "loop":
        ways.write_scores(many)
        works["lean (c)"] = lambda: ways.by_sql(cycle)
        if vendor == "postgresql":
            works["sql (c)"] = lambda: whole.by_whole_sql(cycle)
        if size <= 100_000:
            works["dicts (b)"] = lambda: ways.by_dicts(cycle)
    if parts != "others" and size <= MOST_SHEETS_OF_LOOP:
        loops.write_marks(many)
        works["ahead (a)"] = lambda: loops.by_prefetching_loop(cycle)
        works["loop (a)"] = lambda: loops.by_loop(cycle)
    return works


def measure(size: int, rounds: int, parts: str) -> int:
    """Fill the database of the environment, run each way `rounds` times in turn, compare what they wrote."""
    vendor = open_fresh()
    from benchmarks.shared import ways, whole
    from tests.factories.many import make_many

    many = make_many(size)
    cycle, works = many.cycle, works_of(many, vendor, parts)
    settle_down()
    processor.alone()
    runs: dict[str, list[processor.Spent]] = {name: [] for name in works}
    found: dict[str, int] = {}
    stored: dict[str, int] = {}
    for name in [
        name for name in works if name == "ours" or "(c)" in name
    ]:  # warm: modules imported, the scheme read, pages in memory
        ways.forget_results()
        works[name]()
    for round_number in range(rounds):
        for name, work in works.items():
            if "(a)" in name and size > 700 and round_number:
                continue  # minutes long: once
            ways.forget_results()
            runs[name].append(processor.spent(work))
            found[name] = hash(tuple(rows(cycle)))
            if not round_number and name in ("ours", "sql (c)"):
                stored[name] = hash(str(whole.everything(cycle)))
    return report(runs, found, stored, size=size)


def rows(cycle: object) -> list[tuple]:
    """What all must agree on, branch by branch."""
    from assessments.results.models import Result

    return sorted(Result.objects.filter(tally__cycle=cycle).values_list(*COLUMNS))


def report(runs: dict[str, list[processor.Spent]], found: dict[str, int], stored: dict[str, int], *, size: int) -> int:
    medians = {name: processor.median(spent) for name, spent in runs.items()}
    ours = medians["ours"]
    for name, one in medians.items():
        shown = " ".join(f"{run.processor:.3f}" for run in runs[name])
        print(
            f"  {name:<10} {one.processor:8.3f} s of processor ({one.client:.3f} client, {one.database:.2f} database)"
            f"   {one.processor / ours.processor:7.2f}× ours"
            f"   by the clock {one.wall:.3f} s, {one.wall / ours.wall:.2f}×   (runs: {shown})"
        )
    missed = []
    if len(set(found.values())) != 1 or len(set(stored.values())) != 1:
        missed.append("the results differ")
    loop = medians.get("loop (a)")
    if loop and size == MOST_SHEETS_OF_LOOP and loop.processor / ours.processor < LEAST_TO_LOOP:
        missed.append(f"less than {LEAST_TO_LOOP} times the loop")
    for name in [name for name in ("sql (c)", "lean (c)") if name in medians]:
        share = ours.processor / medians[name].processor
        print(f"  ours ÷ {name} = {share:.2f}, by the clock {ours.wall / medians[name].wall:.2f}"
              f" (goal {GOAL_TO_SQL}, accepted {MOST_TO_SQL}, at 100,000 on PostgreSQL)")  # fmt: skip
        if name == "sql (c)" and size == 100_000 and share > MOST_TO_SQL:
            missed.append(f"more than {MOST_TO_SQL} of the one statement that stores the same")
    print(f"  {size:,} results of {len(found)} ways compared: {'MISSED: ' + ', '.join(missed) if missed else 'equal'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
