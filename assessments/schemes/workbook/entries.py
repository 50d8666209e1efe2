"""A scheme as the rows of each block: values of the scheme's plain data, without those that hold their default."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ...scoring import Scheme
from ...scoring.numbers import SCALE, plain

Entry = dict[str, Any]
Entries = dict[str, list[Entry]]


def number(value_up: int) -> int | Decimal:
    """A cell's number; xlsx keeps 15 digits, a scheme has 13 at most."""
    return value_up // SCALE if value_up % SCALE == 0 else Decimal(plain(value_up))


def entries(scheme: Scheme) -> Entries:
    """Block key -> its rows; a form has one row."""
    data = scheme.to_data(number)
    year, parts = data["year"], {part: data.get(part, {}) for part in ("bonus", "penalty")}
    return {
        "scheme": [data],
        "components": data["components"],
        "flags": data.get("flags", []),
        "year": [year],
        "weights": [{"period": period, "weight": weight} for period, weight in year.get("weights", {}).items()],
        "indicators": [row for each in data["indicators"] for row in _indicator(each, 1)],
        "criteria": [row for each in data["indicators"] for row in _criteria(each)],
        "bonus": [parts["bonus"]],
        "penalty": [parts["penalty"]],
        "groups": [{"part": name, **group} for name, part in parts.items() for group in part.get("groups", [])],
        "items": [row for name, part in parts.items() for item in part.get("items", []) for row in _item(name, item)],
        "veto": [_veto(each) for each in data.get("veto", [])],
        "bands": [row for band in data["bands"] for row in _band(band)],
        "year_bands": [row for band in year.get("bands", []) for row in _band(band)],
    }


def _indicator(indicator: Entry, level: int) -> Iterator[Entry]:
    row = {"level": str(level), **indicator}
    slope = indicator.get("slope", {})
    row |= {"slope_points": slope.get("points"), "slope_max": slope.get("max")}
    yield row | {key: slope.get(key) for key in ("target", "per", "direction")}
    for child in indicator.get("children", []):
        yield from _indicator(child, level + 1)


def _criteria(indicator: Entry) -> Iterator[Entry]:
    """The criteria and the bands of a measure, with those of everything below."""
    code = indicator["code"]
    for criterion in indicator.get("criteria", []):
        low, high = criterion.get("range", (None, None))
        yield {"indicator": code, **criterion, "low": low, "high": high}
    for band in indicator.get("bands", []):
        yield {"indicator": code, **band}
    for child in indicator.get("children", []):
        yield from _criteria(child)


def _item(part: str, item: Entry) -> Iterator[Entry]:
    """An item, and one row more for every level after the first."""
    (level, points), *others = item.get("levels", {None: item.get("points")}).items()
    yield {"part": part, **item, "level": level, "points": points}
    for level, points in others:
        yield {"level": level, "points": points}


def _veto(veto: Entry) -> Entry:
    ((effect, content),) = veto["effect"].items()
    return {**veto, "effect": effect, "stars": content if effect == "max_stars" else None}


def _band(band: Entry) -> Iterator[Entry]:
    """A band, and one row more for every condition after the first."""
    first, *others = [_condition(condition) for condition in band.get("requires", [])] or [{}]
    yield {**band, **band.get("quota", {}), **first}
    yield from others


def _condition(condition: Entry) -> Entry:
    ((kind, content),) = condition.items()
    if kind == "dimension_share":
        return {"condition": kind, "object": content["code"], "value": content["min"]}
    if kind == "good_periods":
        return {"condition": kind, "object": content["grade"], "value": content["count"]}
    if kind == "flag":
        return {"condition": kind, "object": content}
    return {"condition": kind, "value": None if content is True else content}
