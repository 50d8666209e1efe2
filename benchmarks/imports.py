"""A list of 7,000 branches and a roll of 7,000 members: our import beside django-import-export's default.

Usage: python benchmarks/imports.py [rounds]. On a fresh SQLite file, and on PostgreSQL where DATABASE_URL names one.
Exits with 1 when the figure of the issue is missed (default ÷ ours ≥ 10 for new branches).

Both read the same workbook, make a trial run of every check with a preview of new and changed rows, and then import,
reading and checking once more, as the library's own admin pages do. The default is the resource that its guide shows:
a `ModelResource` with foreign keys by code and `clean_model_instances`. Ours also writes an audit row for each
branch. The rows that both leave in the database are compared. CPU seconds of Python, its reader process and the
database's backend, which other work on the machine disturbs less than wall time; medians of interleaved rounds (the
default's changed rows once).
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
ROWS, LEAST_RATIO = 7_000, 10
BRANCHES = ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "成立日期", "是否设支委会",
            "是否分党小组", "是否共用场所", "联系人", "办公电话"]  # fmt: skip
MEMBERS = ["党支部编码", "编号", "姓名", "类别", "入党日期", "支部职务"]
COMPARED = ("code", "name", "organization", "sector", "unit", "founded_on", "has_committee", "has_groups",
            "has_shared_premises", "contact", "phone", "is_active")  # fmt: skip


def cpu_seconds() -> float:
    """CPU used so far by this process, the processes it waited for, and a PostgreSQL backend on this machine."""
    from django.db import connection

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() + children.ru_utime + children.ru_stime
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def workbook(headings: list[str], rows: list[list[str]]) -> bytes:
    from branchportal.tables import Column, Table, xlsx_bytes

    return xlsx_bytes([Table("表", [Column(heading, kind="code") for heading in headings], rows)])


def branch_file(word: str) -> bytes:
    rows = [
        [f"N{n:05d}", f"第{n}{word}党支部", f"G{n % 100:03d}", "机关", f"U{n % 50:03d}", f"{1990 + n % 30}-07-01",
         "是" if n % 2 else "否", "否", "否", f"{word}{n % 90}", f"0000-{n:07d}"]
        for n in range(ROWS)
    ]  # fmt: skip
    return workbook(BRANCHES, rows)


def member_file(word: str) -> bytes:
    rows = [[f"B{n % 100:03d}", f"{n:05d}", f"{word}{n}", "正式党员", "2011-07-01", ""] for n in range(ROWS)]
    return workbook(MEMBERS, rows)


def default_resource() -> object:
    """What the library's guide shows, with our headings."""
    from import_export import fields, resources, widgets

    from branches.models import Branch, Organization, Sector, Unit

    class Flag(widgets.BooleanWidget):
        TRUE_VALUES, FALSE_VALUES = ("是",), ("否",)

    class BranchDefault(resources.ModelResource):
        code = fields.Field("code", "党支部编码")
        name = fields.Field("name", "党支部名称")
        organization = fields.Field("organization", "所属党组织编码", widgets.ForeignKeyWidget(Organization, "code"))
        sector = fields.Field("sector", "领域", widgets.ForeignKeyWidget(Sector, "name"))
        unit = fields.Field("unit", "所属单位编码", widgets.ForeignKeyWidget(Unit, "code"))
        founded_on = fields.Field("founded_on", "成立日期", widgets.DateWidget("%Y-%m-%d"))
        has_committee = fields.Field("has_committee", "是否设支委会", Flag())
        has_groups = fields.Field("has_groups", "是否分党小组", Flag())
        has_shared_premises = fields.Field("has_shared_premises", "是否共用场所", Flag())
        contact = fields.Field("contact", "联系人")
        phone = fields.Field("phone", "办公电话")

        class Meta:
            model = Branch
            import_id_fields = ("code",)
            fields = COMPARED[:-1]
            clean_model_instances = True
            skip_unchanged = True

    return BranchDefault()


def import_default(data: bytes) -> tuple[float, float]:
    """Seconds of the trial run and of the import, each with reading the file, as the admin's two requests do."""
    from import_export.formats.base_formats import XLSX

    spent = []
    for dry_run in (True, False):
        started = cpu_seconds()
        result = default_resource().import_data(XLSX().create_dataset(data), dry_run=dry_run, raise_errors=not dry_run)
        assert not result.has_errors(), result.row_errors()[:1]
        assert not result.has_validation_errors(), result.invalid_rows[:1]
        spent.append(cpu_seconds() - started)
    return spent[0], spent[1]


