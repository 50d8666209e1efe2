"""Requests that nobody's browser would send: refused with a sentence, changing nothing, telling nothing. No 500."""

import json
import logging
from collections.abc import Callable

import pytest
from django.test import Client

from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.members import PASSWORD

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
SignIn = Callable[[User], Client]


@pytest.fixture
def client_of(city: City, secretary: User, sign_in: SignIn) -> Client:
    client = sign_in(secretary)
    client.raise_request_exception = False
    return client


BODIES = [
    ("application/json", b"[" * 50_000),
    ("application/json", b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
    ("application/json", b"\xff"),
    ("application/json", b'{"value": NaN, "version": Infinity}'),
    ("application/json", b'{"value": 1e999999, "version": 0}'),
    ("application/json; charset=utf-7", b"{}"),
    (f"{FORM}; charset=utf-16", b"a=1"),
    (f"{FORM}; charset=nothing", b"a=1"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(6_000))),
    (FORM, b"next=%00&language=%ff"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=", b"x"),
    ("application/xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=[f"{kind[:40]} {body[:8]!r}" for kind, body in BODIES])
def test_a_body_that_cannot_be_read_is_no_fault(client_of: Client, city: City, kind: str, body: bytes) -> None:
    sheet, entries = f"/api/v1/sheets/{city.sheet.pk}", AuditEntry.objects.count()
    anonymous = Client(raise_request_exception=False)
    asked = [
        client_of.generic("PUT", f"{sheet}/marks/2.2/", body, kind),
        client_of.generic("POST", f"{sheet}/submit/", body, kind),
        client_of.generic("POST", "/accounts/password/", body, kind),
        anonymous.generic("POST", "/accounts/login/", body, kind),
        anonymous.generic("POST", f"{sheet}/submit/", body, kind),
    ]
    assert [answer.status_code for answer in asked if answer.status_code >= 500] == []
    assert [answer.status_code for answer in asked[:2] if answer.status_code < 400] == []
    assert AuditEntry.objects.count() == entries


SENTENCES = [  # what was sent, status, the cure that is named
    (FORM, b"&".join(b"a%d=1" % number for number in range(6_000)), 400, "分几次提交"),
    (FORM, b"mail=" + b"a" * 5_000_000, 413, "4 MB"),
    (f"{FORM}; charset=utf-16", b"a=1", 400, "重新打开页面"),
    (FORM, b"mail=a%00b", 400, "重新输入"),
    ("application/json", b'{"mail": "x"}', 415, "页面上的按钮"),
    ("text/plain", b"mail=x", 415, "页面上的按钮"),
    (FORM, b"a=1", 422, "留空表示不再保存"),
]


@pytest.mark.parametrize(("kind", "body", "status", "cure"), SENTENCES)
def test_what_cannot_be_taken_names_its_cure_and_takes_nothing_away(
    client_of: Client, secretary: User, kind: str, body: bytes, status: int, cure: str
) -> None:
    client_of.post("/accounts/profile/mail/", {"mail": "a@example.gov.cn"})
    refused = client_of.generic("POST", "/accounts/profile/mail/", body, kind)
    assert (refused.status_code, cure in refused.content.decode()) == (status, True)
    secretary.refresh_from_db()
    assert secretary.mail == "a@example.gov.cn"


def test_the_apis_refusals_name_their_cure(client_of: Client, city: City) -> None:
    sheet = f"/api/v1/sheets/{city.sheet.pk}/"
    asked = [
        client_of.generic("PUT", f"{sheet}marks/2.2/", b"{", "application/json"),
        client_of.generic("PUT", f"{sheet}marks/2.2/", b"a=1", FORM),
        client_of.get(sheet, headers={"Accept": "application/xml"}),
        client_of.delete(sheet),
    ]
    assert [answer.status_code for answer in asked] == [400, 415, 406, 405]
    words = ("请修改后重新发送", "Content-Type", "Accept", "接口说明")
    assert [word in answer.json()["message"] for answer, word in zip(asked, words, strict=True)] == [True] * 4


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client_of: Client, city: City, method: str) -> None:
    for path in ("/", f"/sheets/{city.sheet.pk}/", "/accounts/login/", "/static/css/portal.css"):
        assert client_of.generic(method, path).status_code in (403, 405), path


def test_a_buttons_address_opened_as_a_page_says_so(client_of: Client, city: City) -> None:
    opened = client_of.get(f"/sheets/{city.sheet.pk}/withdraw/")
    assert (opened.status_code, opened["Allow"]) == (405, "POST")
    assert "此地址不能这样打开" in opened.content.decode()


def test_no_header_moves_a_request_elsewhere(client_of: Client) -> None:
    """No override of method or address, no other origin let in, no address of ours made from the sender's host."""
    headers = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Original-URL": "/system/",
        "X-Rewrite-URL": "/system/",
        "X-Forwarded-Host": "evil.example",
        "Origin": "https://evil.example",
    }
    plain, tricked = client_of.get("/"), client_of.get("/", headers=headers)
    assert (tricked.status_code, tricked.templates[0].name) == (200, plain.templates[0].name)
    assert b"evil.example" not in tricked.content
    assert not [name for name in tricked.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/", "/media/", "/.git/config", "/.env", "/%00",
        "/%ff", "/sheets/99999999999999999999999/", "/sheets/-1/", "/sheets/%D9%A1/", "/tasks/0/file/",
    ],
)  # fmt: skip
def test_an_odd_address_is_a_missing_page(client_of: Client, path: str) -> None:
    assert client_of.get(path).status_code == 404


