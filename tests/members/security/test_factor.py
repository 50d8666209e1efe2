"""The second factor: set up, asked for, used once, blocked, replaced, taken away (T-L2)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from branchportal.models import AuditEntry
from members.models import RecoveryCode, SecondFactor, User
from members.roles import Role
from members.security import factor as factors
from members.security.factor import DEMANDED_OF
from tests.conftest import City

pytestmark = pytest.mark.django_db
PASSWORD = "Kaishi-2026-x"
CAST = {
    "reviewer": Role.DEPARTMENT, "inspector": Role.INSPECTOR, "leader": Role.LEADER, "office": Role.OFFICE,
    "authority": Role.AUTHORITY, "sysadmin": Role.SYSTEM_ADMIN, "secadmin": Role.SECURITY_ADMIN,
    "auditor": Role.AUDITOR,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _required(settings: object) -> None:
    settings.SECOND_FACTOR = "required"


def client_of(user: User) -> Client:
    """A session that has the password only."""
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.must_change_password = False
        user.save()
    client = Client()
    client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
    return client


def code_of(user: User, steps: int = 0) -> str:
    totp = TOTP(bytes.fromhex(SecondFactor.objects.get(user=user).secret))
    totp.time = timezone.now().timestamp() + 30 * steps
    return f"{totp.token():06d}"


def set_up(user: User) -> tuple[Client, list[str]]:
    client = client_of(user)
    client.get("/accounts/second/setup/")
    page = client.post("/accounts/second/setup/", {"code": code_of(user)})
    return client, page.context["codes"]


@pytest.mark.parametrize("name", CAST)
def test_tl2_every_role_that_decides_must_set_one_up_first(
    request: pytest.FixtureRequest, city: City, name: str
) -> None:
    assert CAST[name] in DEMANDED_OF
    client = client_of(request.getfixturevalue(name))
    for address in ("/", "/sheets/queue/", "/people/accounts/", "/accounts/password/", "/tasks/"):
        assert client.get(address)["Location"] == "/accounts/second/setup/"
    assert client.get("/api/v1/branches/").status_code == 401
    assert client.get("/api/v1/branches/").json()["code"] == "second_factor"
    assert (
        client.post("/results/tally/", {"cycle": city.cycle.pk}, headers={"X-Requested-With": "fetch"}).status_code
        == 401
    )


def test_tl2_a_secretary_is_not_made_to_but_may(city: City, secretary: User) -> None:
    client = client_of(secretary)
    assert client.get("/").status_code == 200
    set_up(secretary)
    assert client_of(secretary).get("/")["Location"] == "/accounts/second/"


def test_tl2_set_up_opens_the_portal_and_the_next_sign_in_asks(city: City, office: User) -> None:
    client, codes = set_up(office)
    assert client.get("/").status_code == 200
    assert len(set(codes)) == 10
    second = client_of(office)
    assert second.get("/")["Location"] == "/accounts/second/"
    assert second.get("/accounts/second/setup/")["Location"] == "/accounts/second/"
    with time_machine.travel(timezone.now() + timedelta(seconds=60), tick=False):
        assert second.post("/accounts/second/", {"code": code_of(office)})["Location"] == "/"
        assert second.get("/").status_code == 200


def test_tl2_a_code_is_good_once_and_only_for_its_time(city: City, office: User) -> None:
    set_up(office)
    with time_machine.travel(timezone.now() + timedelta(seconds=90), tick=False):
        code, later = code_of(office), code_of(office, steps=3)
        first, second = client_of(office), client_of(office)
        assert first.post("/accounts/second/", {"code": code})["Location"] == "/"
        assert second.post("/accounts/second/", {"code": code}).status_code == 422
        assert second.post("/accounts/second/", {"code": later}).status_code == 422
        assert second.get("/")["Location"] == "/accounts/second/"


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "1234567", "' OR 1=1 --", "0" * 500])
def test_tl2_what_is_no_code_gets_a_sentence(city: City, office: User, code: str) -> None:
    set_up(office)
    answer = client_of(office).post("/accounts/second/", {"code": code})
    assert answer.status_code == 422
    assert "验证码不符" in answer.content.decode()


def test_tl2_five_wrong_codes_block_the_account_for_a_while(city: City, office: User) -> None:
    set_up(office)
    client = client_of(office)
    for _try in range(5):
        client.post("/accounts/second/", {"code": "000000"})
    with time_machine.travel(timezone.now() + timedelta(seconds=60), tick=False):
        blocked = client.post("/accounts/second/", {"code": code_of(office)})
        assert (blocked.status_code, "错误次数过多" in blocked.content.decode()) == (422, True)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert client.post("/accounts/second/", {"code": code_of(office)}).status_code == 302
    assert AuditEntry.objects.filter(action="account.factor_failed").count() == 5


def test_tl2_a_recovery_code_replaces_the_phone_once(city: City, office: User) -> None:
    _client, codes = set_up(office)
    assert client_of(office).post("/accounts/second/", {"code": codes[3].lower()}).status_code == 302
    assert client_of(office).post("/accounts/second/", {"code": codes[3]}).status_code == 422
    assert not RecoveryCode.objects.filter(digest__contains=codes[0]).exists()


def test_tl2_new_recovery_codes_replace_the_old(city: City, office: User) -> None:
    client, old = set_up(office)
    new = client.post("/accounts/security/codes/").context["codes"]
    assert client_of(office).post("/accounts/second/", {"code": old[0]}).status_code == 422
    assert client_of(office).post("/accounts/second/", {"code": new[0]}).status_code == 302


def test_tl2_recovery_codes_hold_more_bits_than_a_plain_digest_needs(city: City, office: User) -> None:
    _client, codes = set_up(office)
    letters = {code.replace("-", "") for code in codes}
    assert {len(code) for code in letters} == {28}  # of 32 letters: 140 bits
    assert set().union(*letters) <= set(factors.CODE_LETTERS)
    assert max(map(len, codes)) <= 40  # what the field takes


def test_tl2_what_guards_the_account_changes_only_with_password_and_code(city: City, office: User) -> None:
    client, codes = set_up(office)
    changes = ("/accounts/security/codes/", "/accounts/security/sessions/")
    page = "/accounts/security/"
    assert 'type="password"' not in client.get(page).content.decode()  # it was given a moment ago
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert client.get(page).content.decode().count('type="password"') == 2
        for address in changes:
            answer = client.post(address, {"password": "wrong"})
            assert (answer.status_code, "请输入本账号的密码" in answer.content.decode()) == (400, True)
        assert AuditEntry.objects.filter(action="account.sign_in_failed", object_id=office.pk).count() == 2
        known = client.post(changes[0], {"password": PASSWORD})  # a stolen session and password make no recovery codes
        assert (known.status_code, "验证器的验证码" in known.content.decode()) == (400, True)
        assert client.post(changes[0], {"again": "000000"}).status_code == 400
        new = {"new_password1": "Kapok-river-29", "new_password2": "Kapok-river-29"}
        refused = client.post("/accounts/password/", {"old_password": PASSWORD, **new})
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["code"])
        assert client.post(changes[0], {"again": codes[0]}).status_code == 200
        assert client.post(changes[1]).status_code == 302  # both given just now
        assert client.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 302


def test_tl2_an_authenticator_is_set_up_only_with_the_password(city: City, secretary: User) -> None:
    client, address = client_of(secretary), "/accounts/second/setup/"
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert 'name="password"' in client.get(address).content.decode()
        assert client.post(address, {"code": code_of(secretary)}).status_code == 422
        assert SecondFactor.objects.get(user=secretary).confirmed_at is None
        answer = client.post(address, {"code": code_of(secretary), "password": PASSWORD})
        assert (answer.status_code, len(answer.context["codes"])) == (200, 10)


def test_tl2_the_picture_holds_the_secret_for_this_account(city: City, office: User) -> None:
    client = client_of(office)
    page = client.get("/accounts/second/setup/")
    factor = SecondFactor.objects.get(user=office)
    address = urlparse(factors.address_for(factor))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query)["secret"][0] in page.context["secret"].replace(" ", "")
    assert "data:image/svg+xml" in page.content.decode()
    assert SecondFactor.objects.get(user=office).confirmed_at is None


def test_tl2_only_the_security_admin_takes_a_factor_away_and_never_the_own(
    city: City, office: User, secadmin: User, sysadmin: User
) -> None:
    session, _codes = set_up(office)
    admin, _codes = set_up(secadmin)
    other, _codes = set_up(sysadmin)
    address = f"/people/accounts/{office.pk}/security/"
    assert other.get(address).status_code == 403
    assert admin.post(f"/people/accounts/{secadmin.pk}/security/", {"action": "reset"}).status_code == 403
    assert admin.post(address, {"action": "reset"}).status_code == 302
    assert session.get("/").status_code == 302  # its session ended
    assert client_of(office).get("/")["Location"] == "/accounts/second/setup/"
    assert AuditEntry.objects.filter(action="account.factor_reset", actor=secadmin).exists()


def test_tl2_a_certificate_checked_by_the_gateway_counts(
    city: City, office: User, secadmin: User, settings: object
) -> None:
    admin, _codes = set_up(secadmin)
    admin.post(f"/people/accounts/{office.pk}/security/", {"action": "certificate", "certificate": "CN=office,SN=1"})
    client = client_of(office)
    shown = {"X-Client-Cert": "CN=office,SN=1"}
    assert client.get("/", headers=shown)["Location"] == "/accounts/second/"  # nobody vouches for the header
    settings.CERTIFICATE_HEADER = "HTTP_X_CLIENT_CERT"
    assert client.get("/", headers={"X-Client-Cert": "CN=other"})["Location"] == "/accounts/second/"
    assert client.get("/", headers=shown).status_code == 200


def test_tl2_one_certificate_belongs_to_one_account(city: City, office: User, authority: User, secadmin: User) -> None:
    admin, _codes = set_up(secadmin)
    for user, status in ((office, 302), (authority, 400)):
        answer = admin.post(f"/people/accounts/{user.pk}/security/", {"action": "certificate", "certificate": "X"})
        assert answer.status_code == status


def test_tl2_offered_means_nobody_is_made_to(city: City, office: User, settings: object) -> None:
    settings.SECOND_FACTOR = "offered"
    assert client_of(office).get("/").status_code == 200
