"""Accounts: guessing behind one address (T-L1), what the lock keeps, deactivation, offices that change (T-L4)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from branchportal.models import AuditEntry
from members.models import SignIn, User
from members.roles import Role
from members.security import guessing
from members.security.store import stored_key
from members.services.accounts import reset_password, set_account_active
from members.services.appointments import grant_appointment, revoke_appointment
from tests.conftest import City
from tests.factories.members import PASSWORD, appoint, make_user

pytestmark = pytest.mark.django_db
NAT = "10.9.8.7"


def enter(username: str, password: str, address: str = NAT, **form: str) -> int:
    form = {"username": username, "password": password, **form}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", form).status_code


def test_tl1_the_51st_colleague_behind_one_address_gets_in(city: City) -> None:
    names = [make_user(f"nat{number}").username for number in range(51)]
    for name in names[:50]:
        assert [enter(name, "wrong-horse-7") for _try in range(5)] == [422] * 4 + [429]
    assert enter(names[0], PASSWORD) == 429
    assert enter(names[0], PASSWORD, "10.0.0.1") == 302, "locked here, not elsewhere"
    assert enter(names[50], PASSWORD) == 302


def test_tl1_unknown_accounts_are_locked_alike_and_what_was_typed_is_not_kept(city: City) -> None:
    typed = "Mein-Passwort-1!"
    assert [enter(typed, "x", note=typed) for _try in range(6)] == [422] * 4 + [429] * 2
    attempt = AccessAttempt.objects.get()
    assert attempt.username.startswith("?")
    assert (attempt.get_data, attempt.post_data) == ("", "")
    assert attempt.failures_since_start >= 5
    assert typed not in str(list(AccessAttempt.objects.values()) + list(AccessLog.objects.values()))
    assert typed not in str(list(AuditEntry.objects.values()))


def test_tl1_many_wrong_passwords_from_everywhere_are_told_of_once(
    city: City, secretary: User, caplog: pytest.LogCaptureFixture
) -> None:
    for at in range(guessing.MANY + 5):
        enter("secretary", "wrong-horse-7", f"10.1.0.{at}")
    assert AuditEntry.objects.filter(action="account.guessing", object_id=secretary.pk).count() == 1
    assert caplog.text.count("wrong passwords within an hour") == 1
    assert enter("secretary", PASSWORD, "10.2.0.1") == 302, "nobody is locked out by others"


def test_tl4_deactivation_ends_sessions_at_once(city: City, office: User, secretary: User, sign_in: object) -> None:
    client = sign_in(secretary)
    set_account_active(actor=office, account=secretary, version=secretary.version, is_active=False)
    assert SignIn.objects.get(user=secretary).ended_why == "rights"
    assert not Session.objects.exists()
    assert client.get("/").status_code == 302
    assert enter("secretary", PASSWORD) == 422


def test_tl4_a_changed_office_ends_sessions(city: City, secadmin: User, outsider: User, sign_in: object) -> None:
    client = sign_in(outsider)
    office = grant_appointment(actor=secadmin, user=outsider, role=Role.AUDITOR, starts_on=timezone.localdate())
    assert client.get("/").status_code == 302
    client = sign_in(outsider)
    assert client.get("/audit/").status_code == 200
    revoke_appointment(actor=secadmin, appointment=office)
    assert client.get("/audit/").status_code == 302
    assert sign_in(outsider).get("/audit/").status_code == 403


def test_tl4_a_copied_database_opens_no_session(city: City, secretary: User, sign_in: object) -> None:
    client = sign_in(secretary)
    key = client.cookies["sessionid"].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key FROM django_session")
        (kept,) = cursor.fetchone()
    assert kept == stored_key(key) != key
    assert SignIn.objects.get().session_key == kept
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_handover_in_mid_quarter(city: City, office: User, secretary: User, sign_in: object) -> None:
    """The sheet is the branch's: the successor goes on with it, the predecessor is out at once."""
    old, today = sign_in(secretary), timezone.localdate()
    address = f"/sheets/{city.sheet.pk}/"
    assert old.get(address).status_code == 200
    revoke_appointment(actor=office, appointment=secretary.appointments.get(), ends_on=today - timedelta(days=1))
    successor = make_user("successor", name="新书记")
    grant_appointment(actor=office, user=successor, role=Role.SECRETARY, branch=city.branch, starts_on=today)
    assert old.get(address).status_code == 302
    assert sign_in(secretary).get(address).status_code == 404
    assert sign_in(successor).get(address).status_code == 200


def test_a_department_resets_within_its_subtree_only(city: City, reviewer: User, secretary: User) -> None:
    far = appoint(make_user("far"), Role.SECRETARY, branch=city.far_branch)
    slip = reset_password(actor=reviewer, account=User.objects.for_table().get(pk=secretary.pk))
    assert enter("secretary", slip.password) == 302
    with pytest.raises(Exception, match=r"department|部门|党委"):
        reset_password(actor=reviewer, account=User.objects.for_table().get(pk=far.pk))
