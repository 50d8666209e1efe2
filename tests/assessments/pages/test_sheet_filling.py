"""The pages of filling in, through the client: what is shown, what is refused, how many queries it takes."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.schemes.loading import indicator_index
from assessments.sheets.models import Claim, Mark, Remark, Sheet
from branchportal import audit
from tests.factories.assessments import make_cycle, make_marks, make_sheet

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch", "HTTP_ACCEPT": "application/json"}


@pytest.fixture
def client(sign_in, secretary):
    return sign_in(secretary)


def data_queries(captured: CaptureQueriesContext) -> list[str]:
    """The statements that carry data: BEGIN, COMMIT and savepoints are the transaction's brackets."""
    brackets = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return [query["sql"] for query in captured if not query["sql"].startswith(brackets)]


def save(client, city, code="1.1", **data):
    return client.post(f"/sheets/{city.sheet.pk}/marks/{code}/", {"version": "0", **data}, **FETCH)


def with_everything(city, secretary, reviewer) -> None:
    """A sheet with marks, a claim, a record, files, a remark, and a quarter before it."""
    make_marks(city.sheet, secretary)
    past = make_sheet(
        make_cycle(city.scheme, period="Q3", starts_on=city.cycle.starts_on - timedelta(days=90)),
        city.branch,
        status="submitted",
        submitted_at=timezone.now(),
    )
    make_marks(past, secretary)
    make_marks(past, reviewer, stage="review")
    at = timezone.now()
    for kind, code, status in (("bonus", "B2", "claimed"), ("penalty", "P1", "recorded")):
        Claim.objects.create(
            sheet=city.sheet, kind=kind, item_code=code, matter="事项", status=status, happened_on=at.date(),
            entered_by=reviewer, entered_at=at,
        )  # fmt: skip


# The list


def test_empty_list_says_what_will_come(sign_in, outsider):
    page = sign_in(outsider).get("/sheets/").content.decode()
    assert "没有需要填写的自评表" in page


def test_list_takes_the_same_queries_for_one_and_five(
    city, client, secretary, deputy, sign_in, django_assert_num_queries
):
    client.get("/sheets/")
    with django_assert_num_queries(5):
        client.get("/sheets/")
    for at in range(4):
        make_sheet(make_cycle(city.scheme, year=2025, period=f"Q{at + 1}"), city.branch)
    with django_assert_num_queries(5):
        page = client.get("/sheets/").content.decode()
    assert page.count('data-label="考评周期"') == 5
    assert "市发展局机关第二党支部" not in page


def test_clerk_of_a_committee_sees_all_its_branches(city, sign_in):
    from members.roles import Role
    from tests.factories.members import appoint, make_user

    clerk = appoint(make_user("clerk"), Role.DEPUTY, organization=city.committee)
    page = sign_in(clerk).get("/sheets/").content.decode()
    assert ("市发展局机关第一党支部" in page, "市教育局机关第一党支部" in page) == (True, False)


# The sheet


def test_sheet_page_takes_at_most_twelve_queries(city, client, secretary, reviewer):
    client.get(f"/sheets/{city.sheet.pk}/")
    with CaptureQueriesContext(
        connection,
    ) as bare:
        client.get(f"/sheets/{city.sheet.pk}/")
    with_everything(city, secretary, reviewer)
    with CaptureQueriesContext(connection) as full:
        page = client.get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert len(bare) == len(full) <= 12
    assert "上一周期：" in page


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        ("1.1", {"c-a": "1", "c-b": "2"}, {"c-a": "0", "c-b": "3"}),
        ("1.2", {"choice": "good"}, {"choice": "poor"}),
        ("1.3", {"value": "9", "denominator": "10"}, {"na": "", "value": "8", "denominator": "10"}),
        ("2.2", {"value": "9"}, {"value": "8", "note": "说明"}),
    ],
)
@pytest.mark.parametrize("status", ["draft", "returned"])
def test_autosave_takes_at_most_ten_queries(city, client, secretary, reviewer, code, first, second, status):
    with_everything(city, secretary, reviewer)
    Sheet.objects.filter(pk=city.sheet.pk).update(status=status)
    Remark.objects.create(
        sheet=city.sheet, indicator=indicator_index(city.scheme).indicators[code], stage="preliminary", text="请补充",
        author=reviewer, written_at=timezone.now(),
    )  # fmt: skip
    save(client, city, code, version="1", **first)
    with CaptureQueriesContext(connection) as captured:
        answer = save(client, city, code, version="2", **second)
    assert (answer.status_code, answer.json()["version"]) == (200, 3)
    assert len(data_queries(captured)) <= 10


