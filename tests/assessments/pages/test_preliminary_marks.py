"""The department's side-by-side page, where the scheme counts its points; through the client."""

import json

import pytest
from django.urls import reverse

from assessments.sheets.choices import Stage, Status
from assessments.sheets.models import Mark, Sheet
from tests.assessments.sheets.counting import count_preliminary
from tests.assessments.sheets.reviewing import handed_in

FETCH = {"headers": {"X-Requested-With": "fetch"}}
HTMX = {"headers": {"HX-Request": "true"}}
REASON = "凭证不全"


@pytest.fixture
def submitted(city, secretary):
    return handed_in(count_preliminary(city).sheet, secretary)


def path_of(sheet, code="2.2"):
    return reverse("sheets:preliminary_mark", args=[sheet.pk, code])


def test_a_row_is_saved_and_the_figures_come_back(submitted, reviewer, sign_in):
    said = {"version": "0", "value": "8", "reason": "凭证不完整"}
    answer = sign_in(reviewer).post(path_of(submitted), said, **FETCH).json()
    assert (answer["state"], answer["points"], answer["version"], answer["shift_up"]) == (
        "changed",
        "8.00",
        1,
        -1_500_000,
    )
    assert answer["total"] == "78.00"  # 79.5 by the branch, 1.5 less; the poll is still missing
    assert answer["sheet_version"] == Sheet.objects.get(pk=submitted.pk).version


def test_a_wrong_row_says_what_is_wrong_and_keeps_nothing(submitted, reviewer, sign_in):
    client = sign_in(reviewer)
    answer = client.post(path_of(submitted), {"version": "0", "value": "8"}, **FETCH)
    assert (answer.status_code, answer.json()["field"]) == (400, "reason")
    for code, said in (("2.2", {"value": "99", "reason": REASON}), ("2.4", {"poll": "120"}), ("9.9", {"accept": "1"})):
        assert client.post(path_of(submitted, code), {"version": "0", **said}, **FETCH).status_code == 400
    assert client.post(path_of(submitted, "9.9"), {"version": "0", "accept": "1"}, **HTMX).status_code == 404
    plain = client.post(path_of(submitted), {"version": "0", "value": "8"}, follow=True)
    assert "理由" in plain.content.decode()
    assert not Mark.objects.filter(stage=Stage.PRELIMINARY).exists()


def test_accepting_answers_with_the_row_drawn_anew(submitted, reviewer, sign_in):
    answer = sign_in(reviewer).post(path_of(submitted), {"version": "0", "accept": "1"}, **HTMX)
    assert 'data-state="accepted"' in answer.content.decode()
    figures = json.loads(answer.headers["HX-Trigger"])["review:figures"]
    assert (figures["code"], figures["state"], figures["todo"]) == ("2.2", "accepted", 6)


def test_a_stale_row_is_answered_with_both_values(submitted, reviewer, sign_in):
    client, said = sign_in(reviewer), {"version": "0", "value": "8", "reason": "凭证不完整"}
    client.post(path_of(submitted), said, **FETCH)
    late = client.post(path_of(submitted), said | {"value": "7"}, **FETCH)
    assert (late.status_code, late.json()["theirs"], late.json()["yours"]) == (409, "8", "7")
    page = client.post(path_of(submitted), said | {"value": "7"})
    text = page.content.decode()
    assert (page.status_code, ">8<" in text, ">7<" in text) == (409, True, True)


def test_the_page_takes_as_many_queries_with_marks_as_without(submitted, reviewer, sign_in, django_assert_num_queries):
    client, address = sign_in(reviewer), reverse("sheets:preliminary", args=[submitted.pk])
    client.get(address)
    for _round in range(2):
        with django_assert_num_queries(12):
            page = client.get(address)
        client.post(path_of(submitted), {"version": "0", "value": "8", "reason": "凭证不完整"})
    text = page.content.decode()
    assert (path_of(submitted) in text, 'name="poll-2.4"' in text) == (True, False)


def test_where_the_scheme_does_not_count_them_there_is_no_field(city, secretary, reviewer, sign_in):
    sheet = handed_in(city.sheet, secretary)
    client = sign_in(reviewer)
    text = client.get(reverse("sheets:preliminary", args=[sheet.pk])).content.decode()
    assert ("preliminary/mark" in text, 'name="poll-2.4"' in text, 'name="reason"' in text) == (False, True, False)
    assert client.post(path_of(sheet), {"version": "0", "accept": "1"}).status_code == 403


def test_passing_freezes_and_the_inspectors_see_the_department_s_points(
    submitted, reviewer, inspector, secretary, sign_in
):
    client = sign_in(reviewer)
    client.post(path_of(submitted), {"version": "0", "value": "8", "reason": "凭证不完整"})
    client.post(path_of(submitted, "2.4"), {"version": "0", "poll": "90"})
    version = Sheet.objects.get(pk=submitted.pk).version
    assert client.post(reverse("sheets:pass", args=[submitted.pk]), {"version": version}).status_code == 302
    assert Sheet.objects.get(pk=submitted.pk).status == Status.PASSED
    assert "凭证不完整" in sign_in(inspector).get(reverse("sheets:review", args=[submitted.pk])).content.decode()
    own = sign_in(secretary).get(reverse("sheets:detail", args=[submitted.pk])).content.decode()
    assert "凭证不完整" not in own  # the branch reads it once the sheet is approved
