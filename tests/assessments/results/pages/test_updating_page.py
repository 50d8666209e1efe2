"""A candidate after sheets changed: what office, authority and auditor see of it, and the one click that updates it."""

import pytest

from assessments.cycles.models import Cycle
from assessments.results.models import Result, Tally
from branchportal import worker
from tests.factories.results import BEST, make_approved, make_tally


@pytest.fixture
def rating(city, inspector):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet), (8, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return city


@pytest.fixture
def late(rating, office, inspector):
    """A candidate, and one sheet approved after it."""
    tally = make_tally(rating.cycle, office)
    make_approved(rating.farther_sheet, inspector, marks=BEST, points="9.5")
    return tally


def text(response):
    return response.content.decode()


def test_the_office_updates_with_one_click(late, rating, office, sign_in):
    client = sign_in(office)
    page = text(client.get(f"/results/{late.pk}/"))
    assert "本次汇总之后有 1 张评分表发生变动" in page
    assert rating.farther_branch.name in page
    answer = client.post(f"/results/{late.pk}/update/", follow=True)
    page = text(answer)
    assert "已更新 1 个党支部的得分、名次和星级" in page
    assert "已更新，待确认" in page
    assert "更新这些党支部" not in page
    found = Result.objects.get(tally=late, branch=rating.farther_branch)
    assert (found.status, found.rank_all, found.rank_sector, found.position) == ("rated", 2, 2, 2)
    ranks = Result.objects.filter(tally=late).order_by("position").values_list("rank_all", "rank_sector")
    assert list(ranks) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_the_whole_tally_behind_it_confirms_the_same_candidate(late, office, sign_in):
    client = sign_in(office)
    client.post(f"/results/{late.pk}/update/")
    worker.run_due_here()
    late.refresh_from_db()
    page = text(client.get(f"/results/{late.pk}/"))
    assert late.digest in page
    assert "待确认" not in page
    assert Tally.objects.count() == 1


def test_others_see_that_it_is_out_of_date_and_cannot_update(late, authority, auditor, secretary, sign_in):
    for user in (authority, auditor):
        page = text(sign_in(user).get(f"/results/{late.pk}/"))
        assert "由考评办更新汇总。" in page
        assert f"/results/{late.pk}/update/" not in page
        assert sign_in(user).post(f"/results/{late.pk}/update/").status_code == 403
    assert sign_in(secretary).post(f"/results/{late.pk}/update/").status_code == 404
    assert Result.objects.filter(tally=late, status="missing").count() == 1


def test_nothing_to_update_is_said(rating, office, sign_in):
    tally = make_tally(rating.cycle, office)
    client = sign_in(office)
    assert "发生变动" not in text(client.get(f"/results/{tally.pk}/"))
    assert "没有评分表发生变动" in text(client.post(f"/results/{tally.pk}/update/", follow=True))
    assert client.get(f"/results/{tally.pk}/update/").status_code == 405
