"""Earlier years on the screen: the list and its removals, the branch's page, the result's page; always marked."""

import pytest
from django.urls import reverse

from assessments.cycles.models import Cycle
from assessments.reports.result_years import all_years
from assessments.results.earlier.models import EarlierResult
from assessments.results.models import Result, Tally
from branchportal.models import AuditEntry
from tests.factories.earlier import make_earlier, make_upload
from tests.factories.results import make_approved, make_tally

pytestmark = pytest.mark.django_db
LIST = "results:earlier"


@pytest.fixture
def years(city, office) -> list[EarlierResult]:
    """Three years of `city.branch`, one of its sibling."""
    rows = [
        make_earlier(city.branch, year, stars, owner=office, score_up=90_500_000 + year)
        for year, stars in ((2023, 4), (2024, 5), (2025, 5))
    ]
    return [*rows, make_earlier(city.sibling, 2025, 0, owner=office, rank=9, title="整顿党支部")]


@pytest.fixture
def result(city, inspector, office) -> Result:
    """The published result of `city.branch` in a rating quarter of 2026."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    make_approved(city.sheet, inspector)
    tally = make_tally(city.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    return Result.objects.get(tally=tally, branch=city.branch)


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())


def test_list_names_figures_and_source_and_narrows_down(years, city, sign_in, office):
    client = sign_in(office)
    page = text_of(client.get(reverse(LIST)))
    assert "原始数据" in page
    assert page.count("历年结果.xlsx") == 4
    assert f"SHA-256 {'0' * 64}" in page
    assert "90.502024" in page
    assert "整顿党支部" in page
    assert text_of(client.get(reverse(LIST), {"year": "2024"})).count('class="row-title"') == 1
    assert text_of(client.get(reverse(LIST), {"q": city.sibling.name})).count('class="row-title"') == 1
    assert "没有符合条件的历年结果" in text_of(client.get(reverse(LIST), {"q": "没有"}))
    assert client.get(reverse(LIST), {"year": "x"}).status_code == 200


def test_empty_list_says_so(city, sign_in, office):
    assert "尚未导入历年结果" in text_of(sign_in(office).get(reverse(LIST)))


def test_list_costs_the_same_however_many_rows(city, office, sign_in, django_assert_num_queries):
    client = sign_in(office)
    upload = make_upload(office)
    make_earlier(city.branch, 2000, 5, owner=office, upload=upload)
    with django_assert_num_queries(6):
        client.get(reverse(LIST))
    for year in range(2001, 2012):
        for branch in (city.branch, city.sibling, city.far_branch, city.farther_branch):
            make_earlier(branch, year, 5, owner=office, upload=upload)
    with django_assert_num_queries(6):
        client.get(reverse(LIST))


def test_office_removes_a_row_with_a_reason(years, city, sign_in, office):
    client = sign_in(office)
    address = reverse("results:earlier_remove", args=[years[0].pk])
    assert "移除" in text_of(client.get(address))
    assert client.post(address, {"reason": "错", "version": 1}).status_code == 422
    assert client.post(address, {"reason": "原表有误，重新核对", "version": 2}).status_code == 409
    assert client.post(address, {"reason": "原表有误，重新核对", "version": 1}).url == reverse(LIST)
    assert list(EarlierResult.objects.filter(branch=city.branch).values_list("year", flat=True)) == [2025, 2024]
    assert AuditEntry.objects.get(action="earlier.removed").note == "原表有误，重新核对"


def test_office_removes_a_year_with_a_reason(years, sign_in, office):
    client = sign_in(office)
    address = reverse("results:earlier_remove_year", args=[2025])
    assert "2条" in text_of(client.get(address))
    assert client.post(address, {"reason": "整年数据来源不明", "version": 1}).url == reverse(LIST)
    assert set(EarlierResult.objects.values_list("year", flat=True)) == {2023, 2024}
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("who", "shown", "removes"),
    [("authority", 4, 403), ("auditor", 4, 403), ("secretary", 3, 403), ("neighbour", 1, 404), ("reviewer", 4, 403),
     ("outsider", 0, 404), ("sysadmin", 0, 404)],
)  # fmt: skip
def test_others_see_their_branches_and_remove_nothing(years, request, sign_in, who, shown, removes):
    client = sign_in(request.getfixturevalue(who))
    assert text_of(client.get(reverse(LIST))).count('class="row-title"') == shown
    address = reverse("results:earlier_remove", args=[years[0].pk])
    assert client.post(address, {"reason": "原表有误，重新核对", "version": 1}).status_code == removes
    year = reverse("results:earlier_remove_year", args=[2025])
    assert client.post(year, {"reason": "整年数据来源不明", "version": 1}).status_code == 403
    assert EarlierResult.objects.count() == 4


def test_branch_without_a_published_result_shows_its_imported_years(
    years, city, sign_in, secretary, neighbour, outsider
):
    latest = reverse("reports:latest_result", args=[city.branch.pk])
    address = reverse("reports:years", args=[city.branch.pk])
    client = sign_in(secretary)
    assert client.get(latest).url == address
    page = text_of(client.get(address))
    assert page.count('<span class="badge bg-secondary-lt">原始数据</span>') == 3
    assert "连续2年五星（2024—2025年，其中2024、2025年为原始数据）。" in page
    assert "连续3年四星及以上（2023—2025年，其中2023、2024、2025年为原始数据）。" in page
    assert 'data-chart="years-option"' in page
    assert all_years(city.branch.pk).option["xAxis"]["data"][1] == "2024年\n原始数据"
    for other in (neighbour, outsider):
        assert sign_in(other).get(address).status_code == 404


def test_result_shows_the_years_before_marked(years, result, city, sign_in, secretary, neighbour):
    page = text_of(sign_in(secretary).get(reverse("reports:result", args=[result.pk])))
    assert "历年情况" in page
    assert page.count('<span class="badge bg-secondary-lt">原始数据</span>') == 3
    assert "原始数据：由考评办从本单位原有表格导入" in page
    assert "整顿党支部" not in page


def test_result_without_other_years_has_no_such_card(result, sign_in, secretary):
    assert "历年情况" not in text_of(sign_in(secretary).get(reverse("reports:result", args=[result.pk])))
