"""An odd page number: the API refuses it with a sentence, a page shows the nearest rows there are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.test import Client
from django.urls import reverse

from members.models import User
from tests.conftest import City

LISTS = ("api:branch-list", "api:sheet-list", "api:result-list", "api:scheme-list", "api:job-list")
# every list of pages that goes by number, by who reads it; `cycles:assignments` is that of the city's cycle
PAGES = {
    "office": "branches:list branches:organizations branches:units cycles:assignments cycles:board_branches "
    "members:list members:erasures polls:facts polls:list polls:meetings polls:papers reports:year_statistics "
    "results:earlier results:objections schemes:list sheets:branch_changes sheets:extensions "
    "sheets:records sheets:reopenings visits:list visits:plans visits:rectifications",
    "reviewer": "sheets:department",
    "inspector": "sheets:queue",
    "secadmin": "members:accounts members:appointments members:tokens",
}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["abc", "0", "-3", "1e3", "000", "1.0"])
def test_the_api_refuses_what_is_no_page_number(city: City, office: User, sign_in: Callable, asked: str) -> None:
    client: Client = sign_in(office)
    for name in LISTS:
        answer = client.get(reverse(name), {"page": asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), name
        assert answer.json()["fields"]["page"] == ["请填写不小于1的整数。"]


@pytest.mark.parametrize("asked", ["2", "9" * 40, "9" * 5000])
def test_the_api_misses_a_page_behind_the_last(city: City, office: User, sign_in: Callable, asked: str) -> None:
    answer = sign_in(office).get(reverse("api:branch-list"), {"page": asked})
    assert (answer.status_code, answer.json()["message"]) == (404, "列表没有这一页；“count”为总行数。")


def test_the_document_says_so(city: City, office: User, sign_in: Callable) -> None:
    document = sign_in(office).get(reverse("api:schema"), {"format": "json"}).json()
    listed = document["paths"]["/api/v1/branches/"]["get"]
    page = next(one for one in listed["parameters"] if one["name"] == "page")
    assert (page["schema"]["minimum"], "400" in page["description"], "404" in listed["responses"]) == (1, True, True)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("abc", 1), ("0", 1), ("-3", 1), ("1e3", 1), ("０", 1), ("0_0", 1), ("", 1), ("2", 2), ("9" * 40, 2)],
)
def test_a_page_falls_back_to_rows_that_are_there(
    city: City, office: User, sign_in: Callable, asked: str, shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("branchportal.paging.page_of.__defaults__", (2,))
    answer = sign_in(office).get(reverse("branches:list"), {"page": asked})
    assert (answer.status_code, answer.context["page"].number) == (200, shown)


@pytest.mark.parametrize("role", PAGES)
def test_every_numbered_list_answers_nonsense_with_its_first_page(
    city: City, role: str, request: pytest.FixtureRequest, sign_in: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Paginator, "num_pages", 3)  # as if there were rows for three
    client: Client = sign_in(request.getfixturevalue(role))
    shown = {}
    for name in PAGES[role].split():
        address = reverse(name, args=[city.cycle.pk] if name == "cycles:assignments" else [])
        for asked in ("0", "abc", "2"):
            shown.setdefault(name, []).append(client.get(address, {"page": asked}).context["page"].number)
    assert shown == {name: [1, 1, 2] for name in PAGES[role].split()}


def test_no_page_counts_its_pages_by_itself() -> None:
    own = [path for room in ("assessments", "branches", "members") for path in Path(room).rglob("*.py")]
    assert [str(path) for path in own if "Paginator(" in path.read_text()] == []
