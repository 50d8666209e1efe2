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

    A key that is not among the rows (a filter changed meanwhile, or it was typed) gives the first page.
    """
    key = order[-1].lstrip("-")
    start = _anchor(rows, order, key, after or before)
    backwards = start is not None and not after
    steps = [_turned(name) for name in order] if backwards else list(order)
    found = rows if start is None else rows.filter(_beyond(steps, start))
    found = list(found.order_by(*steps)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    has_before = more if backwards else start is not None
    has_after = True if backwards else more
    return Page(found, _key(found[-1], key) if has_after else "", _key(found[0], key) if has_before else "")


def _anchor(rows: QuerySet, order: Sequence[str], key: str, wanted: str) -> tuple | None:
    """The sort values of the row that the page starts behind."""
    if not wanted:
        return None
    try:
        return rows.filter(**{key: wanted}).values_list(*(name.lstrip("-") for name in order)).first()
    except ValueError:  # text where the key is a number
        return None


def _beyond(steps: Sequence[str], start: tuple) -> Q:
    """Rows behind `start` in lexicographic order."""
    condition = Q(pk__in=[])
    equal = Q()
    for name, value in zip(steps, start, strict=True):
        field = name.lstrip("-")
        condition |= equal & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{field: value})
    return condition


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _key(row: object, key: str) -> str:
    value = row
    for part in key.split("__"):
        value = getattr(value, part)
    return str(value)
