"""T-L2: whoever decides or administers reaches no write address, and reads nothing, before the second factor."""

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from members.models import User
from members.roles import Role
from members.security.factor import DEMANDED_OF
from tests.conftest import City

from . import addresses, matrix
from .addresses import Address
from .visitor import Visitor

WITHOUT_ACCOUNT = {"members:login", "members:logout", "language", "health", "favicon"}
STEPS = {"members:factor", "members:factor_setup"}  # where the factor is given or made
OFFICES = {column: name for column, name in matrix.CAST.items() if column in {role.value for role in DEMANDED_OF}}


def path_of(address: Address) -> str:
    """Some address of this pattern: nobody gets as far as looking the key up."""
    path = re.sub(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)", "1", address.pattern)
    return "/" + re.sub(r"\\Z|[$^]", "", path)


def open_to_nobody(address: Address) -> bool:
    return address.name in WITHOUT_ACCOUNT | STEPS or address.name.startswith("vote:")  # a ballot knows no account


def test_tl2_every_role_that_decides_is_demanded() -> None:
    assert set(OFFICES) == set(matrix.CAST) - {"ANON", "SEC", "DEPUTY", "NONE"}
    assert set(Role) - {Role.SECRETARY, Role.DEPUTY} == DEMANDED_OF


@pytest.mark.django_db
@pytest.mark.parametrize("role", OFFICES)
def test_tl2_no_address_is_reached_with_the_password_alone(
    city: City, cast: dict[str, User], sign_in: Callable[[User], Client], settings: LazySettings, role: str
) -> None:
    settings.SECOND_FACTOR = "required"
    user = cast[OFFICES[role]]
    visitor = Visitor(sign_in(user))
    reached, count = [], 0
    for address in addresses.addresses():
        if open_to_nobody(address):
            continue
        count += 1
        visitor.client.cookies = visitor.cookies
        answer = visitor._send(address.method, path_of(address), {})
        is_sent_away = answer.status_code == 302 and answer["Location"] == "/accounts/second/setup/"
        if not is_sent_away and answer.status_code != 401:
            reached.append(f"{address.method} {address.name}: {answer.status_code}")
    assert count > 200
    assert reached == []
