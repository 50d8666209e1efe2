"""What rooms further right add to the course of a sheet (its timeline): they register, nobody here knows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from members.models import User

    from .models import Sheet


@dataclass(frozen=True)
class Event:
    """One line of the course; `url` leads to the thing itself."""

    at: datetime
    label: str
    actor: "User | None"
    note: str = ""
    url: str = ""


Teller = Callable[["Sheet"], list[Event]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Let a room tell of what happened around a sheet; doing it twice is harmless."""
    if teller not in _tellers:
        _tellers.append(teller)


def events(sheet: "Sheet") -> list[Event]:
    """What the other rooms tell of the sheet, oldest first."""
    found = [event for teller in _tellers for event in teller(sheet)]
    return sorted(found, key=lambda event: event.at)
