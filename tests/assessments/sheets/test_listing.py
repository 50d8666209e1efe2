"""Approval by list: prepared by one person, approved by another; what is sealed, what is left and why."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.reports.result_report import branch_report
from assessments.results.models import Result
from assessments.sheets.choices import ClaimKind, Stage
from assessments.sheets.freezing import is_intact
from assessments.sheets.listing import services
from assessments.sheets.listing.models import ApprovalList, ListedSheet
from assessments.sheets.models import Claim, Mark, Sheet
from assessments.sheets.restructuring.services import decide, put_forward
from assessments.sheets.services.approving import approve_sheet
from assessments.sheets.services.review_marks import accept_untouched
from assessments.sheets.services.reviewing import begin_review
from assessments.sheets.verifying import verify_scores
from assessments.sheets.views.filling_submit import timeline
from branchportal import audit, worker
from branchportal.errors import PortalError
from branchportal.models import AuditEntry, Job
from members.roles import Role
from tests.factories.assessments import make_sheet
from tests.factories.branches import make_branch
from tests.factories.members import appoint, make_user
from tests.factories.results import make_tally
from tests.factories.scopes import pass_on, review_only


@pytest.fixture
def colleague(city):
    return appoint(make_user("office2", name="刘干事"), Role.OFFICE)


@pytest.fixture
def passed(city, secretary, reviewer, inspector, office):
    """Four passed sheets of which the first one's branch is under review."""
    sheets = [city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet]
    pass_on(sheets, submitted_by=secretary, passed_by=reviewer)
    review_only(city.cycle, city.branch, by=office)
    return sheets


def approve(listed, actor) -> Job:
    job = services.approve_list(actor=actor, listed=listed)
    worker.run_due_here()
    job.refresh_from_db()
    listed.refresh_from_db()
    return job


def statuses(listed) -> dict:
    return dict(listed.rows.values_list("sheet__branch__name", "status"))


def test_the_marks_stand_and_every_sheet_is_sealed_as_any_other(passed, city, office, colleague, inspector, leader):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    assert listed.rows.count() == 3
    job = approve(listed, colleague)
    assert (job.status, set(statuses(listed).values())) == ("done", {"approved"})
    sheet = Sheet.objects.for_table().get(pk=city.sibling_sheet.pk)
    assert (sheet.status, sheet.approved_by, sheet.review_total_up) == ("approved", colleague, 88_500_000)
    assert is_intact(sheet)
    assert set(Mark.objects.filter(sheet=sheet, stage=Stage.REVIEW).values_list("entered_by", flat=True)) == {office.pk}
    reviewed = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    reviewed = begin_review(sheet=reviewed, actor=inspector, version=reviewed.version)
    accept_untouched(sheet=reviewed, actor=inspector)
    reviewed = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    approve_sheet(sheet=reviewed, actor=leader, version=reviewed.version)
    assert reviewed.frozen_claims == sheet.frozen_claims
    assert bytes(reviewed.frozen) == bytes(sheet.frozen), "the sealed marks do not tell how they were approved"
    assert (verify_scores().count, verify_scores().problems) == (4, [])
    entry = audit.trail(sheet, ["sheet.approved"]).get()
    assert (entry.before, entry.after["approval_list"]) == ({"status": "passed"}, 1)
    assert "第1号" in timeline(sheet)[-1]["note"]
    assert office.name in timeline(sheet)[-1]["note"]


def test_the_working_of_a_result_says_whose_marks_those_are(passed, city, office, colleague, inspector):
    approve(services.prepare_list(actor=office, cycle=city.cycle), colleague)
    tally = make_tally(city.cycle, office)
    told = {
        branch: [step.how for step in branch_report(Result.objects.get(tally=tally, branch=branch)).steps]
        for branch in (city.sibling, city.branch)
    }
    assert ["第1号清单" in "".join(hows) for hows in told.values()] == [True, False]


