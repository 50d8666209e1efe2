"""The left side of the designer: indicators with their sums for each sector, lists of items, vetoes and grades."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ...scoring import NumberError, Scheme, parse_up, plain
from ...scoring.building import scheme as read_leniently
from ...scoring.check import ANY_SECTOR, indicator_paths, points_for, sectors_of
from ...scoring.scheme import RULES
from ..description import rule_name
from .blanks import list_of
from .places import Content, at, find
from .wording import place_name


@dataclass(frozen=True)
class Sum:
    """Points of the children against what they must add up to, for the sectors where it is the same."""

    sectors: str
    actual: str
    expected: str
    missing_up: int

    @property
    def is_right(self) -> bool:
        return self.missing_up == 0

    @property
    def difference(self) -> str:
        if self.missing_up > 0:
            return _("%(points)s short") % {"points": plain(self.missing_up)}
        return _("%(points)s too many") % {"points": plain(-self.missing_up)}


@dataclass
class Line:
    """One entry of the left side."""

    path: str
    name: str
    level: int = 1
    points: str = ""
    note: str = ""
    is_group: bool = False
    sums: list[Sum] = field(default_factory=list)
    problems: int = 0
    lines: list["Line"] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """All indicators and the sums of the whole scheme."""

    lines: list[Line]
    sums: list[Sum]


def tree(content: Content, sector_names: Mapping[str, str], problems: Mapping[str, int]) -> Tree:
    """The indicators of a draft, as far as it can be read; `problems` counts them by place."""
    scheme = read_leniently(content, [])
    by_path: dict[str, Line] = {}
    top: list[Line] = []
    for path, indicator in indicator_paths(scheme):
        place = find(content, path)
        if place is None:
            continue
        line = Line(path, place_name(place), place.depth, plain(indicator.points_up), problems=problems.get(path, 0))
        line.is_group = bool(indicator.children)
        if line.is_group:
            line.note = _("rescaled") if indicator.scaled else ""
            line.sums = (
                []
                if indicator.scaled
                else _sums(
                    scheme, indicator.points_up, sector_names, lambda sector, each=indicator: points_for(each, sector)
                )
            )
        else:
            line.note = rule_name(indicator.rule) if indicator.rule in RULES else ""
        by_path[path] = line
        above = by_path.get(path.rpartition(".")[0])
        (above.lines if above else top).append(line)
    whole = [] if scheme.rescale else _sums(
        scheme, scheme.full_marks_up, sector_names, lambda sector: _total(scheme, sector)
    )  # fmt: skip
    return Tree(top, whole)


def _total(scheme: Scheme, sector: str) -> int:
    return sum(points or 0 for points in (points_for(each, sector) for each in scheme.indicators))


def _sums(scheme: Scheme, expected_up: int, names: Mapping[str, str], points: Any) -> list[Sum]:
    """One sum where all sectors agree, else one for each group of sectors that does."""
    found: dict[int, list[str]] = {}
    for sector in sectors_of(scheme):
        actual = points(sector)
        if actual is not None:
            found.setdefault(actual, []).append(
                names.get(sector, sector) if sector != ANY_SECTOR else _("other sectors")
            )
    join = pgettext("between the names of a list", ", ").join
    return [
        Sum(join(sectors) if len(found) > 1 else "", plain(actual), plain(expected_up), expected_up - actual)
        for actual, sectors in found.items()
    ]


def entries(content: Content, tab: str, problems: Mapping[str, int]) -> list[Line]:
    """The entries of a tab's list: items, vetoes or grades."""
    name = list_of(tab)
    found = at(content, name)
    lines = []
    for number in range(len(found) if isinstance(found, list) else 0):
        path = f"{name}[{number}]"
        place = find(content, path)
        if place is not None:
            note = band_range(found, number) if place.kind == "band" else ""
            lines.append(Line(path, place_name(place), note=note, problems=problems.get(path, 0)))
    return lines


def band_range(bands: list[Any], number: int) -> str:
    """The printed range of a grade: only lower ends count, so the upper end is the lower end of the grade above."""
    lower = _number(at(bands[number], "from"))
    if lower is None:
        return ""
    upper = _number(at(bands[number - 1], "from")) if number else None
    if upper is None:
        return _("%(from)s points and more") % {"from": plain(lower)}
    return _("%(from)s to below %(to)s points") % {"from": plain(lower), "to": plain(upper)}


def _number(value: Any) -> int | None:
    try:
        return parse_up(value)
    except NumberError:
        return None


def flat(lines: list[Line]) -> Iterator[Line]:
    """Every line with those below it."""
    for line in lines:
        yield line
        yield from flat(line.lines)
