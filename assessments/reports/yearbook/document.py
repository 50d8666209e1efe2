"""A statistical report as what page, PDF and workbook have in common: sections of a table and a chart.

Built once from a read model. Cells stay exact (micro-points, millionths, counts) and are printed by one function, so
the three cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from branchportal.figures import points_text
from branchportal.tables import Column

SIGNED = "signed"  # points with their sign; a workbook shows them as points
NUMBERS = ("whole", "points", "percent", SIGNED)
PAGE_ROWS = 50


@dataclass(frozen=True)
class Cell:
    """One printed cell."""

    text: str
    kind: str

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_words(self) -> bool:
        """Whether it may be long and needs room on a phone."""
        return self.kind == "text"


@dataclass(frozen=True)
class Section:
    """A heading with a table, a chart, or both. `empty` is said instead of a table without rows."""

    key: str
    title: str
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[object]] = ()
    total: Sequence[object] = ()
    note: str = ""
    empty: str = ""
    chart: dict | None = field(default=None, repr=False)
    chart_told: str = ""

    @property
    def option_id(self) -> str:
        """Where the page keeps the chart's option."""
        return f"{self.key}-option"

    @property
    def printed(self) -> list[list[Cell]]:
        """The rows as text."""
        return [self.printed_row(row) for row in self.rows]

    @property
    def printed_total(self) -> list[Cell]:
        return self.printed_row(self.total) if self.total else []

    @property
    def heads(self) -> list[Cell]:
        return [Cell(column.heading, column.kind) for column in self.columns]

    @property
    def widths(self) -> list[str]:
        """Shares of the paper's width, in per cent."""
        whole = sum(column.width for column in self.columns) or 1
        return [f"{100 * column.width / whole:.2f}" for column in self.columns]

    def printed_row(self, row: Sequence[object]) -> list[Cell]:
        """One row as text."""
        return [Cell(shown(column.kind, value), column.kind) for column, value in zip(self.columns, row, strict=True)]


@dataclass(frozen=True)
class Document:
    """A whole report. `facts` say where the figures come from, `figures` stand large at its top."""

    title: str
    about: str  # what it is of: organization, period
    state: str  # whether the figures are official
    file_name: str
    facts: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    sections: Sequence[Section]

    def section(self, key: str) -> Section:
        """One section by its key. Raises: KeyError."""
        return {one.key: one for one in self.sections}[key]


def shown(kind: str, value: object) -> str:
    """A cell as page and paper print it; "—" for what is missing.

    Units: points and signed in micro-points, percent in millionths of 1.
    """
    if value is None or value == "":
        return "—"
    if kind == "points":
        return points_text(value)
    if kind == SIGNED:
        text = points_text(value)
        return text if value <= 0 or not text.strip("0.") else f"+{text}"
    if kind == "percent":
        return points_text(value * 100, 1) + "%"
    return value.isoformat() if isinstance(value, date) else str(value)


def stored(kind: str, value: object) -> object:
    """The same cell for a workbook: the printed figure as a number."""
    if value is None:
        return None
    if kind in ("points", SIGNED):
        return Decimal(points_text(value))
    return Decimal(points_text(value, 3)) if kind == "percent" else value


def share_up(part: int, whole: int) -> int | None:
    """A share in millionths, rounded half up; None of nothing."""
    return (2_000_000 * part + whole) // (2 * whole) if whole else None
