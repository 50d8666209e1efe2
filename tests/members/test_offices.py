"""The three administrators are three people without a scoring office: T-A7."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from branchportal import guards
from branchportal.errors import PortalError
from members import offices
from members.models import Appointment, User
from members.roles import SCORING_ROLES, THREE_OFFICES, Role
from members.services.accounts import change_account
from tests.conftest import City
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db


def check() -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("check_offices", stdout=out, stderr=err)
    except CommandError as refusal:
        return f"{err.getvalue()}{refusal}"
    return ""


def test_ta7_the_cast_is_apart(sysadmin: User, secadmin: User, auditor: User, office: User, secretary: User) -> None:
    assert offices.findings() == []
    assert check() == ""


def test_ta7_a_superuser_and_a_double_holder_are_named(auditor: User, outsider: User) -> None:
    with guards.lifted():
        appoint(auditor, Role.OFFICE)
        User.objects.filter(pk=outsider.pk).update(is_superuser=True)
        said = check()
    assert "auditor holds AUDIT, auditor OPERATOR" in said
    assert "outsider: is a superuser" in said
    assert "2 findings" in said
    assert offices.warn() == offices.findings() != []


def test_ta7_one_person_with_two_accounts_is_one_person(
    city: City, secadmin: User, sysadmin: User, office: User
) -> None:
    member = make_member(city.branch)
    User.objects.filter(pk=secadmin.pk).update(member=member)
    with pytest.raises(PortalError, match="secadmin"):
        change_account(actor=sysadmin, account=office, version=office.version, member=member)
    User.objects.filter(pk=office.pk).update(member=member)
    assert "office holds OPERATOR, secadmin SECADM" in check()


@pytest.mark.parametrize("held", sorted(THREE_OFFICES))
@pytest.mark.parametrize("wanted", [role for role in Role if role not in ("SEC", "DEPUTY", "DEPT")])
def test_ta7_the_database_refuses_whoever_writes(city: City, held: str, wanted: str) -> None:
    user = appoint(make_user(), held)
    row = Appointment(user=user, role=wanted, starts_on=date(2026, 1, 1))
    if held == wanted:
        Appointment.objects.bulk_create([row])
        return
    with pytest.raises(DatabaseError), transaction.atomic():
        Appointment.objects.bulk_create([row])
    other = appoint(make_user(), wanted)
    with pytest.raises(DatabaseError), transaction.atomic():
        Appointment.objects.filter(user=other).update(user=user)
    member = make_member(city.branch)
    User.objects.filter(pk__in=[user.pk, other.pk]).update(member=member)
    with pytest.raises(DatabaseError), transaction.atomic():
        Appointment.objects.create(user=other, role=wanted, starts_on=date(2026, 1, 1))


def test_ta7_one_after_the_other_is_allowed(auditor: User) -> None:
    today = timezone.localdate()
    Appointment.objects.filter(user=auditor).update(ends_on=today - timedelta(days=1))
    Appointment.objects.create(user=auditor, role=Role.OFFICE, starts_on=today)
    assert offices.findings() == []


def test_two_scoring_offices_of_one_person_are_no_finding(city: City) -> None:
    user = make_user()
    for role in sorted(SCORING_ROLES - {Role.SECRETARY, Role.DEPUTY, Role.DEPARTMENT}):
        appoint(user, role)
    assert offices.findings() == []


def test_the_log_is_warned_once_a_day(auditor: User, caplog: pytest.LogCaptureFixture) -> None:
    offices.cache.clear()
    now = timezone.now()
    assert [offices.warn_daily(now + timedelta(hours=hours)) for hours in (0, 1, 23, 25)] == [True, False, False, True]
