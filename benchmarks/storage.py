"""Bytes of a frozen sheet beside the rows that it is made of, on SQLite and PostgreSQL.

    .venv/bin/python benchmarks/storage.py [--size 5000]

Each sheet has 26 marks of the self-assessment and 26 of the review, with their counts per criterion, and a poll. Runs
on a fresh SQLite file and on PostgreSQL: the one that DATABASE_URL names (in a database of its own), else a throw-away
cluster. Exits with 1 when the marks read from the rows are not those of the frozen columns.

  frozen    the sealed column (int64 in the scheme's layout, as the database stores it) and its claims and digest: what
            sealing adds to a sheet's row
  rows      the product's working tables of marks and counts, indexes included
  lean      the least a row per (sheet, indicator) costs: two numbers and a key, one index
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

from benchmarks.shared.databases import each_database, open_fresh, settle_down  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.size)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, urls in each_database(Path(folder), [options.size]):
            print(f"\n{name}, {options.size:,} sheets:", flush=True)
            env = os.environ | {"DATABASE_URL": urls[0], "MEDIA_ROOT": f"{folder}/media"}
            command = [sys.executable, __file__, "--here", "--size", str(options.size)]
            missed |= subprocess.run(command, env=env, check=False).returncode
    return missed


def measure(size: int) -> int:
    """Write sheets without and with their frozen columns, then marks as rows; read the bytes after each."""
    vendor = open_fresh()
    from assessments.sheets.models import Sheet
    from benchmarks.shared import ways
    from tests.factories.many import make_many

    many = make_many(size)
    settle_down()
    whole = bytes_of("assessments_sheet", vendor)
    if vendor == "postgresql":
        stored = one("SELECT SUM(pg_column_size(frozen) + pg_column_size(frozen_claims) + pg_column_size(digest)) "
                     "FROM assessments_sheet")  # fmt: skip
    else:
        stored = one("SELECT SUM(LENGTH(frozen) + LENGTH(CAST(frozen_claims AS BLOB)) + LENGTH(digest)) "
                     "FROM assessments_sheet")  # fmt: skip
    write_marks(many)
    differing = compare(many)
    ways.write_scores(many)
    rows = sum(bytes_of(f"assessments_{table}", vendor) for table in ("mark", "markcount"))
    lean = bytes_of("bench_score", vendor)
    raw = len(bytes(Sheet.objects.values_list("frozen", flat=True)[0]))
    print(f"  frozen column as it leaves the database    {raw:8,} bytes a sheet")
    print(f"  frozen column, claims and digest, stored   {stored / size:8,.0f} bytes a sheet")
    print(f"  the whole sheet's row, indexes included    {whole / size:8,.0f} bytes a sheet")
    print(f"  marks and counts as rows, with indexes     {rows / size:8,.0f} bytes a sheet")
    print(f"  lean score rows of one stage, with index   {lean / size:8,.0f} bytes a sheet")
    print(f"  rows ÷ frozen = {rows / stored:.1f}; lean rows ÷ frozen = {lean / stored:.1f}")
    print(f"  a hundred sheets read back from both: {'MISSED: they differ' if differing else 'equal'}")
    return 1 if differing else 0


def write_marks(many: object) -> None:
    """The frozen marks as the product's rows: self-assessment and review, counts above zero."""
    import numpy as np
    from django.db import transaction
    from django.utils import timezone

    from assessments.schemes.loading import engine_scheme, indicator_index, layout_of
    from assessments.schemes.services.rows import write_rows
    from assessments.scoring.numbers import SCALE
    from assessments.sheets.models import Mark, MarkCount, Sheet
    from branchportal import guards
    from branchportal.bulk import insert_rows
    from tests.factories.members import make_user

    version = many.cycle.scheme_version
    with guards.lifted():
        write_rows(version, engine_scheme(version))
    index, layout, user, now = indicator_index(version), layout_of(version), make_user(), timezone.now()
    columns = [bytes(column) for column in Sheet.objects.order_by("pk").values_list("frozen", flat=True)]
    marks = layout.unpack(columns)[0]
    rows, counts = [], []
    for at, sheet in enumerate(many.sheet_ids.tolist()):
        for stage in ("self", "review"):
            row = marks[at, layout.stage_index(stage)]
            for slot in layout.slots:
                pk = len(rows) + 1
                value = int(row[slot.value]) if slot.value >= 0 else None
                rows.append((pk, sheet, index.indicators[slot.leaf.code].pk, stage, "marked", value, None, 0, "", "",
                             user.pk, now, 1))  # fmt: skip
                if slot.counts < 0:
                    continue
                for place in np.flatnonzero(row[slot.counts : slot.counts + len(slot.leaf.criteria)]).tolist():
                    criterion = index.criteria[slot.leaf.code, slot.leaf.criteria[place].code].pk
                    counts.append((pk, criterion, int(row[slot.counts + place]) * SCALE, False, ""))
    with transaction.atomic(), guards.lifted():
        insert_rows(Mark, ("id", "sheet", "indicator", "stage", "state", "value_up", "denominator_up", "points_up",
                           "note", "reason", "entered_by", "entered_at", "version"), rows)  # fmt: skip
        insert_rows(MarkCount, ("mark", "criterion", "value_up", "is_waived", "waive_reason"), counts)


def compare(many: object) -> int:
    """How many of a hundred sheets the product packs otherwise from their rows than they are frozen."""
    from assessments.schemes.loading import layout_of
    from assessments.sheets.gather import sheet_batch
    from assessments.sheets.models import Sheet

    layout = layout_of(many.cycle.scheme_version)
    known = Sheet.objects.select_related("branch", "organization", "sector", "scheme_version", "cycle__plan")
    found = 0
    for sheet in known.filter(pk__in=many.sheet_ids[:100].tolist()):
        frozen = layout.unpack([bytes(sheet.frozen)])[0][0]
        found += int((sheet_batch(sheet).marks[0] != frozen).any())
    return found


def bytes_of(table: str, vendor: str) -> int:
    """A table with its indexes and what it keeps aside."""
    if vendor == "postgresql":
        return one(f"SELECT pg_total_relation_size('{table}')")
    names = f"SELECT name FROM sqlite_master WHERE tbl_name = '{table}'"  # noqa: S608
    return one(f"SELECT SUM(pgsize) FROM dbstat WHERE name IN ({names})")  # noqa: S608


def one(statement: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
