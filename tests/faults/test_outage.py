"""T-F15 and T-F5, seen from a page: where nothing can be written, nothing is changed, and what was typed is kept."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.db import InternalError, OperationalError, ProgrammingError, connection, transaction
from django.test import Client, RequestFactory

from assessments.sheets.models import Mark
from branchportal import outage
from branchportal.models import AuditEntry

pytestmark = pytest.mark.django_db
SAID = "支委会研究后补充了说明，经费使用合规。"


@contextmanager
def audit_refused() -> Iterator[None]:
    """The database itself refuses every new audit row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION no_audit() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$ "
                "LANGUAGE plpgsql"
            )
            cursor.execute(
                "CREATE TRIGGER no_audit BEFORE INSERT ON branchportal_auditentry "
                "FOR EACH ROW EXECUTE FUNCTION no_audit()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER no_audit BEFORE INSERT ON branchportal_auditentry BEGIN "
                "SELECT RAISE(ABORT, 'disk full'); END"
            )
        yield
        cursor.execute(
            "DROP TRIGGER no_audit" + (" ON branchportal_auditentry" if connection.vendor == "postgresql" else "")
        )
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION no_audit")


def save(client: Client, sheet: int, **headers: str) -> object:
    data = {"version": 0, "value": "9.5", "note": SAID, "csrfmiddlewaretoken": "t" * 32, "password": "geheim"}
    return client.post(f"/sheets/{sheet}/marks/2.2/", data, headers=headers)


@pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "fetch"}, {"HX-Request": "true"}], ids=str)
def test_f15_nothing_changes_while_the_audit_trail_cannot_be_written(city, secretary, sign_in, headers) -> None:
    client, before = sign_in(secretary), AuditEntry.objects.count()
    with audit_refused():
        answer = save(client, city.sheet.pk, **headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "审计日志" in answer.content.decode("unicode_escape" if headers.get("X-Requested-With") else "utf-8")
    assert (Mark.objects.count(), AuditEntry.objects.count()) == (0, before)
    city.sheet.refresh_from_db()
    assert (city.sheet.filled_count, city.sheet.version) == (0, 1)
    assert save(client, city.sheet.pk, **headers).status_code in (200, 302)


def test_f15_a_page_that_shows_refusals_itself_does_not_swallow_it(city, secretary, sign_in) -> None:
    client = sign_in(secretary)
    with audit_refused(), transaction.atomic():
        answer = client.post(f"/sheets/{city.sheet.pk}/nothing-found/", {"codes": ["1.1"], "code": "1.1"})
    assert answer.status_code == 503
    assert Mark.objects.count() == 0


@contextmanager
def database_away() -> Iterator[None]:
    """Every statement fails, also those of session and account, before a page is reached."""
    gone = OperationalError("server closed the connection unexpectedly")
    with mock.patch.object(connection, "cursor", side_effect=gone):
        yield


def test_f5_what_was_typed_is_kept_on_the_page_while_the_database_is_away(city, secretary, sign_in) -> None:
    client = sign_in(secretary)
    client.raise_request_exception = False
    with database_away():
        answer = save(client, city.sheet.pk)
        page = answer.content.decode()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert SAID in page
        assert "不确定" in page  # it may have been lost right behind the commit
        assert f'action="/sheets/{city.sheet.pk}/marks/2.2/"' in page
        assert f'value="{"t" * 32}"' in page  # sent again, the form is accepted
        assert "geheim" not in page
        assert client.get("/").status_code == 503
        script = save(client, city.sheet.pk, **{"X-Requested-With": "fetch"})
        assert (script.status_code, script.json()["code"]) == (503, "busy")
        part = save(client, city.sheet.pk, **{"HX-Request": "true"})
        assert (part.status_code, part.headers["HX-Retarget"]) == (503, "#messages")
        assert client.get("/api/v1/jobs/").status_code == 503
        assert client.get("/health/").json() == {"status": "unavailable"}


def test_f5_nothing_of_signing_in_is_kept(city, client) -> None:
    client.raise_request_exception = False
    with database_away():
        page = client.post("/accounts/login/", {"username": "secretary", "password": "correct-horse-7"})
    assert page.status_code == 503
    assert "correct-horse-7" not in page.content.decode()


def test_a_mistake_of_ours_is_no_outage(city, secretary, sign_in) -> None:
    client = sign_in(secretary)
    client.raise_request_exception = False
    with mock.patch("assessments.sheets.services.filling._save_mark", side_effect=ProgrammingError("no such column")):
        assert save(client, city.sheet.pk).status_code == 500


def test_f22_a_lock_that_was_not_had_changed_nothing_and_says_so(city, secretary, sign_in) -> None:
    client = sign_in(secretary)
    locked = OperationalError("database is locked")
    with mock.patch("assessments.sheets.services.filling._save_mark", side_effect=locked):
        answer = save(client, city.sheet.pk)
    assert answer.status_code == 503
    assert "未作任何更改" in answer.content.decode()


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("database or disk is full"),
        OperationalError("attempt to write a readonly database"),
        OperationalError('could not extend file "base/1/2": No space left on device'),
        InternalError("cannot execute UPDATE in a read-only transaction"),
        outage.AuditClosed("database or disk is full"),
    ],
)
def test_f6_a_full_or_read_only_database_says_who_mends_it(rf: RequestFactory, fault: Exception) -> None:
    request = rf.post("/sheets/1/marks/1.1/", headers={"X-Requested-With": "fetch"})
    said = json.loads(outage.answer(request, fault).content)["message"]
    assert ("未作任何更改" in said, "系统管理员" in said, "不确定" in said) == (True, True, False)
