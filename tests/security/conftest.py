"""The cast by name, and a world filled around it."""

import pytest

from members.models import User
from tests.conftest import City

from . import matrix, world


@pytest.fixture
def cast(city: City, request: pytest.FixtureRequest) -> dict[str, User]:
    return {name: request.getfixturevalue(name) for name in matrix.CAST.values() if name}


@pytest.fixture
def filled(city: City, cast: dict[str, User]) -> world.World:
    return world.build(city, cast)
