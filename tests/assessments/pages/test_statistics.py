"""The pages of the statistics: who opens them, what they say without figures, and how much they ask the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.cycles.models import Cycle
from members.roles import Role
from tests.factories.many import make_many
from tests.factories.members import appoint, make_user
from tests.factories.results import BEST, make_approved, make_tally

PAGES = ("department", "year_statistics", "indicators")
QUERIES = {"department": 13, "year_statistics": 14, "indicators": 9}


@pytest.fixture
def tally(city, inspector, office):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for points, sheet in ((10, city.sheet), (9, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


def test_pages_open_for_whom_they_are(tally, office, reviewer, leader, secretary, sysadmin, sign_in):
    opened = {
        user.username: [sign_in(user).get(reverse(f"reports:{name}")).status_code for name in PAGES]
        for user in (office, reviewer, leader, secretary, sysadmin)
    }
    assert opened == {
        "office": [200, 200, 200],
        "reviewer": [200, 403, 200],
        "leader": [403, 403, 200],
        "secretary": [403, 403, 403],
        "sysadmin": [403, 403, 403],
    }


def test_a_department_opens_no_other_organization(city, tally, reviewer, sign_in):
    client = sign_in(reviewer)
    for key in (city.other_committee.pk, city.work_committee.pk, 999_999, "x"):
        assert client.get(reverse("reports:department"), {"organization": key}).status_code == 404
        for name in ("department_file", "indicators_file"):
            posted = client.post(reverse(f"reports:{name}"), {"organization": key, "kind": "pdf"})
            assert posted.status_code == 404
    page = client.get(reverse("reports:department")).content.decode()
    assert city.committee.name in page
    assert city.other_committee.name not in page


def test_links_lead_there(tally, office, secretary, sign_in):
    addresses = [reverse(f"reports:{name}") for name in PAGES]
    offered = sign_in(office).get(reverse("reports:index")).content.decode()
    assert all(f'href="{address}"' in offered for address in addresses)
    assert f'{addresses[0]}?period=cycle-{tally.cycle_id}"' in sign_in(office).get("/cycles/board/").content.decode()
    hidden = sign_in(secretary).get(reverse("reports:index")).content.decode()
    assert not any(f'href="{address}"' in hidden for address in addresses)


def test_pages_without_a_cycle_say_so(db, sign_in):
    client = sign_in(appoint(make_user("office"), Role.OFFICE))
    for name in PAGES:
        page = client.get(reverse(f"reports:{name}"))
        assert "尚未启动考评周期" in page.content.decode()


def test_a_file_of_an_unknown_period_is_not_found(city, office, sign_in):
    for name in PAGES:
        posted = {"period": "cycle-999999", "kind": "pdf", "organization": city.committee.pk}
        assert sign_in(office).post(reverse(f"reports:{name}_file"), posted).status_code == 404


@pytest.mark.parametrize(("name", "queries"), QUERIES.items())
def test_pages_ask_as_much_for_many_branches_as_for_few(name, queries, city, tally, office, sign_in):
    client, address = sign_in(office), reverse(f"reports:{name}")
    key = f"cycle-{tally.cycle_id}" if name != "year_statistics" else f"year-{tally.plan_id}"
    few = asked(client, address, {"period": key, "organization": city.work_committee.pk})
    assert few == queries


def asked(client, address: str, chosen: dict) -> int:
    """Queries of a page that has been opened before."""
    client.get(address, chosen)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address, chosen).status_code == 200
    return len(found)


def test_sixty_branches_take_pages_of_fifty(office, sign_in):
    many = make_many(60, sectors=2, year=2025)
    tally = make_tally(many.cycle, office)
    client, address = sign_in(office), reverse("reports:department")
    chosen = {"period": f"cycle-{many.cycle.pk}"} | {"organization": tally.results.first().organization.parent_id}
    first, second = (client.get(address, chosen | {"page": number}).content.decode() for number in (1, 2))
    assert first.count("B00000") == 50
    assert second.count("B00000") == 10
    asked_for = {name: asked(client, reverse(f"reports:{name}"), chosen) for name in ("department", "indicators")}
    year = asked(client, reverse("reports:year_statistics"), {"period": f"year-{tally.plan_id}"})
    assert asked_for | {"year_statistics": year} == QUERIES
