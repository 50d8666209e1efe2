"""The pages of trials through the client: who sees them, what they say, and with how many queries."""

import io

import openpyxl
import pytest

from assessments.cycles.models import Cycle
from assessments.results.trials import services
from assessments.results.trials.computing import Basis
from assessments.results.trials.models import TrialRow, TrialRun
from assessments.schemes.services.drafts import save_draft, start_draft
from branchportal import worker
from branchportal.jobs import files_folder
from branchportal.models import Job
from tests.factories.assessments import make_sheet
from tests.factories.branches import make_branch
from tests.factories.results import BEST, make_approved, make_tally

ADDRESSES = (
    "/results/trials/",
    "/results/trials/new/",
    "/results/trials/{pk}/",
    "/results/trials/side-by-side/?a={pk}&b={pk}",
)


@pytest.fixture
def rating(city, inspector):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet), (8, city.far_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return city


@pytest.fixture
def tally(rating, office):
    return make_tally(rating.cycle, office)


@pytest.fixture
def draft(city, office):
    return start_draft(source=city.scheme, number="2", actor=office)


@pytest.fixture
def trial(rating, tally, draft, office):
    return make_trial(rating.cycle, tally, draft, office, {"quota-0": "100"})


def make_trial(cycle, tally, version, actor, said):
    fresh = Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)
    found = services.request_trial(actor=actor, version=version, basis=Basis(fresh.plan, fresh, tally), said=said)
    worker.run_due_here()
    return TrialRun.objects.get(pk=found.pk)


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_office_authority_and_auditor_see_trials_and_nobody_else(
    trial, office, authority, auditor, secretary, reviewer, inspector, sysadmin, outsider, address, sign_in
):
    for user in (office, authority, auditor):
        assert sign_in(user).get(address.format(pk=trial.pk)).status_code == 200
    for user in (secretary, reviewer, inspector, sysadmin, outsider):
        assert sign_in(user).get(address.format(pk=trial.pk)).status_code == 404


@pytest.mark.parametrize("step", ["workbook", "adopt", "delete"])
def test_others_get_404_for_every_step(trial, secretary, sysadmin, step, sign_in):
    for user in (secretary, sysadmin):
        assert sign_in(user).post(f"/results/trials/{trial.pk}/{step}/").status_code == 404
    assert TrialRun.objects.count() == 1


def test_the_auditor_reads_and_does_nothing(trial, rating, auditor, draft, sign_in):
    client = sign_in(auditor)
    assert client.post(f"/results/trials/{trial.pk}/delete/").status_code == 403
    assert client.post(f"/results/trials/{trial.pk}/adopt/").status_code == 403
    said = {"version": draft.pk, "basis": f"cycle-{rating.cycle.pk}"}
    assert client.post("/results/trials/new/", said).status_code == 403
    assert "删除试算" not in text(client.get(f"/results/trials/{trial.pk}/"))


def test_the_office_starts_a_trial_and_reads_it(rating, tally, draft, office, sign_in):
    client = sign_in(office)
    page = text(client.get("/results/trials/new/", {"version": draft.pk}))
    assert "比较基准：第 1 次汇总" in page
    assert "评分全部照录" in page
    said = {"version": draft.pk, "basis": f"cycle-{rating.cycle.pk}", "quota-0": "100", "from-0": "90", "weight-0": "1"}
    response = client.post("/results/trials/new/", said)
    trial = TrialRun.objects.get()
    assert response["Location"] == f"/tasks/{trial.job_id}/"
    assert client.get(f"/results/trials/{trial.pk}/")["Location"] == f"/tasks/{trial.job_id}/"
    worker.run_due_here()
    assert f"/results/trials/{trial.pk}/" in text(client.get(f"/tasks/{trial.job_id}/"))
    page = text(client.get(f"/results/trials/{trial.pk}/"))
    assert "试算，不作为正式结果" in page
    assert "2 个支部升星，0 个支部降星，五星由 1 个变为 3 个。" in page
    assert "五星名额上限：50% → 100%" in page
    assert "获得五星名额" in page
    assert page.count("<tr") > 10
    assert "五星由 1 个变为 3 个" in text(client.get("/results/trials/"))


def test_trials_are_reached_from_the_side_bar_and_from_the_scheme(rating, tally, draft, office, secretary, sign_in):
    client = sign_in(office)
    assert 'href="/results/trials/"' in text(client.get("/"))
    assert f'href="/results/trials/new/?version={draft.pk}"' in text(client.get(f"/schemes/{draft.pk}/"))
    assert "/results/trials/" not in text(sign_in(secretary).get(f"/schemes/{rating.scheme.pk}/"))