def test_parameters_given_twice_and_oddly_are_no_fault(client_of: Client) -> None:
    for query in ("page=-1&page=2", "page=%00", "q=%00", "page=99999999999999999999", "branch[]=1&branch=x", "a&=&&"):
        for path in ("/organizations/branches/", "/people/members/", "/results/ranking/", "/sheets/"):
            assert client_of.get(f"{path}?{query}").status_code in (200, 400, 404), (path, query)


def test_nothing_is_changed_without_the_forms_token(city: City, secretary: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(secretary)
    entries = AuditEntry.objects.count()
    paths = ("/accounts/logout/", "/language/", f"/sheets/{city.sheet.pk}/submit/", "/accounts/security/sessions/")
    for path in paths:
        for origin in ("https://evil.example", "null"):
            assert client.post(path, {"a": "1"}, headers={"Origin": origin}).status_code == 403, path
        assert client.post(path, {"a": "1"}).status_code == 403, path
    put = client.put(f"/api/v1/sheets/{city.sheet.pk}/marks/2.2/", json.dumps({"value": "1", "version": 0}), FORM)
    assert (put.status_code, put.json()["code"]) == (403, "csrf")
    assert "请刷新后重试" in put.json()["message"]
    assert AuditEntry.objects.count() == entries


def test_a_planted_session_is_not_taken_over(city: City, secretary: User) -> None:
    client = Client()
    client.cookies["sessionid"] = planted = "a" * 32
    client.post("/accounts/login/", {"username": secretary.username, "password": PASSWORD})
    assert client.cookies["sessionid"].value != planted
    assert client.get("/").status_code == 200
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/").status_code == 302


def test_signing_out_clears_what_the_browser_kept(client_of: Client) -> None:
    assert client_of.post("/accounts/logout/")["Clear-Site-Data"] == '"storage"'


def test_the_api_is_refused_over_plain_http_not_redirected(client_of: Client, settings: object) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client_of.get("/api/v1/sheets/")
    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert client_of.get("/api/v1/sheets/", secure=True).status_code == 200


def test_a_refused_right_is_logged_with_its_account(
    client_of: Client, secretary: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "branchportal.middleware"):
        client_of.get("/audit/")
    assert f"Refused: account {secretary.pk}, GET /audit/" in caplog.messages


def test_what_was_not_taken_is_logged_without_its_values(
    client_of: Client, city: City, secretary: User, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"/sheets/{city.sheet.pk}/marks/2.2/"
    with caplog.at_level(logging.INFO, "branchportal.middleware"):
        client_of.post(address, {"version": 0, "value": "Geheim-1"})
        client_of.post("/vote/", {"sheet": "x"})
    lines = [line for line in caplog.messages if line.startswith("Not taken")]
    assert lines == [f"Not taken (400): account {secretary.pk}, POST {address}"]
    assert "Geheim" not in caplog.text


def test_a_token_in_the_address_opens_nothing(city: City) -> None:
    for query in ("token=bpt_x", "access_token=bpt_x", "Authorization=Bearer+x"):
        assert Client().get(f"/api/v1/sheets/?{query}").status_code == 401


@pytest.mark.parametrize("text", ["%2B1", "%201", "1%0A", "%D9%A1", "%EF%BC%91", "last", "1_0", "%00"])
def test_the_api_reads_digits_as_numbers_and_nothing_else(client_of: Client, city: City, text: str) -> None:
    key = text.replace("1", str(city.branch.pk))
    assert client_of.get(f"/api/v1/branches/{key}/").status_code == 404
    assert client_of.get(f"/api/v1/branches/?page={text}").status_code == 400
    assert client_of.get(f"/api/v1/branches/{city.branch.pk}/").status_code == 200


def test_a_nul_in_a_form_is_refused_on_every_database(client_of: Client, city: City) -> None:
    entries = AuditEntry.objects.count()
    for path in ("/accounts/profile/erasure/", "/people/members/new/", f"/sheets/{city.sheet.pk}/submit/"):
        assert client_of.post(path, {"reason": "\0" * 10, "name": "某\0某"}).status_code == 400, path
    assert AuditEntry.objects.count() == entries


DIGITS = ["²", "9" * 4400, "c²", "y²"]  # digits that Python takes for a number's and cannot read, or reads no more
LISTS = [
    "/cycles/board/branches/", "/polls/", "/polls/new/", "/results/ranking/", "/sheets/queue/", "/sheets/records/",
    "/sheets/records/new/", "/visits/", "/visits/rectifications/",
]  # fmt: skip
NUMBERS = ("cycle", "form", "organization", "place", "plan", "sector", "sheet", "stars", "team", "unit")


@pytest.mark.parametrize("digits", DIGITS, ids=["power", "endless", "cycle", "year"])
def test_odd_digits_name_no_row(city: City, office: User, secretary: User, sign_in: SignIn, digits: str) -> None:
    client, branch = sign_in(office), sign_in(secretary)
    asked = [client.get(path, dict.fromkeys(NUMBERS, digits)) for path in LISTS]
    said = {"version": digits, "evidence": digits, "value": "1", "code": "2.2"}
    sheet = f"/sheets/{city.sheet.pk}"
    asked += [branch.post(f"{sheet}/{page}/", said) for page in ("marks/2.2", "withdraw", "evidence/attach")]
    asked += [client.post("/polls/close/", {"poll": digits}), client.post("/polls/meetings/new/", {"on": digits})]
    wrong = [(answer.request["PATH_INFO"], answer.status_code) for answer in asked if answer.status_code >= 500]
    assert not wrong
