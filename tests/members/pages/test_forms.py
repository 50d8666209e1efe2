"""Forms of members, accounts and offices."""

from datetime import date

import pytest
from django.urls import reverse

from members.models import Appointment, Member, User
from members.roles import Role
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db


def test_secretary_keeps_the_own_roll(sign_in, secretary, city):
    client = sign_in(secretary)
    data = {
        "branch": city.branch.pk,
        "number": "9",
        "name": "甲",
        "kind": "full",
        "joined_on": "2020-07-01",
        "post": "",
    }
    assert client.post(reverse("members:member_new"), data).status_code == 302
    member = Member.objects.get(number="9")
    address = reverse("members:member_edit", args=[member.pk])
    assert client.post(address, data | {"name": "乙", "version": 1}).status_code == 302
    assert client.post(address, data | {"name": "丙", "version": 1}).status_code == 409
    elsewhere = client.post(reverse("members:member_new"), data | {"branch": city.sibling.pk})
    assert elsewhere.status_code == 422
    assert Member.objects.get().name == "乙"
    client.post(reverse("members:member_active", args=[member.pk]), {"version": 2})
    assert not Member.objects.get().is_active


def test_new_account_shows_its_password_once(sign_in, office, city):
    member = make_member(city.branch, number="7")
    data = {"username": "newcomer", "name": "新来", "phone": "", "branch_code": city.branch.code, "member_number": "7"}
    answer = sign_in(office).post(reverse("members:account_new"), data)
    user = User.objects.get(username="newcomer")
    password = answer.context["slips"][0].password
    assert password in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert user.check_password(password)
    assert user.member == member


@pytest.mark.parametrize(
    "changes",
    [{"username": "a b"}, {"username": "secretary"}, {"branch_code": "x"}, {"branch_code": "x", "member_number": "1"}],
)
def test_wrong_account_input_is_refused(sign_in, office, secretary, changes):
    data = {"username": "newcomer", "name": "新来", "phone": "", "branch_code": "", "member_number": ""}
    answer = sign_in(office).post(reverse("members:account_new"), data | changes)
    assert answer.status_code == 422
    assert not User.objects.filter(name="新来").exists()


def test_account_is_changed_deactivated_and_activated(sign_in, sysadmin, secretary):
    client, address = sign_in(sysadmin), reverse("members:account_edit", args=[secretary.pk])
    data = {"username": "other", "name": "赵新名", "phone": "1", "branch_code": "", "member_number": "", "version": 1}
    assert client.post(address, data).status_code == 302
    secretary.refresh_from_db()
    assert (secretary.username, secretary.name) == ("secretary", "赵新名")
    active = reverse("members:account_active", args=[secretary.pk])
    client.post(active, {"version": 2})
    assert not User.objects.get(pk=secretary.pk).is_active
    client.post(active, {"version": 3, "is_active": "1"})
    assert User.objects.get(pk=secretary.pk).is_active


def test_rights_are_not_settable_through_forms(sign_in, office, secretary):
    data = {"username": "newcomer", "name": "新来", "branch_code": "", "member_number": ""}
    data |= {"is_superuser": "on", "is_staff": "on", "password": "x", "must_change_password": ""}
    sign_in(office).post(reverse("members:account_new"), data)
    user = User.objects.get(username="newcomer")
    assert (user.is_superuser, user.is_staff, user.must_change_password) == (False, False, True)


def test_reset_shows_a_new_password_and_unlock_lifts_the_lock(sign_in, reviewer, secretary):
    client = sign_in(reviewer)
    answer = client.post(reverse("members:account_reset", args=[secretary.pk]))
    assert User.objects.get(pk=secretary.pk).check_password(answer.context["slips"][0].password)
    assert client.post(reverse("members:account_unlock", args=[secretary.pk])).status_code == 302


def test_office_grants_and_ends_an_office(sign_in, office, outsider, city):
    client = sign_in(office)
    data = {"username": "outsider", "role": "DEPUTY", "branch_code": city.branch.code, "starts_on": "2026-01-01"}
    assert client.post(reverse("members:appointment_new"), data).status_code == 302
    held = Appointment.objects.get(user=outsider)
    assert (held.branch, held.starts_on, held.ends_on) == (city.branch, date(2026, 1, 1), None)
    twice = client.post(reverse("members:appointment_new"), data)
    assert twice.status_code == 422
    assert "已担任该职务" in twice.content.decode()
    client.post(reverse("members:appointment_end", args=[held.pk]))
    assert not Appointment.objects.in_force().filter(user=outsider).exists()


def test_office_cannot_grant_powers_by_hand_made_requests(sign_in, office, outsider):
    data = {"username": "outsider", "role": "ORG", "starts_on": "2026-01-01"}
    assert sign_in(office).post(reverse("members:appointment_new"), data).status_code == 422
    assert not Appointment.objects.filter(user=outsider).exists()


def test_security_admin_grants_powers_but_none_to_himself(sign_in, secadmin, outsider):
    client = sign_in(secadmin)
    data = {"username": "outsider", "role": "ORG", "starts_on": "2026-01-01"}
    assert client.post(reverse("members:appointment_new"), data).status_code == 302
    own = client.post(reverse("members:appointment_new"), data | {"username": "secadmin"})
    assert own.status_code == 403
    mine = client.post(reverse("members:appointment_end", args=[secadmin.appointments.get().pk]))
    assert mine.status_code == 403


def test_department_appoints_nobody(sign_in, reviewer, secretary, city):
    client = sign_in(reviewer)
    assert client.get(reverse("members:appointment_new")).status_code == 403
    held = secretary.appointments.get()
    assert client.post(reverse("members:appointment_end", args=[held.pk])).status_code == 403
    assert Appointment.objects.in_force().filter(pk=held.pk).exists()


def test_foreign_appointments_do_not_exist(sign_in, secretary, city):
    far = appoint(make_user("far"), Role.SECRETARY, branch=city.far_branch).appointments.get()
    assert sign_in(secretary).post(reverse("members:appointment_end", args=[far.pk])).status_code == 404
