"""The read model of one version's page: indicators with their rules in words, for all sectors or for one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..scoring import Scheme
from ..scoring.check import points_for
from ..scoring.scheme import Indicator
from . import description, total_words


@dataclass(frozen=True)
class SectorSum:
    """A sector of the scheme and the points of its rows."""

    code: str
    name: str
    points_up: int


@dataclass(frozen=True)
class LeafRow:
    """One scored indicator. `sectors` are the names it is limited to; empty for a common row (共性)."""

    leaf: Indicator
    group: str
    kind: str
    lines: tuple[str, ...]
    sectors: tuple[str, ...]


@dataclass(frozen=True)
class DimensionPart:
    """A first-level indicator with its rows and their points, for the sector that was asked for."""

    top: Indicator
    points_up: int
    rows: tuple[LeafRow, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class SchemePage:
    """All that the page shows of a scheme without errors. `sums` is empty where every row is common."""

    scheme: Scheme
    dimensions: tuple[DimensionPart, ...]
    sums: tuple[SectorSum, ...]
    sector: SectorSum | None
    bonus: list[tuple[object, str]]
    penalty: list[tuple[object, str]]
    veto: list[tuple[object, str]]
    bands: list[tuple[object, list[str]]]
    year_line: str
    total_lines: list[str]
    bonus_lines: list[str]
    penalty_lines: list[str]
    year_lines: list[str]
    year_bands: list[tuple[object, list[str]]]


def scheme_page(scheme: Scheme, names: Mapping[str, str], sector: str = "") -> SchemePage:
    """Everything of `scheme`, or of one sector's sheets only. `names`: sectors by code, in their usual order."""
    sums = sector_sums(scheme, names)
    chosen = next((each for each in sums if each.code == sector), None)
    return SchemePage(
        scheme=scheme,
        dimensions=tuple(_dimensions(scheme, names, chosen.code if chosen else "")),
        sums=sums,
        sector=chosen,
        bonus=[(item, description.item_line(item, scheme.bonus, "+")) for item in scheme.bonus.items],
        penalty=[(item, description.item_line(item, scheme.penalty, "-")) for item in scheme.penalty.items],
        veto=[(veto, description.veto_line(veto)) for veto in scheme.veto],
        bands=[(band, description.band_lines(band, scheme)) for band in scheme.bands],
        year_line=description.year_line(scheme),
        total_lines=total_words.total_lines(scheme),
        bonus_lines=total_words.adjustment_lines(scheme.bonus),
        penalty_lines=total_words.adjustment_lines(scheme.penalty),
        year_lines=total_words.year_lines(scheme),
        year_bands=total_words.year_bands(scheme),
    )


def sector_sums(scheme: Scheme, names: Mapping[str, str]) -> tuple[SectorSum, ...]:
    """Points of each sector's rows; empty where no row is limited to a sector.

    A scheme for all sectors is summed for those that its rows name, and for the others of `names` too.
    """
    limited = {code for top in scheme.indicators for each in top.walk() for code in each.sectors}
    if not limited:
        return ()
    wanted = set(scheme.sectors) or {*names, *limited}
    ordered = [code for code in names if code in wanted] + sorted(wanted - set(names))
    return tuple(
        SectorSum(code, names.get(code, code), sum(points_for(top, code) or 0 for top in scheme.indicators))
        for code in ordered
    )


def _dimensions(scheme: Scheme, names: Mapping[str, str], sector: str) -> Iterator[DimensionPart]:
    for top in scheme.indicators:
        rows = tuple(_rows(top, (), names, sector))
        if rows:
            points_up = (points_for(top, sector) or 0) if sector else top.points_up
            yield DimensionPart(top, points_up, rows, tuple(total_words.dimension_lines(top)))


def _rows(
    indicator: Indicator, above: tuple[str, ...], names: Mapping[str, str], sector: str, level: int = 1, group: str = ""
) -> Iterator[LeafRow]:
    """Rows below an indicator; `above` are the sectors that those above it are limited to (empty: all)."""
    limits = tuple(code for code in indicator.sectors if not above or code in above) or above
    if sector and limits and sector not in limits:
        return
    if not indicator.children:
        said = tuple(names.get(code, code) for code in limits)
        lines = tuple(description.rule_lines(indicator))
        yield LeafRow(indicator, group, description.rule_name(indicator.rule), lines, said)
    for child in indicator.children:
        name = " ".join([indicator.name, *total_words.dimension_lines(indicator)]) if level > 1 else ""
        yield from _rows(child, limits, names, sector, level + 1, name)