def test_what_speaks_against_a_sheet_leaves_it_and_is_told(passed, city, office, colleague, secretary):
    Claim.objects.create(sheet=city.far_sheet, kind=ClaimKind.BONUS, item_code="B1", entered_by=secretary,
                         entered_at=timezone.now())  # fmt: skip
    Mark.objects.filter(sheet=city.farther_sheet, stage=Stage.POLL).delete()
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    approve(listed, colleague)
    assert statuses(listed) == {
        city.sibling.name: "approved", city.far_branch.name: "refused", city.farther_branch.name: "refused",
    }  # fmt: skip
    left = Sheet.objects.get(pk=city.far_sheet.pk)
    assert (left.status, left.version, left.digest) == ("passed", 1, "")
    assert not Mark.objects.filter(sheet=left, stage=Stage.REVIEW).exists()
    assert "1" in listed.rows.get(sheet=left).reason
    assert "2.4" in listed.rows.get(sheet=city.farther_sheet).reason
    Claim.objects.all().delete()
    again = services.prepare_list(actor=office, cycle=city.cycle)
    approve(again, colleague)
    assert statuses(again) == {city.far_branch.name: "approved", city.farther_branch.name: "refused"}


def test_nobody_approves_what_he_prepared_passed_or_filled_in(passed, city, office, reviewer, secretary):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    with pytest.raises(PermissionDenied, match="自己"):
        services.approve_list(actor=office, listed=listed)
    other = appoint(make_user("both", name="张某"), Role.OFFICE)
    Sheet.objects.filter(pk=city.sibling_sheet.pk).update(passed_by=other)
    Mark.objects.filter(sheet=city.far_sheet, stage=Stage.SELF).update(entered_by=other)
    approve(listed, other)
    assert statuses(listed) == {
        city.sibling.name: "refused", city.far_branch.name: "refused", city.farther_branch.name: "approved",
    }  # fmt: skip


def test_a_change_after_the_preparation_is_not_approved_unseen(passed, city, office, colleague):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    Sheet.objects.filter(pk=city.far_sheet.pk).update(version=2)
    review_branch = listed.rows.get(sheet=city.farther_sheet)
    from assessments.inspections.scoping.services import add_branches

    outcome = add_branches(actor=office, cycle=city.cycle, branches=[city.farther_branch], reason="群众反映较多")
    assert outcome.done == 1
    approve(listed, colleague)
    review_branch.refresh_from_db()
    assert [row.status for row in listed.rows.order_by("pk")].count("refused") == 2
    assert review_branch.status == "refused"
    assert "审核" in review_branch.reason


def test_a_branch_that_merged_meanwhile_is_left_out_and_the_others_are_approved(
    passed, city, office, colleague, authority
):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    said = {"kind": "merged", "branch": city.sibling, "other": city.branch, "document": "市直党工7号"}
    change = put_forward(actor=office, happens_on=timezone.localdate(), **said)
    decide(change=change, actor=authority, grant=True)
    approve(listed, colleague)
    told = statuses(listed)
    assert (told.pop(city.sibling.name), set(told.values())) == ("refused", {"approved"})
    assert Sheet.objects.get(pk=city.sibling_sheet.pk).status == "exempt"
    assert listed.rows.get(status="refused").reason


def test_a_stopped_task_goes_on_where_it_stopped(passed, city, office, colleague, monkeypatch):
    monkeypatch.setattr(services, "PORTION", 1)
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    job = services.approve_list(actor=colleague, listed=listed)
    seal = services.seal_portion

    def seal_and_cancel(*args: object) -> None:
        seal(*args)
        Job.objects.filter(pk=job.pk).update(is_cancel_requested=True)

    monkeypatch.setattr(services, "seal_portion", seal_and_cancel)
    worker.run_due_here()
    job.refresh_from_db()
    assert (job.status, listed.rows.filter(status="waiting").count()) == ("cancelled", 2)
    monkeypatch.setattr(services, "seal_portion", seal)
    listed.refresh_from_db()
    assert approve(listed, colleague).status == "done"
    assert AuditEntry.objects.filter(action="sheet.approved").count() == 3
    with pytest.raises(PortalError):
        services.approve_list(actor=colleague, listed=listed)


def test_a_list_taken_back_frees_its_sheets(passed, city, office, colleague):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    with pytest.raises(PortalError):
        services.prepare_list(actor=colleague, cycle=city.cycle)
    services.withdraw_list(actor=colleague, listed=listed)
    with pytest.raises(PermissionDenied):
        services.approve_list(actor=colleague, listed=listed)
    assert services.prepare_list(actor=colleague, cycle=city.cycle).rows.count() == 3


