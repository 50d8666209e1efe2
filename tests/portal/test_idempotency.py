"""A change sent twice under one key is one change (T-F18), over the API and over the pages."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from assessments.sheets.models import Mark
from branchportal import idempotency
from branchportal.models import AuditEntry, RepeatedRequest
from tests.factories.assessments import make_marks

pytestmark = pytest.mark.django_db
MEETING = {"meeting_on": "2026-11-20", "meeting_present": 5, "is_truthful": True}


@pytest.fixture
def put(city, secretary, sign_in):
    client = sign_in(secretary)
    client.raise_request_exception = False

    def send(value: str, key: str = "", version: int | None = 0, client: Client = client):
        body = {"value": value} | ({} if version is None else {"version": version})
        headers = {"Idempotency-Key": key} if key else {}
        url = f"/api/v1/sheets/{city.sheet.pk}/marks/2.2/"
        return client.put(url, json.dumps(body), content_type="application/json", headers=headers)

    return send


def test_same_key_and_body_get_the_stored_answer(put):
    first, entries = put("7.5", "a"), AuditEntry.objects.count()
    again = put("7.5", "a")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (first.get("Idempotent-Replay"), again["Idempotent-Replay"]) == (None, "true")
    assert AuditEntry.objects.count() == entries


def test_a_lost_answer_is_recognised_although_somebody_changed_the_row_since(put):
    first = put("7.5", "a")
    assert put("8.5", "b", version=1).json()["version"] == 2
    assert put("7.5", "a").json() == first.json()
    assert Mark.objects.get().value_up == 8_500_000


def test_same_key_with_another_body_is_refused(put):
    put("7.5", "a")
    answer = put("8", "a", version=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_used")
    assert Mark.objects.get().value_up == 7_500_000


def test_what_was_refused_may_be_tried_again_under_its_key(put):
    assert put("99", "a").status_code == 400
    assert put("99", "a").status_code == 400
    assert not RepeatedRequest.objects.exists()
    assert put("9", "a").status_code == 200


def test_keys_belong_to_a_person(put, city, secretary, deputy, sign_in):
    put("7.5", "a")
    theirs = put("8", "a", version=1, client=sign_in(deputy))
    assert (theirs.status_code, theirs.json()["version"]) == (200, 2)


@pytest.mark.parametrize("key", ["x" * 81, "钥匙", "a\tb"])
def test_a_strange_key_is_refused_with_a_sentence(put, key):
    assert put("7.5", key).status_code == 400
    assert not Mark.objects.exists()


def test_a_change_without_version_is_told_so(put, city, secretary, sign_in):
    answer = put("7.5", version=None)
    assert (answer.status_code, answer.json()["code"]) == (428, "version_required")
    url = f"/api/v1/sheets/{city.sheet.pk}/submit/"
    assert sign_in(secretary).post(url, MEETING, content_type="application/json").status_code == 428


def test_submitting_twice_under_one_key_gives_the_receipt_twice(city, secretary, sign_in):
    make_marks(city.sheet, secretary)
    client, url = sign_in(secretary), f"/sheets/{city.sheet.pk}/submit/"
    said = MEETING | {"version": city.sheet.version, "is_truthful": "on"}
    said["attempt"] = client.get(url).context["attempt"]
    first, again = client.post(url, said), client.post(url, said)
    assert (first.status_code, again.status_code) == (302, 302), first.content.decode()
    assert first.url == again["Location"] == f"/sheets/{city.sheet.pk}/receipt/"
    assert AuditEntry.objects.filter(action="sheet.submitted").count() == 1
    assert client.post(url, said | {"attempt": "another"}).status_code == 403


def test_an_answer_that_shows_a_password_is_not_kept(city, office, secretary, sign_in):
    answer = sign_in(office).post(f"/people/accounts/{secretary.pk}/reset/", {"attempt": "a"})
    assert (answer.status_code, RepeatedRequest.objects.exists()) == (200, False)


def test_a_fault_takes_everything_back(put, monkeypatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("fault behind the change")

    monkeypatch.setattr("assessments.sheets.viewsets.SavedSerializer", broken)
    assert put("7.5", "a").status_code == 500
    assert (Mark.objects.exists(), RepeatedRequest.objects.exists()) == (False, False)


def test_keys_are_kept_for_a_day(put):
    put("7.5", "a")
    assert idempotency.forget_old() == 0
    RepeatedRequest.objects.update(at=timezone.now() - timedelta(hours=25))
    assert (idempotency.forget_old(), RepeatedRequest.objects.exists()) == (1, False)


def test_a_copied_database_does_not_tell_what_was_answered(put, city):
    put("7.5", "a")
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM branchportal_repeatedrequest")
        stored = cursor.fetchone()[0]
    assert "$" in stored
    assert "version" not in stored
    assert put("7.5", "a").json()["version"] == 1
