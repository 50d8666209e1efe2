"""HEAD is answered as GET is, without the body, wherever GET is answered."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from members.models import User

from . import addresses, world

LIKE_GET = ("Content-Type", "Location", "Content-Disposition", "Content-Security-Policy")


def _ask(client: Client, method: str, path: str, query: dict[str, object]) -> HttpResponseBase:
    with transaction.atomic():
        response = getattr(client, method)(path, query)
        transaction.set_rollback(True)
    return response


@pytest.mark.django_db
def test_every_address_that_answers_get_answers_head(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client]
):
    client, faults, asked = sign_in(cast["office"]), [], 0
    keys = filled.near | {"task": world.own_task(cast["office"])}
    for address in (one for one in addresses.addresses() if one.method == "GET" and one.name != "members:logout"):
        for row in addresses.rows_of(address):
            path, query = addresses.path_of(address, row.thing, keys), addresses.form_of(address, keys)
            by_get, by_head = (_ask(client, method, path, query) for method in ("get", "head"))
            by_get.getvalue()  # a file is closed once it was read
            if by_get.status_code == 405:
                continue
            asked += 1
            if by_get.status_code != by_head.status_code:
                faults.append(f"{path}: GET {by_get.status_code}, HEAD {by_head.status_code}")
            if body := by_head.getvalue():
                faults.append(f"{path}: HEAD has a body of {len(body)} bytes")
            faults += [f"{path}: {name}" for name in LIKE_GET if by_get.get(name) != by_head.get(name)]
    assert not faults, "\n".join(faults)
    assert asked > 150
