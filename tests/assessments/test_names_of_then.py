"""A branch is renamed and moved between two cycles: what is past goes on under the names of then, in every room.

The small city's fourth quarter is published; then branch and committee get new names and the branch goes elsewhere.
"""

import io
import zipfile

import docx
import openpyxl
import pypdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.polls.models import Meeting, Poll, YearFact
from assessments.reports.services import request_dossier, request_ranking
from assessments.reports.tasks import dossier, ranking_xlsx, score_form
from assessments.reports.yearbook.periods import Period
from assessments.reports.yearbook.services import request_department
from assessments.results.models import Result
from assessments.results.services.publishing import prepare_publication
from assessments.sheets.models import Claim, Sheet
from assessments.sheets.restructuring.models import BranchChange
from branches.models import Branch, Organization
from branches.services.branches import change_branch
from branches.services.organizations import change_organization
from branchportal import worker
from branchportal.jobs import files_folder
from branchportal.models import Job
from tests.factories.assessments import make_cycle, make_sheet, make_team
from tests.factories.earlier import make_earlier
from tests.factories.polls import make_form, make_poll
from tests.factories.results import BEST, make_approved, make_tally
from tests.security.world_notices import of_branch, shared
from tests.security.world_visits import add_visits

OLD, NEW = "市发展局机关第一党支部", "新名支部"
COMMITTEE, COMMITTEE_NOW, ELSEWHERE = "市发展局机关党委", "新名党委", "市教育局机关党委"


def in_cycle(city, cycle, branch, office, secretary) -> dict[str, int]:
    """A poll in a meeting, visits with rectifications, and a penalty of a branch in a cycle."""
    form = make_form(office, cycle.plan.scheme_version)
    poll = make_poll(office, cycle, branch, form=form, is_open=False)
    meeting = Meeting.objects.create(
        cycle=cycle, organization=branch.organization, form=form, name=f"述职{cycle.pk}", held_on=timezone.localdate(),
        created_at=timezone.now(),
    )  # fmt: skip
    Poll.objects.filter(pk=poll.pk).update(meeting=meeting)
    sheet = Sheet.objects.get(cycle=cycle, branch=branch)
    record = Claim.objects.create(
        sheet=sheet, kind="penalty", item_code="P1", matter="通报", entered_by=office, entered_at=timezone.now()
    )
    keys = {"poll": poll.pk, "meeting": meeting.pk, "record": record.pk, "sheet": sheet.pk, "cycle": cycle.pk}
    return keys | add_visits(branch, cycle, secretary, office)


