"""Signing in and out: the sentence, the lock, the way back, the trail."""

import pytest
from django.test import Client
from django.urls import reverse

from branchportal.models import AuditEntry
from members.models import User
from members.security.addresses import address_of
from tests.factories.members import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def enter(client: Client, username: str, password: str, **extra: str):
    return client.post(LOGIN, {"username": username, "password": password, **extra})


def actions() -> list[str]:
    return list(AuditEntry.objects.filter(action__startswith="account.").values_list("action", flat=True))


def test_right_password_opens_the_page_that_was_asked_for(client, secretary):
    answer = client.get(reverse("members:list"))
    assert answer.url == f"{LOGIN}?next=/people/members/"
    answer = enter(client, "secretary", PASSWORD, next="/people/members/")
    assert (answer.status_code, answer.url) == (302, "/people/members/")
    assert actions() == ["account.signed_in"]


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/x", "javascript:alert(1)"])
def test_next_never_leads_elsewhere(client, secretary, target):
    assert enter(client, "secretary", PASSWORD, next=target).url == "/"


def test_wrong_password_and_unknown_account_read_the_same(client, secretary):
    wrong = enter(client, "secretary", "wrong-horse-7")
    unknown = enter(client, "nobody", "wrong-horse-7")
    assert wrong.status_code == unknown.status_code == 422
    sentence = "账号与密码不符"
    assert sentence in wrong.content.decode()
    assert sentence in unknown.content.decode()
    entries = list(
        AuditEntry.objects.filter(action__startswith="account.").values_list("action", "object_id", "object_label")
    )
    assert entries == [("account.sign_in_failed", secretary.pk, "赵书记"), ("account.sign_in_failed", 0, "—")]


def test_deactivated_account_cannot_sign_in_and_its_session_ends(client, secretary):
    enter(client, "secretary", PASSWORD)
    assert client.get("/accounts/profile/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/accounts/profile/").status_code == 302
    assert enter(Client(), "secretary", PASSWORD).status_code == 422


def test_tl1_five_wrong_passwords_lock_the_account_for_this_address_only(secretary):
    client = Client()
    for _try in range(4):
        assert enter(client, "secretary", "wrong-horse-7").status_code == 422
    locked = enter(client, "secretary", "wrong-horse-7")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    text = locked.content.decode()
    assert "15 分钟" in text
    assert "安全管理员" in text
    assert enter(client, "secretary", PASSWORD).status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.0.0.9")
    assert enter(elsewhere, "secretary", PASSWORD).status_code == 302
    assert actions()[-2:] == ["account.sign_in_locked", "account.signed_in"]


def test_address_comes_from_our_own_proxies_only(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.168.1.7")
    assert address_of(request) == "10.0.0.1"
    settings.PROXY_COUNT = 1
    assert address_of(request) == "192.168.1.7"
    assert address_of(rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="<script>")) == "10.0.0.1"
    assert address_of(rf.get("/", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"


def test_tl1_many_colleagues_behind_one_address_are_not_locked_out(city, secretary, neighbour):
    client = Client()
    for _try in range(5):
        enter(client, "secretary", "wrong-horse-7")
    assert enter(client, "neighbour", PASSWORD).status_code == 302


def test_sign_out_ends_the_session_and_needs_a_post(client, secretary):
    enter(client, "secretary", PASSWORD)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == LOGIN
    assert client.get("/accounts/profile/").status_code == 302
    assert actions() == ["account.signed_in", "account.signed_out"]


def test_page_has_no_side_bar_and_no_demo_box(client, secretary, settings):
    text = client.get(LOGIN).content.decode()
    assert "sidebar" not in text
    assert "演示账号" not in text
    make_user("office1")
    settings.DEMO = True
    text = client.get(LOGIN).content.decode()
    assert "演示账号" in text
    assert 'data-fill-account="office1"' in text


def test_first_password_must_be_changed_before_anything_else(client, secretary):
    User.objects.update(must_change_password=True)
    enter(client, "secretary", PASSWORD)
    assert client.get("/people/members/").url == "/accounts/password/"
    weak = client.post(
        "/accounts/password/", {"old_password": PASSWORD, "new_password1": "12345", "new_password2": "12345"}
    )
    assert weak.status_code == 422
    good = {"old_password": PASSWORD, "new_password1": "Kapok-river-29", "new_password2": "Kapok-river-29"}
    assert client.post("/accounts/password/", good).url == "/"
    assert client.get("/people/members/").status_code == 200
    assert actions()[-1] == "account.password_changed"


def test_the_old_password_cannot_be_guessed_in_an_open_session(client, secretary):
    new = {"new_password1": "Kapok-river-29", "new_password2": "Kapok-river-29"}
    enter(client, secretary.username, PASSWORD)
    tries = [client.post("/accounts/password/", {"old_password": f"x{n}", **new}).status_code for n in range(5)]
    assert tries == [422, 422, 422, 422, 429]
    locked = client.post("/accounts/password/", {"old_password": PASSWORD, **new})
    assert (locked.status_code, "分钟" in locked.content.decode()) == (429, True)


def test_a_session_goes_on_under_its_new_key_and_can_be_ended(client, secretary, secadmin, sign_in):
    enter(client, secretary.username, PASSWORD)
    good = {"old_password": PASSWORD, "new_password1": "Kapok-river-29", "new_password2": "Kapok-river-29"}
    client.post("/accounts/password/", good)
    assert client.get("/accounts/security/").content.decode().count('data-label="最近使用"') == 1
    sign_in(secadmin).post(f"/people/accounts/{secretary.pk}/security/", {"action": "end"})
    assert client.get("/").url.startswith("/accounts/login/")


def test_changing_the_password_ends_other_sessions(client, secretary):
    other = Client()
    enter(client, "secretary", PASSWORD)
    enter(other, "secretary", PASSWORD)
    good = {"old_password": PASSWORD, "new_password1": "Kapok-river-29", "new_password2": "Kapok-river-29"}
    client.post("/accounts/password/", good)
    assert client.get("/accounts/profile/").status_code == 200
    assert other.get("/accounts/profile/").status_code == 302


def test_profile_shows_offices_of_today(sign_in, secretary):
    text = sign_in(secretary).get("/accounts/profile/").content.decode()
    assert "赵书记" in text
    assert "市发展局机关第一党支部" in text