def test_wrong_adjustments_are_said_beside_the_field_and_kept(rating, tally, draft, office, sign_in):
    said = {"version": draft.pk, "basis": f"cycle-{rating.cycle.pk}", "from-0": "九十", "from-1": "79"}
    response = sign_in(office).post("/results/trials/new/", said)
    assert response.status_code == 422
    assert 'id="e-from-0"' in text(response)
    assert 'value="九十"' in text(response)
    assert 'value="79"' in text(response)
    response = sign_in(office).post("/results/trials/new/", said | {"from-0": "90", "points-1": "70"})
    assert response.status_code == 422
    assert "110" in text(response)  # all points add up to 110
    assert TrialRun.objects.count() == 0


def test_a_draft_with_problems_lists_them_and_offers_no_trial(rating, tally, draft, office, sign_in):
    broken = draft.content | {"bands": []}
    save_draft(version=draft, edition=draft.edition, content=broken, summary="x", actor=office)
    page = text(sign_in(office).get("/results/trials/new/", {"version": draft.pk}))
    assert "草案有以下问题" in page
    assert f'href="/schemes/{draft.pk}/design/?at=bands&amp;field=designer-form#designer-form">等次' in page
    assert "开始试算" not in page
    said = {"version": draft.pk, "basis": f"cycle-{rating.cycle.pk}"}
    assert sign_in(office).post("/results/trials/new/", said).status_code == 422


def test_a_draft_without_parts_is_no_fault(rating, tally, draft, office, sign_in):
    for content in ({"name": "空"}, draft.content | {"indicators": "x", "components": [1], "bonus": None, "year": []}):
        draft.refresh_from_db()
        save_draft(version=draft, edition=draft.edition, content=content, summary="x", actor=office)
        page = sign_in(office).get("/results/trials/new/", {"version": draft.pk})
        assert (page.status_code, "草案有以下问题" in text(page)) == (200, True)
        said = {"version": draft.pk, "basis": f"cycle-{rating.cycle.pk}", "from-0": "1"}
        assert sign_in(office).post("/results/trials/new/", said).status_code == 422


def test_without_approved_sheets_the_page_says_so(city, draft, office, sign_in):
    page = text(sign_in(office).get("/results/trials/new/", {"version": draft.pk}))
    assert "还没有任何周期有已审定的评分表" in page


@pytest.mark.parametrize("query", ["version=x", "version=999999", "basis=cycle-0", "basis=x", "version=¹"])
def test_odd_addresses_are_404(rating, tally, office, query, sign_in):
    assert sign_in(office).get(f"/results/trials/new/?{query}").status_code == 404


def test_filters_narrow_the_list_and_stay(trial, rating, office, sign_in):
    client = sign_in(office)
    address = f"/results/trials/{trial.pk}/"
    both = (rating.sibling.name, rating.far_branch.name)

    def shown(**params):
        page = text(client.get(address, params, headers={"HX-Request": "true", "HX-Target": "movers"}))
        return tuple(name for name in (rating.branch.name, *both) if f"{name}<div" in page)

    assert shown() == both
    assert shown(direction="stars_up") == both
    assert shown(direction="stars_down") == ()
    assert shown(direction="all") == (rating.branch.name, *both)
    assert shown(organization=rating.committee.pk) == (rating.sibling.name,)
    assert shown(q="教育局") == (rating.far_branch.name,)
    assert shown() == (rating.far_branch.name,)  # the filter stayed
    assert shown(sector="999999", stars="5") == ()
    assert shown(direction="nonsense", stars="4") == both
    assert client.get(f"{address}?reset=1")["Location"] == address


def test_the_list_of_a_trial_costs_the_same_for_any_number_of_branches(
    trial, rating, draft, office, sign_in, django_assert_num_queries
):
    client = sign_in(office)
    address = f"/results/trials/{trial.pk}/"
    client.get(address)
    TrialRow.objects.exclude(branch=rating.sibling).update(is_moved=False)
    with django_assert_num_queries(10):
        assert "1 个党支部" in text(client.get(address))
    first = TrialRow.objects.get(branch=rating.sibling)
    branches = [make_branch(rating.committee, f"新建第{at}党支部", sector=rating.branch.sector) for at in range(59)]
    for at, branch in enumerate(branches):
        first.pk, first.branch, first.position = None, branch, 100 + at
        first.save()
    with django_assert_num_queries(10):
        page = text(client.get(address))
    assert "60 个党支部" in page
    assert page.count('class="remark trial-why"') == 50


