"""The ranking as a paper: rows of one height, so that the pages are known before they are set.

Long lists are set in parts of eight pages and put together: a worker never holds the whole city in memory, and gives a
sign of life after each part.
"""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pikepdf

from branchportal import pdf
from branchportal.figures import points_text

from ..results.models import Result
from .ranking_report import RankingReport, short_remark

TEMPLATE = "pdf/ranking.html"
STYLES = ("pdf/paper.css", "pdf/ranking.css")
FIRST_PAGE_ROWS, PAGE_ROWS = 26, 30
PART_PAGES = 8


@dataclass(frozen=True)
class Line:
    """One printed row."""

    ranks: Sequence[str]  # overall and within the sector; under several schemes the latter alone
    branch: str
    unit: str
    sector: str
    total: str
    stars: str
    remark: str


def page_count(rows: int) -> int:
    """How many pages a list of that length takes (an empty list takes one)."""
    return 1 + max(0, math.ceil((rows - FIRST_PAGE_ROWS) / PAGE_ROWS))


def ranking_pdf(report: RankingReport, step: Callable[[int], None] = lambda done: None) -> pdf.Paper:
    """The list as PDF; `step` hears how many rows are set and may raise to stop."""
    pages = list(_pages([_line(report, row) for row in report.rows]))
    parts, missing, done = [], set(), 0
    for start in range(0, len(pages), PART_PAGES):
        part = pages[start : start + PART_PAGES]
        paper = pdf.render(
            TEMPLATE, {"report": report, "pages": part, "first": start + 1, "total": len(pages)}, styles=STYLES
        )
        parts.append(paper.content)
        missing |= set(paper.missing)
        done += sum(len(page) for page in part)
        step(done)
    return pdf.Paper(parts[0] if len(parts) == 1 else _together(parts), tuple(sorted(missing)))


def _pages(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The first page is shorter by its head."""
    yield lines[:FIRST_PAGE_ROWS]
    for start in range(FIRST_PAGE_ROWS, len(lines), PAGE_ROWS):
        yield lines[start : start + PAGE_ROWS]


def _line(report: RankingReport, row: Result) -> Line:
    return Line(
        ranks=[str(rank or "—") for rank in (row.rank_all, row.rank_sector)[report.is_mixed :]],
        branch=_fit(row.branch.name, 30),
        unit=_fit(row.unit.name, 18),
        sector=_fit(row.sector.name, 8),
        total=points_text(row.total_up),
        stars=_stars(report, row),
        remark=_fit(short_remark(row), 12),
    )


def _stars(report: RankingReport, row: Result) -> str:
    if report.is_progress and row.stars_limited:
        return f"{row.stars_limited}星"
    return row.grade or "—"


def _fit(text: str, width: int) -> str:
    """Cut to what two lines of the column hold, so that every row keeps its height."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _together(parts: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as opened:
                whole.pages.extend(opened.pages)
        whole.save(out, deterministic_id=True)
    return out.getvalue()
