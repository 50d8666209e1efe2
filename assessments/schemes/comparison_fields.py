"""What is compared of a scheme's plain data, part by part, and how its values read.

Drafts hold what was typed, so nothing is taken for granted here: a value of the wrong shape is shown as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from . import comparison_words as words

NUMBERS = ("number", "points", "share")


@dataclass(frozen=True)
class Field:
    """One key: its name on the page, what its values are (`kind`), and what an absent key means."""

    key: str
    label: Any
    kind: str = "text"
    default: Any = None


BASIC = (
    Field("name", gettext_lazy("name of the scheme")),
    Field("sectors", gettext_lazy("sectors"), "sectors", ()),
    Field("full_marks", gettext_lazy("full marks"), "points"),
    Field("places", gettext_lazy("printed decimals"), "number", 2),
    Field("round_before_banding", gettext_lazy("rounding before grading")),
    Field("rescale", gettext_lazy("points are rescaled to full marks"), "flag", False),
    Field("rescale_due", gettext_lazy("rows due are rescaled to full marks"), "flag", False),
    Field("max_total", gettext_lazy("highest total"), "points"),
    Field("rank_on", gettext_lazy("ranked on"), "words", "total"),
    Field("tie_break", gettext_lazy("tie-break"), "list", ()),
    Field("star_mode", gettext_lazy("kind of stars"), "words", "score"),
    Field("notes", gettext_lazy("notes"), "text", ""),
)
INDICATOR = (
    Field("name", pgettext_lazy("compared", "name")),
    Field("points", pgettext_lazy("compared", "points"), "points"),
    Field("standard", gettext_lazy("standard"), "text", ""),
    Field("sectors", gettext_lazy("sectors"), "sectors", ()),
    Field("scaled", gettext_lazy("scaled to its points"), "flag", False),
    Field("pass", gettext_lazy("pass mark"), "share"),
    Field("rule", gettext_lazy("rule"), "rule", ""),
    Field("evidence", gettext_lazy("evidence"), "words", "optional"),
    Field("not_applicable", gettext_lazy("where it does not apply"), "words", "forbidden"),
    Field("due", gettext_lazy("assessed in"), "list", "every"),
    Field("reviewer_unit", gettext_lazy("scoring office"), "text", ""),
    Field("floor", gettext_lazy("lowest points"), "points", 0),
    Field("ceiling", gettext_lazy("highest points"), "points"),
    Field("step", pgettext_lazy("compared", "step"), "points", "0.5"),
    Field("start", gettext_lazy("starting points"), "points", 0),
    Field("highest_only", gettext_lazy("only the highest counts"), "flag", False),
    Field("bands", gettext_lazy("steps of the measure"), "steps", ()),
    Field("slope", gettext_lazy("target and deduction"), "slope"),
    Field("factor", gettext_lazy("factor"), "number", 1),
    Field("source", gettext_lazy("filled in from"), "text", ""),
)
CRITERION = (
    Field("text", gettext_lazy("text")),
    Field("points", pgettext_lazy("compared", "points"), "points"),
    Field("range", gettext_lazy("range"), "range"),
    Field("unit", pgettext_lazy("compared", "counted in"), "text", "次"),
    Field("max", gettext_lazy("at most"), "points"),
    Field("applies_if", gettext_lazy("asked only of"), "words"),
)
ADJUSTMENT = (
    Field("counts", gettext_lazy("bonus counts for the grade"), "flag", True),
    Field("from", gettext_lazy("taken from"), "words", "total"),
    Field("cap", gettext_lazy("ceiling"), "points"),
)
GROUP = (Field("cap", gettext_lazy("ceiling"), "points"),)
ITEM = (
    Field("text", gettext_lazy("text")),
    Field("points", pgettext_lazy("compared", "points"), "points"),
    Field("levels", gettext_lazy("levels"), "levels"),
    Field("group", pgettext_lazy("of bonus items", "group")),
    Field("unit", pgettext_lazy("compared", "counted in"), "text", "次"),
    Field("max", gettext_lazy("at most"), "points"),
    Field("per_matter", gettext_lazy("one matter"), "words", "highest"),
)
VETO = (Field("text", gettext_lazy("text")), Field("effect", gettext_lazy("effect"), "effect"))
FLAG = (Field("text", gettext_lazy("text")),)
BAND = (
    Field("grade", pgettext_lazy("compared", "grade")),
    Field("from", pgettext_lazy("compared", "from"), "points"),
    Field("quota", gettext_lazy("quota"), "quota"),
    Field("requires", gettext_lazy("conditions"), "conditions", ()),
)
COMPONENT = (Field("weight", gettext_lazy("weight"), "share"),)
YEAR = (
    Field("periods", gettext_lazy("periods"), "list", ()),
    Field("method", gettext_lazy("method"), "method"),
    Field("missing", gettext_lazy("missing period"), "missing"),
    Field("weights", gettext_lazy("weights of the periods"), "weights"),
    Field("adjustments", gettext_lazy("bonus and penalty of the year"), "words", "in_quarters"),
    Field("bonus_cap", gettext_lazy("ceiling of the year's bonus"), "points"),
)


def value_of(data: Mapping[str, Any], field: Field) -> Any:
    """The value under a key, or what its absence means."""
    found = data.get(field.key)
    if found is None or found == "":
        return field.default
    return found


def is_same(field: Field, one: Any, other: Any) -> bool:
    """Whether two values mean the same: 20 is 20.0, "1.1" and "1.10" are two codes."""
    return _normal(field.kind, one) == _normal(field.kind, other)


def shown(field: Field, value: Any, names: Mapping[str, str]) -> str:
    """A value in words; `names` are those of sectors and first-level indicators by code."""
    return words.SHOWN.get(field.kind, words.plain)(value, names)


def _normal(kind: str, value: Any) -> Any:
    if kind in NUMBERS:
        return number(value)
    if kind in ("text", "words", "rule", "method", "missing"):
        return str(value).replace("\r\n", "\n").strip() if value is not None else ""
    if kind in ("list", "sectors"):
        return tuple(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return _deep(value)


def _deep(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _deep(each) if key != "code" else str(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_deep(each) for each in value)
    return number(value)


def number(value: Any) -> Any:
    """A number as Decimal, whatever it was typed as; anything else as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return value
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return value
    return found if found.is_finite() else value


def name_in_quotes(code: str, name: str) -> str:
    """A row as sentences call it."""
    return _("“%(name)s”") % {"name": f"{code} {name}".strip()}
