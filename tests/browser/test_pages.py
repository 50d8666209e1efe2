"""Every page of every side bar, at both widths: accessible, no console error, no scrolling sideways, no other host."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import City

from .conftest import DESKTOP, PHONE, check_fits

ROLES = (
    "secretary", "deputy", "reviewer", "inspector", "leader", "office", "authority", "sysadmin", "secadmin", "auditor",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_side_bar_pages(
    city: City, request: pytest.FixtureRequest, open_as: Callable[..., Page], check_accessible: Callable, role: str
) -> None:
    user = request.getfixturevalue(role)
    page = open_as(user, "/")
    addresses = page.locator("#sidebar a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(addresses) >= 4
    for address in addresses:
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            answer = page.goto(address)
            page.wait_for_load_state("load")
            assert answer.status == 200, address
            expect(page.locator("h1")).not_to_be_empty()
            check_fits(page, f"{address} {size}")
        check_accessible(page)


def test_the_api_explains_itself_offline(city: City, office: object, open_as: Callable[..., Page]) -> None:
    page = open_as(office, "/api/v1/docs/")
    page.locator(".opblock").first.wait_for()
    expect(page.locator(".opblock").nth(11)).to_be_visible()
