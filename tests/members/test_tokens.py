"""API tokens: made by one office, shown once, read only, narrowed down, over at a day or at a word."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from branchportal.logs import scrubbed
from branchportal.models import AuditEntry
from members.models import User
from members.tokens.authentication import TokenThrottle
from members.tokens.models import ApiGrant, ApiToken
from tests.conftest import City
from tests.factories.tokens import bearer, make_token

pytestmark = pytest.mark.django_db
NEW, LIST = "members:token_new", "members:tokens"


def form(**changed: object) -> dict[str, object]:
    day = (timezone.localdate() + timedelta(days=90)).isoformat()
    return {"name": "数据平台", "purpose": "汇总", "expires_on": day, "units_read": "on"} | changed


def test_a_token_is_shown_once_and_kept_as_its_digest(city: City, secadmin: User, sign_in: object) -> None:
    client = sign_in(secadmin)
    assert "尚无系统" in client.get(reverse(LIST)).content.decode()
    page = client.post(reverse(NEW), form(units_read_below=city.committee.pk, health_read="on"))
    secret = page.context["secret"]
    assert len(secret) == 47
    assert secret in page.content.decode()
    token = ApiToken.objects.get()
    assert token.digest == sha256(secret.encode()).hexdigest()
    assert set(token.grants.values_list("reading", "organization")) == {
        ("units.read", city.committee.pk), ("health.read", None)
    }  # fmt: skip
    shown = client.get(reverse(LIST)).content.decode()
    assert secret not in shown
    assert "从未使用" in shown
    entry = AuditEntry.objects.get(action="token.created")
    assert entry.actor == secadmin
    assert secret not in str(entry.after)
    assert entry.after["readings"] == ["health.read", f"units.read,S {city.committee.code}"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"units_read": ""}, {"expires_on": ""}, {"name": ""}, {"purpose": ""}, {"purpose": "长" * 201},
        {"expires_on": "2020-01-01"}, {"expires_on": "9999-12-31"}, {"sheets_read_below": "1"},
        {"units_read_below": "999999999"}, {"units_read_below": "x"},
    ],
)  # fmt: skip
def test_a_form_that_is_not_right_is_refused_with_its_input(
    city: City, secadmin: User, sign_in: object, wrong: dict[str, object]
) -> None:
    answer = sign_in(secadmin).post(reverse(NEW), form(**wrong))
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not ApiToken.objects.exists()


def test_the_longest_time_is_a_year(city: City, secadmin: User, sign_in: object) -> None:
    client, today = sign_in(secadmin), timezone.localdate()
    assert client.post(reverse(NEW), form(expires_on=today + timedelta(days=366))).status_code == 422
    assert client.post(reverse(NEW), form(expires_on=today)).status_code == 422
    assert client.post(reverse(NEW), form(expires_on=today + timedelta(days=365))).status_code == 200
    assert client.post(reverse(NEW), form()).status_code == 422  # the name is in use


def test_a_token_reads_and_the_day_is_noted_once(city: City, secadmin: User, django_assert_num_queries: object) -> None:
    token, secret = make_token(secadmin)
    client = bearer(secret)
    assert client.get("/api/v1/branches/").json()["count"] == 4
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()
    with django_assert_num_queries(5):  # token, grants, the count of its requests, count, rows
        assert client.get("/api/v1/branches/").status_code == 200


def test_a_token_of_a_subtree_sees_nothing_else(city: City, secadmin: User) -> None:
    type(city.sheet).objects.update(status="submitted", submitted_at="2026-01-01T00:00:00Z")
    client = bearer(make_token(secadmin, below=city.committee)[1])
    own = [city.branch.code, city.sibling.code]
    assert [row["code"] for row in client.get("/api/v1/branches/").json()["results"]] == own
    assert {row["branch"] for row in client.get("/api/v1/sheets/").json()["results"]} == set(own)
    assert client.get(f"/api/v1/sheets/{city.far_sheet.pk}/").status_code == 404
    assert client.get(f"/api/v1/branches/{city.far_branch.pk}/").status_code == 404


def test_a_draft_is_not_read(city: City, secadmin: User) -> None:
    client = bearer(make_token(secadmin)[1])
    assert client.get("/api/v1/sheets/").json()["results"] == []
    assert client.get(f"/api/v1/sheets/{city.sheet.pk}/").status_code == 404


def test_a_right_that_is_missing_is_refused(city: City, secadmin: User) -> None:
    client = bearer(make_token(secadmin, "schemes.read")[1])
    for path in ("branches", "sheets", "results", "rankings", "jobs", "health"):
        answer = client.get(f"/api/v1/{path}/")
        assert (answer.status_code, answer.json()["fields"]) == (403, {})
    assert client.get("/api/v1/schemes/").status_code == 200
    assert client.get("/api/v1/schema/").status_code == 200


def test_what_people_noted_is_not_read(city: City, secadmin: User, secretary: User, sign_in: object) -> None:
    body = {"version": 0, "counts": {"b": "2"}, "note": "张三缺席"}
    path = f"/api/v1/sheets/{city.sheet.pk}/"
    sign_in(secretary).put(f"{path}marks/1.1/", body, content_type="application/json")
    type(city.sheet).objects.update(status="submitted", submitted_at="2026-01-01T00:00:00Z")
    assert "张三缺席" in sign_in(secretary).get(path).content.decode()
    assert "张三缺席" not in bearer(make_token(secadmin)[1]).get(path).content.decode()


def test_revoked_and_expired_tokens_are_refused_at_once(city: City, secadmin: User, sign_in: object) -> None:
    token, secret = make_token(secadmin)
    client = bearer(secret)
    assert client.get("/api/v1/branches/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        assert client.get("/api/v1/branches/").status_code == 401
    revoke = reverse("members:token_revoke", args=[token.pk])
    assert sign_in(secadmin).post(revoke).status_code == 302
    assert sign_in(secadmin).post(revoke).status_code == 409
    answer = client.get("/api/v1/branches/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1
    assert "已吊销" in sign_in(secadmin).get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("secret", ["", " ", "bpt_", "bpt_" + "A" * 43, "x" * 5000, "\u00ff\u00fe", "a b c"])
def test_what_is_no_token_opens_nothing_whoever_is_signed_in_beside_it(
    city: City, office: User, sign_in: object, secret: str
) -> None:
    client = sign_in(office)
    answer = client.get("/api/v1/branches/", headers={"authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_a_token_opens_no_page(city: City, secadmin: User) -> None:
    client = bearer(make_token(secadmin)[1])
    for name in ("home", "members:list", "results:ranking", "members:tokens", "tasks"):
        assert client.get(reverse(name))["Location"].startswith("/accounts/login/")


def test_a_token_asks_so_often_a_minute_and_no_more(
    city: City, secadmin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [60_000.0]
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "3/min"})
    monkeypatch.setattr(TokenThrottle, "timer", lambda self: clock[0])
    first, second = (bearer(make_token(secadmin, name=name)[1]) for name in "甲乙")
    assert [first.get("/api/v1/branches/").status_code for _turn in range(5)] == [200, 200, 200, 429, 429]
    cache.clear()  # what one web process remembers does not matter: all of them count together
    assert first.get("/api/v1/branches/")["Retry-After"] == "60"
    assert second.get("/api/v1/branches/").status_code == 200
    clock[0] += 60
    assert first.get("/api/v1/branches/").status_code == 200


def test_the_state_is_for_the_system_administrator_and_for_monitoring(
    city: City, secadmin: User, sysadmin: User, office: User, sign_in: object
) -> None:
    path = "/api/v1/health/"
    assert sign_in(office).get(path).status_code == 403
    figures = sign_in(sysadmin).get(path).json()
    assert (figures["jobs_waiting"], figures["jobs_failed"], figures["oldest_waiting_seconds"]) == (0, 0, 0)
    assert bearer(make_token(secadmin, "health.read")[1]).get(path).json().keys() == figures.keys()


def test_nobody_else_keeps_tokens(city: City, sign_in: object, office: User, sysadmin: User, auditor: User) -> None:
    for user in (office, sysadmin, auditor):
        client = sign_in(user)
        assert client.get(reverse(LIST)).status_code == 403
        assert client.post(reverse(NEW), form()).status_code == 403
    assert not ApiToken.objects.exists()


def test_the_list_asks_few_queries(
    city: City, secadmin: User, sign_in: object, django_assert_num_queries: object
) -> None:
    client = sign_in(secadmin)
    make_token(secadmin, name="零")
    with django_assert_num_queries(6):
        client.get(reverse(LIST))
    for number in range(60):
        make_token(secadmin, name=f"系统{number}", below=city.committee)
    with django_assert_num_queries(7):  # the organizations of the grants are one more
        page = client.get(reverse(LIST)).context["page"]
    assert (len(page), page.paginator.count) == (50, 61)


@pytest.mark.parametrize("line", ["Authorization: Bearer {}", "got {} from", '"Bearer {}"', "GET /x?key={}"])
def test_no_log_line_holds_a_token(secadmin: User, line: str) -> None:
    _token, secret = make_token(secadmin)
    assert secret[5:] not in scrubbed(line.format(secret))


def test_the_rights_of_a_token_name_its_limit(city: City, secadmin: User) -> None:
    token, _secret = make_token(secadmin, "units.read", below=city.committee)
    assert str(ApiGrant.objects.get(token=token)) == f"units.read,S {city.committee.code}"
    assert Client().get("/api/v1/branches/").status_code == 401