def test_the_list_of_trials_costs_the_same_for_any_number(
    trial, rating, tally, draft, office, sign_in, django_assert_num_queries
):
    client = sign_in(office)
    client.get("/results/trials/")
    with django_assert_num_queries(4):
        client.get("/results/trials/")
    for at in range(4):
        make_trial(rating.cycle, tally, draft, office, {"quota-0": str(60 + at)})
    with django_assert_num_queries(4):
        page = text(client.get("/results/trials/"))
    assert page.count("/delete/") == 5


def test_the_start_page_costs_the_same_for_any_number_of_cycles(
    rating, tally, draft, office, inspector, sign_in, django_assert_num_queries
):
    from tests.factories.assessments import make_cycle

    client = sign_in(office)
    client.get("/results/trials/new/", {"version": draft.pk})
    with django_assert_num_queries(10):
        client.get("/results/trials/new/", {"version": draft.pk})
    for period in ("Q1", "Q2", "Q3"):
        cycle = make_cycle(rating.scheme, period=period)
        make_approved(make_sheet(cycle, rating.branch), inspector)
    with django_assert_num_queries(10):
        page = text(client.get("/results/trials/new/", {"version": draft.pk}))
    assert page.count('<option value="cycle-') == 4


def test_the_workbook_holds_every_branch_and_says_that_it_is_a_trial(trial, office, sign_in):
    client = sign_in(office)
    location = client.post(f"/results/trials/{trial.pk}/workbook/")["Location"]
    worker.run_due_here()
    job = Job.objects.get(pk=int(location.strip("/").split("/")[-1]))
    assert (job.status, job.file_name) == ("done", f"试算 {trial.label} · {trial.basis}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO((files_folder() / f"{job.pk}.xlsx").read_bytes()))
    lines = list(book["试算明细"].iter_rows(values_only=True))
    assert "试算，不作为正式结果" in lines[0][0]
    assert len(lines) == 2 + 4
    assert lines[2][10:12] == (4, 5)
    assert lines[2][-1] == "获得五星名额"
    assert any(line[1] == trial.digest for line in book["说明"].iter_rows(values_only=True))


def test_adjustments_are_saved_into_the_draft_from_the_page(trial, draft, office, authority, sign_in):
    address = f"/results/trials/{trial.pk}/adopt/"
    assert sign_in(authority).post(address).status_code == 403
    client = sign_in(office)
    assert "把试调写入草案" in text(client.get(f"/results/trials/{trial.pk}/"))
    assert client.post(address).status_code == 302
    draft.refresh_from_db()
    assert draft.content["bands"][0]["quota"] == {"max_share": "1", "within": "sector"}
    assert client.post(address).status_code == 409  # the draft moved on


def test_a_deleted_trial_is_gone(trial, office, sign_in):
    client = sign_in(office)
    assert client.post(f"/results/trials/{trial.pk}/delete/")["Location"] == "/results/trials/"
    assert client.get(f"/results/trials/{trial.pk}/").status_code == 404
    assert TrialRow.objects.count() == 0


def test_a_failed_trial_says_why(rating, tally, draft, office, authority, sign_in):
    type(tally).objects.filter(pk=tally.pk).update(digest="0" * 64)
    tally.refresh_from_db()
    trial = make_trial(rating.cycle, tally, draft, office, None)
    for user in (office, authority):
        assert "publication_verify" in text(sign_in(user).get(f"/results/trials/{trial.pk}/"))
    assert sign_in(office).post(f"/results/trials/{trial.pk}/workbook/").status_code == 400


def test_two_trials_stand_side_by_side(trial, rating, tally, draft, office, sign_in):
    other = make_trial(rating.cycle, tally, draft, office, {"from-1": "89"})
    page = text(sign_in(office).get("/results/trials/side-by-side/", {"a": trial.pk, "b": other.pk}))
    assert "五星由 1 个变为 3 个" in page
    assert "四星起点分：80 → 89" in page
    assert sign_in(office).get("/results/trials/side-by-side/").status_code == 404


def test_english_pages_open(trial, draft, office, sign_in):
    client = sign_in(office)
    client.cookies["language"] = "en"
    assert "Trial, not a formal result." in text(client.get(f"/results/trials/{trial.pk}/"))
    assert "2. Quick adjustments" in text(client.get("/results/trials/new/", {"version": draft.pk}))
