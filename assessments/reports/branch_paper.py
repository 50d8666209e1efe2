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
    department: str = ""  # points of the preliminary review, where they count


@dataclass(frozen=True)
class Item:
    """A bonus, penalty or veto item."""

    kind: str
    text: str
    matter: str
    points: str
    note: str = ""


SHARED_NOTE = "各周期满分不同，总分不能直接比较，走势按得分率（总分÷满分）列示。"


@dataclass(frozen=True)
class Period:
    """A quarter of a year's paper."""

    name: str
    total: str
    grade: str
    rank: str
    share: str = ""  # of the full marks, where those of the periods differ


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
    total: str
    own_total: str
    base: str
    items: Sequence[Item]
    reasons: Sequence[str]
    digest: str
    draft_note: str = ""
    periods: Sequence[Period] = ()  # a year: what it was made of
    radar: dict | None = None  # chart options; None where there are too few figures
    trend: dict | None = None
    shared_note: str = ""  # said where the trend compares shares, since full marks differ
    signatures: Sequence[str] = field(default=SIGNATURES)
    has_department: bool = False  # a column for the preliminary review
    department_total: str = ""
    reviewed_total: str = ""  # where it is not the base score, which then has a line of its own

    @property
    def is_year(self) -> bool:
        return bool(self.periods)


def branch_markup(paper: BranchPaper) -> str:
    """The paper as HTML, charts included as vector drawings."""
    drawn = {name: charts.svg(option) if option else "" for name, option in _options(paper).items()}
    return pdf.markup(TEMPLATE, {"paper": paper, **drawn})


def branch_pdf(paper: BranchPaper) -> pdf.Paper:
    """The paper as PDF."""
    return pdf.write(branch_markup(paper))


def _options(paper: BranchPaper) -> dict[str, dict | None]:
    return {"radar": paper.radar, "trend": paper.trend}
