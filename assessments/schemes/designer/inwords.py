"""What the open form means, in words, as far as it is complete: examples of a rule, or what people will read."""

from collections.abc import Callable

from ...scoring import Scheme, check
from ...scoring.building import scheme as read_leniently
from ...scoring.problems import ERROR
from .. import description
from .examples import examples
from .overview import band_range
from .places import Content, Place, at, listed, split

KINDS = ("indicator", "item", "veto", "band", "year")


def has_words(place: Place) -> bool:
    """Whether a form has such a place at all."""
    return place.kind in KINDS and (place.is_entry or place.kind == "year") and not listed(place.node, "children")


def in_words(content: Content, place: Place) -> list[str]:
    """The sentences; none while something is missing or wrong."""
    if not has_words(place):
        return []
    if place.kind == "indicator":
        return examples(place.node)
    if any(each.severity == ERROR and each.path.startswith(place.path) for each in check(content)):
        return []
    return WRITERS[place.kind](content, read_leniently(content, []), place)


def _item(content: Content, scheme: Scheme, place: Place) -> list[str]:
    part, sign = (scheme.bonus, "+") if place.tab == "bonus" else (scheme.penalty, "-")
    return [description.item_line(part.items[split(place.path)[1]], part, sign)]


def _veto(content: Content, scheme: Scheme, place: Place) -> list[str]:
    return [description.veto_line(scheme.veto[split(place.path)[1]])]


def _band(content: Content, scheme: Scheme, place: Place) -> list[str]:
    name, number = split(place.path)
    band = (scheme.bands if name == "bands" else scheme.year.bands)[number]
    return [line for line in (band_range(at(content, name), number), *description.band_lines(band, scheme)) if line]


def _year(content: Content, scheme: Scheme, place: Place) -> list[str]:
    return [description.year_line(scheme)]


WRITERS: dict[str, Callable[[Content, Scheme, Place], list[str]]] = {
    "item": _item,
    "veto": _veto,
    "band": _band,
    "year": _year,
}
