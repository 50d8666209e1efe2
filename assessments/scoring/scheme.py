"""A scheme (考评标准) as frozen data. Field names follow scoring.md, section 7; `_up` is micro-points or millionths.

A dimension is a first-level indicator; a leaf is an indicator without children, the only kind that carries a mark.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .problems import SchemeError

SOURCES = ("self", "preliminary", "review", "onsite", "poll", "meeting", "peer", "external")
GIVEN_SOURCES = ("poll", "external")  # never made of marks
COUNT_RULES = ("deduct", "add", "mixed")
GIVEN_RULES = ("poll", "external")
RULES = ("entry", "deduct", "add", "mixed", "choice", "measure", "poll", "external")
PERIODS = ("Q1", "Q2", "Q3", "Q4", "H1", "H2", *(f"M{month:02d}" for month in range(1, 13)), "year_end")
YEAR = "year"


@dataclass(frozen=True, slots=True)
class Criterion:
    code: str
    text: str
    points_up: int = 0
    range_up: tuple[int, int] | None = None
    unit: str = "次"
    max_up: int | None = None
    applies_if: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureBand:
    from_up: int
    points_up: int


@dataclass(frozen=True, slots=True)
class Slope:
    target_up: int
    per_up: int
    points_up: int
    max_up: int | None = None
    direction: str = "up"


@dataclass(frozen=True)
class Indicator:
    code: str
    name: str
    points_up: int
    standard: str = ""
    sectors: tuple[str, ...] = ()
    scaled: bool = False
    pass_up: int | None = None
    children: tuple["Indicator", ...] = ()
    rule: str = ""
    criteria: tuple[Criterion, ...] = ()
    evidence: str = "optional"
    not_applicable: str = "forbidden"
    due: str | tuple[str, ...] = "every"
    reviewer_unit: str = ""
    floor_up: int = 0
    ceiling_up: int | None = None  # None: no ceiling
    step_up: int = 500_000
    start_up: int = 0
    highest_only: bool = False
    bands: tuple[MeasureBand, ...] = ()
    slope: Slope | None = None
    factor_up: int = 1_000_000
    source: str = ""

    def walk(self) -> Iterator["Indicator"]:
        """Itself and everything below, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @cached_property
    def has_scaled(self) -> bool:
        """Whether it, or one below, rescales the sum of its children."""
        return any(indicator.scaled for indicator in self.walk())

    @cached_property
    def leaves(self) -> tuple["Indicator", ...]:
        """The indicators below that carry marks."""
        return tuple(indicator for indicator in self.walk() if not indicator.children)


@dataclass(frozen=True, slots=True)
class Component:
    source: str
    weight_up: int


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    cap_up: int | None = None


@dataclass(frozen=True)
class Item:
    code: str
    text: str
    points_up: int = 0
    levels_up: Mapping[str, int] = field(default_factory=dict)
    group: str | None = None
    unit: str = "次"
    max_up: int | None = None
    per_matter: str = "highest"


@dataclass(frozen=True)
class Adjustment:
    """The bonus or the penalty part. `counts` belongs to bonus, `source` (total or a component) to penalty."""

    items: tuple[Item, ...] = ()
    groups: tuple[Group, ...] = ()
    cap_up: int | None = None
    counts: bool = True
    source: str = "total"


@dataclass(frozen=True, slots=True)
class Veto:
    """`effect` is max_stars, grade, bar_honours or zero_total; `stars` belongs to max_stars."""

    code: str
    text: str
    effect: str
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    max_share_up: int | None = None
    max_number: int | None = None
    within: str = "all"
    min_share_up: int | None = None
    about_up: int | None = None

    @property
    def limits(self) -> bool:
        """Whether it takes stars away; the others only warn."""
        return self.max_share_up is not None or self.max_number is not None


@dataclass(frozen=True, slots=True)
class Condition:
    """`kind` as in scoring.md; `code` a dimension, flag or grade; `limit` millionths, stars or a count of periods."""

    kind: str
    code: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    stars: int
    grade: str
    from_up: int
    quota: Quota | None = None
    requires: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    code: str
    text: str


@dataclass(frozen=True)
class YearRule:
    periods: tuple[str, ...]
    method: str
    missing: str
    weights_up: Mapping[str, int] = field(default_factory=dict)
    adjustments: str = "in_quarters"
    bonus_cap_up: int | None = None
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Scheme:
    code: str
    version: str
    name: str
    full_marks_up: int
    round_before_banding: int | None  # None: the exact figure
    indicators: tuple[Indicator, ...]
    bands: tuple[Band, ...]
    year: YearRule
    sectors: tuple[str, ...] = ()
    places: int = 2
    rescale: bool = False
    rescale_due: bool = False
    max_total_up: int | None = None
    rank_on: str = "total"
    tie_break: tuple[str, ...] = ()
    star_mode: str = "score"
    components: tuple[Component, ...] = (Component("review", 1_000_000),)
    bonus: Adjustment = Adjustment()
    penalty: Adjustment = Adjustment()
    veto: tuple[Veto, ...] = ()
    flags: tuple[Flag, ...] = ()
    notes: str = ""

    @staticmethod
    def from_data(data: object) -> "Scheme":
        """Read plain data. Raises: SchemeError with every problem, if one of them is an error."""
        from .check import read_and_check  # the reader needs these classes

        scheme, problems = read_and_check(data)
        if scheme is None:
            raise SchemeError(problems)
        return scheme

    def to_data(self, number: Callable[[int], Any] | None = None) -> dict[str, Any]:
        """Canonical plain data, without defaults: whole numbers as int, others as decimal text (safe in JSON)."""
        from .writing import scheme_data

        return scheme_data(self, number)

    @cached_property
    def leaves(self) -> tuple[Indicator, ...]:
        """Every indicator that carries a mark, in the order of the scheme: the order of all engine arrays."""
        return tuple(leaf for dimension in self.indicators for leaf in dimension.leaves)

    @cached_property
    def dimension_codes(self) -> tuple[str, ...]:
        return tuple(dimension.code for dimension in self.indicators)

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        return {indicator.code: indicator for dimension in self.indicators for indicator in dimension.walk()}

    def sheet_leaves(self, sector: str) -> tuple[Indicator, ...]:
        """The leaves on the sheets of a sector."""
        return tuple(leaf for leaf, on in zip(self.leaves, self.on_sheet(sector), strict=True) if on)

    def on_sheet(self, sector: str) -> tuple[bool, ...]:
        """For every leaf: whether it and all above it are for this sector."""
        found: list[bool] = []

        def visit(indicator: Indicator, above: bool) -> None:
            on = above and (not indicator.sectors or sector in indicator.sectors)
            if not indicator.children:
                found.append(on)
            for child in indicator.children:
                visit(child, on)

        for dimension in self.indicators:
            visit(dimension, True)
        return tuple(found)

    def is_due(self, leaf: Indicator, period: str) -> bool:
        """Whether a leaf is asked in a period; `on_event` is, wherever a mark exists."""
        if leaf.due == "year_end":
            return period == self.year.periods[-1]
        return leaf.due in ("every", "on_event") or period in leaf.due

    @property
    def most_stars(self) -> int:
        """The most stars that it knows: of a band, of a year's band, or of themes that can be passed."""
        themes = sum(dimension.pass_up is not None for dimension in self.indicators)
        return max((themes, *(band.stars for band in (*self.bands, *self.year.bands))))

    def bands_for(self, period: str) -> tuple[Band, ...]:
        """The bands of a period, or of the year."""
        return self.year.bands if period == YEAR and self.year.bands else self.bands
