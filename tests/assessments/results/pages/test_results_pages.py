"""The pages of tallies, ranking and publications through the client: who sees what, and with how many queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Publication, Result, Tally
from assessments.results.services.deciding import decide_tie
from assessments.results.services.publishing import prepare_publication, publish
from assessments.sheets.models import Sheet
from branchportal import jobs, worker
from branchportal.models import Job, WorkerBeat
from tests.factories.assessments import make_sheet
from tests.factories.branches import make_branch
from tests.factories.results import BEST, make_approved, make_tally

EVERY = {"branch", "sibling", "far_branch", "farther_branch"}


@pytest.fixture
def rating(city, inspector):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet), (9, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return city


@pytest.fixture
def tied(rating, office):
    """Two of three rated branches tied for nothing: one place only, taken; a fourth makes it two places."""
    make_approved(rating.farther_sheet, office)
    return make_tally(rating.cycle, office)


@pytest.fixture
def settled(tied, rating, authority):
    return decide_tie(
        tally=tied,
        actor=authority,
        digest=tied.digest,
        key="5-organ",
        granted={rating.sibling.pk},
        reason="上年度群众测评更好",
    )


@pytest.fixture
def published(settled, office, authority):
    publication = prepare_publication(
        tally=settled, actor=office, digest=settled.digest, title="2026年第四季度评星结果"
    )
    return publish(publication=publication, actor=authority)


def text(response):
    return response.content.decode()


def test_the_office_starts_a_tally_and_follows_its_task(rating, office, sign_in):
    client = sign_in(office)
    later = {"year": 2099, "scheme_version": rating.cycle.plan.scheme_version}  # a pilot: the page opens with today's
    YearPlan.objects.create(**later)
    assert "开始汇总" in text(client.get("/results/"))
    assert "第一季度、第二季度、第三季度、第四季度" in text(client.get("/results/?year=2099"))
    response = client.post("/results/start/", {"cycle": rating.cycle.pk})
    job = Job.objects.get()
    assert response["Location"] == f"/tasks/{job.pk}/"
    page = text(client.get("/results/"))
    assert f"/tasks/{job.pk}/" in page
    assert client.post("/results/start/", {"cycle": rating.cycle.pk}).status_code == 409


def test_a_stopped_worker_is_said_on_the_task_page(rating, office, sign_in):
    client = sign_in(office)
    location = client.post("/results/start/", {"cycle": rating.cycle.pk})["Location"]
    assert "后台" in text(client.get(location))


def test_a_worker_that_stops_during_a_tally_is_said_and_the_tally_finishes_later(rating, office, sign_in):
    client = sign_in(office)
    location = client.post("/results/start/", {"cycle": rating.cycle.pk})["Location"]
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.update(status="running", started_at=long_ago, heartbeat_at=long_ago, attempts=1, published_at=long_ago)
    WorkerBeat.objects.create(name="embedded", at=long_ago)
    page = text(client.get(location))
    assert "后台" in page
    assert "alert-warning" in page
    assert jobs.reap() == 1  # whoever comes back puts the silent job into the queue again
    assert worker.run_due_here() == 1
    job = Job.objects.get()
    assert (job.status, job.attempts, Tally.objects.count()) == ("done", 2, 1)
    assert f"/results/{Tally.objects.get().pk}/" in text(client.get(location))


def test_starting_needs_the_office(rating, authority, secretary, sign_in):
    for user in (authority, secretary):
        assert sign_in(user).post("/results/start/", {"cycle": rating.cycle.pk}).status_code == 403
    assert Job.objects.count() == 0


def test_the_tally_page_names_ties_and_quotas(tied, office, authority, sign_in):
    page = text(sign_in(office).get(f"/results/{tied.pk}/"))
    assert "待定名额" in page
    assert "5-organ" not in page  # the office does not settle it
    assert f"/results/{tied.pk}/ties/5-organ/" in text(sign_in(authority).get(f"/results/{tied.pk}/"))


@pytest.mark.parametrize("address", ["/results/", "/results/{pk}/", "/results/{pk}/comparison/"])
def test_candidates_are_hidden_from_branches(tied, secretary, reviewer, address, sign_in):
    for user in (secretary, reviewer):
        assert sign_in(user).get(address.format(pk=tied.pk)).status_code in (403, 404)


def test_the_authority_settles_a_tie_on_its_page(tied, rating, authority, sign_in):
    client = sign_in(authority)
    address = f"/results/{tied.pk}/ties/5-organ/"
    assert "市发展局机关第二党支部" in text(client.get(address))
    said = {"digest": tied.digest, "branch": [rating.sibling.pk], "reason": "好"}
    refused = client.post(address, said)
    assert (refused.status_code, "至少" in text(refused)) == (422, True)
    assert client.post(address, said | {"reason": "上年度群众测评更好"}).status_code == 302
    tied.refresh_from_db()
    assert tied.undecided_count == 0
    assert client.get(address).status_code == 403  # nothing is left to decide


def test_two_people_publish_on_the_pages(settled, rating, office, authority, sign_in):
    client = sign_in(office)
    address = f"/results/{settled.pk}/prepare/"
    assert "审定" in text(client.get(address))
    said = {"digest": settled.digest, "title": "", "note": "", "document_number": "市直党工〔2026〕18号"}
    assert client.post(address, said).status_code == 422
    response = client.post(address, said | {"title": "2026年第四季度评星结果"})
    publication = Publication.objects.get()
    assert response["Location"] == f"/results/publications/{publication.pk}/"
    assert client.post(f"{response['Location']}publish/").status_code == 403
    deciding = sign_in(authority)
    refused = deciding.post(f"{response['Location']}send-back/", {"reason": "不"})
    assert refused.status_code == 422
    assert deciding.post(f"{response['Location']}publish/").status_code == 302
    publication.refresh_from_db()
    assert (publication.status, Sheet.objects.filter(status="sealed").count()) == ("published", 4)


def test_prepared_publications_are_hidden_from_branches(settled, office, secretary, sign_in):
    publication = prepare_publication(tally=settled, actor=office, digest=settled.digest, title="结果")
    client = sign_in(secretary)
    assert client.get(f"/results/publications/{publication.pk}/").status_code == 404
    assert "结果</a>" not in text(client.get("/results/publications/"))


def test_the_public_list_gives_names_and_stars_but_only_own_figures(published, rating, secretary, sign_in):
    page = text(sign_in(secretary).get(f"/results/publications/{published.pk}/"))
    for branch in (rating.branch, rating.sibling, rating.far_branch, rating.farther_branch):
        assert branch.name in page
    assert "97.00" in page  # the own total
    assert "96.00" not in page  # the sibling's
    assert "88.50" not in page


def test_the_department_sees_the_figures_of_its_subtree(published, reviewer, sign_in):
    page = text(sign_in(reviewer).get(f"/results/publications/{published.pk}/"))
    assert ("96.00" in page, "88.50" in page) == (True, False)


def test_the_ranking_shows_a_branch_its_own_line_only(published, rating, secretary, office, sign_in):
    page = text(sign_in(secretary).get("/results/ranking/"))
    assert (rating.branch.name in page, rating.sibling.name in page) == (True, False)
    page = text(sign_in(office).get("/results/ranking/"))
    assert (rating.branch.name in page, rating.farther_branch.name in page) == (True, True)


def test_filters_of_the_ranking_stay_until_reset(published, rating, office, sign_in):
    client = sign_in(office)
    page = text(client.get("/results/ranking/", {"stars": "5"}))
    assert (rating.branch.name in page, rating.farther_branch.name in page) == (True, False)
    assert rating.farther_branch.name not in text(client.get("/results/ranking/"))
    assert client.get("/results/ranking/?reset=1").status_code == 302
    assert rating.farther_branch.name in text(client.get("/results/ranking/"))


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"q": "教育局"}, {"far_branch", "farther_branch"}),
        ({"stars": "4"}, {"far_branch", "farther_branch"}),
        ({"stars": "missing"}, set()),
        ({"sort": "organization", "q": "第二"}, {"sibling", "farther_branch"}),
        ({"organization": "x", "sector": "99999999999", "stars": "999"}, EVERY),
    ],
)
def test_filters_narrow_down(published, rating, office, sign_in, params, names):
    page = text(sign_in(office).get("/results/ranking/", {"tally": published.tally_id, **params}))
    assert {name for name in EVERY if getattr(rating, name).name in page} == names


def test_a_tally_of_others_cannot_be_chosen(tied, secretary, sign_in):
    assert sign_in(secretary).get("/results/ranking/", {"tally": tied.pk}).status_code == 404


def add_branches(city, inspector, count):
    for number in range(count):
        branch = make_branch(city.committee, f"新增第{number}党支部")
        make_approved(make_sheet(city.cycle, branch), inspector, points=number % 10)


@pytest.mark.parametrize("extra", [0, 4])
def test_queries_do_not_grow_with_rows(rating, inspector, office, sign_in, django_assert_num_queries, extra):
    add_branches(rating, inspector, extra)
    tally = make_tally(rating.cycle, office)
    client = sign_in(office)
    client.get("/results/ranking/")  # warms the scheme
    with django_assert_num_queries(10):
        client.get("/results/ranking/")
    with django_assert_num_queries(15):
        client.get(f"/results/{tally.pk}/")
    with django_assert_num_queries(9):
        client.get("/results/")


@pytest.mark.parametrize("extra", [0, 4])
def test_queries_of_publications(
    rating, inspector, office, authority, secretary, sign_in, django_assert_num_queries, extra
):
    make_approved(rating.farther_sheet, inspector)
    add_branches(rating, inspector, extra)
    tally = make_tally(rating.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(undecided_count=0)
    Result.objects.filter(tally=tally, status="undecided").update(status="rated", stars=5)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    found = Publication.objects.create(
        tally=tally, version=1, status="published", title="结果", digest=tally.digest, prepared_by=office,
        prepared_at=tally.created_at, published_by=authority, published_at=tally.created_at,
    )  # fmt: skip
    client = sign_in(secretary)
    client.get("/results/publications/")
    with django_assert_num_queries(4):
        client.get("/results/publications/")
    with django_assert_num_queries(9):
        client.get(f"/results/publications/{found.pk}/")


def test_a_long_ranking_is_paged_by_keyset(rating, inspector, office, sign_in):
    add_branches(rating, inspector, 52)
    make_tally(rating.cycle, office)
    client = sign_in(office)
    first = client.get("/results/ranking/")
    rows = first.context["page"].rows
    assert [row.position for row in rows] == list(range(1, 51))
    second = client.get("/results/ranking/", {"after": first.context["page"].after})
    assert [row.position for row in second.context["page"].rows] == list(range(51, 57))
    assert second.context["page"].after == ""
    back = client.get("/results/ranking/", {"before": second.context["page"].before})
    assert [row.position for row in back.context["page"].rows] == list(range(1, 51))
    assert back.context["page"].before == ""


def test_the_comparison_shows_who_moved(settled, rating, inspector, office, sign_in):
    Sheet.objects.filter(pk=rating.sheet.pk).update(status="superseded")
    revision = Sheet.objects.get(pk=rating.sheet.pk)
    revision.pk, revision.revision, revision.status = None, 2, "draft"
    revision.frozen, revision.frozen_claims, revision.digest = None, "", ""
    revision.save(force_insert=True)
    make_approved(revision, inspector, marks=BEST, points=2)
    tally = make_tally(rating.cycle, office)
    page = sign_in(office).get(f"/results/{tally.pk}/comparison/")
    comparison = page.context["comparison"]
    moved = {move.result.branch_id: (move.ranks, move.points_up) for move in comparison.moves}
    assert moved[rating.branch.pk] == (-2, -8_000_000)
    assert (comparison.fallen, comparison.risen) == (1, 2)
    why = next(move.parts for move in comparison.moves if move.result.branch_id == rating.branch.pk)
    assert why == [("服务作用", -8_000_000)]


def test_the_comparison_names_bonus_and_penalty_as_reasons(rating, inspector, office, sign_in):
    make_tally(rating.cycle, office)
    make_approved(rating.farther_sheet, inspector, marks=BEST)
    first = make_tally(rating.cycle, office)
    Result.objects.filter(tally=first, branch=rating.farther_branch).update(
        bonus_up=1_000_000, total_up=1, penalty_up=5
    )
    Sheet.objects.filter(pk=rating.sheet.pk).update(status="superseded")
    second = make_tally(rating.cycle, office)
    comparison = sign_in(office).get(f"/results/{second.pk}/comparison/").context["comparison"]
    why = next(move.parts for move in comparison.moves if move.result.branch_id == rating.farther_branch.pk)
    assert why == [("加分", -1_000_000), ("减分", 5)]


def test_a_ranking_is_narrowed_down_by_unit_and_keeps_its_filters_on_the_next_page(rating, inspector, office, sign_in):
    add_branches(rating, inspector, 52)
    make_tally(rating.cycle, office)
    client = sign_in(office)
    unit = rating.far_branch.unit
    page = client.get("/results/ranking/", {"unit": unit.pk})
    assert [row.branch_id for row in page.context["page"].rows] == [rating.far_branch.pk, rating.farther_branch.pk]
    sector = rating.branch.sector_id
    first = client.get("/results/ranking/", {"sector": sector, "organization": rating.committee.pk, "q": "第"})
    assert (first.context["count"], len(first.context["page"].rows)) == (54, 50)
    address = f"sector={sector}"
    link = next(part for part in text(first).split('href="') if part.startswith("?") and "after=" in part)
    link = link.split('"')[0].replace("&amp;", "&")
    assert address in link
    assert "q=" in link
    second = client.get(f"/results/ranking/{link}")
    assert (second.context["count"], len(second.context["page"].rows)) == (54, 4)


def test_a_long_tree_offers_its_upper_levels_and_the_chosen_one(rating, office, sign_in, monkeypatch):
    make_tally(rating.cycle, office)
    monkeypatch.setattr("assessments.results.ranking.MOST_CHOICES", 1)
    client = sign_in(office)
    page = client.get("/results/ranking/")
    assert page.context["organizations"] == [rating.work_committee]
    assert f"organization={rating.committee.pk}" in text(page)
    page = client.get("/results/ranking/", {"organization": rating.committee.pk})
    assert page.context["organizations"] == [rating.work_committee, rating.committee]


def test_filters_show_nobody_what_is_not_theirs(published, rating, neighbour, secretary, sign_in):
    """Others' totals stay hidden whatever the address says."""
    for user, own in ((secretary, rating.branch), (neighbour, rating.sibling)):
        client = sign_in(user)
        wishes = ({}, {"unit": rating.far_branch.unit_id}, {"organization": rating.work_committee.pk}, {"q": "支部"})
        for wish in wishes:
            client.get("/results/ranking/?reset=1")
            page = client.get("/results/ranking/", wish)
            assert {row.branch_id for row in page.context["page"].rows} <= {own.pk}
