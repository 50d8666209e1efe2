"""Forms of the tree: create, edit, conflict, close, and who may not."""

from datetime import date

import pytest
from django.urls import reverse

from branches.models import Branch, Organization, Unit

pytestmark = pytest.mark.django_db


def branch_data(branch: Branch, **changes: object) -> dict:
    data = {
        "code": branch.code,
        "name": branch.name,
        "organization": branch.organization_id,
        "sector": branch.sector_id,
        "unit": branch.unit_id,
        "has_committee": "on",
        "contact": "",
        "phone": "",
        "version": branch.version,
    }
    return data | changes


def test_office_creates_and_renames_a_branch(sign_in, office, city):
    client = sign_in(office)
    answer = client.post(reverse("branches:branch_new"), branch_data(city.branch, code="N1", name="新支部", version=""))
    assert answer.url == reverse("branches:list")
    made = Branch.objects.get(code="N1")
    answer = client.post(reverse("branches:branch_edit", args=[made.pk]), branch_data(made, name="更名支部"))
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.name, made.version) == ("更名支部", 2)


def test_second_of_two_editors_is_told_and_sees_both_values(sign_in, office, city):
    client, address = sign_in(office), reverse("branches:branch_edit", args=[city.branch.pk])
    seen = branch_data(city.branch, name="乙的名字")
    Branch.objects.filter(pk=city.branch.pk).update(name="甲的名字", version=2)
    answer = client.post(address, seen)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "其他人刚刚修改过" in text
    assert [(row.stored, row.mine) for row in answer.context["differences"]] == [("甲的名字", "乙的名字")]
    assert 'name="version" value="2"' in text
    assert client.post(address, seen | {"version": "2"}).status_code == 302
    city.branch.refresh_from_db()
    assert (city.branch.name, city.branch.version) == ("乙的名字", 3)


def test_after_a_conflict_each_field_is_chosen_by_itself(sign_in, office, city):
    client, address = sign_in(office), reverse("branches:branch_edit", args=[city.branch.pk])
    seen = branch_data(city.branch, name="乙的名字", contact="乙", founded_on="2001-02-03", has_groups="on")
    stored = {"name": "甲的名字", "contact": "甲", "founded_on": date(1999, 1, 1), "has_groups": False}
    Branch.objects.filter(pk=city.branch.pk).update(version=2, **stored)
    answer = client.post(address, seen)
    asked = [row.name for row in answer.context["differences"]]
    assert sorted(asked) == sorted(stored)
    again = seen | {"version": "2", "asked": asked, "keep-name": "stored", "keep-contact": "mine"}
    half = client.post(address, again)
    assert (half.status_code, Branch.objects.get(pk=city.branch.pk).version) == (409, 2)
    assert [row.chosen for row in half.context["differences"] if row.name == "contact"] == ["mine"]
    again |= {"keep-founded_on": "stored", "keep-has_groups": "stored"}
    assert client.post(address, again).status_code == 302
    now = Branch.objects.get(pk=city.branch.pk)
    assert (now.name, now.contact, now.founded_on, now.has_groups) == ("甲的名字", "乙", date(1999, 1, 1), False)


def test_wrong_input_is_shown_at_the_field(sign_in, office, city):
    answer = sign_in(office).post(reverse("branches:branch_new"), branch_data(city.branch, version=""))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"code"}


def test_moving_below_itself_is_refused_beside_the_form(sign_in, office, city):
    address = reverse("branches:organization_edit", args=[city.committee.pk])
    data = {"code": "X", "name": "党委", "kind": "committee", "parent": city.committee.pk, "version": 1}
    answer = sign_in(office).post(address, data)
    assert answer.status_code == 422
    assert "parent" in answer.context["form"].errors


def test_organization_is_created_moved_and_deactivated(sign_in, office, city):
    client = sign_in(office)
    data = {"code": "N", "name": "新党委", "kind": "committee", "parent": city.work_committee.pk}
    assert client.post(reverse("branches:organization_new"), data).status_code == 302
    made = Organization.objects.get(code="N")
    client.post(
        reverse("branches:organization_edit", args=[made.pk]), data | {"parent": city.committee.pk, "version": 1}
    )
    made.refresh_from_db()
    assert made.path.startswith(city.committee.path)
    client.post(reverse("branches:organization_active", args=[made.pk]), {"version": 2})
    made.refresh_from_db()
    assert not made.is_active
    client.post(reverse("branches:organization_active", args=[made.pk]), {"version": 3, "is_active": "1"})
    made.refresh_from_db()
    assert made.is_active
    stale = client.post(reverse("branches:organization_active", args=[made.pk]), {"version": "no number"})
    assert stale.status_code == 409


def test_closing_asks_for_the_day(sign_in, office, city):
    client, address = sign_in(office), reverse("branches:branch_close", args=[city.branch.pk])
    assert client.post(address, {"dissolved_on": "soon", "version": 1}).status_code == 422
    assert client.post(address, {"dissolved_on": "2026-06-30", "version": 1}).status_code == 302
    assert client.get(address).status_code == 404
    assert client.post(reverse("branches:branch_reopen", args=[city.branch.pk]), {"version": 2}).status_code == 302
    city.branch.refresh_from_db()
    assert city.branch.is_active


def test_units_are_created_and_renamed(sign_in, office):
    client = sign_in(office)
    client.post(reverse("branches:unit_new"), {"code": "N", "name": "新局", "is_active": "on"})
    unit = Unit.objects.get(code="N")
    said = {"code": "N", "name": "更名局", "is_active": "on", "version": 1}
    client.post(reverse("branches:unit_edit", args=[unit.pk]), said)
    unit.refresh_from_db()
    assert unit.name == "更名局"


def test_department_may_look_but_not_edit(sign_in, reviewer, city):
    client = sign_in(reviewer)
    assert client.get(reverse("branches:branch_edit", args=[city.branch.pk])).status_code == 403
    assert client.get(reverse("branches:branch_edit", args=[city.far_branch.pk])).status_code == 404
    assert client.post(reverse("branches:branch_new"), branch_data(city.branch, code="N9")).status_code == 403
    assert not Branch.objects.filter(code="N9").exists()