@pytest.fixture
def then(city, secretary, inspector, office, authority):
    """Keys of what happened in the quarter that is over; the branch has been renamed and moved since."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="progress")
    city.cycle.refresh_from_db()
    keys = in_cycle(city, city.cycle, city.branch, office, secretary)
    for points, sheet in zip(
        (10, 9, 8, 7), (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet), strict=True
    ):
        make_approved(sheet, inspector, marks=BEST, points=points)
    tally = make_tally(city.cycle, office)
    prepared = prepare_publication(tally=tally, actor=office, digest=tally.digest, title="第四季度考评结果")
    keys |= shared(tally, prepared, city.branch, office, authority)
    keys |= of_branch(keys["notice"], city.branch, city.sheet, secretary, office) | {"tally": tally.pk}
    YearFact.objects.create(
        plan=city.cycle.plan,
        branch=city.branch,
        kind="veto",
        code="V1",
        document="〔2026〕1号",
        entered_at=timezone.now(),
    )
    branch, committee = Branch.objects.get(pk=city.branch.pk), Organization.objects.get(pk=city.committee.pk)
    change_branch(actor=office, branch=branch, version=branch.version, name=NEW, organization=city.other_committee)
    change_organization(
        actor=office, organization=committee, version=committee.version, parent=committee.parent, name=COMMITTEE_NOW
    )
    return keys


@pytest.fixture
def now(then, city, secretary, inspector, office):
    """Keys of the same in a quarter that is going on."""
    cycle = make_cycle(city.scheme, year=2027, period="Q1")
    branch = Branch.objects.select_related("organization", "sector", "unit").get(pk=city.branch.pk)
    make_team(cycle, branch, members=(inspector,))
    make_sheet(cycle, branch, status="submitted", submitted_at=timezone.now())
    return in_cycle(city, cycle, branch, office, secretary)


def rows(keys: dict[str, int]) -> list[str]:
    """Pages of lists: no hint says the name of today."""
    cycle = keys["cycle"]
    return [
        reverse("cycles:board_branches") + f"?cycle={cycle}",
        reverse("polls:list") + f"?cycle={cycle}&q=支部",
        reverse("polls:meeting", args=[keys["meeting"]]),
        reverse("visits:plan", args=[keys["visit plan signed"]]),
        reverse("sheets:records") + f"?cycle={cycle}",
    ]


def pages(keys: dict[str, int]) -> list[str]:
    """Pages of one thing."""
    return [
        reverse("sheets:detail", args=[keys["sheet"]]),
        reverse("polls:detail", args=[keys["poll"]]),
        *[reverse("visits:visit", args=[keys[f"visit {status}"]]) for status in ("in_progress", "signed")],
        reverse("visits:rectification", args=[keys["rectification"]]),
    ]


def test_pages_of_the_past_say_the_names_of_then_and_those_of_today_the_new_ones(then, now, city, office, sign_in):
    client = sign_in(office)

    def read(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    only_past = [
        reverse("results:objections"),
        reverse("results:consultation", args=[then["consultation"]]),
        reverse("sheets:reopening", args=[then["reopening"]]),
        reverse("sheets:extension", args=[then["extension"]]),
    ]
    for address in (*rows(then), *only_past):
        page = read(address)
        assert (OLD in page, NEW in page) == (True, False), address
    for address in (*pages(then), reverse("results:objection", args=[then["objection"]])):
        page = read(address)
        assert OLD in page, address
        assert page.count(NEW) == page.count(f"该支部现名“{NEW}”"), address
    for address in (*rows(now), *pages(now)):
        page = read(address)
        assert (OLD in page, NEW in page) == (False, True), address


def test_the_organization_is_the_one_it_belonged_to_then_under_its_name_of_then(then, now, city, office, sign_in):
    client = sign_in(office)
    told = {
        "poll": Poll.objects.for_table().get(pk=then["poll"]).branch.organization.name,
        "poll now": Poll.objects.for_table().get(pk=now["poll"]).branch.organization.name,
        "sheet": Sheet.objects.for_table().get(pk=then["sheet"]).organization.name,
        "meeting": Meeting.objects.for_table().get(pk=then["meeting"]).organization.name,
        "result": Result.objects.for_table().get(branch=city.branch).organization.name,
    }
    assert told == {"poll": COMMITTEE, "poll now": ELSEWHERE, "sheet": COMMITTEE, "meeting": COMMITTEE,
                    "result": COMMITTEE}  # fmt: skip
    board = client.get(reverse("cycles:board"), {"cycle": then["cycle"], "by": "organization"}).content.decode()
    assert (COMMITTEE in board, COMMITTEE_NOW in board) == (True, False)
    listed = client.get(reverse("cycles:board_branches"), {"cycle": then["cycle"]}).content.decode()
    assert f"{city.branch.code} · {COMMITTEE}</div>" in listed


def test_choices_assignments_changes_and_earlier_years_say_the_names_of_then(
    then, now, city, office, authority, inspector, sign_in
):
    branch = Branch.objects.get(pk=city.branch.pk)
    change = BranchChange.objects.create(
        kind="merged", branch=city.sibling, other=branch, happens_on="2026-11-01", document="〔2026〕9号",
        status="granted", asked_by=office, asked_at=timezone.now(), decided_by=authority, decided_at=timezone.now(),
    )  # fmt: skip
    make_earlier(branch, 2024, 5, owner=office)
    later = change_branch(actor=office, branch=branch, version=branch.version, name="更新名支部").name
    client = sign_in(office)
    for address, shown, hidden in (
        (reverse("cycles:assignments", args=[then["cycle"]]), {OLD, COMMITTEE}, {NEW, later, COMMITTEE_NOW}),
        (reverse("cycles:assignments", args=[then["cycle"]]) + f"?q={OLD}", {OLD}, {NEW}),
        (reverse("cycles:assignments", args=[now["cycle"]]), {later, COMMITTEE_NOW}, {OLD, f">{COMMITTEE}<"}),
        (reverse("cycles:board_branches") + f"?cycle={then['cycle']}", {f">{COMMITTEE}</option>"}, {COMMITTEE_NOW}),
        (reverse("results:ranking") + f"?tally={then['tally']}", {f">{COMMITTEE}</option>"}, {COMMITTEE_NOW}),
        (reverse("visits:rectifications"), {f">{COMMITTEE_NOW} （原{COMMITTEE}）</option>"}, set()),
        (reverse("polls:list"), {f">{COMMITTEE_NOW} （原{COMMITTEE}）</option>"}, set()),
        (reverse("sheets:branch_changes"), {f": {NEW}"}, {f": {later}"}),
        (reverse("sheets:branch_change", args=[change.pk]), {f": {NEW}", f"现名“{later}”"}, {f": {later}"}),
        (reverse("results:earlier"), {OLD}, {NEW, later}),
    ):
        page = client.get(address).content.decode()
        assert {text for text in shown if text not in page} == set(), address
        assert {text for text in hidden if text in page} == set(), address


def test_a_search_finds_a_branch_by_either_name(then, office, sign_in):
    client = sign_in(office)
    for text in (OLD, NEW):
        page = client.get(reverse("cycles:board_branches"), {"cycle": then["cycle"], "q": text}).content.decode()
        assert page.count(f'<th scope="row">{OLD}') == 1


def made(task, job) -> bytes:
    task(job.pk)
    job.refresh_from_db()
    assert job.status == "done", job.message
    return (files_folder().parent / job.file_path).read_bytes()


def cells(content: bytes) -> set[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def text_of(content: bytes) -> str:
    read = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return "".join(read.split())


def test_papers_of_the_past_say_the_names_of_then(then, city, office, sign_in):
    client = sign_in(office)
    client.post(reverse("reports:sheet_form", args=[then["sheet"]]))
    form = Job.objects.get(task="reports.score_form")
    paper = text_of(made(score_form, form))
    assert (f"党支部：{OLD}" in paper, f"所属党组织：{COMMITTEE}" in paper, NEW in paper) == (True, True, False)
    assert OLD in form.file_name
    for kind in ("proposals", "notice", "circular"):
        content = client.get(reverse("results:paper", args=[then["tally"], kind])).content
        read = {cell.text for table in docx.Document(io.BytesIO(content)).tables for cell in table._cells}
        if read or kind == "proposals":
            assert ({OLD, COMMITTEE} <= read, {NEW, COMMITTEE_NOW} & read) == (True, set()), kind
    listed = cells(made(ranking_xlsx, request_ranking(actor=office, tally=Result.objects.first().tally, kind="xlsx")))
    assert ({OLD, COMMITTEE} <= listed, {NEW, COMMITTEE_NOW} & listed) == (True, set())
    archive = request_dossier(actor=office, branch=city.branch, plan=city.cycle.plan)
    packed = zipfile.ZipFile(io.BytesIO(made(dossier, archive)))
    contents = cells(packed.read("00 目录.xlsx"))
    assert any(OLD in path for path in contents)
    assert not any(NEW in text for text in (*contents, archive.file_name))
    papers = [text_of(packed.read(name)) for name in packed.namelist() if name.endswith(".pdf") and name[:2] != "03"]
    assert all(OLD in paper for paper in papers)


def test_a_department_summary_of_the_past_says_them_too(then, city, office):
    committee = Organization.objects.get(pk=city.committee.pk)
    request_department(actor=office, organization=committee, period=Period(city.cycle.plan, city.cycle), kind="xlsx")
    worker.run_due_here()
    job = Job.objects.get(task="reports.department_summary")
    said = cells((files_folder().parent / job.file_path).read_bytes())
    assert ({OLD, COMMITTEE} <= said, {NEW, COMMITTEE_NOW} & said) == (True, set())
    assert COMMITTEE in job.file_name


@pytest.mark.parametrize("model", [Sheet, Poll, Claim, Result])
def test_names_come_with_the_rows(then, model):
    with CaptureQueriesContext(connection) as asked:
        list(model.objects.for_table())
    assert len(asked) == 1
