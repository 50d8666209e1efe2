"""The frame of all forms of the designer: fields, rows and where they stand on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from .choices import Around
from .places import Content, Place
from .rows import RowSet


@dataclass(frozen=True)
class Block:
    """A group of fields under one heading; `rows` names a row set that stands below them."""

    legend: Any
    names: tuple[str, ...] = ()
    rows: str = ""
    hint: Any = ""
    adds: Any = ""  # what the button says that adds a row
    before_words: bool = False  # the last block before the words or examples


@dataclass
class ShownBlock:
    """A block with its fields, for the template."""

    block: Block
    fields: list[forms.BoundField] = field(default_factory=list)
    rows: RowSet | None = None


class PlaceForm(forms.Form):
    """A form of one place. Field names follow the keys of scoring.md, section 7.

    Everything may be left empty, because a draft may be half finished; only what cannot be stored is refused.
    """

    use_required_attribute = False
    owned: tuple[str, ...] = ()  # the keys that this form writes

    def __init__(self, place: Place, around: Around, data: Mapping[str, str] | None = None) -> None:
        self.place, self.node, self.around = place, place.node, around
        self.row_sets: dict[str, RowSet] = {}
        super().__init__(data, initial=self.initial_of(place.node), auto_id="id_%s")
        self.build()

    def initial_of(self, node: Content) -> dict[str, Any]:
        return dict(node)

    def build(self) -> None:
        """Make fields and rows that depend on the place or on what was chosen."""

    def blocks(self) -> list[Block]:
        return [Block("", tuple(self.fields))]

    def plain(self) -> Content:
        """The owned keys with their values, without what holds its default. Only after `is_valid`."""
        return {}

    def fresh_row(self, name: str, extra: str) -> dict[str, Any]:
        """What a new row begins with."""
        return {}

    def chosen(self, name: str) -> Any:
        """What is chosen now: typed, or stored."""
        return self.data.get(name) if self.is_bound and name in self.data else self.node.get(name)

    def add_rows(self, name: str, row: Any, entries: list[Any]) -> None:
        self.row_sets[name] = RowSet(name, row, entries, self.data if self.is_bound else None, self.around)

    def is_valid(self) -> bool:
        rows_valid = [rows.is_valid() for rows in self.row_sets.values()]
        return super().is_valid() and all(rows_valid)

    def write(self, node: Content) -> None:
        """Replace the owned keys of a node."""
        for key in self.owned:
            node.pop(key, None)
        node.update(self.plain())

    @property
    def field_names(self) -> set[str]:
        """The names of all fields that the page shows, rows included."""
        rows = [row for row_set in self.row_sets.values() for row in row_set.forms]
        return {field.html_name for form in (self, *rows) for field in form}

    @property
    def shown_blocks(self) -> list[ShownBlock]:
        return [
            ShownBlock(
                block, [self[name] for name in block.names if name in self.fields], self.row_sets.get(block.rows)
            )
            for block in self.blocks()
            if block.rows in self.row_sets or any(name in self.fields for name in block.names)
        ]


def put(data: Content, key: str, value: Any, default: Any = None) -> None:
    """Set a key unless its value is empty or the default."""
    if value is None or value == "" or value == [] or value == {} or (value == default and default is not None):
        return
    if value is False and default is None:
        return
    data[key] = value
