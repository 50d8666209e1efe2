"""Lists of members, accounts and offices: who sees what, with the same few queries at one and many rows."""

import pytest
from django.urls import reverse

from members.models import User
from members.roles import Role
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db
QUERIES = {"members:list": 5, "members:accounts": 7, "members:appointments": 5}


@pytest.mark.parametrize("page", QUERIES)
def test_few_queries_at_one_and_at_many_rows(sign_in, office, city, page, django_assert_num_queries):
    client = sign_in(office)
    make_member(city.branch)
    with django_assert_num_queries(QUERIES[page]):
        assert client.get(reverse(page)).status_code == 200
    for number in range(60):
        member = make_member(city.branch, number=f"m{number}")
        appoint(make_user(f"u{number}", member=member), Role.DEPUTY, branch=city.branch)
    with django_assert_num_queries(QUERIES[page]):
        answer = client.get(reverse(page))
    assert len(answer.context["page"]) == 50


def test_rolls_of_others_are_not_seen(sign_in, secretary, neighbour, reviewer, inspector, outsider, city):
    mine, other, far = (make_member(branch) for branch in (city.branch, city.sibling, city.far_branch))
    address = reverse("members:list")
    assert list(sign_in(secretary).get(address).context["page"]) == [mine]
    assert list(sign_in(neighbour).get(address).context["page"]) == [other]
    assert list(sign_in(reviewer).get(address).context["page"]) == [mine, other]
    assert sign_in(inspector).get(address).status_code == 403
    assert sign_in(outsider).get(address).status_code == 403
    for member in (other, far):
        assert sign_in(secretary).get(reverse("members:member_edit", args=[member.pk])).status_code == 404
        gone = sign_in(secretary).post(reverse("members:member_active", args=[member.pk]), {"version": 1})
        assert gone.status_code == 404


def test_department_sees_accounts_of_its_subtree_only(sign_in, reviewer, secretary, neighbour, office, city):
    far = appoint(make_user("far"), Role.SECRETARY, branch=city.far_branch)
    page = sign_in(reviewer).get(reverse("members:accounts")).context["page"]
    assert set(page) == {reviewer, secretary, neighbour}
    assert sign_in(reviewer).post(reverse("members:account_reset", args=[far.pk])).status_code == 404
    assert sign_in(secretary).get(reverse("members:accounts")).status_code == 403


def test_filters_of_accounts(sign_in, office, secretary, outsider):
    client, address = sign_in(office), reverse("members:accounts")

    def found(**wanted: str) -> set[User]:
        return set(client.get(address, wanted).context["page"])

    assert found(role="SEC") == {secretary}
    assert found(role="none") == {outsider}
    assert found(q="第一党支部") == {secretary}
    assert found(state="inactive") == set()


def test_filters_of_appointments(sign_in, secadmin, secretary, city):
    client, address = sign_in(secadmin), reverse("members:appointments")
    held = secretary.appointments.get()
    assert list(client.get(address, {"q": "赵书记"}).context["page"]) == [held]
    assert list(client.get(address, {"q": "赵书记", "state": "over"}).context["page"]) == []
    assert list(client.get(address, {"role": "SEC", "state": "all"}).context["page"]) == [held]
