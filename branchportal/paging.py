"""Pages of 50 rows, by number, with the filters kept in the address."""

from collections.abc import Sequence

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: QuerySet | Sequence, size: int = PAGE_SIZE) -> Page:
    """The page that `?page=` asks for; 0 and what is no whole number give the first page, as an unknown key of
    `keyset.page` does, a number behind the end the last; never an error."""
    asked = request.GET.get("page", "").strip()
    is_number = asked.isascii() and asked.isdecimal() and bool(asked.strip("0"))
    return Paginator(rows, size).get_page(asked if is_number else 1)


def whole_number(text: str | None) -> int:
    """A number out of the address or a hidden field; 0 when it is none, which no row has."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else 0
