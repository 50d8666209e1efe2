"""Quick adjustments of a scheme for one trial: which figures may be changed, and the content with them changed.

Works on plain data as drafts hold it, without touching the draft. Field names are stable within one content:
`weight-0` (component), `points-1` (first-level indicator by code), `from-0`, `quota-0` (band), `year_from-0`,
`year_quota-0` (band of the year), `cap` (of the bonus).
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from branchportal.figures import micro, plain_text

from ...schemes.comparison_words import source_names

PER_CENT = "%"


@dataclass(frozen=True)
class Field:
    """One figure that can be tried otherwise. `value` is text as a person writes it; a quota's share is per cent."""

    name: str
    group: str  # weights, points, bands, year, bonus
    label: str
    value: str
    unit: str = ""
    is_optional: bool = False


def fields_of(content: Mapping[str, Any]) -> list[Field]:
    """What can be adjusted, in the order of the scheme."""
    found = list(_weights(content))
    for indicator in content.get("indicators", ()):
        label = f"{indicator['code']} {indicator['name']}"
        found.append(Field(f"points-{indicator['code']}", "points", label, _text(indicator["points"])))
    found += _bands(content.get("bands", ()), "bands", "")
    found += _bands(content.get("year", {}).get("bands", ()), "year", "year_")
    if content.get("bonus", {}).get("items"):
        found.append(Field("cap", "bonus", _("Bonus at most"), _text(content["bonus"].get("cap")), is_optional=True))
    return found


def _weights(content: Mapping[str, Any]) -> Iterator[Field]:
    names = source_names()
    for at, component in enumerate(content.get("components", ())):
        label = names.get(component["source"], component["source"])
        yield Field(f"weight-{at}", "weights", label, _text(component["weight"]))


def _bands(bands: Sequence[Mapping[str, Any]], group: str, prefix: str) -> list[Field]:
    found = []
    for at, band in enumerate(bands):
        label = _("%(grade)s from") % {"grade": band["grade"]}
        found.append(Field(f"{prefix}from-{at}", group, label, _text(band["from"])))
        quota = band.get("quota") or {}
        label = _("%(grade)s at most") % {"grade": band["grade"]}
        if "max_number" in quota:
            found.append(Field(f"{prefix}quota-{at}", group, label, _text(quota["max_number"]), is_optional=True))
        elif at < len(bands) - 1:
            share = quota.get("max_share")
            value = "" if share is None else plain_text(micro(str(share)) * 100)
            found.append(Field(f"{prefix}quota-{at}", group, label, value, PER_CENT, is_optional=True))
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def changes(content: Mapping[str, Any], said: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The fields that differ from the content, and for those that cannot be read the sentence why."""
    changed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field in fields_of(content):
        text = said.get(field.name, field.value).strip()[:30]
        if not text and not field.is_optional:
            text = field.value
        if text == field.value:
            continue
        try:
            if text and field.value and micro(text) == micro(field.value):
                continue
            if text and micro(text) < 0:
                raise ValueError(text)
        except ValueError:
            wrong[field.name] = _("“%(value)s” is not a number. Write digits with at most one decimal point.") % {
                "value": text
            }
            continue
        changed[field.name] = text
    return changed, wrong


def adjusted(content: Mapping[str, Any], changed: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the content with the changes made. An indicator whose points change brings its children to them."""
    found: dict[str, Any] = copy.deepcopy(dict(content))
    for name, text in changed.items():
        kind, _dash, at = name.partition("-")
        bands = found["year"].get("bands", []) if kind.startswith("year_") else found["bands"]
        kind = kind.removeprefix("year_")
        if kind == "weight":
            found["components"][int(at)]["weight"] = text
        elif kind == "points":
            _set_points(found["indicators"], at, text)
        elif kind == "from":
            bands[int(at)]["from"] = text
        elif kind == "quota":
            _set_quota(bands, int(at), text)
        elif text:
            found["bonus"]["cap"] = text
        else:
            found["bonus"].pop("cap", None)
    return found


def _set_points(indicators: Sequence[dict[str, Any]], code: str, text: str) -> None:
    indicator = next(one for one in indicators if one["code"] == code)
    indicator["points"] = text
    if indicator.get("children"):
        indicator["scaled"] = True


def _set_quota(bands: Sequence[dict[str, Any]], at: int, text: str) -> None:
    """A share in per cent, or a number where the band has one; empty takes the limit away."""
    quota = dict(bands[at].get("quota") or {})
    if not text:
        quota = {key: value for key, value in quota.items() if key in ("within", "min_share", "about")}
        if set(quota) <= {"within"}:
            bands[at].pop("quota", None)
            return
    elif "max_number" in quota:
        quota["max_number"] = int(text) if text.isdecimal() else text
    else:
        others = (band["quota"] for band in bands if band.get("quota"))
        within = quota.get("within") or next((other.get("within", "all") for other in others), "all")
        whole = micro(text)
        quota |= {"max_share": plain_text(whole // 100) if whole % 100 == 0 else text, "within": within}
    bands[at]["quota"] = quota


def described(content: Mapping[str, Any], adjustments: Mapping[str, Sequence[str]]) -> list[str]:
    """Each adjustment (name: before, after) in words; `content` is the one before or the one after."""
    words = []
    for field in fields_of(content):
        if field.name in adjustments:
            before, after = (f"{text}{field.unit}" if text else _("no limit") for text in adjustments[field.name])
            words.append(
                _("%(label)s: %(before)s → %(after)s") % {"label": field.label, "before": before, "after": after}
            )
    return words
