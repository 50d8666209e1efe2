"""The kinds of things of the portal, each with the queryset and the rules that decide about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import User

from .asking import Rule, Sample


@dataclass(frozen=True)
class Act:
    """Something that is done, and the rule that is asked."""

    words: Any  # lazy text
    rule: Rule


@dataclass(frozen=True)
class Kind:
    """A row of the matrix. Who sees it says a queryset over sample rows, or a rule, or both."""

    code: str
    label: Any  # lazy text
    sample: Sample | None = None
    visible: Callable[[User], QuerySet] | None = None
    see: Rule | None = None
    writes: tuple[Act, ...] = ()
    decides: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Group:
    """Kinds under one heading."""

    label: Any
    kinds: tuple[Kind, ...]


def groups() -> tuple[Group, ...]:
    """The whole matrix, in the order of the page."""
    from . import kinds_accounts, kinds_process, kinds_sheets  # they import this module

    return (
        Group(_("Sheets and review"), kinds_sheets.KINDS),
        Group(_("Polls, visits, results"), kinds_process.KINDS),
        Group(pgettext_lazy("rights", "Set-up, people, accounts"), kinds_accounts.KINDS),
    )
