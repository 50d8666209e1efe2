"""A branch's result as a paper of two to four pages: plain text in, PDF out. The figures come ready printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from branchportal import pdf

from . import charts

TEMPLATE = "pdf/branch.html"
NOTE_LENGTH = 42  # longer notes are cut: the paper stays within four pages, the portal shows them whole
SIGNATURES = ("党支部书记（签字）", "基层党组织（盖章）", "考评组组长（签字）", "考评办（盖章）")


@dataclass(frozen=True)
class Row:
    """One line of the table of indicators; `is_group`: a first-level indicator, whose points are sums."""

    code: str
    name: str
    points: str
    own: str
    reviewed: str
    note: str = ""
    is_group: bool = False
    is_lower: bool = False  # the reviewers gave less than the branch itself


@dataclass(frozen=True)
class Item:
    """A bonus, penalty or veto item."""

    kind: str
    text: str
    matter: str
    points: str
    note: str = ""


@dataclass(frozen=True)
class Series:
    """Names and shares or totals for a chart, with the sector's median where it is known."""

    names: Sequence[str]
    values: Sequence[float | None]
    median: Sequence[float | None] = ()


@dataclass(frozen=True)
class BranchPaper:
    """All that stands on the paper, in the order of the page."""

    issuer: str
    document_number: str
    dated: str
    title: str
    branch_name: str
    facts: Sequence[tuple[str, str, str, str]]  # two labels with their values to a line
    outcome: Sequence[tuple[str, str]]  # label and figure; the star first
    rows: Sequence[Row]
    full_points: str
    own_total: str
    base: str
    items: Sequence[Item]
    reasons: Sequence[str]
    digest: str
    draft_note: str = ""
    dimensions: Series | None = None
    periods: Series | None = None
    signatures: Sequence[str] = field(default=SIGNATURES)


def branch_markup(paper: BranchPaper) -> str:
    """The paper as HTML, charts included as vector drawings."""
    return pdf.markup(TEMPLATE, {"paper": paper, "radar": _radar(paper.dimensions), "trend": _trend(paper.periods)})


def branch_pdf(paper: BranchPaper) -> pdf.Paper:
    """The paper as PDF."""
    return pdf.write(branch_markup(paper))


def _radar(series: Series | None) -> str:
    """A radar needs three known axes; an axis without a figure is left out rather than drawn as nothing."""
    known = [index for index, value in enumerate(series.values) if value is not None] if series else []
    if len(known) < 3:
        return ""
    median = [series.median[index] for index in known] if series.median else None
    return charts.svg(charts.radar([series.names[i] for i in known], [series.values[i] for i in known], median))


def _trend(series: Series | None) -> str:
    if series is None or sum(value is not None for value in series.values) < 2:
        return ""
    return charts.svg(charts.trend(series.names, series.values, series.median or None))
