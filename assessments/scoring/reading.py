"""Plain data to the dataclasses of `scheme.py`, noting every problem on the way instead of stopping at the first."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import numbers
from .problems import ERROR, WARNING, Problem

REQUIRED: Any = object()

LEAF_KEYS = (
    "rule",
    "criteria",
    "evidence",
    "not_applicable",
    "due",
    "reviewer_unit",
    "floor",
    "ceiling",
    "step",
    "start",
    "highest_only",
    "bands",
    "slope",
    "factor",
    "source",
)
KEYS: dict[str, tuple[str, ...]] = {
    "scheme": (
        "code",
        "version",
        "name",
        "sectors",
        "full_marks",
        "places",
        "round_before_banding",
        "rescale",
        "rescale_due",
        "max_total",
        "rank_on",
        "tie_break",
        "star_mode",
        "indicators",
        "components",
        "bonus",
        "penalty",
        "veto",
        "flags",
        "bands",
        "year",
        "notes",
    ),
    "indicator": ("code", "name", "points", "standard", "sectors", "scaled", "pass", "children", *LEAF_KEYS),
    "criterion": ("code", "text", "points", "range", "unit", "max", "applies_if"),
    "measure_band": ("from", "points"),
    "slope": ("target", "per", "points", "max", "direction"),
    "component": ("source", "weight"),
    "bonus": ("counts", "cap", "groups", "items"),
    "penalty": ("from", "cap", "groups", "items"),
    "group": ("code", "cap"),
    "item": ("code", "text", "points", "levels", "group", "unit", "max", "per_matter"),
    "veto": ("code", "text", "effect"),
    "band": ("stars", "grade", "from", "quota", "requires"),
    "effect": ("max_stars", "grade", "bar_honours", "zero_total"),
    "condition": (
        "dimension_share",
        "no_zero_dimension",
        "poll_min",
        "poll_top_share",
        "previous_stars_min",
        "good_periods",
        "flag",
        "no_veto",
    ),
    "good_periods": ("grade", "count"),
    "quota": ("max_share", "max_number", "within", "min_share", "about"),
    "flag": ("code", "text"),
    "year": ("periods", "method", "missing", "weights", "adjustments", "bonus_cap", "bands"),
}
LARGEST_WHOLE = 1_000_000
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters beside tab and line break: nobody sees them, and XML, YAML or the database alters them."""