def test_autosave_answers_with_version_points_and_totals(city, client):
    answer = save(client, city, **{"c-a": "1", "c-b": "0"}).json()
    assert (answer["version"], answer["points"], answer["text"]) == (1, "18.00", "每缺1次会议 1 次")
    assert (answer["totals"]["total"], answer["totals"]["filled"], answer["totals"]["asked"]) == ("18.00", 1, 6)
    assert answer["totals"]["missing"] == ["1.2", "1.3", "2.1", "2.2", "2.3"]


@pytest.mark.parametrize(
    ("code", "data", "words"),
    [
        ("1.1", {"c-a": "-1"}, "小于 0"),
        ("1.1", {"c-a": "1000000000"}, "过大"),
        ("1.1", {"c-a": "两"}, "不是数字"),
        ("2.2", {"value": "9.3"}, "0.5"),
    ],
)
def test_bad_values_get_a_sentence_and_change_nothing(city, client, code, data, words):
    answer = save(client, city, code, **data)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")
    assert words in answer.json()["message"]
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("1.1", {}),
        ("1.1", {"note": "已核对"}),
        ("1.1", {"value": "3"}),
        ("1.1", {"c-a": "", "c-zz": "1"}),
        ("2.1", {}),
        ("2.2", {}),
        ("1.2", {"value": "1"}),
    ],
)
def test_a_form_without_the_fields_of_its_row_confirms_nothing(city, client, code, data):
    answer = save(client, city, code, **data)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")
    assert answer.json()["message"].endswith("未保存：提交的表单中没有本行的填写项，请刷新页面后重新填写。")
    page = client.post(f"/sheets/{city.sheet.pk}/marks/{code}/", {"version": "0", **data})
    assert (page.status_code, "请刷新页面后重新填写" in page.content.decode()) == (400, True)
    assert not Mark.objects.exists()


@pytest.mark.parametrize("code", ["1.1", "2.1"])
def test_the_empty_fields_of_a_row_of_counts_say_nothing_found(city, client, code):
    page = client.get(f"/sheets/{city.sheet.pk}/marks/{code}/").content.decode()
    fields = dict.fromkeys(re.findall(r'name="(c-[^"]+)"', page), "")
    assert save(client, city, code, **fields, note="").status_code == 200
    assert Mark.objects.get().note == ""


def test_conflict_answers_with_the_stored_value(city, client):
    save(client, city, **{"c-a": "1"})
    answer = save(client, city, **{"c-a": "3"})
    assert (answer.status_code, answer.json()["theirs"]["text"]) == (409, "每缺1次会议 1 次")


def test_autosave_without_version_or_session(city, client):
    assert client.post(f"/sheets/{city.sheet.pk}/marks/1.1/", {"c-a": "1"}, **FETCH).status_code == 400
    answer = Client().post(f"/sheets/{city.sheet.pk}/marks/1.1/", {"c-a": "1", "version": "0"}, **FETCH)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert not Mark.objects.exists()


def test_plain_form_saves_and_shows_a_conflict_with_both_values(city, client):
    url = f"/sheets/{city.sheet.pk}/marks/1.1/"
    answer = client.post(url, {"version": "0", "c-a": "1", "note": "先"})
    assert (answer.status_code, answer["Location"]) == (302, f"/sheets/{city.sheet.pk}/#row-1.1")
    refused = client.post(url, {"version": "0", "c-a": "3", "note": "后"})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "每缺1次会议 1 次" in page
    assert re.search(r'name="c-a" value="3"', page)
    assert client.post(url, {"version": "1", "c-a": "3", "note": "后"}).status_code == 302
    assert Mark.objects.get().note == "后"


