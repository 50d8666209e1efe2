"""The page of a branch's result: who may open it, and that it shows the engine's figures."""

import pytest
from django.urls import reverse

from assessments.cycles.models import Cycle
from assessments.results.models import Result, Tally
from branchportal import guards
from branchportal.figures import points_text
from tests.factories.results import make_approved, make_tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(city, inspector, office) -> Result:
    """The result of `city.branch`, published."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    make_approved(city.sheet, inspector)
    make_approved(city.sibling_sheet, inspector)
    tally = make_tally(city.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    return Result.objects.get(tally=tally, branch=city.branch)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("secretary", 200),
        ("deputy", 200),
        ("reviewer", 200),
        ("inspector", 200),
        ("leader", 200),
        ("office", 200),
        ("authority", 200),
        ("auditor", 200),
        ("neighbour", 404),
        ("sysadmin", 404),
        ("secadmin", 404),
        ("outsider", 404),
    ],
)
def test_result_is_open_to_those_who_see_the_branch(result, request, sign_in, who, status):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(reverse("reports:result", args=[result.pk])).status_code == status
    branch = reverse("reports:latest_result", args=[result.branch_id])
    answer = client.get(branch)
    assert answer.status_code == (302 if status == 200 else 404)


@pytest.mark.parametrize(
    ("who", "status"), [("secretary", 404), ("reviewer", 404), ("inspector", 404), ("office", 200)]
)
def test_candidate_is_hidden_from_branch_department_and_inspector(result, request, sign_in, who, status):
    with guards.lifted():
        Tally.objects.update(status="candidate")
    client = sign_in(request.getfixturevalue(who))
    assert client.get(reverse("reports:result", args=[result.pk])).status_code == status
    assert client.get(reverse("reports:latest_result", args=[result.branch_id])).status_code == 404


def test_page_shows_the_stored_figures_and_the_clauses(result, secretary, sign_in):
    page = sign_in(secretary).get(reverse("reports:result", args=[result.pk])).content.decode()
    for shown in (points_text(result.total_up), result.grade, result.tally.digest, "记录不规范：2 次，−1分"):
        assert shown in page
    assert "周检查员" not in page


def test_page_costs_the_same_however_many_branches(result, city, secretary, inspector, office, sign_in,
                                                    django_assert_num_queries):  # fmt: skip
    client = sign_in(secretary)
    address = reverse("reports:result", args=[result.pk])
    with django_assert_num_queries(13):
        client.get(address)
    make_approved(city.far_sheet, inspector)
    make_approved(city.farther_sheet, inspector)
    tally = make_tally(city.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    newer = Result.objects.get(tally=tally, branch=city.branch)
    with django_assert_num_queries(13):
        client.get(reverse("reports:result", args=[newer.pk]))
