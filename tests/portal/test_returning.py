"""Where a form may send its reader back to."""

import pytest
from django.test import Client, RequestFactory

from branchportal.returning import own_page


@pytest.mark.parametrize("wish", ["/", "/results/?page=2", "/sheets/1/fill/#row-1.1", "/organizations/?q=一"])
def test_a_page_of_ours_is_gone_back_to(wish: str) -> None:
    assert own_page(RequestFactory().get("/"), wish, "/else/") == wish


@pytest.mark.parametrize(
    "wish",
    [None, "", " ", "home", "members:login", "2026-11-21", "//evil.example/", "https://evil.example/",
     "/\\evil.example", "javascript:alert(1)", "/\r\nSet-Cookie: a=b", "/\0", "\ud800", "http:///evil.example", "%s"],
)  # fmt: skip
def test_anything_else_is_not(wish: str | None) -> None:
    assert own_page(RequestFactory().get("/"), wish, "/else/") == "/else/"


@pytest.mark.django_db
@pytest.mark.parametrize("wish", ["home", "2026-11-21T10:00", '{"a": 1}', "//evil.example"])
def test_changing_the_language_with_a_strange_address_goes_home(wish: str) -> None:
    assert Client().post("/language/", {"language": "en", "next": wish})["Location"] == "/"