@pytest.mark.parametrize(
    "person", ["neighbour", "reviewer", "inspector", "office", "authority", "auditor", "sysadmin", "outsider"]
)
def test_another_branchs_draft_is_not_there(city, sign_in, request, person):
    client = sign_in(request.getfixturevalue(person))
    pk = city.sheet.pk
    for path in ("", "view/", "marks/1.1/", "submit/", "nothing-found/", "claims/add/", "evidence/?code=1.1"):
        assert client.get(f"/sheets/{pk}/{path}").status_code == 404
    assert client.post(f"/sheets/{pk}/marks/1.1/", {"version": "0", "c-a": "1"}, **FETCH).status_code == 404
    assert client.post(f"/sheets/{pk}/copy/").status_code == 404
    assert not Mark.objects.exists()


@pytest.mark.parametrize("person", ["reviewer", "inspector", "leader", "office", "authority", "auditor", "deputy"])
def test_a_submitted_sheet_is_read_by_those_who_work_on_it(city, sign_in, request, secretary, person):
    make_marks(city.sheet, secretary)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=timezone.now())
    client = sign_in(request.getfixturevalue(person))
    page = client.get(f"/sheets/{city.sheet.pk}/view/")
    assert page.status_code == 200
    assert "记录不规范 2 次" in page.content.decode()
    assert client.get(f"/sheets/{city.sheet.pk}/")["Location"] == f"/sheets/{city.sheet.pk}/view/"


@pytest.mark.parametrize("person", ["reviewer", "inspector", "leader", "office", "authority", "auditor"])
def test_the_forms_of_the_branch_are_closed_to_those_who_only_read(city, sign_in, request, secretary, person):
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=timezone.now())
    reader = sign_in(request.getfixturevalue(person))
    for path in ("claims/add/", "nothing-found/"):
        assert reader.get(f"/sheets/{city.sheet.pk}/{path}").status_code == 403
        assert sign_in(secretary).get(f"/sheets/{city.sheet.pk}/{path}").status_code == 200
    for path in ("claims/add/", "submit/"):
        assert reader.post(f"/sheets/{city.sheet.pk}/{path}").status_code == 403


def test_review_marks_stay_hidden_until_the_sheet_is_approved(city, client, secretary, inspector):
    make_marks(city.sheet, secretary)
    make_marks(city.sheet, inspector, stage="review", marks={"2.2": {"value": "3"}})
    Mark.objects.filter(stage="review").update(reason="台账不符，核减")
    Sheet.objects.filter(pk=city.sheet.pk).update(status="review", submitted_at=timezone.now())
    url = f"/sheets/{city.sheet.pk}/view/"
    assert "台账不符" not in client.get(url).content.decode()
    Sheet.objects.filter(pk=city.sheet.pk).update(status="approved", frozen=b"x", digest="d")
    assert "台账不符" in client.get(url).content.decode()


def test_parts_of_a_closed_sheet_are_not_handed_out(city, client, sign_in, secretary, reviewer):
    assert client.get(f"/sheets/{city.sheet.pk}/marks/1.1/").status_code == 200
    assert client.get(f"/sheets/{city.sheet.pk}/marks/9.9/").status_code == 404
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=timezone.now())
    for user in (secretary, reviewer):
        for path in ("marks/1.1/", "evidence/?code=1.1", "evidence/reusable/?code=1.1"):
            assert sign_in(user).get(f"/sheets/{city.sheet.pk}/{path}").status_code == 403


# Returned


