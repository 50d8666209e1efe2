"""Problems of the check as links: which form and which field each is about."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...scoring import Problem
from ...scoring.problems import ERROR
from ..sentences import sentence
from .places import Content, nearest
from .scheme_forms import BasicsForm
from .wording import key_name, place_name

_ENTRY = re.compile(
    r"(indicators\[\d+\](?:\.children\[\d+\])*|(?:bonus|penalty)\.items\[\d+\]|veto\[\d+\]|(?:year\.)?bands\[\d+\])"
)
_ROW = re.compile(r"(\w+)\[(\d+)\](?:\.(.+))?")
_ROW_DEFAULT = {"criteria": "text", "bands": "from", "tie_break": "code", "flags": "text", "components": "source"}
_CONDITION_FIELDS = {"code": "code", "grade": "code", "min": "min", "count": "count", "flag": "code"}


@dataclass(frozen=True)
class Located:
    """One problem with its place, the field it is about (empty: the whole place) and what it says."""

    path: str
    field: str
    place: str
    key: str
    text: str
    is_error: bool

    @property
    def anchor(self) -> str:
        return f"id_{self.field}" if self.field else "designer-form"


def located(content: Content, found: Iterable[Problem], sectors: Mapping[str, str] | None = None) -> list[Located]:
    """Every problem with its place, errors first; `sectors` are their names by code."""
    lines = [_locate(content, problem, sectors or {}) for problem in found]
    return sorted(lines, key=lambda line: not line.is_error)


def _locate(content: Content, problem: Problem, sectors: Mapping[str, str]) -> Located:
    path, rest = place_of(problem.path)
    place = nearest(content, path)
    field = field_of(place.kind, rest) if place.path == path else ""
    key = " › ".join(_key(part) for part in rest.split(".")) if rest and rest != place.path else ""
    sector = problem.params.get("sector")
    if sector in sectors:
        problem = replace(problem, params={**problem.params, "sector": sectors[sector]})
    return Located(place.path, field, place_name(place), key, sentence(problem), problem.severity == ERROR)


def _key(part: str) -> str:
    """A key in words, with the number of its row."""
    if row := re.fullmatch(r"(\w+)\[(\d+)\](.*)", part):
        return f"{key_name(row[1])} {int(row[2]) + 1}"
    return key_name(part)


def place_of(path: str) -> tuple[str, str]:
    """The path of the form that a problem's path belongs to, and the rest inside that form."""
    if entry := _ENTRY.match(path):
        return entry[0], path[entry.end() :].lstrip(".")
    head = re.split(r"[.\[]", path, maxsplit=1)[0]
    if head in ("bonus", "penalty", "year"):
        return head, path[len(head) :].lstrip(".")
    if head in ("components", "veto", "bands", "indicators"):
        return head, path
    return "basics", path if head in BasicsForm.owned else ""


def field_of(kind: str, rest: str) -> str:
    """The name of the form field for the rest of a path; empty where the whole form is meant."""
    if not rest or kind in ("indicators", "bands"):
        return ""
    if row := _ROW.fullmatch(rest):
        return _row_field(row[1], row[2], row[3] or "")
    head, _dot, tail = rest.partition(".")
    if head in ("slope", "quota"):
        return f"{head}_{tail}" if tail else {"slope": "slope_target", "quota": "quota_max_share"}[head]
    if head == "weights":
        return f"weight_{tail}" if tail else "method"
    if head == "effect" and tail == "max_stars":
        return "max_stars"
    if head in ("levels", "criteria", "requires", "groups", "tie_break", "flags", "components"):
        return f"{head}-0-{'name' if head == 'levels' else _ROW_DEFAULT.get(head, 'code')}"
    return {"bands": "bands-0-from", "items": "", "children": ""}.get(head, head)


def _row_field(name: str, number: str, tail: str) -> str:
    if name in ("sectors", "periods"):
        return name
    if name == "due":
        return "due_periods"
    if name == "requires":
        last = tail.rpartition(".")[2]
        return f"requires-{number}-{_CONDITION_FIELDS.get(last, 'value')}"
    key = re.split(r"[.\[]", tail, maxsplit=1)[0] if tail else _ROW_DEFAULT.get(name, "code")
    return f"{name}-{number}-{'low' if key == 'range' else key}"
