"""Places of a scheme that have a form of their own, by the paths that `scoring.check` uses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from branchportal.errors import PortalError

Content = dict[str, Any]

DEEPEST = 3
TABS = ("indicators", "basics", "components", "bonus", "penalty", "veto", "bands", "year")
LIST_KEYS = {"bonus": "items", "penalty": "items"}
_KINDS = (
    ("indicator", re.compile(r"indicators\[\d{1,4}\](\.children\[\d{1,4}\])*")),
    ("item", re.compile(r"(bonus|penalty)\.items\[\d{1,4}\]")),
    ("veto", re.compile(r"veto\[\d{1,4}\]")),
    ("band", re.compile(r"(year\.)?bands\[\d{1,4}\]")),
)
_STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")


class Refused(PortalError):  # noqa: N818 - named for what happened
    """A step of the designer that the scheme does not allow; nothing was changed."""

    code = "design_refused"


@dataclass(frozen=True)
class Place:
    """One form: its path, its kind and the plain data that the form is about (the whole scheme for `basics`)."""

    path: str
    kind: str
    node: Content

    @property
    def tab(self) -> str:
        return "year" if self.path.startswith("year") else re.split(r"[.\[]", self.path, maxsplit=1)[0]

    @property
    def depth(self) -> int:
        """1 for a first-level indicator."""
        return 1 + self.path.count("children")

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of a list, which can be moved, copied and removed."""
        return self.path.endswith("]")


def find(content: Content, path: str) -> Place | None:
    """The place of a path; None where there is none."""
    if path in TABS:
        return Place(path, path, section(content, path))
    for kind, pattern in _KINDS:
        if pattern.fullmatch(path):
            node = at(content, path)
            return Place(path, kind, node) if isinstance(node, dict) else None
    return None


def nearest(content: Content, path: str) -> Place:
    """The place of a path, or the closest one above it that exists."""
    while path:
        if found := find(content, path):
            return found
        path = path.rpartition(".")[0] or (path.partition("[")[0] if "[" in path else "")
    return Place("indicators", "indicators", content)


def section(content: Content, tab: str) -> Content:
    """The plain data of a tab's own form; a fresh group where the scheme has none yet."""
    if tab not in ("bonus", "penalty", "year"):
        return content
    found = content.get(tab)
    return found if isinstance(found, dict) else {}


def at(content: object, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for name, index in _STEP.findall(path):
        content = content.get(name) if isinstance(content, dict) else None
        if index:
            content = content[int(index)] if isinstance(content, list) and int(index) < len(content) else None
    return content


def listed(node: object, key: str) -> list[Any]:
    """The list under a key; an empty one where there is none."""
    found = node.get(key) if isinstance(node, dict) else None
    return found if isinstance(found, list) else []


def split(path: str) -> tuple[str, int]:
    """The path of the list that an entry stands in, and its number: `bands[2]` is (`bands`, 2)."""
    found = re.fullmatch(r"(.+)\[(\d+)\]", path)
    if found is None:
        raise ValueError(path)
    return found[1], int(found[2])


def parent_of(path: str) -> str:
    """The path of the node that an entry's list belongs to; empty for the scheme itself."""
    return split(path)[0].rpartition(".")[0]


def walk(content: Content) -> Iterator[tuple[str, Content]]:
    """Every indicator with its path, depth first."""

    def visit(entries: list[Any], path: str) -> Iterator[tuple[str, Content]]:
        for number, entry in enumerate(entries):
            if isinstance(entry, dict):
                here = f"{path}[{number}]"
                yield here, entry
                yield from visit(listed(entry, "children"), f"{here}.children")

    yield from visit(listed(content, "indicators"), "indicators")


def path_to(content: Content, node: Content) -> str:
    """The path of an entry of any list, found by identity."""
    for path, entry in walk(content):
        if entry is node:
            return path
    for name in ("bonus.items", "penalty.items", "veto", "bands", "year.bands"):
        found = at(content, name)
        for number, entry in enumerate(found if isinstance(found, list) else []):
            if entry is node:
                return f"{name}[{number}]"
    return ""
