"""What a token opens, operation by operation: the second table of `docs/permissions.md` (T-A2, T-A3, row 80)."""

import logging
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from branches.models import Organization
from members.models import User
from members.tokens.authentication import TokenThrottle
from members.tokens.models import Reading
from tests.factories.tokens import bearer, make_token

from . import addresses, matrix, world
from .addresses import Address
from .matrix import ANSWERED, HIDDEN, SIGN_IN, Row
from .visitor import Visitor

TABLE = matrix.read_tokens()
PAGES = matrix.read()
ADDRESSES = addresses.addresses()
API = [address for address in ADDRESSES if address.name.startswith("api:")]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache.clear()
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "100000/min"})
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def rows_of(address: Address) -> list[Row]:
    return [Row(address.name, address.method, thing) for thing in addresses.objects_of(address)]


def clients(filled: world.World, actor: User, reading: str) -> dict[str, Client]:
    """A client for each column; the last one lacks this reading."""
    near, far = (Organization.objects.get(pk=keys["organization"]) for keys in (filled.near, filled.far))
    others = [other for other in Reading.values if other != reading]
    made = {
        "API": make_token(actor, name="whole"),
        "API,S": make_token(actor, below=near, name="near"),
        "API,F": make_token(actor, below=far, name="far"),
        "API–": make_token(actor, *others, name="other"),
    }
    return {column: bearer(secret) for column, (_token, secret) in made.items()}


def test_ta1_every_operation_has_its_row_and_every_row_its_operation() -> None:
    """T-A1 for tokens."""
    assert {row for address in API for row in rows_of(address)} == TABLE.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("reading", [*Reading.values, "any", matrix.NOT_TAKEN])
def test_ta2_ta3_every_cell_of_a_token_is_as_the_table_says(filled: world.World, secadmin: User, reading: str) -> None:
    """T-A2 and T-A3: the cell, no write whatever is sent, and a foreign object like a missing one."""
    visitors = {column: Visitor(client) for column, client in clients(filled, secadmin, reading).items()}
    faults: list[str] = []
    for address in API:
        for row in rows_of(address):
            asked, cells = TABLE[row]
            for column, visitor in visitors.items() if asked == reading else ():
                path = addresses.path_of(address, row.thing, filled.near)
                answer = visitor.ask(address, path, addresses.form_of(address, filled.near))
                if answer.cell != cells[column]:
                    faults.append(f"{row}: {column} is answered {answer.cell} ({answer.status}), not {cells[column]}")
                if written := answer.written - {"members_apitoken"}:  # the day of its use
                    faults.append(f"{row}: {column} wrote to {sorted(written)}")
                if answer.cell == HIDDEN:
                    nowhere = addresses.path_of(address, row.thing, addresses.nothing(filled.near))
                    if visitor.ask(address, nowhere).body != answer.body:
                        faults.append(f"{row}: {column} can tell a hidden object from a missing one")
                if column == "API,S" and answer.cell == ANSWERED and world.STRANGE.encode() in answer.body:
                    faults.append(f"{row}: {column} reads about strangers")
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_ta5_a_token_opens_no_page(filled: world.World, secadmin: User) -> None:
    """T-A5 for tokens: each page answers as it answers nobody."""
    visitor = Visitor(clients(filled, secadmin, "")["API"])
    faults = []
    for address in ADDRESSES:
        for row in rows_of(address) if address not in API else ():
            path = addresses.path_of(address, row.thing, filled.near)
            answer = visitor.ask(address, path, addresses.form_of(address, filled.near))
            if answer.cell != PAGES[row]["ANON"] or (answer.written and answer.cell == SIGN_IN):
                faults.append(f"{row}: {answer.cell} ({answer.status}) {sorted(answer.written)}")
    assert not faults, "\n".join(faults)
