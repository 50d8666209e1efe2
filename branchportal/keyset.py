"""Pages of a long list by keyset: any depth costs the same, and nothing is skipped when rows are added."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the keys to ask for the pages around it (empty: there is none)."""

    rows: list
    after: str = ""  # ask for what follows this key
    before: str = ""  # ask for what precedes this key

    def __iter__(self) -> object:
        return iter(self.rows)


def page(rows: QuerySet, order: Sequence[str], *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """One page of `rows` in `order`, whose last field is unique and is the key that `after` and `before` name.

    One query, and one more for the place to start from where the order has several fields. A key with nothing behind
    it (a filter changed meanwhile, or it was typed) gives the first page.
    """
    backwards = bool(before) and not after
    steps = [_turned(name) for name in order] if backwards else list(order)
    found = _behind(rows, steps, after or before, size + 1)
    if not found:
        return page(rows, order, size=size) if after or before else Page([])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    key = _plain(order[-1])
    has_before = more if backwards else bool(after)
    has_after = backwards or more
    return Page(found, _key(found[-1], key) if has_after else "", _key(found[0], key) if has_before else "")


def _behind(rows: QuerySet, steps: Sequence[str], wanted: str, most: int) -> list:
    """The first rows behind the one that `wanted` names; from the first row on where nothing is wanted."""
    rows = rows.order_by(*steps)
    if not wanted:
        return list(rows[:most])
    try:
        start = (wanted,) if len(steps) == 1 else _anchor(rows, steps, wanted)
        return [] if start is None else list(rows.filter(_beyond(steps, start))[:most])
    except ValueError:  # text where the key is a number
        return []


def _anchor(rows: QuerySet, steps: Sequence[str], wanted: str) -> tuple | None:
    """The sort values of the row that the page starts behind."""
    return rows.filter(**{_plain(steps[-1]): wanted}).values_list(*map(_plain, steps)).first()


def _beyond(steps: Sequence[str], start: tuple) -> Q:
    """Rows behind `start` in lexicographic order."""
    condition = Q(pk__in=[])
    equal = Q()
    for name, value in zip(steps, start, strict=True):
        field = _plain(name)
        condition |= equal & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{field: value})
    return condition


def _plain(name: str) -> str:
    return name.lstrip("-")


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _key(row: object, key: str) -> str:
    value = row
    for part in key.split("__"):
        value = getattr(value, part)
    return str(value)
