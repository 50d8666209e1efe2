"""Order and structure: add, copy, remove, move up, down, in, out, to another place. Each gives a new content."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from ...scoring.reading import LEAF_KEYS
from .blanks import MOST_ENTRIES, blank_entry, list_of
from .codes import next_entry, next_indicator, rename_copy
from .places import DEEPEST, Content, Place, Refused, at, find, listed, parent_of, path_to, split, walk

TABS_WITH_LISTS = ("indicators", "bonus", "penalty", "veto", "bands", "year")


class Moved(NamedTuple):
    """The new content and the path that the entry has in it (for a removal: what is shown instead)."""

    content: Content
    path: str


def change(content: Content, verb: str, path: str, *, to: str = "", where: str = "") -> Moved:
    """One step by its name: add, child, copy, take, remove, up, down, in, out, drop.

    `to` and `where` (before, after, into) belong to `drop`. Raises: Refused.
    """
    step = STEPS.get(verb)
    if step is None:
        raise Refused(_("This step is unknown. Reload the page."))
    content = copy.deepcopy(content)
    if verb == "drop":
        return _drop(content, _entry(content, path), to, where)
    return step(content, path)


def _entry(content: Content, path: str) -> Place:
    place = find(content, path)
    if place is None or not place.is_entry:
        raise Refused(_("This place of the scheme does not exist any more. Reload the page."))
    return place


def _add(content: Content, path: str) -> Moved:
    """A new entry after this one, or at the end of a tab's list."""
    place = find(content, path)
    if place is None or (not place.is_entry and path not in TABS_WITH_LISTS):
        raise Refused(_("This place of the scheme does not exist any more. Reload the page."))
    name = list_of(path)
    entries = _own_list(content, name)
    _check_room(entries)
    number = split(path)[1] + 1 if place.is_entry else len(entries)
    entries.insert(number, blank_entry(content, name))
    return Moved(content, f"{name}[{number}]")


def _child(content: Content, path: str) -> Moved:
    """A new child at the end. The first child of a scored indicator takes its scoring rule over, so nothing is lost."""
    place = _indicator(content, path)
    if place.depth >= DEEPEST:
        raise Refused(_("Indicators have three levels at most."))
    node = place.node
    entries = _own_list(content, f"{path}.children")
    _check_room(entries)
    fresh = blank_entry(content, f"{path}.children")
    if is_scored(node):
        fresh |= {key: node[key] for key in ("name", "points", "standard") if key in node}
        fresh |= {key: node.pop(key) for key in LEAF_KEYS if key in node}
        node.pop("standard", None)
    entries.append(fresh)
    return Moved(content, f"{path}.children[{len(entries) - 1}]")


def _copy(content: Content, path: str) -> Moved:
    """A copy right behind, with codes of its own."""
    place = _entry(content, path)
    name, number = split(path)
    entries = _own_list(content, name)
    _check_room(entries)
    fresh = copy.deepcopy(place.node)
    if place.kind == "indicator":
        rename_copy(content, fresh, next_indicator(content, at(content, parent_of(path)) if parent_of(path) else None))
    elif place.kind in ("item", "veto"):
        fresh["code"] = next_entry(content, place.tab)
    entries.insert(number + 1, fresh)
    return Moved(content, f"{name}[{number + 1}]")


def _take_over(content: Content, path: str) -> Moved:
    """Grades of the year's own that begin as those of the scheme."""
    entries = _own_list(content, "year.bands")
    if entries:
        raise Refused(_("The year has grades of its own already."))
    entries.extend(copy.deepcopy(listed(content, "bands")))
    return Moved(content, "year")


def _remove(content: Content, path: str) -> Moved:
    """Take an entry out with everything below it; what stood beside it, or above, is shown next."""
    _entry(content, path)
    name, number = split(path)
    entries = _own_list(content, name)
    del entries[number]
    if entries and find(content, f"{name}[{min(number, len(entries) - 1)}]"):
        return Moved(content, f"{name}[{min(number, len(entries) - 1)}]")
    parent = parent_of(path)
    _tidy(content, parent)
    return Moved(content, parent if parent else name)


def _up(content: Content, path: str) -> Moved:
    return _step(content, path, -1)


def _down(content: Content, path: str) -> Moved:
    return _step(content, path, 1)


def _step(content: Content, path: str, by: int) -> Moved:
    """One place up or down among its siblings; at the end it stays where it is."""
    _entry(content, path)
    name, number = split(path)
    entries = _own_list(content, name)
    if not 0 <= number + by < len(entries):
        return Moved(content, path)
    entries[number], entries[number + by] = entries[number + by], entries[number]
    return Moved(content, f"{name}[{number + by}]")