def test_a_leader_prepares_the_teams_branches_and_the_office_approves(passed, city, leader, office, neighbour, sign_in):
    city.cycle.assignments.filter(branch=city.far_branch).delete()
    listed = services.prepare_list(actor=leader, cycle=city.cycle)
    assert (listed.rows.count(), listed.team.name) == (2, "第一考评组")
    assert ApprovalList.objects.visible_to(leader).get() == listed
    address, scope = reverse("sheets:approval_list", args=[listed.pk]), reverse("cycles:scope", args=[city.cycle.pk])
    assert [scope in sign_in(who).get(address).content.decode() for who in (leader, office)] == [False, True]
    assert not ApprovalList.objects.visible_to(neighbour).exists()
    approve(listed, office)
    assert set(statuses(listed).values()) == {"approved"}


@pytest.mark.parametrize("who", ["secretary", "reviewer", "inspector", "authority", "auditor"])
def test_only_office_and_leader_prepare(passed, city, request, who):
    with pytest.raises(PermissionDenied):
        services.prepare_list(actor=request.getfixturevalue(who), cycle=city.cycle)


def test_no_list_where_every_branch_is_reviewed_or_nothing_was_drawn(city, office):
    with pytest.raises(PortalError, match="全部审核"):
        services.prepare_list(actor=office, cycle=city.cycle)
    type(city.cycle).objects.filter(pk=city.cycle.pk).update(review_scope="sample", sample_percent=10)
    city.cycle.refresh_from_db()
    with pytest.raises(PortalError, match="抽取样本"):
        services.prepare_list(actor=office, cycle=city.cycle)


def test_pages_from_the_waiting_sheets_to_the_report(passed, city, office, colleague, sign_in):
    client, other = sign_in(office), sign_in(colleague)
    assert client.get(reverse("sheets:approval_lists")).context["waiting"][0]["number"] == 3
    answer = client.post(reverse("sheets:approval_list_prepare", args=[city.cycle.pk]))
    listed = ApprovalList.objects.get()
    address = reverse("sheets:approval_list", args=[listed.pk])
    assert (answer.status_code, answer.url) == (302, address)
    assert "您自己" in client.get(address).content.decode()
    answer = other.post(reverse("sheets:approval_list_approve", args=[listed.pk]))
    worker.run_due_here()
    job = Job.objects.get(task=services.TASK)
    assert (answer.url, job.status, job.result_url) == (reverse("task", args=[job.pk]), "done", address)
    assert other.get(address, {"status": "approved"}).context["page"].paginator.count == 3
    assert other.post(reverse("sheets:approval_list_withdraw", args=[listed.pk])).status_code == 403


def test_the_department_is_told_where_a_sheet_goes_once_it_is_passed(city, secretary, reviewer, office, sign_in):
    sheets = [city.sheet, city.sibling_sheet]
    pass_on(sheets, submitted_by=secretary, passed_by=secretary)
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(status="submitted", passed_by=None)
    client = sign_in(reviewer)

    def told(sheet: Sheet) -> str:
        return client.get(reverse("sheets:preliminary", args=[sheet.pk])).content.decode()

    assert "通过后转考评组审核" in told(city.sheet)
    type(city.cycle).objects.filter(pk=city.cycle.pk).update(review_scope="sample", sample_percent=10)
    assert "审核范围确定后，列入范围的转考评组审核" in told(city.sheet)
    review_only(city.cycle, city.branch, by=office)
    assert "通过后转考评组审核" in told(city.sheet)
    assert "本支部不在审核范围：通过后以初审结果为准，列入审定清单" in told(city.sibling_sheet)
    client.post(reverse("sheets:pass", args=[city.sibling_sheet.pk]), {"version": city.sibling_sheet.version})
    assert "以初审结果为准，列入审定清单。" in client.get(reverse("sheets:department")).content.decode()


def test_lists_ask_the_same_for_one_and_many(passed, city, office, auditor, sign_in, django_assert_num_queries):
    listed = services.prepare_list(actor=office, cycle=city.cycle)
    client = sign_in(auditor)
    pages = {reverse("sheets:approval_lists"): 6, reverse("sheets:approval_list", args=[listed.pk]): 8}
    for more in (0, 60):
        for number in range(more):
            branch = make_branch(city.committee, f"第{number}党支部", sector=city.branch.sector)
            ListedSheet.objects.create(approval_list=listed, sheet=make_sheet(city.cycle, branch), sheet_version=1)
        for address, queries in pages.items():
            with django_assert_num_queries(queries):
                client.get(address)
