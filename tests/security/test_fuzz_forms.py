"""T-A6 for pages: every form and every list of the portal with junk, by the roles that are let in.

No answer is a fault of the portal. `PORTAL_FUZZ_EXAMPLES` says how often each form is sent (test command: 20).
"""

import logging
import os
import random
import traceback
from collections.abc import Callable, Iterator

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from members.models import User

from . import addresses, junk, matrix, world
from .addresses import Address
from .matrix import ANSWERED, Row

EXAMPLES = int(os.environ.get("PORTAL_FUZZ_EXAMPLES", "20"))
TABLE = matrix.read()
FORMS = [one for one in addresses.addresses() if not one.name.startswith("api:") and addresses.rows_of(one)]
SHARDS = 4  # tests, so that two processes share the work
pytestmark = [pytest.mark.django_db, pytest.mark.asked_once]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def raised() -> Iterator[list[str]]:
    """The traces of what views raised."""
    traces: list[str] = []

    def note(**_details: object) -> None:
        traces.append(traceback.format_exc(limit=-4))

    got_request_exception.connect(note)
    yield traces
    got_request_exception.disconnect(note)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_ta6_no_form_and_no_list_fails_whatever_is_sent(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], raised: list[str], shard: int
) -> None:
    clients = {role: sign_in(cast[who]) if who else Client() for role, who in matrix.CAST.items()}
    tasks = {role: world.own_task(cast[who]) for role, who in matrix.CAST.items() if who}
    faults: dict[str, str] = {}
    asked = 0
    for address in (one for place, one in enumerate(FORMS) if place // 2 % SHARDS == shard):
        for thing in addresses.objects_of(address):
            row = Row(address.name, address.method, thing)
            allowed = [role for role, cell in TABLE.get(row, {}).items() if cell == ANSWERED]
            for turn in range(EXAMPLES if address.method == "POST" else max(2, EXAMPLES // 5)) if allowed else ():
                role = allowed[turn % len(allowed)]
                near = filled.near | {"task": tasks.get(role, 0)}
                status = send(clients[role], address, thing, near, random.Random(f"{row} {turn}"))
                asked += 1
                if status >= 500:
                    faults.setdefault(f"{row} as {role}: {status}", raised[-1] if raised else "")
    assert not faults, "\n\n".join(f"{name}\n{trace}" for name, trace in faults.items())
    assert asked > EXAMPLES * 8


def send(client: Client, address: Address, thing: str, near: world.Keys, dice: random.Random) -> int:
    """One request with junk; what it changed is taken back."""
    path = addresses.path_of(address, thing, near)
    form = junk.spoiled(dice, junk.fields_of(path), addresses.form_of(address, near))
    has_file = any(hasattr(value, "read") for values in form.values() for value in values)
    headers = (
        {"X-Requested-With": "fetch"} if dice.random() < 0.2 else {"HX-Request": "true"} if dice.random() < 0.2 else {}
    )
    client.raise_request_exception = False
    cookies = client.cookies.copy()
    with transaction.atomic():
        if address.method == "GET":
            answer = client.get(f"{path}?{junk.body_of(form)}", headers=headers)
        elif has_file:
            clean = {
                name: [v for v in values if not isinstance(v, str) or v.isprintable()] for name, values in form.items()
            }
            answer = client.post(path, clean, headers=headers)
        else:
            kind = "application/x-www-form-urlencoded"
            answer = client.post(path, junk.body_of(form), content_type=kind, headers=headers)
        getattr(answer, "getvalue", lambda: b"")()
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer.status_code
