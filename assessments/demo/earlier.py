"""Years before the portal: a list as the committee kept it, imported through the office's own door."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from branches.imports import services
from branches.models import Branch, ImportUpload
from branchportal import worker
from branchportal.celery import app
from branchportal.tables import Column, Table, xlsx_bytes

from .city import City

HEADINGS = ("支部编码", "支部名称", "年度", "得分", "名次", "星级", "称号")
STAR_WORDS = {5: "五星", 4: "四星", 3: "三星", 2: "二星", 1: "一星"}
BANDS = ((80, 4), (70, 3), (60, 2), (0, 1))
FIVE, FIVE_SHARE = 90, 0.3
YEARS = 3


def import_earlier(city: City, before: int, *, seed: int, at: datetime) -> ImportUpload:
    """Import the three years before `before` for all branches, as office1 at `at`; not inside a transaction."""
    app.loader.import_default_modules()  # the trial run of so many rows is a task
    upload = services.accept_upload(
        actor=city.people["office1"],
        kind="earlier",
        name=f"{before - YEARS}—{before - 1}年度考评结果（原表）.xlsx",
        data=earlier_list(city.branches, before, seed),
        received_at=at,
    )
    worker.run_due_here()
    upload.refresh_from_db()
    services.confirm_upload(actor=city.people["office1"], upload=upload, received_at=at)
    worker.run_due_here()
    upload.refresh_from_db()
    return upload


def earlier_list(branches: Sequence[Branch], before: int, seed: int) -> bytes:
    """The committee's workbook: every fortieth branch by its name only, the oldest year without scores and ranks."""
    random = Random(seed)
    quality = [random.gauss(85, 6) for _branch in branches]
    rows: list[list[object]] = []
    for year in range(before - YEARS, before):
        scores = [round(min(99.5, max(55.0, base + random.gauss(0, 2.5))), 2) for base in quality]
        order = sorted(scores, reverse=True)
        last_five = order[int(len(order) * FIVE_SHARE)]
        for at, (branch, score) in enumerate(zip(branches, scores, strict=True)):
            is_five = score >= FIVE and score > last_five
            stars = 5 if is_five else next(stars for least, stars in BANDS if score >= least)
            known = [None, None] if year == before - YEARS else [score, order.index(score) + 1]
            title = "五星级党支部" if is_five else None
            rows.append([None if at % 40 == 39 else branch.code, branch.name, year, *known, STAR_WORDS[stars], title])
    columns = [Column(heading, 12, "code") for heading in HEADINGS]
    columns[3] = Column("得分", 12, "points")
    return xlsx_bytes([Table("历年结果", columns, rows)])
