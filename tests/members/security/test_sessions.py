"""How long a session lasts, where one is signed in, ending sessions (T-L4)."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from branchportal.models import AuditEntry
from members import retention
from members.models import SignIn, User
from members.security import sessions
from tests.conftest import City

pytestmark = pytest.mark.django_db


def at(minutes: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


@pytest.mark.parametrize(("name", "minutes"), [("secretary", 30), ("office", 30), ("auditor", 15), ("sysadmin", 15)])
def test_tl4_an_idle_session_ends(
    request: pytest.FixtureRequest, city: City, sign_in: object, name: str, minutes: int
) -> None:
    client = sign_in(request.getfixturevalue(name))
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=minutes - 0.1), tick=False):
        assert client.get("/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=2 * minutes - 0.3), tick=False):
        assert client.get("/").status_code == 200  # the page before kept it alive
    with time_machine.travel(start + timedelta(minutes=3 * minutes), tick=False):
        assert client.get("/")["Location"].startswith("/accounts/login/")
        assert client.get("/", headers={"X-Requested-With": "fetch"}).status_code == 401
    assert SignIn.objects.get().ended_why == "idle"
    assert not Session.objects.exists()


def test_tl4_saving_all_the_time_does_not_make_it_longer_than_twelve_hours(
    city: City, secretary: User, sign_in: object
) -> None:
    client, start = sign_in(secretary), timezone.now()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.get("/tasks/").status_code == 200
    with time_machine.travel(start + timedelta(hours=12), tick=False):
        assert client.get("/tasks/").status_code == 302
    assert SignIn.objects.get().ended_why == "too_long"


def test_tl4_a_session_without_a_beginning_is_refused(city: City, secretary: User, sign_in: object) -> None:
    client = sign_in(secretary)
    session = client.session
    del session[sessions.BEGAN]
    session.save()
    assert client.get("/").status_code == 302


def test_tl4_one_sees_where_one_is_signed_in_and_ends_the_others(city: City, secretary: User, sign_in: object) -> None:
    here, elsewhere = sign_in(secretary), sign_in(secretary)
    assert here.get("/accounts/security/").content.decode().count('data-label="最近使用"') == 2
    here.post("/accounts/security/sessions/")
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="account.sessions_ended", actor=secretary).exists()


def test_tl4_signing_out_closes_the_session_in_the_list(city: City, secretary: User, sign_in: object) -> None:
    sign_in(secretary).post("/accounts/logout/")
    assert SignIn.objects.get().ended_why == "signed_out"
    assert sessions.open_sessions(secretary) == []


def test_tl4_the_security_admin_ends_sessions_of_others_only(
    city: City, secretary: User, secadmin: User, sysadmin: User, sign_in: object
) -> None:
    client, admin = sign_in(secretary), sign_in(secadmin)
    address = f"/people/accounts/{secretary.pk}/security/"
    for other in (sysadmin, secretary):
        assert sign_in(other).post(address, {"action": "end"}).status_code == 403
    assert admin.post(f"/people/accounts/{secadmin.pk}/security/", {"action": "end"}).status_code == 403
    assert admin.post(address, {"action": "nothing"}).status_code == 400
    assert client.get("/").status_code == 200
    assert admin.post(address, {"action": "end"}).status_code == 302
    assert client.get("/").status_code == 302
    assert "被人工结束" in admin.get(address).content.decode()


def test_tl4_deactivating_ends_sessions_at_once(city: City, secretary: User, sign_in: object) -> None:
    client = sign_in(secretary)
    User.objects.filter(pk=secretary.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_tl4_old_rows_are_forgotten_and_young_ones_kept(city: City, secretary: User, sign_in: object) -> None:
    sign_in(secretary)
    with at(184 * 24 * 60):
        retention.keep()
        assert SignIn.objects.count() == 1
        assert not Session.objects.exists()
    with at(401 * 24 * 60):
        retention.keep()
        assert not SignIn.objects.exists()
