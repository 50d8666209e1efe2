"""The page of reports and files: what is offered to whom, and posts that only make a job."""

import pytest

from assessments.cycles.models import Cycle
from assessments.results.models import Result, Tally
from branchportal.models import AuditEntry, Job
from tests.factories.branches import make_branch
from tests.factories.results import BEST, make_approved, make_tally

PAGE = "/reports/"


@pytest.fixture
def tally(city, inspector, office) -> Tally:
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    for points, sheet in zip((10, 9), (city.sheet, city.far_sheet), strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


@pytest.fixture
def published(tally) -> Tally:
    Tally.objects.filter(pk=tally.pk).update(status="published")
    tally.refresh_from_db()
    return tally


def test_page_without_results_says_what_will_come(city, office, sign_in):
    page = sign_in(office).get(PAGE)
    assert page.status_code == 200
    assert "目前没有可打印的结果" in page.content.decode()
    assert "打印空白评分表" in page.content.decode()


def test_office_is_offered_everything(tally, office, sign_in):
    page = sign_in(office).get(PAGE).content.decode()
    for wanted in ("候选结果，尚未公布", "Excel 工作簿", "打包下载全部4份报告", "打印账号条", "市发展局机关第一党支部"):
        assert wanted in page, wanted


def test_secretary_is_offered_the_own_paper_only(published, secretary, city, sign_in):
    page = sign_in(secretary).get(PAGE).content.decode()
    assert "市发展局机关第一党支部" in page
    for absent in ("市教育局机关第一党支部", "打包下载", "打印账号条", "市发展局机关第二党支部"):
        assert absent not in page, absent


def test_candidate_is_not_offered_to_a_branch(tally, secretary, sign_in):
    assert "目前没有可打印的结果" in sign_in(secretary).get(PAGE).content.decode()


@pytest.mark.parametrize("kind", ["xlsx", "csv", "pdf"])
def test_post_makes_a_job_and_leads_to_its_page(tally, office, sign_in, kind):
    answer = sign_in(office).post(f"{PAGE}ranking/", {"tally": tally.pk, "unit": "", "kind": kind})
    job = Job.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/tasks/{job.pk}/")
    assert (job.task, job.status, job.owner, job.params) == (
        f"reports.ranking_{kind}",
        "queued",
        office,
        {"tally": tally.pk, "unit": None},
    )
    assert AuditEntry.objects.filter(action="job.requested", object_id=job.pk).exists()


def test_papers_are_asked_for_by_post_only(published, secretary, city, sign_in):
    result = Result.objects.get(tally=published, branch=city.branch)
    client = sign_in(secretary)
    assert client.get(f"{PAGE}results/{result.pk}/pdf/").status_code == 405
    assert client.post(f"{PAGE}results/{result.pk}/pdf/").status_code == 302
    assert Job.objects.get().title == "“市发展局机关第一党支部”2026年第4季度考评结果报告"


def test_others_paper_does_not_exist(published, neighbour, city, sign_in):
    result = Result.objects.get(tally=published, branch=city.branch)
    client = sign_in(neighbour)
    answers = [
        client.post(f"{PAGE}results/{pk}/pdf/", headers={"Accept": "application/json"}) for pk in (result.pk, 99999)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert not Job.objects.exists()


def test_others_form_does_not_exist(city, neighbour, sign_in):
    assert sign_in(neighbour).post(f"{PAGE}sheets/{city.sheet.pk}/form/").status_code == 404


@pytest.mark.parametrize(
    ("address", "posted", "status"),
    [
        ("ranking/", {"tally": "x", "kind": "pdf"}, 404),
        ("ranking/", {"kind": "pdf"}, 404),
        ("archive/", {"tally": "99999999999999999999999"}, 404),
        ("account-slips/", {"unit": ""}, 400),
        ("account-slips/", {"unit": "９"}, 404),
        ("blank-form/", {"cycle": ""}, 404),
    ],
)
def test_bad_input_is_answered_not_crashed_on(city, office, sign_in, address, posted, status):
    assert sign_in(office).post(PAGE + address, posted).status_code == status
    assert not Job.objects.exists()


def test_unknown_choices_fall_back(tally, office, sign_in):
    page = sign_in(office).get(PAGE, {"tally": "abc", "unit": "-1"})
    assert "市教育局机关第一党支部" in page.content.decode()


def test_queries_do_not_grow_with_the_list(tally, office, city, sign_in, django_assert_num_queries):
    client = sign_in(office)
    Result.objects.exclude(branch=city.branch).delete()
    client.get(PAGE)
    with django_assert_num_queries(10):
        client.get(PAGE)
    first = Result.objects.get()
    for number in range(4):
        first.pk, first.branch = None, make_branch(city.committee, f"新支部{number}")
        first.save(force_insert=True)
        Job.objects.create(task="reports.zip", title="x", owner=office, created_at=tally.created_at)
    with django_assert_num_queries(10):
        assert "新支部3" in client.get(PAGE).content.decode()
