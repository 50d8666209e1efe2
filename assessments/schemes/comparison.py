"""What one version of a scheme changed against another: a read model with typed differences, matched by code.

It reads plain data and not the engine's scheme, so that drafts with problems can be compared as far as they are
readable. Figures are compared as numbers (20 is 20.0), codes as text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from . import comparison_fields as fields
from .comparison_fields import Field, is_same, name_in_quotes, number, shown, value_of
from .comparison_words import source_names

ADDED, REMOVED, CHANGED, MOVED, SAME = "added", "removed", "changed", "moved", "same"
DEEPEST = 6  # levels of a draft that are looked at; a scheme has three
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One difference. `what` is added, removed, changed or moved; `key` the scheme's key; the rest is for people.

    `row` is what it happened to, `label` what of it.
    """

    what: str
    key: str
    row: str
    label: str
    old: str
    new: str
    sentence: str

    @property
    def called(self) -> str:
        """Row and field for a table without a row's own heading."""
        return self.label if self.label == self.row else f"{self.row} {self.label}"


@dataclass(frozen=True)
class Row:
    """One indicator of either version, in the order of the new one. `hint` names its likely other half."""

    code: str
    level: int
    name: str
    old_points: str
    new_points: str
    status: str
    changes: tuple[Change, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Part:
    """A part of the scheme beside the indicators, with what changed there."""

    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Dimension:
    """Points of a first-level indicator in both versions; None where it does not exist or is no number."""

    code: str
    name: str
    old: Decimal | None
    new: Decimal | None

    @property
    def moved(self) -> Decimal:
        return (self.new or Decimal()) - (self.old or Decimal())


@dataclass(frozen=True)
class Comparison:
    """All differences. `counts` are of indicators, by status; `points` of those whose points changed."""

    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    dimensions: tuple[Dimension, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> list[Change]:
        """Every difference: indicators first, then the other parts."""
        found = [change for row in self.rows for change in row.changes]
        return found + [change for part in self.parts for change in part.changes]

    @property
    def has_row_changes(self) -> bool:
        return any(row.changes for row in self.rows)

    @property
    def moved(self) -> Decimal:
        """Points that went from some first-level indicators to others."""
        gained = sum((each.moved for each in self.dimensions if each.moved > 0), Decimal())
        return min(gained, gained - sum((each.moved for each in self.dimensions), Decimal()))


@dataclass(frozen=True)
class Node:
    """An indicator of plain data in its place."""

    code: str
    name: str
    level: int
    parent: str
    data: Data


def compare(old: Any, new: Any, sectors: Mapping[str, str]) -> Comparison:
    """What `new` changed against `old`; both are plain data of a scheme. `sectors`: names by code."""
    old, new = _mapping(old), _mapping(new)
    before, after = _nodes(old), _nodes(new)
    names = {f"sector:{code}": name for code, name in sectors.items()}
    names |= {node.code: node.name for node in (*before.values(), *after.values()) if node.level == 1}
    rows = tuple(_rows(before, after, names))
    counts = {what: sum(row.status == what for row in rows) for what in (ADDED, REMOVED, CHANGED, SAME)}
    counts["points"] = sum(
        any(change.key == "points" for change in row.changes if row.status == CHANGED) for row in rows
    )
    return Comparison(rows, tuple(_parts(old, new, names)), tuple(_dimensions(before, after)), counts)


def outline(content: Any) -> list[Node]:
    """The indicators of plain data, depth first, as far as they can be read."""
    return list(_nodes(_mapping(content)).values())


def _mapping(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Data]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _nodes(content: Data) -> dict[str, Node]:
    """Indicators by code, depth first; of a code given twice the first one."""
    found: dict[str, Node] = {}

    def visit(entries: Any, level: int, parent: str) -> None:
        for entry in _list(entries):
            code, name = (str(entry.get(key) or "").strip() for key in ("code", "name"))
            if code:
                found.setdefault(code, Node(code, name, level, parent, entry))
            if level < DEEPEST:
                visit(entry.get("children"), level + 1, code)

    visit(content.get("indicators"), 1, "")
    return found


def _rows(before: Mapping[str, Node], after: Mapping[str, Node], names: Mapping[str, str]) -> Iterator[Row]:
    gone = {node.name: node.code for code, node in before.items() if code not in after and node.name}
    come = {node.name: node.code for code, node in after.items() if code not in before and node.name}
    for code in _merged(list(before), list(after)):
        old, new = before.get(code), after.get(code)
        here = new or old
        if here is None:
            continue
        changes = tuple(_indicator_changes(old, new, before, after, names))
        status = ADDED if old is None else REMOVED if new is None else CHANGED if changes else SAME
        yield Row(
            code, here.level, here.name, _points(old, names), _points(new, names), status, changes,
            _hint(old, new, gone, come),
        )  # fmt: skip


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new order, with what was removed standing where it stood: after the one it followed."""
    merged = list(new)
    known, at = set(new), 0
    for code in old:
        if code in known:
            at = merged.index(code) + 1
        else:
            merged.insert(at, code)
            at += 1
    return merged


def _points(node: Node | None, names: Mapping[str, str], kind: str = "number") -> str:
    return "" if node is None else shown(Field("points", "", kind), node.data.get("points"), names)


def _hint(old: Node | None, new: Node | None, gone: Mapping[str, str], come: Mapping[str, str]) -> str:
    """A removed and an added row of one name are probably one row whose code was changed."""
    if old is None and new is not None and new.name in gone:
        return _("Same name as %(code)s, which was removed: probably its code was changed.") % {"code": gone[new.name]}
    if new is None and old is not None and old.name in come:
        return _("Same name as %(code)s, which was added: probably its code was changed.") % {"code": come[old.name]}
    return ""


def _indicator_changes(
    old: Node | None, new: Node | None, before: Mapping[str, Node], after: Mapping[str, Node], names: Mapping[str, str]
) -> Iterator[Change]:
    if old is None or new is None:
        here = new or old
        if here is not None:
            yield _whole(
                ADDED if old is None else REMOVED,
                "indicator",
                _("Indicator"),
                _called(here),
                _called(here),
                _points(here, names, "points"),
            )
        return
    called = _called(new)
    if old.parent != new.parent:
        yield _moved(called, "parent", _("placed under"), _under(before, old), _under(after, new))
    same = [code for code, node in after.items() if node.parent == new.code]
    order = [code for code, node in before.items() if node.parent == old.code and code in same]
    same = [code for code in same if code in order]
    if order != same:
        yield _moved(called, "children", _("order"), "、".join(order), "、".join(same))
    yield from _field_changes(called, _with_ceiling(old.data), _with_ceiling(new.data), fields.INDICATOR, names)
    yield from _list_changes(called, old.data, new.data, "criteria", fields.CRITERION, names, within=True)


def _called(node: Node) -> str:
    return name_in_quotes(node.code, node.name)


def _under(nodes: Mapping[str, Node], node: Node) -> str:
    parent = nodes.get(node.parent)
    return f"{parent.code} {parent.name}".strip() if parent else _("the first level")


def _with_ceiling(data: Data) -> Data:
    """Without a ceiling that says the same as leaving it out: the points themselves."""
    if "ceiling" in data and number(data["ceiling"]) == number(data.get("points")):
        return {key: value for key, value in data.items() if key != "ceiling"}
    return data


def _field_changes(
    called: str, old: Data, new: Data, wanted: Sequence[Field], names: Mapping[str, str], prefix: str = ""
) -> Iterator[Change]:
    for one in wanted:
        then, now = value_of(old, one), value_of(new, one)
        if is_same(one, then, now):
            continue
        label = f"{prefix}{one.label}"
        said = {"row": called, "field": label, "old": shown(one, then, names), "new": shown(one, now, names)}
        text = _("%(row)s: %(field)s changed from %(old)s to %(new)s.") % said
        yield Change(CHANGED, one.key, called, label, said["old"], said["new"], text)


def _list_changes(
    called: str,
    old: Data,
    new: Data,
    key: str,
    wanted: Sequence[Field],
    names: Mapping[str, str],
    *,
    within: bool = False,
    identity: str = "code",
) -> Iterator[Change]:
    """Entries of a list, matched by `identity`. `within`: they belong to the row `called`, else each is one itself."""
    before = {str(each.get(identity)): each for each in _list(old.get(key))}
    after = {str(each.get(identity)): each for each in _list(new.get(key))}
    for code in _merged(list(before), list(after)):
        then, now = before.get(code), after.get(code)
        entry = now or then or {}
        name = name_in_quotes(code, str(entry.get("text") or entry.get("grade") or ""))
        if then is None or now is None:
            what = ADDED if then is None else REMOVED
            worth = "；".join(
                f"{one.label} {shown(one, value_of(entry, one), names)}"
                for one in wanted
                if one.key not in ("text", "grade") and value_of(entry, one) != one.default
            )
            yield _whole(what, key, name, called if within else name, f"{called}：{name}" if within else name, worth)
        elif within:
            yield from _field_changes(called, then, now, wanted, names, prefix=f"{name} ")
        else:
            yield from _field_changes(name, then, now, wanted, names)


def _whole(what: str, key: str, label: str, row: str, called: str, worth: str) -> Change:
    text = _("%(row)s was added.") if what == ADDED else _("%(row)s was removed.")
    old, new = ("", worth or called) if what == ADDED else (worth or called, "")
    return Change(what, key, row, label, old, new, text % {"row": called})


def _moved(called: str, key: str, label: str, old: str, new: str) -> Change:
    text = _("%(row)s: %(field)s changed from %(old)s to %(new)s.")
    return Change(MOVED, key, called, label, old, new, text % {"row": called, "field": label, "old": old, "new": new})


def _parts(old: Data, new: Data, names: Mapping[str, str]) -> Iterator[Part]:
    """Every part with a difference."""
    scheme = _("Scheme")
    found = [
        (_("Basic data"), [*_field_changes(scheme, old, new, fields.BASIC, names)]),
        (_("Components"), [*_component_changes(old, new, names)]),
    ]
    for key, title in (("bonus", _("Bonus")), ("penalty", _("Penalty"))):
        then, now = _mapping(old.get(key)), _mapping(new.get(key))
        changes = [*_field_changes(title, then, now, fields.ADJUSTMENT, names)]
        changes += _list_changes(title, then, now, "groups", fields.GROUP, names)
        changes += _list_changes(title, then, now, "items", fields.ITEM, names)
        found.append((title, changes))
    found.append((_("Veto"), [*_list_changes("", old, new, "veto", fields.VETO, names)]))
    found.append((_("Facts to confirm"), [*_list_changes("", old, new, "flags", fields.FLAG, names)]))
    found.append((_("Grades"), [*_list_changes("", old, new, "bands", fields.BAND, names, identity="stars")]))
    then, now = _mapping(old.get("year")), _mapping(new.get("year"))
    yearly = [*_field_changes(_("Year"), then, now, fields.YEAR, names)]
    yearly += _list_changes(_("Year"), then, now, "bands", fields.BAND, names, identity="stars")
    found.append((_("Year"), yearly))
    return (Part(title, tuple(changes)) for title, changes in found if changes)


def _component_changes(old: Data, new: Data, names: Mapping[str, str]) -> Iterator[Change]:
    """Components by the name of their source; none given means the review alone."""
    alone = [{"source": "review", "weight": 1}]
    known = source_names()
    then, now = (
        {
            "components": [
                {**each, "source": known.get(str(each.get("source")), each.get("source"))}
                for each in _list(data.get("components")) or alone
            ]
        }
        for data in (old, new)
    )
    return _list_changes("", then, now, "components", fields.COMPONENT, names, identity="source")


def _dimensions(before: Mapping[str, Node], after: Mapping[str, Node]) -> Iterator[Dimension]:
    first = [[code for code, node in nodes.items() if node.level == 1] for nodes in (before, after)]
    for code in _merged(*first):
        old, new = (nodes.get(code) for nodes in (before, after))
        here = new or old
        if here is not None:
            yield Dimension(code, here.name, _figure(old), _figure(new))


def _figure(node: Node | None) -> Decimal | None:
    found = number(node.data.get("points")) if node is not None and node.level == 1 else None
    return found if isinstance(found, Decimal) else None
