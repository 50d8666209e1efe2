"""Accounts, offices and the roll: what happens, what is refused, what the trail keeps."""

from datetime import date, timedelta

import pytest
from axes.models import AccessAttempt
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import Appointment, Member, User
from members.roles import Role
from members.services import accounts, appointments, roll
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db


def trail(prefix: str) -> list[str]:
    return list(AuditEntry.objects.filter(action__startswith=prefix).values_list("action", flat=True))


def grant(actor: User, user: User, role: str, **where: object) -> Appointment:
    where.setdefault("starts_on", timezone.localdate())
    return appointments.grant_appointment(actor=actor, user=user, role=role, **where)


def test_new_account_has_a_password_that_must_be_changed_and_no_rights(office):
    slip = accounts.create_account(actor=office, username="newcomer", name="新来")
    user = User.objects.get(username="newcomer")
    assert user.check_password(slip.password)
    assert user.must_change_password
    assert user.scope.roles == set()
    entry = AuditEntry.objects.get(action="account.created")
    assert slip.password not in str(entry.after)


def test_account_name_is_taken_once(office, secretary):
    with pytest.raises(PortalError, match="已存在"):
        accounts.create_account(actor=office, username="secretary", name="又一个")


def test_reset_ends_the_old_password_and_lifts_the_lock(reviewer, secretary):
    AccessAttempt.objects.create(username="secretary", ip_address="10.0.0.9", failures_since_start=5)
    slip = accounts.reset_password(actor=reviewer, account=secretary)
    secretary.refresh_from_db()
    assert secretary.check_password(slip.password)
    assert not AccessAttempt.objects.exists()
    assert trail("account.password") == ["account.password_reset"]


def test_department_resets_nobody_outside_its_subtree(reviewer, city):
    far = appoint(make_user("far"), Role.SECRETARY, branch=city.far_branch)
    with pytest.raises(PermissionDenied):
        accounts.reset_password(actor=reviewer, account=far)


def test_passwords_for_many_are_all_different_and_written_together(office, secretary, neighbour):
    slips = accounts.issue_passwords(actor=office, accounts=User.objects.filter(pk__in=[secretary.pk, neighbour.pk]))
    assert len({slip.password for slip in slips}) == 2
    assert all(User.objects.get(pk=slip.user.pk).check_password(slip.password) for slip in slips)
    assert trail("account.password") == ["account.password_issued"] * 2


def test_stale_version_changes_nothing(office, secretary):
    accounts.change_account(actor=office, account=secretary, version=1, name="赵新名")
    with pytest.raises(StaleState):
        accounts.change_account(actor=office, account=secretary, version=1, name="赵旧名")
    secretary.refresh_from_db()
    assert (secretary.name, secretary.version) == ("赵新名", 2)


def test_granting_an_office_gives_rights_and_a_trail(office, outsider, city):
    grant(office, outsider, Role.DEPUTY, branch=city.branch)
    assert User.objects.get(pk=outsider.pk).scope.deputy_of == {city.branch.pk}
    entry = AuditEntry.objects.get(action="appointment.granted")
    assert (entry.actor, entry.after["role"], entry.after["scope"]) == (office, "DEPUTY", city.branch.name)


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.SECRETARY, ()),
        (Role.SECRETARY, ("organization",)),
        (Role.DEPARTMENT, ("branch",)),
        (Role.INSPECTOR, ("branch",)),
        (Role.INSPECTOR, ("organization",)),
        (Role.DEPUTY, ("branch", "organization")),
    ],
)
def test_an_office_needs_the_place_that_fits_it(office, outsider, city, role, where):
    places = {"branch": city.farther_branch, "organization": city.committee}
    with pytest.raises(PortalError):
        grant(office, outsider, role, **{name: places[name] for name in where})
    assert not outsider.appointments.exists()


def test_same_office_twice_in_the_same_days_is_refused(office, secretary, city):
    with pytest.raises(PortalError, match="已担任该职务"):
        grant(office, secretary, Role.SECRETARY, branch=city.branch)


def test_a_branch_has_one_secretary_at_a_time(office, secretary, outsider, city):
    with pytest.raises(PortalError, match="赵书记"):
        grant(office, outsider, Role.SECRETARY, branch=city.branch)
    Appointment.objects.filter(user=secretary).update(ends_on=date(2026, 6, 30))
    grant(office, outsider, Role.SECRETARY, branch=city.branch, starts_on=date(2026, 7, 1))


def test_three_administrators_hold_nothing_else(secadmin, auditor, office, outsider, city):
    with pytest.raises(PortalError, match="三员分立"):
        grant(secadmin, auditor, Role.INSPECTOR)
    with pytest.raises(PortalError, match="三员分立"):
        grant(secadmin, office, Role.AUDITOR)
    member = make_member(city.branch)
    User.objects.filter(pk__in=[auditor.pk, outsider.pk]).update(member=member)
    outsider.refresh_from_db()
    with pytest.raises(PortalError, match="三员分立"):
        grant(secadmin, outsider, Role.INSPECTOR)


def test_nobody_grants_to_himself(secadmin):
    with pytest.raises(PermissionDenied):
        grant(secadmin, secadmin, Role.SYSTEM_ADMIN)


def test_ending_an_office_takes_the_right_at_once(office, secretary):
    held = secretary.appointments.get()
    appointments.revoke_appointment(actor=office, appointment=held)
    assert User.objects.get(pk=secretary.pk).scope.roles == set()
    held.refresh_from_db()
    assert held.ends_on == timezone.localdate() - timedelta(days=1)
    assert trail("appointment") == ["appointment.ended"]


def test_an_office_of_today_is_withdrawn_at_once(office, outsider, city):
    held = grant(office, outsider, Role.DEPUTY, branch=city.branch)
    appointments.revoke_appointment(actor=office, appointment=held)
    assert not Appointment.objects.filter(user=outsider).exists()
    entry = AuditEntry.objects.get(action="appointment.withdrawn")
    assert entry.before["role"] == "DEPUTY"


def test_members_move_only_between_branches_one_may_edit(secretary, city):
    member = make_member(city.branch, "甲")
    roll.change_member(actor=secretary, member=member, version=1, name="乙")
    with pytest.raises(PermissionDenied):
        roll.change_member(actor=secretary, member=member, version=2, branch=city.sibling)
    member.refresh_from_db()
    assert (member.name, member.branch) == ("乙", city.branch)


def test_member_numbers_are_unique_in_a_branch(secretary, city):
    roll.add_member(actor=secretary, branch=city.branch, number="9", name="甲")
    with pytest.raises(PortalError, match="已被使用"):
        roll.add_member(actor=secretary, branch=city.branch, number="9", name="乙")
    roll.set_member_active(actor=secretary, member=Member.objects.get(number="9"), version=1, is_active=False)
    assert trail("member") == ["member.added", "member.removed"]
