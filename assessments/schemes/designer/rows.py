"""Rows of a form (criteria, bands of a measure, groups …): add, remove and order them without saving.

Every row keeps its number while the page is open; the hidden field `<name>-order` says which rows stand where. So a
field keeps its id, and with it the focus, when rows move.
"""

from collections.abc import Mapping
from typing import Any

from django import forms

MOST_ROWS = 100  # that can be added
MOST_READ = 1000


class RowForm(forms.Form):
    """One row. Subclasses name their fields, how a stored entry fills them, and the entry that they make."""

    use_required_attribute = False
    ignored: tuple[str, ...] = ()  # fields that alone make no row
    stays_blank = False  # whether a row without text is kept
    has_order = True  # whether it matters which row stands first

    def __init__(self, *args: Any, around: Any = None, entry: Any = None, **kwargs: Any) -> None:
        self.around = around
        self.entry = entry
        super().__init__(*args, initial=self.initial_of(entry), **kwargs)
        self.build()

    def build(self) -> None:
        """Make the fields that depend on the rest of the scheme."""

    def initial_of(self, entry: Any) -> dict[str, Any]:
        return dict(entry) if isinstance(entry, dict) else {}

    def plain(self) -> Any:
        """The entry of the scheme, without what is empty."""
        return {name: value for name, value in self.cleaned_data.items() if _says(value)}

    def is_blank(self) -> bool:
        return not any(_says(value) for name, value in self.cleaned_data.items() if name not in self.ignored)

    @property
    def number(self) -> int:
        return int(self.prefix.rpartition("-")[2])


class RowSet:
    """The rows of one list, unbound from stored entries or bound to what was typed.

    `act(verb, number, extra)` adds, removes or moves a row of a bound set without looking at its values.
    """

    def __init__(
        self, name: str, row: type[RowForm], entries: list[Any], data: Mapping[str, str] | None, around: Any
    ) -> None:
        typed = None if data is None else data.get(f"{name}-order")
        self.name, self.row, self.entries, self.around = name, row, entries, around
        self.data = None if typed is None else data  # rows that the page did not show stay as they are
        self.order = list(range(len(entries))) if typed is None else _order(typed)
        self.fresh: dict[int, dict[str, Any]] = {}
        self._forms: list[RowForm] | None = None

    @property
    def forms(self) -> list[RowForm]:
        if self._forms is None:
            self._forms = [self._form(number) for number in self.order]
        return self._forms

    def _form(self, number: int) -> RowForm:
        prefix = f"{self.name}-{number}"
        if number in self.fresh:
            return self.row(prefix=prefix, around=self.around, entry=self.fresh[number])
        entry = self.entries[number] if number < len(self.entries) and self.data is None else None
        return self.row(self.data, prefix=prefix, around=self.around, entry=entry)

    @property
    def order_text(self) -> str:
        return ",".join(str(number) for number in self.order)

    @property
    def headings(self) -> list[Any]:
        """The fields of a row that is not there, for headings."""
        return list(self.row(prefix=f"{self.name}-x", around=self.around))

    def act(self, verb: str, number: int, fresh: dict[str, Any]) -> int | None:
        """Add a row with `fresh` values, or remove or move row `number`. Returns the row that has the focus next."""
        self._forms = None
        if verb == "add" and len(self.order) < MOST_ROWS:
            added = max(self.order, default=-1) + 1
            self.order.append(added)
            self.fresh[added] = fresh
            return added
        if number not in self.order:
            return None
        at = self.order.index(number)
        if verb == "remove":
            self.order.remove(number)
            return self.order[min(at, len(self.order) - 1)] if self.order else None
        to = at + (1 if verb == "down" else -1)
        if verb in ("up", "down") and 0 <= to < len(self.order):
            self.order[at], self.order[to] = self.order[to], self.order[at]
        return number

    def is_valid(self) -> bool:
        return self.data is None or all(form.is_valid() for form in self.forms)

    def plain(self) -> list[Any]:
        """The entries of all rows that say something."""
        if self.data is None:
            return self.entries
        return [form.plain() for form in self.forms if form.stays_blank or not form.is_blank()]


def _says(value: Any) -> bool:
    """Whether something was filled in; 0 is something."""
    return value is not None and value is not False and value != ""


def _order(text: str) -> list[int]:
    numbers = [
        int(part) for part in text.split(",")[:MOST_READ] if part.isascii() and part.isdecimal() and len(part) < 6
    ]
    return list(dict.fromkeys(numbers))
