"""Lists of organizations, units and branches: who sees what, the same few queries at one and many rows, filters."""

import pytest
from django.urls import reverse

from branches.tree import Node
from tests.factories.branches import make_branch, make_organization, make_sector, make_unit

pytestmark = pytest.mark.django_db
QUERIES = {"branches:organizations": 5, "branches:units": 5, "branches:list": 7}


def names(answer) -> list[str]:
    return [row.organization.name if isinstance(row, Node) else row.name for row in answer.context["page"]]


@pytest.mark.parametrize("page", QUERIES)
def test_few_queries_at_one_and_at_many_rows(sign_in, office, city, page, django_assert_num_queries):
    client = sign_in(office)
    with django_assert_num_queries(QUERIES[page]):
        assert client.get(reverse(page)).status_code == 200
    for number in range(60):
        committee = make_organization(f"第{number}党委", city.work_committee, unit=make_unit())
        make_branch(committee, f"第{number}支部", sector=make_sector())
    with django_assert_num_queries(QUERIES[page]):
        answer = client.get(reverse(page))
    assert len(answer.context["page"]) == 50
    assert "第1页，共2页" in answer.content.decode()


def test_department_sees_its_subtree_and_a_secretary_the_own_branch(sign_in, reviewer, secretary, outsider, city):
    listed = names(sign_in(reviewer).get(reverse("branches:list")))
    assert listed == [city.branch.name, city.sibling.name]
    assert names(sign_in(secretary).get(reverse("branches:list"))) == [city.branch.name]
    assert names(sign_in(reviewer).get(reverse("branches:organizations"))) == [city.committee.name]
    empty = sign_in(outsider).get(reverse("branches:list"))
    assert "还没有党支部" in empty.content.decode()


def test_filters_narrow_and_stay_in_the_address(sign_in, office, city):
    client = sign_in(office)
    page = reverse("branches:list")
    assert names(client.get(page, {"q": "教育局"})) == [city.far_branch.name, city.farther_branch.name]
    assert len(names(client.get(page, {"organization": city.committee.pk}))) == 2
    assert len(names(client.get(page, {"organization": "x", "sector": "999"}))) == 4
    text = client.get(page, {"q": "没有这样的"}).content.decode()
    assert "没有符合条件的党支部" in text
    assert 'value="没有这样的"' in text
    closed = client.get(page, {"state": "closed"})
    assert names(closed) == []


def test_page_numbers_beyond_the_end_show_the_last_page(sign_in, office, city):
    answer = sign_in(office).get(reverse("branches:list"), {"page": "9999999999999999999999"})
    assert answer.status_code == 200
    assert len(names(answer)) == 4


def test_tree_search_shows_hits(sign_in, office, city):
    answer = sign_in(office).get(reverse("branches:organizations"), {"q": "教育"})
    assert names(answer) == [city.other_committee.name]


def test_units_are_for_roles_of_the_whole_portal(sign_in, office, secretary):
    assert sign_in(office).get(reverse("branches:units")).status_code == 200
    refused = sign_in(secretary).get(reverse("branches:units"))
    assert refused.status_code == 403
    assert "考评办" in refused.content.decode()