def test_returned_sheet_shows_the_reason_and_opens_only_that_row(city, client, secretary, reviewer):
    make_marks(city.sheet, secretary)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="returned", submitted_at=timezone.now())
    index = indicator_index(city.scheme)
    Remark.objects.create(
        sheet=city.sheet, indicator=index.indicators["1.1"], stage="preliminary", text="缺少7月会议记录",
        author=reviewer, written_at=timezone.now(),
    )  # fmt: skip
    page = client.get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert "缺少7月会议记录" in page
    assert re.findall(r"marks/([\d.]+)/", page) == ["1.1"]
    assert save(client, city, "2.2", version="1", value="9").status_code == 403


# Nothing found, copying


def test_nothing_found_lists_and_confirms(city, client):
    page = client.get(f"/sheets/{city.sheet.pk}/nothing-found/").content.decode()
    assert re.findall(r'name="code" value="([\d.]+)"', page) == ["1.1"]
    client.post(f"/sheets/{city.sheet.pk}/nothing-found/", {"code": ["1.1"]})
    assert Mark.objects.get().points_up == 20_000_000
    assert "所有扣分项均已核对" in client.get(f"/sheets/{city.sheet.pk}/nothing-found/").content.decode()


def test_copying_without_a_past_is_a_sentence(city, client):
    answer = client.post(f"/sheets/{city.sheet.pk}/copy/")
    assert answer.status_code == 400
    assert "没有可供复制" in answer.content.decode()


# Submitting over the pages


def test_submit_shows_gaps_then_hands_over_and_gives_a_receipt(city, client, secretary):
    url = f"/sheets/{city.sheet.pk}/submit/"
    assert "尚未填写" in client.get(url).content.decode()
    make_marks(city.sheet, secretary)
    form = {"version": "1", "meeting_on": timezone.localdate().isoformat(), "meeting_present": "9", "is_truthful": "on"}
    assert client.post(url, form | {"meeting_present": "0"}).status_code == 422
    assert client.post(url, form)["Location"] == f"/sheets/{city.sheet.pk}/receipt/"
    assert re.search(r"[0-9a-f]{64}", client.get(f"/sheets/{city.sheet.pk}/receipt/").content.decode())
    audit.record(secretary, "sheet.submitted", city.sheet)  # as demonstrations and imports leave it: without details
    assert "数字摘要" not in client.get(f"/sheets/{city.sheet.pk}/receipt/").content.decode()
    again = client.post(url, form)
    assert again.status_code in (403, 409)
    client.post(f"/sheets/{city.sheet.pk}/withdraw/", {"version": "2"})
    city.sheet.refresh_from_db()
    assert city.sheet.status == "draft"


def test_deputy_sees_who_submits(city, sign_in, deputy, secretary):
    make_marks(city.sheet, secretary)
    page = sign_in(deputy).get(f"/sheets/{city.sheet.pk}/submit/").content.decode()
    assert "赵书记" in page
    assert 'btn-lg mt-3" disabled' in page


def test_check_page_takes_a_fixed_number_of_queries(city, client, secretary, reviewer):
    url = f"/sheets/{city.sheet.pk}/submit/"
    client.get(url)
    with CaptureQueriesContext(connection) as bare:
        client.get(url)
    with_everything(city, secretary, reviewer)
    with CaptureQueriesContext(connection) as full:
        client.get(url)
    assert len(bare) == len(full) <= 12


# Waivers


def test_a_waived_clause_is_shown_with_its_reason(client, city):
    assert save(client, city, **{"c-b": "2", "w-b": "1", "wr-b": "已自查整改到位"}).json()["points"] == "20.00"
    page = client.get(f"/sheets/{city.sheet.pk}/").content.decode()
    assert '<details class="fill-waivers" open>' in page
    assert 'value="已自查整改到位"' in page
    assert "记录不规范 2 次（从轻不扣）" in client.get(f"/sheets/{city.sheet.pk}/view/").content.decode()


def test_a_waiver_without_a_reason_is_refused_in_words(client, city):
    answer = save(client, city, **{"c-b": "2", "w-b": "1", "wr-b": ""})
    assert (answer.status_code, Mark.objects.count()) == (400, 0)
    assert "理由" in answer.json()["message"]
