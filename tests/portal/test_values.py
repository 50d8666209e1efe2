"""What no database can hold is refused or found nowhere; it is never a fault of the portal."""

from collections.abc import Callable

import pytest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from branchportal.middleware import ErrorMiddleware
from members.models import User
from tests.conftest import City


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\0", "a\0b", "9" * 400, "\ufffe", "%", "²"])
@pytest.mark.parametrize(
    "page", ["branches:list", "branches:organizations", "members:accounts", "results:ranking", "sheets:records"]
)
def test_a_strange_search_finds_nothing(
    city: City, office: User, sign_in: Callable[[User], Client], page: str, text: str
) -> None:
    assert sign_in(office).get(reverse(page), {"q": text, "page": text}).status_code in (200, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\0", "²", "9" * 400])
def test_strange_numbers_of_an_assignment_are_no_fault(
    city: City, office: User, sign_in: Callable[[User], Client], text: str
) -> None:
    client, cycle = sign_in(office), [city.cycle.pk]
    listed = client.get(reverse("cycles:assignments", args=cycle), {"q": text, "team": text, "organization": text})
    assert listed.status_code in (200, 400)
    form = {"branch": [text], "organization": [text], "source": text, "keep": text}
    assert client.post(reverse("cycles:assign", args=cycle), form).status_code in (400, 404)


def test_what_the_database_refuses_to_hold_is_answered_as_a_wrong_value() -> None:
    request: HttpRequest = RequestFactory().get("/api/v1/branches/")
    answer: HttpResponse | None = ErrorMiddleware(HttpResponse).process_exception(request, DataError("NUL"))
    assert answer is not None
    assert answer.status_code == 400
