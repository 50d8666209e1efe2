"""Year plans, cycles, opening, teams and assignments: the services and who may call them."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles import dates, recusal
from assessments.cycles.dates import Span
from assessments.cycles.models import Assignment, Cycle, Step, Team, TeamMembership
from assessments.cycles.services import assignments, opening, plans, teams
from assessments.schemes.loading import engine_scheme
from assessments.sheets.extending.services import ask_for_all
from assessments.sheets.gather import due_rows, is_required
from assessments.sheets.models import Sheet
from branches.models import Branch
from branchportal import worker
from branchportal.errors import PortalError
from branchportal.models import AuditEntry, Job
from members.roles import Role
from tests.factories.assessments import make_cycle, make_team
from tests.factories.branches import make_branch, make_sector
from tests.factories.members import appoint, make_member, make_user
from tests.factories.schemes import make_scheme

pytestmark = pytest.mark.django_db
DAYS = (date(2027, 1, 1), date(2027, 3, 31))


def moment(day: int, hour: int = 9) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=timezone.get_default_timezone())


def spans(**changes: Span) -> dict[str, Span]:
    usual = {
        "self": Span(moment(1), moment(10)),
        "preliminary": Span(moment(5), moment(15)),
        "review": Span(moment(8), moment(25)),
    }
    return usual | changes


def test_dates_in_order_are_accepted():
    assert dates.problems(spans(), DAYS[0]) == {}


def test_each_step_with_wrong_dates_is_named():
    wrong = spans(self=Span(moment(1), moment(1)), review=Span(moment(8), moment(12)))
    assert set(dates.problems(wrong, DAYS[0])) == {"self", "review"}
    assert set(dates.problems({"self": spans()["self"]}, DAYS[0])) == {"preliminary", "review"}
    early = spans(self=Span(moment(1), moment(10)))
    assert set(dates.problems(early, date(2027, 3, 2))) == {"self"}


def test_suggested_dates_fit_their_own_rule():
    starts_on, ends_on = dates.period_days(2027, "Q1")
    assert (starts_on, ends_on) == DAYS
    assert dates.problems(dates.suggested_spans(ends_on), starts_on) == {}


AFTER = {"ratification": Span(moment(25), moment(28)), "notice": Span(moment(20), moment(26))}  # notice first
BEFORE = {"ratification": Span(moment(20), moment(26)), "notice": Span(moment(22), moment(31))}  # decision first


@pytest.mark.parametrize(
    ("changes", "said", "wrong"),
    [
        (BEFORE, dates.Settings(), set()),
        (AFTER, dates.Settings(), {"notice"}),
        (AFTER, dates.Settings(meeting_after_notice=True), set()),
        (BEFORE, dates.Settings(meeting_after_notice=True), {"ratification"}),
        (BEFORE, dates.Settings(notice_days=10), set()),
        (BEFORE, dates.Settings(notice_days=11), {"notice"}),
        (BEFORE, dates.Settings(notice_days=0), {"notice"}),
        ({"poll": Span(moment(1, 8), moment(2))}, dates.Settings(), set()),  # before everything else
        ({"poll": Span(moment(20), moment(25))}, dates.Settings(), set()),  # beside the review
        ({"poll": Span(moment(20), moment(26))}, dates.Settings(), {"poll"}),  # too late for the approval
        ({"poll": Span(moment(2), moment(15))}, dates.Settings(polls_into_sheet=True), set()),
        ({"poll": Span(moment(2), moment(16))}, dates.Settings(polls_into_sheet=True), {"poll"}),  # for the department
        ({"poll": Span(moment(3), moment(3))}, dates.Settings(), {"poll"}),
    ],
)
def test_the_committee_chooses_the_order_within_the_settings(changes, said, wrong):
    # the period begins with the first step; the review ends on the 25th
    review = {"review": Span(moment(8), moment(20))} if {"notice", "ratification"} & set(changes) else {}
    assert set(dates.problems(spans(**review, **changes), date(2027, 3, 1), said)) == wrong


def test_a_wrong_order_names_the_setting_and_the_cure():
    review = Span(moment(8), moment(20))
    said = dates.problems(spans(review=review, **AFTER), date(2027, 3, 1), dates.Settings())["notice"]
    assert "先审定、后公示" in said
    assert "修改年度考评方案" in said


@pytest.mark.parametrize("after_notice", [False, True])
def test_suggested_dates_fit_every_setting(after_notice):
    settings = dates.Settings(after_notice, notice_days=7, has_poll=True, polls_into_sheet=True)
    found = dates.suggested_spans(DAYS[1], settings)
    assert (set(found), dates.problems(found, DAYS[0], settings)) == (set(dates.STEP_ORDER), {})


def test_a_poll_step_does_not_hinder_an_extension_for_all(city, office):
    Step.objects.create(
        cycle=city.cycle, kind="poll", starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1)
    )
    step = city.cycle.steps.get(kind="self")
    until = step.ends_at + timedelta(days=2)
    assert ask_for_all(cycle=city.cycle, step="self", actor=office, until=until, reason="系统升级影响填报").pk


def test_office_plans_a_year_and_a_cycle(city, office):
    plan = plans.create_plan(actor=office, year=2027, name="2027年度", scheme_version=city.scheme)
    cycle = plans.create_cycle(
        actor=office, plan=plan, period="Q1", name="第一季度", purpose="progress", days=DAYS, spans=spans()
    )
    assert (cycle.status, list(cycle.steps.values_list("kind", flat=True))) == (
        "planned",
        ["self", "preliminary", "review"],
    )
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"plan.created", "cycle.created"}


def test_a_second_plan_of_the_year_and_a_draft_scheme_are_refused(city, office):
    with pytest.raises(PortalError):
        plans.create_plan(actor=office, year=2026, name="又一个", scheme_version=city.scheme)
    city.scheme.status = "draft"
    with pytest.raises(PortalError):
        plans.create_plan(actor=office, year=2027, name="2027年度", scheme_version=city.scheme)


def test_unknown_period_twice_the_same_and_wrong_dates_are_refused(city, office):
    arguments = {"actor": office, "plan": city.cycle.plan, "name": "x", "purpose": "progress", "days": DAYS}
    with pytest.raises(PortalError):
        plans.create_cycle(period="M01", spans=spans(), **arguments)
    with pytest.raises(PortalError):
        plans.create_cycle(period="Q4", spans=spans(), **arguments)
    with pytest.raises(PortalError):
        plans.create_cycle(period="Q1", spans={}, **arguments)
    assert Cycle.objects.count() == 1


def test_dates_of_an_open_cycle_stay(city, office):
    with pytest.raises(PermissionDenied):
        plans.change_cycle(
            actor=office, cycle=city.cycle, version=1, name="x", purpose="rating", days=DAYS, spans=spans()
        )


def test_scheme_of_a_year_with_an_open_cycle_stays(city, office):
    other = make_scheme(version="2")
    with pytest.raises(PortalError):
        plans.change_plan(actor=office, plan=city.cycle.plan, version=1, name="x", scheme_version=other)
    plans.change_plan(actor=office, plan=city.cycle.plan, version=1, name="改名", scheme_version=city.scheme)
    city.cycle.plan.refresh_from_db()
    assert city.cycle.plan.name == "改名"


@pytest.mark.parametrize("who", ["authority", "secretary", "reviewer", "sysadmin", "inspector"])
def test_only_the_office_sets_up(city, request, who):
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        plans.create_plan(actor=user, year=2027, name="x", scheme_version=city.scheme)
    with pytest.raises(PermissionDenied):
        opening.request_opening(actor=user, cycle=city.cycle)
    with pytest.raises(PermissionDenied):
        teams.create_team(actor=user, plan=city.cycle.plan, name="x")
    with pytest.raises(PermissionDenied):
        assignments.unassign(actor=user, cycle=city.cycle, branches=Branch.objects.all())


def run_opening(cycle: Cycle, office) -> Job:
    job = opening.request_opening(actor=office, cycle=cycle)
    worker.run_due_here()
    job.refresh_from_db()
    cycle.refresh_from_db()
    return job


def test_opening_gives_every_active_branch_its_sheet_once(city, office):
    make_branch(city.committee, "已停用党支部", is_active=False)
    cycle = make_cycle(city.scheme, period="Q3", status="planned")
    job = run_opening(cycle, office)
    assert (job.status, job.done, cycle.status, cycle.sheets.count()) == ("done", 4, "open", 4)
    sheet = cycle.sheets.get(branch=city.branch)
    assert (sheet.due_count, sheet.organization_id, sheet.status) == (6, city.committee.pk, "draft")
    assert AuditEntry.objects.filter(action="sheet.created").count() == 4
    assert AuditEntry.objects.filter(action="cycle.opened").count() == 1


def test_due_count_is_what_the_sheet_asks_for(city):
    scheme = engine_scheme(city.scheme)
    for period in ("Q1", "Q4"):
        asked = [leaf for leaf in due_rows(scheme, "organ", period) if is_required(leaf)]
        assert opening.due_count(scheme, "organ", period) == len(asked) == 6


def test_opening_again_adds_only_what_is_missing(city, office):
    make_branch(city.other_committee, "新成立党支部", sector=city.branch.sector)
    job = run_opening(city.cycle, office)
    assert (job.status, city.cycle.sheets.count(), city.cycle.status) == ("done", 5, "open")
    assert run_opening(city.cycle, office).status == "done"
    assert city.cycle.sheets.count() == 5


def test_branches_of_other_sectors_get_no_sheet(city, office):
    scheme = make_scheme(code="organs", sectors=["organ"])
    make_branch(city.committee, "学校党支部", sector=make_sector("school", "学校"))
    cycle = make_cycle(scheme, year=2027, period="Q1", status="planned")
    run_opening(cycle, office)
    assert cycle.sheets.count() == 4


def test_opening_is_not_queued_twice(city, office):
    opening.request_opening(actor=office, cycle=city.cycle)
    with pytest.raises(PortalError):
        opening.request_opening(actor=office, cycle=city.cycle)
    assert Job.objects.count() == 1


def test_cancelled_opening_is_finished_by_the_next_run(city, office, monkeypatch):
    monkeypatch.setattr(opening, "PORTION", 2)
    cycle = make_cycle(city.scheme, period="Q3", status="planned")
    job = opening.request_opening(actor=office, cycle=cycle)
    real = opening._create_sheets

    def cancel_after_one(*args: object) -> int:
        Job.objects.filter(pk=job.pk).update(is_cancel_requested=True)
        monkeypatch.setattr("branchportal.jobs.time.monotonic", lambda: 1e12)
        return real(*args)

    monkeypatch.setattr(opening, "_create_sheets", cancel_after_one)
    worker.run_due_here()
    job.refresh_from_db()
    assert (job.status, Sheet.objects.filter(cycle=cycle).count()) == ("cancelled", 2)
    monkeypatch.undo()
    assert run_opening(cycle, office).status == "done"
    assert (cycle.status, cycle.sheets.count()) == ("open", 4)


def test_cycle_with_unfinished_sheets_stays_open(city, office):
    with pytest.raises(PortalError):
        plans.close_cycle(actor=office, cycle=city.cycle)
    Sheet.objects.update(status="exempt")
    assert plans.close_cycle(actor=office, cycle=city.cycle).status == "closed"


def test_planned_cycle_is_taken_back_unless_it_has_assignments(city, office):
    cycle = make_cycle(city.scheme, period="Q1", status="planned")
    make_team(cycle, city.branch, name="临时组")
    with pytest.raises(PortalError):
        plans.delete_cycle(actor=office, cycle=cycle, version=1)
    Assignment.objects.filter(cycle=cycle).delete()
    plans.delete_cycle(actor=office, cycle=cycle, version=1)
    assert not Cycle.objects.filter(period="Q1").exists()


def test_member_never_reviews_the_own_branch(city, office):
    user = appoint(make_user("own", name="本支部党员", member=make_member(city.branch)), Role.INSPECTOR)
    team = make_team(city.cycle, members=(user,), name="第二考评组")
    outcome = assignments.assign_branches(actor=office, cycle=city.cycle, team=team, branches=Branch.objects.all())
    assert (outcome.assigned, [branch for branch, _reason in outcome.refused]) == (3, [city.branch])
    assert "本支部党员" in outcome.refused[0][1]
    assert not Assignment.objects.filter(branch=city.branch).exists()


@pytest.mark.parametrize(("ended_days_ago", "is_refused"), [(364, True), (366, False)])
def test_office_held_within_twelve_months_counts(city, office, ended_days_ago, is_refused):
    user = appoint(make_user("former", name="前任书记"), Role.INSPECTOR)
    ended = timezone.localdate() - timedelta(days=ended_days_ago)
    appoint(user, Role.SECRETARY, branch=city.sibling, ends_on=ended)
    assert bool(recusal.conflicts([user], [city.sibling.pk])) is is_refused


def test_department_reviewer_is_recused_from_the_whole_subtree(city):
    user = appoint(make_user("both", name="双岗"), Role.INSPECTOR)
    appoint(user, Role.DEPARTMENT, organization=city.committee)
    found = recusal.conflicts([user], Branch.objects.values("pk"))
    assert {conflict.branch for conflict in found} == {city.branch, city.sibling}


def test_organizations_are_assigned_with_all_below(city, office, inspector):
    Assignment.objects.all().delete()
    team = Team.objects.get()
    outcome = assignments.assign_organizations(
        actor=office, cycle=city.cycle, team=team, organizations=[city.work_committee]
    )
    assert (outcome.assigned, outcome.refused) == (4, [])


def test_branches_move_between_teams_until_their_review_begins(city, office, inspector):
    other = make_team(city.cycle, members=(make_user("two"),), name="第二考评组")
    Sheet.objects.filter(branch=city.branch).update(status="review")
    outcome = assignments.assign_branches(actor=office, cycle=city.cycle, team=other, branches=Branch.objects.all())
    assert (outcome.moved, [branch for branch, _reason in outcome.refused]) == (3, [city.branch])
    assert assignments.unassign(actor=office, cycle=city.cycle, branches=Branch.objects.all()).moved == 3


def test_assignments_are_taken_over_from_another_cycle(city, office, inspector):
    cycle = make_cycle(city.scheme, period="Q3", status="planned")
    outcome = assignments.copy_assignments(actor=office, source=city.cycle, cycle=cycle)
    assert (outcome.assigned, cycle.assignments.count()) == (4, 4)


def test_team_without_members_gets_nothing(city, office):
    team = teams.create_team(actor=office, plan=city.cycle.plan, name="空组")
    with pytest.raises(PortalError):
        assignments.assign_branches(actor=office, cycle=city.cycle, team=team, branches=Branch.objects.all())


def test_members_join_one_team_and_bring_no_conflict(city, office, inspector):
    team = Team.objects.get()
    with pytest.raises(PortalError):
        teams.add_member(actor=office, team=team, version=team.version, user=inspector)
    with pytest.raises(PortalError):
        teams.add_member(actor=office, team=team, version=team.version, user=make_user("nobody"))
    own = appoint(make_user("own", member=make_member(city.branch)), Role.INSPECTOR)
    with pytest.raises(PortalError) as refused:
        teams.add_member(actor=office, team=team, version=team.version, user=own)
    assert city.branch.name in refused.value.message
    fresh = appoint(make_user("fresh"), Role.INSPECTOR)
    membership = teams.add_member(actor=office, team=team, version=team.version, user=fresh)
    teams.set_leader(actor=office, membership=membership, version=membership.team.version)
    assert list(team.memberships.filter(is_leader=True)) == [membership]
    teams.remove_member(actor=office, membership=membership, version=membership.team.version)
    assert not TeamMembership.objects.filter(user=fresh).exists()


def test_team_with_assignments_stays(city, office, inspector):
    team = Team.objects.get()
    with pytest.raises(PortalError):
        teams.delete_team(actor=office, team=team, version=team.version)
    Assignment.objects.all().delete()
    teams.delete_team(actor=office, team=team, version=team.version)
    assert not Team.objects.exists()
