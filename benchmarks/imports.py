"""How long a roll of 7,000 members takes: reading, trial run, writing new rows, writing changed rows.

    .venv/bin/python benchmarks/imports.py [rows]

Works in a database of its own in a temporary folder; nothing of the portal's data is touched.
"""

import io
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def workbook(rows: int, name: str) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["党支部编码", "编号", "姓名", "类别", "入党日期", "支部职务"])
        for n in range(1, rows + 1):
            sheet.write_row(n, 0, [f"B{n % 100:03d}", f"{n:05d}", f"{name}{n}", "正式党员", "2011-07-01", ""])
    return out.getvalue()


def measure(rows: int) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from branches.imports import services
    from branches.imports.reading import read_file
    from branches.imports.resource import PortalResource
    from branchportal import worker
    from tests.factories.branches import make_branch, make_organization
    from tests.factories.members import appoint, make_user

    office = appoint(make_user("office"), "OPERATOR")
    organization = make_organization()
    for n in range(100):
        make_branch(organization, code=f"B{n:03d}")
    spent = {"written": 0.0}
    write = PortalResource.write

    def timed(resource: PortalResource, plan: object) -> None:
        started = time.perf_counter()
        write(resource, plan)
        spent["written"] = time.perf_counter() - started

    PortalResource.write = timed
    print(f"{'':<10}{'read':>8}{'trial':>8}{'import':>8}{'of it writing':>15}   (seconds, {rows} rows)")
    for label, name in (("new", "甲"), ("changed", "乙"), ("unchanged", "乙")):
        data = workbook(rows, name)
        started = time.perf_counter()
        read_file("a.xlsx", data)
        read = time.perf_counter() - started
        upload = services.accept_upload(
            actor=office, kind="members", name="a.xlsx", data=data, received_at=timezone.now()
        )
        started = time.perf_counter()
        worker.run_due_here()
        trial = time.perf_counter() - started
        upload.refresh_from_db()
        services.confirm_upload(actor=office, upload=upload, received_at=timezone.now())
        started = time.perf_counter()
        worker.run_due_here()
        done = time.perf_counter() - started
        print(f"{label:<10}{read:8.2f}{trial:8.2f}{done:8.2f}{spent['written']:15.2f}")
        spent["written"] = 0.0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "branchportal.settings"
        import django

        django.setup()
        from branchportal.celery import app

        app.loader.import_default_modules()
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 7000)