def _in(content: Content, path: str) -> Moved:
    """Below the sibling before it."""
    place = _indicator(content, path)
    name, number = split(path)
    if not number:
        raise Refused(_("There is no indicator before this one that it could belong to."))
    return _put_below(content, place, f"{name}[{number - 1}]")


def _out(content: Content, path: str) -> Moved:
    """Behind its parent, one level higher."""
    place = _indicator(content, path)
    if place.depth == 1:
        raise Refused(_("This is a first-level indicator already."))
    return _put_beside(content, place, parent_of(path), 1)


def _drop(content: Content, place: Place, to: str, where: str) -> Moved:
    """To another place: before, after or into the entry `to`."""
    target = _entry(content, to)
    if target.node is place.node:
        return Moved(content, place.path)
    if to.startswith(f"{place.path}."):
        raise Refused(_("An indicator cannot be moved into itself."))
    if target.kind != place.kind or (place.kind != "indicator" and split(to)[0] != split(place.path)[0]):
        raise Refused(_("This entry belongs to another list."))
    if where == "into" and place.kind == "indicator":
        return _put_below(content, place, to)
    return _put_beside(content, place, to, 0 if where == "before" else 1)


def _put_below(content: Content, place: Place, to: str) -> Moved:
    target = _indicator(content, to)
    if target.depth + _height(place.node) > DEEPEST:
        raise Refused(_("Indicators have three levels at most."))
    if is_scored(target.node):
        raise Refused(
            _("“%(name)s” is scored by a rule of its own. Add a child to it first; that takes the rule over.")
            % {"name": target.node.get("name") or target.node.get("code") or "—"}
        )
    _take_out(content, place, keep=to)
    target.node["children"] = [*listed(target.node, "children"), place.node]
    place.node.pop("pass", None)
    return Moved(content, path_to(content, place.node))


def _put_beside(content: Content, place: Place, to: str, offset: int) -> Moved:
    target = _entry(content, to)
    level = target.depth if place.kind == "indicator" else 1
    if place.kind == "indicator" and level - 1 + _height(place.node) > DEEPEST:
        raise Refused(_("Indicators have three levels at most."))
    parent = parent_of(to)
    home = at(content, parent) if parent else content
    key = split(to)[0].rpartition(".")[2]
    _take_out(content, place, keep=parent)
    entries = home[key]
    number = next(index for index, entry in enumerate(entries) if entry is target.node)
    entries.insert(number + offset, place.node)
    if level > 1:
        place.node.pop("pass", None)
    return Moved(content, path_to(content, place.node))


def _take_out(content: Content, place: Place, keep: str = "") -> None:
    """Out of its list; a parent without children is tidied, unless the entry stays below it."""
    name, number = split(place.path)
    parent = parent_of(place.path)
    home = at(content, parent) if parent else None
    del _own_list(content, name)[number]
    if isinstance(home, dict) and parent != keep:
        _tidy_node(home)


def _tidy(content: Content, parent: str) -> None:
    node = at(content, parent) if parent else None
    if isinstance(node, dict):
        _tidy_node(node)


def _tidy_node(node: Content) -> None:
    """Without children there is nothing to scale."""
    if not listed(node, "children") and "children" in node:
        node.pop("children")
        node.pop("scaled", None)


def _indicator(content: Content, path: str) -> Place:
    place = _entry(content, path)
    if place.kind != "indicator":
        raise Refused(_("Only indicators have levels."))
    return place


def _own_list(content: Content, name: str) -> list[Any]:
    """The list at a path, made where it is missing."""
    parent, _dot, key = name.rpartition(".")
    home = at(content, parent) if parent else content
    if not isinstance(home, dict):
        home = content[parent] = {}
    if not isinstance(home.get(key), list):
        home[key] = []
    found: list[Any] = home[key]
    return found


def _check_room(entries: list[Any]) -> None:
    if len(entries) >= MOST_ENTRIES:
        raise Refused(_("A list holds %(count)d entries at most.") % {"count": MOST_ENTRIES})


def _height(node: Content) -> int:
    """Levels of a node with everything below it."""
    below = [1 + path.count("children") for path, _entry in walk({"indicators": [node]})]
    return max(below, default=1)


def is_scored(node: Content) -> bool:
    """Whether it has no children and says something about its own scoring."""
    return not listed(node, "children") and any(key in node for key in LEAF_KEYS)


STEPS: dict[str, Callable[[Content, str], Moved]] = {
    "add": _add,
    "child": _child,
    "copy": _copy,
    "take": _take_over,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "in": _in,
    "out": _out,
    "drop": lambda content, path: Moved(content, path),
}