class Reader:
    """Typed access to one mapping of the file; remembers problems in a list shared by all readers of a scheme."""

    def __init__(self, data: object, path: str, kind: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.data: Mapping[str, Any] = {}
        if not isinstance(data, Mapping):
            self.problem("", "not_mapping", data)
            return
        self.data = data
        for key in data:
            if key not in KEYS[kind]:
                self.problem(str(key), "unknown_key", data[key], allowed=KEYS[kind])

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def problem(self, key: str, code: str, value: Any = None, **params: Any) -> None:
        self.problems.append(Problem(self.at(key), code, value, params, ERROR))

    def warn(self, key: str, code: str, value: Any = None, **params: Any) -> None:
        self.problems.append(Problem(self.at(key), code, value, params, WARNING))

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def raw(self, key: str, default: Any) -> Any:
        """The value, or None with a problem where it is required and absent."""
        value = self.data.get(key)
        if value is not None:
            return value
        if default is REQUIRED:
            self.problem(key, "required")
            return None
        return default

    def text(self, key: str, default: Any = REQUIRED) -> str:
        value = self.raw(key, default)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(key, "not_text", value)
            return str(value)
        if default is REQUIRED and not value.strip():
            self.problem(key, "empty", value)
        self.seen(self.at(key), value)
        return value

    def seen(self, path: str, text: str) -> None:
        """Note a problem for a text with characters that nobody can see."""
        if signs := list(dict.fromkeys(UNSEEN.findall(text))):
            named = tuple(f"U+{ord(sign):04X}" for sign in signs)
            self.problems.append(Problem(path, "unseen_signs", text, {"signs": named}))

    def code(self, key: str = "code") -> str:
        """An identity: text without spaces around it and without characters that files use."""
        value = self.text(key)
        if value != value.strip() or value.startswith("@") or any(sign in value for sign in "\n\r\t"):
            self.problem(key, "bad_code", value)
        return value

    def number(self, key: str, default: Any = REQUIRED, *, least: int | None = None, above: int | None = None) -> int:
        """Micro-points; `least` and `above` are bounds in micro-points."""
        value = self.raw(key, default)
        if value is None or value is default:
            return 0 if value is None else int(value)
        return self.as_number(key, value, least=least, above=above)

    def optional_number(self, key: str, *, least: int | None = None, above: int | None = None) -> int | None:
        return self.number(key, least=least, above=above) if self.has(key) else None

    def as_number(self, key: str, value: Any, *, least: int | None = None, above: int | None = None) -> int:
        try:
            value_up = numbers.parse_up(value)
        except numbers.NumberError as error:
            self.problem(key, error.code, value)
            return 0
        if least is not None and value_up < least:
            self.problem(key, "too_small", value, least=numbers.plain(least))
        if above is not None and value_up <= above:
            self.problem(key, "not_above", value, above=numbers.plain(above))
        return value_up

    def share(self, key: str, default: Any = REQUIRED) -> int:
        value_up = self.number(key, default, least=0)
        if value_up > numbers.SCALE:
            self.problem(key, "share_above_one", self.data.get(key))
        return value_up

    def optional_share(self, key: str) -> int | None:
        return self.share(key) if self.has(key) else None

    def whole(self, key: str, default: Any = REQUIRED, *, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        value = self.raw(key, default)
        if value is None or value is default:
            return least if value is None else int(value)
        try:
            value_up = numbers.parse_up(value)
        except numbers.NumberError as error:
            self.problem(key, error.code, value)
            return least
        whole, rest = divmod(value_up, numbers.SCALE)
        if rest:
            self.problem(key, "not_whole", value)
        elif not least <= whole <= most:
            self.problem(key, "outside", value, low=least, high=most)
        return whole

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            word = {"是": "yes", "否": "no"}.get(str(value).strip())
            self.problem(key, "flag_word" if word else "not_flag", value, plain=word)
            return default
        return value

    def choice(self, key: str, allowed: Sequence[str], default: Any = REQUIRED) -> str:
        value = self.raw(key, default)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in allowed:
            self.problem(key, "not_one_of", value, allowed=tuple(allowed))
            return "" if default is REQUIRED else str(default or "")
        return value

    def items(self, key: str, *, required: bool = False) -> list[tuple[str, Any]]:
        """The entries of a list, each with its path."""
        value = self.raw(key, REQUIRED if required else [])
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.problem(key, "not_list", value)
            return []
        if required and not value:
            self.problem(key, "empty", value)
        return [(f"{self.at(key)}[{index}]", entry) for index, entry in enumerate(value)]

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        found: list[str] = []
        for path, entry in self.items(key, required=required):
            if not isinstance(entry, str) or not entry.strip():
                self.problems.append(Problem(path, "not_text", entry))
                continue
            if entry in found:
                self.problems.append(Problem(path, "duplicate", entry))
            else:
                self.seen(path, entry)
            found.append(entry)  # a second time, too: what is said of a later entry keeps its place
        return tuple(found)

    def numbers(self, key: str) -> dict[str, int]:
        """A mapping of names to numbers."""
        value = self.raw(key, {})
        if not isinstance(value, Mapping):
            self.problem(key, "not_mapping", value)
            return {}
        found: dict[str, int] = {}
        for name, entry in value.items():
            if not isinstance(name, str) or not name.strip():
                self.problem(key, "not_text", name)
            elif entry is None:
                self.problem(f"{key}.{name}", "required")
            else:
                self.seen(self.at(key), name)
                found[name] = self.as_number(f"{key}.{name}", entry, least=0)
        return found

    def sub(self, key: str, kind: str) -> "Reader | None":
        """A reader of a nested mapping, where it is given."""
        return Reader(self.data[key], self.at(key), kind, self.problems) if self.has(key) else None

    def subs(self, key: str, kind: str, *, required: bool = False) -> list["Reader"]:
        return [Reader(entry, path, kind, self.problems) for path, entry in self.items(key, required=required)]
