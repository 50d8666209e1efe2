"""A draft as the secretary will see it: inputs of the real sheet, the engine's totals, and nothing saved."""

import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.schemes.services.drafts import save_draft, start_draft
from assessments.sheets.models import Claim, Mark, Sheet
from assessments.sheets.preview import preview
from branchportal.models import AuditEntry
from tests.factories.assessments import make_marks
from tests.factories.branches import make_sector
from tests.factories.schemes import sector_indicators

# The rows in order: 1.1 deduct, 1.2 choice, 1.3 measure, 2.1 add, 2.2 entry, 2.3 choice, 2.4 poll.
TYPED = {
    "1:touched": "1",
    "1:c-a": "0",
    "1:c-b": "2",
    "2:choice": "fair",
    "3:value": "98",
    "3:denominator": "100",
    "4:c-a": "4",
    "5:value": "9.5",
    "6:na": "1",
}


@pytest.fixture
def draft(city, office):
    return start_draft(source=city.scheme, number="2", actor=office)


def totals(client, version, typed, query=""):
    return client.post(f"/schemes/{version.pk}/preview/totals/{query}", typed)


def test_the_page_shows_the_inputs_of_the_sheet_and_says_that_it_is_a_preview(draft, office, sign_in):
    answer = sign_in(office).get(f"/schemes/{draft.pk}/preview/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for said in (
        "预览",
        "不会保存",
        "每缺1次会议",
        'name="c-a"',
        'name="choice"',
        'name="denominator"',
        "获得表彰·市级",
    ):
        assert said in page
    assert ("本支部不适用" in page, "检查并提交" in page) == (True, False)


def test_the_total_is_the_one_that_a_real_sheet_would_show(city, draft, office, secretary, sign_in):
    make_marks(city.sheet, secretary)
    real = preview(Sheet.objects.for_filling().get(pk=city.sheet.pk))
    answer = totals(sign_in(office), draft, TYPED)
    page = answer.context["page"]
    assert page.preview.total_up == real.total_up == 79_500_000
    assert page.preview.points_up == real.points_up
    assert [(each.at, each.points_up) for each in page.answers] == [
        (1, 19_000_000),
        (2, 15_000_000),
        (3, 18_000_000),
        (4, 8_000_000),
        (5, 9_500_000),
        (6, 10_000_000),
    ]
    html = answer.content.decode()
    assert ("79.50" in html, 'id="points-1" hx-swap-oob="true">19.00' in html) == (True, True)


def test_bonus_is_counted_with_its_caps(draft, office, sign_in):
    page = totals(sign_in(office), draft, {"bonus:1": "1", "bonus:5": "7", "bonus:2": "-3", "bonus:3": "x"}).context[
        "page"
    ]
    assert (page.preview.bonus_up, page.preview.total_up) == (8_000_000, 8_000_000)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"5:value": "99"}, "99"),
        ({"5:value": "NaN"}, "NaN"),
        ({"5:value": "0.3"}, "0.3"),
        ({"1:c-a": "-1"}, "-1"),
        ({"2:choice": "none"}, "none"),
        ({"3:value": "1", "3:denominator": "0"}, "0"),
    ],
)
def test_a_value_that_the_sheet_refuses_is_refused_here(draft, office, sign_in, typed, said):
    page = totals(sign_in(office), draft, typed).context["page"]
    assert [(each.points_up, said in each.error) for each in page.answers] == [(None, True)]


@pytest.mark.parametrize("typed", [{"99:value": "1"}, {"x": "1"}, {":": "1"}, {"bonus:99": "1"}, {"7:value": "90"}, {}])
def test_what_belongs_to_no_row_is_left_out(draft, office, sign_in, typed):
    page = totals(sign_in(office), draft, typed).context["page"]
    assert (page.answers, page.preview.total_up) == ((), 0)


def test_nothing_is_written(draft, office, sign_in):
    client = sign_in(office)
    before = (Sheet.objects.count(), Mark.objects.count(), Claim.objects.count(), AuditEntry.objects.count())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(f"/schemes/{draft.pk}/preview/")
        totals(client, draft, TYPED)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert (Sheet.objects.count(), Mark.objects.count(), Claim.objects.count(), AuditEntry.objects.count()) == before


def test_a_sector_and_a_period_are_chosen(city, draft, office, sign_in):
    make_sector("village", "村")
    rows = sector_indicators()
    rows[0]["children"][1]["due"] = ["Q2", "Q4"]
    content = copy.deepcopy(draft.content) | {"indicators": rows, "rescale_due": True}
    draft = save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    address, client = f"/schemes/{draft.pk}/preview/", sign_in(office)
    village = client.get(address + "?sector=village&period=Q2").content.decode()
    assert ("村务公开" in village, "机关服务" in village, "组织生活会" in village) == (True, False, True)
    organ = client.get(address + "?sector=organ&period=Q1").content.decode()
    assert ("村务公开" in organ, "机关服务" in organ, "组织生活会" in organ) == (False, True, False)
    assert client.get(address + "?sector=nonsense&period=year").status_code == 200


def test_clauses_for_branches_with_organs_follow_the_choice(draft, office, sign_in):
    content = copy.deepcopy(draft.content)
    content["indicators"][0]["children"][0]["criteria"][0]["applies_if"] = "has_groups"
    draft = save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    address, client = f"/schemes/{draft.pk}/preview/", sign_in(office)
    assert "每缺1次会议" not in client.get(address).content.decode()
    assert "每缺1次会议" in client.get(address + "?sector=organ&groups=1").content.decode()


def test_a_draft_with_errors_shows_them(draft, office, sign_in):
    content = draft.content | {"full_marks": 120}
    draft = save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    client = sign_in(office)
    answer = client.get(f"/schemes/{draft.pk}/preview/")
    assert (answer.status_code, "个问题，改正后才能预览" in answer.content.decode()) == (200, True)
    assert (
        f'href="/schemes/{draft.pk}/design/?at=basics&amp;field=id_full_marks#id_full_marks"' in answer.content.decode()
    )
    assert totals(client, draft, TYPED).status_code == 409


def test_a_secretary_previews_no_draft(city, draft, secretary, outsider, sign_in):
    assert sign_in(secretary).get(f"/schemes/{draft.pk}/preview/").status_code == 404
    assert totals(sign_in(secretary), draft, TYPED).status_code == 404
    assert sign_in(outsider).get(f"/schemes/{city.scheme.pk}/preview/").status_code == 404
