"""XLSX export of 7,000 and 100,000 rows of 40 columns (4 texts, 36 points of indicators) beside other writers.

Usage: python benchmarks/xlsx.py [rounds]. Exits with 1 when a figure of the issue is missed.
All write the same rows out of memory; CPU seconds, medians of interleaved rounds (at 100,000 rows the slowest once).
Ours has styles, widths, frozen heading and filter; csv and the libraries write bare cells. django-import-export gets
objects instead of tuples, without any query. What ours wrote is read back by calamine and openpyxl and compared cell
by cell. The last line is the memory that 100,000 rows out of a generator take in a process of their own.
"""

import csv
import gc
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

sys.path[0] = str(Path(__file__).resolve().parent.parent)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")

MOST_CSV, LEAST_RESOURCE, MOST_MEMORY = 3, 10, 30
WORDS = ["编码", "党支部", "所属党组织", "领域"]
HEADINGS = [*WORDS, *(f"指标{at}" for at in range(1, 37))]
Row = tuple[object, ...]


def make_rows(count: int) -> Iterator[Row]:
    """Rows as a list of all points has them: who, then what each indicator gave."""
    for n in range(count):
        words = (f"{n:06d}", f"市第{n}局机关第{n % 9}党支部", f"市第{n // 10}局机关党委", "机关")
        yield (*words, *(Decimal((n * 31 + at * 17) % 1001).scaleb(-2) for at in range(36)))


def ours(rows: Sequence[Row]) -> bytes:
    from branchportal.tables import Column, Table, xlsx_bytes

    kinds = ["code", "text", "text", "text", *["points"] * 36]
    columns = [Column(heading, 14, kind) for heading, kind in zip(HEADINGS, kinds, strict=True)]
    return xlsx_bytes([Table("排名表", columns, rows)])


def plain_csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    return out.getvalue().encode()


def xlsxwriter_rows(rows: Sequence[Row]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADINGS, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def openpyxl_rows(rows: Sequence[Row], *, write_only: bool = False) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=write_only)
    sheet = book.create_sheet() if write_only else book.active
    for row in [HEADINGS, *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def import_export(rows: Sequence[Row]) -> bytes:
    from import_export.fields import Field
    from import_export.resources import Resource
    from import_export.widgets import CharWidget, DecimalWidget

    widgets = [CharWidget()] * 4 + [DecimalWidget(coerce_to_string=False)] * 36
    fields = {
        f"c{at}": Field(attribute=f"c{at}", column_name=heading, widget=widget)
        for at, (heading, widget) in enumerate(zip(HEADINGS, widgets, strict=True))
    }
    resource_class = type("RankingResource", (Resource,), fields)
    objects = [SimpleNamespace(**{f"c{at}": value for at, value in enumerate(row)}) for row in rows]
    return resource_class().export(queryset=objects).export("xlsx")


WAYS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "csv": plain_csv,
    "ours": ours,
    "XlsxWriter, constant memory": xlsxwriter_rows,
    "openpyxl, write-only": lambda rows: openpyxl_rows(rows, write_only=True),
    "openpyxl": openpyxl_rows,
    "django-import-export": import_export,
}
SLOW = ("openpyxl, write-only", "openpyxl", "django-import-export")


def measure(count: int, rounds: int) -> dict[str, float]:
    """Median CPU seconds of each way; the values of ours are read back and compared."""
    rows = list(make_rows(count))
    check(rows, ours(rows), with_openpyxl=count <= 10_000)
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    sizes: dict[str, int] = {}
    for at in range(rounds):
        for name, work in WAYS.items():
            if at and name in SLOW and count > 10_000:
                continue
            gc.collect()
            begun = time.process_time()
            content = work(rows)
            times[name].append(time.process_time() - begun)
            sizes[name] = len(content)
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(f"\n| {count:,} rows | CPU | ÷ csv | ÷ ours | size |\n| --- | --- | --- | --- | --- |")
    for name, seconds in middle.items():
        once = " (once)" if len(times[name]) == 1 and rounds > 1 else ""
        ratios = f"{seconds / middle['csv']:.1f} | {seconds / middle['ours']:.1f}"
        spent = f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
        print(f"| {name}{once} | {spent} | {ratios} | {sizes[name] / 1e6:.1f} MB |")
    return middle


def check(rows: Sequence[Row], content: bytes, *, with_openpyxl: bool) -> None:
    """What was written is what two other libraries read."""
    import openpyxl
    from python_calamine import CalamineWorkbook

    read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert read[0] == HEADINGS
    for row, line in zip(rows, read[1:], strict=True):
        assert line == [float(value) if isinstance(value, Decimal) else value for value in row], line
    if with_openpyxl:
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        for row, line in zip(rows, sheet.iter_rows(min_row=2, values_only=True), strict=True):
            assert line == tuple(float(value) if isinstance(value, Decimal) else value for value in row), line


def memory() -> int:
    """MiB that writing 100,000 rows out of a generator adds to a process."""
    command = [sys.executable, __file__, "--memory"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory_here() -> None:
    from branchportal.tables import Column, Table, write_xlsx

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    columns = [Column(heading) for heading in HEADINGS]
    with tempfile.TemporaryFile() as out:
        write_xlsx(out, [Table("热身", columns, make_rows(10))])
        before = peak()
        write_xlsx(out, [Table("排名表", columns, make_rows(100_000))])
    print(peak() - before)


def main(rounds: int) -> int:
    missed = []
    for count in (7_000, 100_000):
        middle = measure(count, rounds)
        if middle["ours"] > MOST_CSV * middle["csv"]:
            missed.append(f"{count}: more than {MOST_CSV} times csv")
        if middle["django-import-export"] < LEAST_RESOURCE * middle["ours"]:
            missed.append(f"{count}: less than {LEAST_RESOURCE} times faster than django-import-export")
    taken = memory()
    print(f"\nmemory for 100,000 rows: {taken} MiB (at most {MOST_MEMORY})")
    if taken > MOST_MEMORY:
        missed.append("memory")
    print("missed: " + "; ".join(missed) if missed else "every figure reached")
    return 1 if missed else 0


if __name__ == "__main__":
    import django

    django.setup()
    if "--memory" in sys.argv:
        memory_here()
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