def import_ours(kind: str, data: bytes) -> tuple[float, float]:
    """The same through the portal's import: uploading with its trial run, then the confirmation."""
    from django.utils import timezone

    from branches.imports import services
    from branchportal import worker
    from members.models import User

    office = User.objects.get(username="office")
    started = cpu_seconds()
    upload = services.accept_upload(actor=office, kind=kind, name="a.xlsx", data=data, received_at=timezone.now())
    worker.run_due_here()
    trial = cpu_seconds() - started
    upload.refresh_from_db()
    assert upload.status == "ready", upload.report
    started = cpu_seconds()
    services.confirm_upload(actor=office, upload=upload, received_at=timezone.now())
    worker.run_due_here()
    done = cpu_seconds() - started
    upload.refresh_from_db()
    assert upload.status == "done", upload.report
    return trial, done


def stored() -> list[tuple]:
    from branches.models import Branch

    return list(Branch.objects.filter(code__startswith="N").order_by("code").values_list(*COMPARED))


def make_place() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories.branches import make_branch, make_organization, make_sector, make_unit
    from tests.factories.members import appoint, make_user

    appoint(make_user("office"), "OPERATOR")
    make_sector()
    for n in range(50):
        make_unit(f"第{n}局", code=f"U{n:03d}")
    for n in range(100):
        organization = make_organization(f"第{n}机关党委", code=f"G{n:03d}")
        make_branch(organization, code=f"B{n:03d}")


def here(rounds: int) -> int:
    """Measure on the database of the environment."""
    import django

    django.setup()
    from branchportal.celery import app

    app.loader.import_default_modules()
    make_place()
    from branches.models import Branch
    from members.models import Member

    first, second = branch_file("甲"), branch_file("乙")
    times: dict[str, list[tuple[float, float]]] = {}

    def keep(name: str, spent: tuple[float, float]) -> None:
        times.setdefault(name, []).append(spent)

    left_changed: list[tuple] = []
    for _round in range(rounds):
        keep("branches, new: default", import_default(first))
        left = stored()
        if not left_changed:
            keep("branches, changed: default", import_default(second))
            left_changed = stored()
        Branch.objects.filter(code__startswith="N").delete()
        keep("branches, new: ours", import_ours("branches", first))
        assert stored() == left, "both must store the same"
        keep("branches, changed: ours", import_ours("branches", second))
        assert stored() == left_changed, "both must store the same"
        keep("branches, unchanged: ours", import_ours("branches", second))
        Branch.objects.filter(code__startswith="N").delete()
        keep("members, new: ours", import_ours("members", member_file("甲")))
        keep("members, changed: ours", import_ours("members", member_file("乙")))
        Member.objects.all().delete()
    return report(times)


def report(times: dict[str, list[tuple[float, float]]]) -> int:
    middle = {name: [statistics.median(column) for column in zip(*spent, strict=True)] for name, spent in times.items()}
    print(f"| {ROWS:,} rows | trial | import | together | default ÷ ours |\n| --- | --- | --- | --- | --- |")
    for name, (trial, done) in sorted(middle.items()):
        default = middle.get(name.replace(": ours", ": default"))
        ratio = f"{sum(default) / (trial + done):.1f}" if default and name.endswith("ours") else ""
        print(f"| {name} | {trial:.2f} s | {done:.2f} s | {trial + done:.2f} s | {ratio} |")
    reached = sum(middle["branches, new: default"]) / sum(middle["branches, new: ours"])
    print(f"stored rows equal; new branches: {reached:.1f} times (at least {LEAST_RATIO})")
    return 0 if reached >= LEAST_RATIO else 1


def main(rounds: int) -> int:
    """Both databases, each in a process of its own."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            urls["PostgreSQL"] = os.environ["DATABASE_URL"]
        for name, url in urls.items():
            print(f"\n{name}:\n", flush=True)
            env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
            env |= {"DJANGO_SETTINGS_MODULE": "branchportal.settings"}
            missed |= subprocess.run([sys.executable, __file__, "--here", str(rounds)], env=env, check=False).returncode
    return missed


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    sys.exit(here(numbers[0]) if "--here" in sys.argv else main(numbers[0] if numbers else 3))
