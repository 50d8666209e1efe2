"""Codes for new entries: the next free one of the family, never one that is in use."""

from typing import Any

from .places import Content, at, listed, walk

LONGEST = 20
FIRST = {"bonus": "B", "penalty": "P", "veto": "V"}


def used_codes(content: Content) -> set[str]:
    """Codes of indicators, items, vetoes and flags: marks name them in one column, so they are one family."""
    found = [entry.get("code") for _path, entry in walk(content)]
    for name in ("bonus.items", "penalty.items", "veto", "flags"):
        entries = at(content, name)
        found += (
            [entry.get("code") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        )
    return {code for code in found if isinstance(code, str)}


def next_indicator(content: Content, parent: Content | None) -> str:
    """`2` beside `1`; `1.3` below `1` after `1.2`."""
    code = parent.get("code") if parent else ""
    prefix = f"{code}." if isinstance(code, str) and code and len(code) < LONGEST - 4 else ""
    return _next(prefix, len(listed(parent, "children")) if parent else 0, used_codes(content))


def next_entry(content: Content, family: str) -> str:
    """`B3` after `B2` for a bonus, `P…` for a penalty, `V…` for a veto."""
    return _next(FIRST[family], 0, used_codes(content))


def next_of(prefix: str, used: set[Any]) -> str:
    """The first free number behind a prefix."""
    return _next(prefix, 0, used)


def next_letter(used: set[Any]) -> str:
    """`c` after `a` and `b`; numbers after `z`."""
    free = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in used)
    return next(free, "") or _next("c", 0, used)


def rename_copy(content: Content, node: Content, code: str) -> None:
    """Give a copied node `code` and everything below it codes of its own, in its family where that is possible."""
    old, used = node.get("code"), used_codes(content) | {code}
    node["code"] = code
    for _path, entry in walk({"indicators": listed(node, "children")}):
        below = entry.get("code")
        if not isinstance(below, str):
            continue
        stem = f"{old}." if isinstance(old, str) and old else None
        wish = f"{code}.{below.removeprefix(stem)}" if stem and below.startswith(stem) else below
        if wish in used or len(wish) > LONGEST:
            wish = _next(f"{code}.", 0, used)
        used.add(wish)
        entry["code"] = wish


def _next(prefix: str, after: int, used: set[Any]) -> str:
    number = after + 1
    while f"{prefix}{number}" in used:
        number += 1
    return f"{prefix}{number}"
