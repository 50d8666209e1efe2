"""The API: the same rows, rules and sentences as the pages."""

import pytest
from django.test import Client
from django.utils import timezone

from assessments.sheets.models import Mark
from assessments.sheets.services import filling
from members.models import User
from tests.conftest import City
from tests.factories.assessments import FULL_MARKS, make_marks

pytestmark = pytest.mark.django_db


def put(client: Client, sheet: object, code: str, **body: object) -> object:
    return client.put(f"/api/v1/sheets/{sheet.pk}/marks/{code}/", body, content_type="application/json")


def test_secretary_saves_an_indicator_and_sees_the_total(city: City, secretary: User, sign_in: object) -> None:
    answer = put(sign_in(secretary), city.sheet, "1.1", version=0, counts={"b": "2"})
    assert answer.status_code == 200
    assert answer.json() == {
        "indicator": "1.1", "version": 1, "points": "19", "total": "19", "filled": 1, "asked": 6,
        "missing": ["1.2", "1.3", "2.1", "2.2", "2.3"],
    }  # fmt: skip
    assert Mark.objects.get(sheet=city.sheet).points_up == 19_000_000


def test_a_save_from_an_old_reading_is_a_conflict_with_what_stands_there(
    city: City, secretary: User, deputy: User, sign_in: object
) -> None:
    put(sign_in(deputy), city.sheet, "2.2", version=0, value="8")
    answer = put(sign_in(secretary), city.sheet, "2.2", version=0, value="9")
    assert (answer.status_code, answer.json()["code"]) == (409, "mark_conflict")
    assert Mark.objects.get(sheet=city.sheet).value_up == 8_000_000


@pytest.mark.parametrize("value", ["-1", "1000000000", "9.3", "many", "NaN", "1e3"])
def test_a_wrong_value_changes_nothing_and_is_named(city: City, secretary: User, sign_in: object, value: str) -> None:
    answer = put(sign_in(secretary), city.sheet, "2.2", version=0, value=value)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")
    assert not Mark.objects.exists()


@pytest.mark.parametrize(("code", "said"), [("1.1", {"value": "-1"}), ("1.1", {"counts": {"z": "1"}})])
def test_what_the_rule_does_not_read_is_no_clean_row(
    city: City, secretary: User, sign_in: object, code: str, said: dict
) -> None:
    answer = put(sign_in(secretary), city.sheet, code, version=0, **said)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "不使用此字段" in next(iter(answer.json()["fields"].values()))[0]
    assert not Mark.objects.exists()


def test_a_foreign_sheet_is_like_a_missing_one(city: City, neighbour: User, sign_in: object) -> None:
    client = sign_in(neighbour)
    foreign, missing = client.get(f"/api/v1/sheets/{city.sheet.pk}/"), client.get("/api/v1/sheets/999999/")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert put(client, city.sheet, "1.1", version=0).status_code == 404
    assert [row["branch"] for row in client.get("/api/v1/sheets/").json()["results"]] == [city.sibling.code]


def test_submitting_with_gaps_names_them_and_submitting_whole_works_once(
    city: City, secretary: User, sign_in: object
) -> None:
    client = sign_in(secretary)
    body = {"version": 1, "meeting_on": timezone.localdate().isoformat(), "meeting_present": 5, "is_truthful": True}
    url = f"/api/v1/sheets/{city.sheet.pk}/submit/"
    answer = client.post(url, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_ready")
    make_marks(city.sheet, secretary, marks=FULL_MARKS)
    answer = client.post(url, body, content_type="application/json")
    assert (answer.status_code, answer.json()["status"], answer.json()["self_total"]) == (200, "submitted", None)
    assert client.post(url, body, content_type="application/json").status_code in (403, 409)


def test_the_branch_does_not_see_review_marks_before_approval(
    city: City, secretary: User, inspector: User, sign_in: object
) -> None:
    make_marks(city.sheet, secretary)
    make_marks(city.sheet, inspector, "review")
    type(city.sheet).objects.filter(pk=city.sheet.pk).update(status="review", submitted_at="2026-01-01T00:00:00Z")
    stages = {m["stage"] for m in sign_in(secretary).get(f"/api/v1/sheets/{city.sheet.pk}/").json()["marks"]}
    assert stages == {"self"}
    stages = {m["stage"] for m in sign_in(inspector).get(f"/api/v1/sheets/{city.sheet.pk}/").json()["marks"]}
    assert stages == {"self", "review"}


def test_nobody_without_an_account_reads_anything(city: City) -> None:
    for path in ("sheets/", "branches/", "results/", "rankings/", "jobs/", "schema/"):
        answer = Client().get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_the_document_names_every_operation(city: City, office: User, sign_in: object) -> None:
    client = sign_in(office)
    document = client.get("/api/v1/schema/?format=json").json()
    assert {"/api/v1/sheets/", "/api/v1/results/", "/api/v1/rankings/", "/api/v1/branches/"} <= set(document["paths"])
    assert client.get("/api/v1/docs/").status_code == 200


@pytest.mark.parametrize(
    ("path", "queries"), [("branches", 5), ("sheets", 5), ("results", 4), ("rankings", 4), ("jobs", 3)]
)
def test_a_list_asks_a_fixed_number_of_queries(
    city: City, office: User, sign_in: object, path: str, queries: int, django_assert_num_queries: object
) -> None:
    type(city.sheet).objects.update(status="submitted", submitted_at="2026-01-01T00:00:00Z")
    client = sign_in(office)
    with django_assert_num_queries(queries):
        assert client.get(f"/api/v1/{path}/").status_code == 200


def test_the_services_are_the_pages_own() -> None:
    from assessments.sheets import viewsets

    assert viewsets.save_mark is filling.save_mark
