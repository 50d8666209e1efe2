"""A visit from its date to the signed record: who may, what is kept, what is refused."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.cycles.models import TeamMembership
from assessments.inspections.choices import RectificationStatus, VisitStatus
from assessments.inspections.models import Finding, Rectification, Visit, VisitCheck
from assessments.inspections.services import rectifications, signing, visits
from assessments.sheets.models import ComponentScore, Sheet
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import User
from members.roles import Role
from tests.factories.members import appoint, make_member
from tests.factories.schemes import make_scheme

from .conftest import begun, fresh

pytestmark = pytest.mark.django_db


def sign(visit: Visit, leader: User, name: str = "吴组长") -> Visit:
    visit = fresh(visit)
    return signing.sign_visit(visit=visit, actor=leader, version=visit.version, signature=name)


def check(visit: Visit, actor: User, code: str, verdict: str, note: str = "", version: int = 0) -> VisitCheck:
    return visits.save_check(
        visit=fresh(visit), actor=actor, code=code, version=version, verdict=verdict, note=note, at=timezone.now()
    )


def test_the_whole_way(site, inspector, leader, secretary) -> None:
    visit = begun(site.visit, inspector)
    check(visit, inspector, "1.1", "good")
    check(visit, inspector, "1.2", "problem", "组织生活会记录不完整")
    due_on = site.today + timedelta(days=10)
    rectifications.add_finding(
        visit=fresh(visit), actor=inspector, problem="组织生活会记录不完整", due_on=due_on, code="1.2"
    )
    rectifications.add_finding(visit=fresh(visit), actor=inspector, problem="宣传栏未及时更新", due_on=None)
    assert not Rectification.objects.visible_to(secretary).exists()
    visit = sign(visit, leader)
    assert (visit.status, len(visit.digest)) == (VisitStatus.SIGNED, 64)
    row = Rectification.objects.visible_to(secretary).get()
    assert (row.status, row.due_on) == (RectificationStatus.OPEN, due_on)
    assert signing.is_intact(fresh(visit))
    actions = list(AuditEntry.objects.filter(object_type="assessments.visit").values_list("action", flat=True))
    assert actions == [
        "visit.planned", "visit.begun", "visit.recorded", "visit.checked", "visit.checked", "visit.finding_added",
        "visit.finding_added", "visit.signed",
    ]  # fmt: skip


def test_a_signed_visit_is_frozen_in_the_database(site, inspector, leader) -> None:
    visit = begun(site.visit, inspector)
    check(visit, inspector, "1.1", "good")
    rectifications.add_finding(visit=fresh(visit), actor=inspector, problem="宣传栏未及时更新", due_on=None)
    sign(visit, leader)
    attempts = (
        lambda: Visit.objects.update(opinion="改"),
        lambda: VisitCheck.objects.update(verdict="problem"),
        lambda: Finding.objects.update(problem="没有问题"),
        lambda: Finding.objects.all().delete(),
    )
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(PermissionDenied):
        visits.save_record(
            visit=fresh(visit), actor=inspector, version=fresh(visit).version, visited_on=None, present_name="",
            present_post="", course="", opinion="",
        )  # fmt: skip


def test_an_inspector_signs_not(site, inspector) -> None:
    visit = begun(site.visit, inspector)
    with pytest.raises(PermissionDenied, match="组长"):
        sign(visit, inspector, "周检查员")


def test_nobody_present_no_course_another_name(site, inspector, leader) -> None:
    visit = visits.begin_visit(visit=site.visit, actor=inspector, version=site.visit.version)
    with pytest.raises(PortalError, match="在场"):
        sign(visit, leader)
    known = {"visited_on": site.today, "present_post": "", "opinion": ""}
    visit = fresh(visit)
    visits.save_record(visit=visit, actor=inspector, version=visit.version, present_name="赵书记", course="", **known)
    with pytest.raises(PortalError):
        sign(visit, leader)
    visit = fresh(visit)
    visits.save_record(
        visit=visit, actor=inspector, version=visit.version, present_name="赵书记", course="座谈", **known
    )
    with pytest.raises(PortalError, match="吴组长"):
        sign(visit, leader, "赵书记")


@pytest.mark.parametrize("tie", ["member", "office above", "other account"])
def test_whoever_has_a_tie_to_the_branch_keeps_out(site, city, inspector, tie) -> None:
    if tie == "member":
        User.objects.filter(pk=inspector.pk).update(member=make_member(city.branch))
    elif tie == "office above":
        appoint(inspector, Role.DEPARTMENT, organization=city.committee)
    else:
        member = make_member(city.far_branch)
        User.objects.filter(pk=inspector.pk).update(member=member)
        twin = User.objects.create(username="twin", name="同一人", member=member)
        appoint(twin, Role.SECRETARY, branch=city.branch)
    user = User.objects.get(pk=inspector.pk)
    with pytest.raises(PermissionDenied):
        visits.begin_visit(visit=fresh(site.visit), actor=user, version=site.visit.version)


def test_only_the_team_records(site, office, authority, secretary, inspector) -> None:
    visit = begun(site.visit, inspector)
    for stranger in (office, authority, secretary):
        with pytest.raises(PermissionDenied):
            check(visit, stranger, "1.1", "good")


def test_two_inspectors_do_not_overwrite_each_other(site, inspector, leader) -> None:
    visit = begun(site.visit, inspector)
    check(visit, inspector, "1.1", "good")
    with pytest.raises(StaleState) as refusal:
        check(visit, leader, "1.1", "problem", "记录不全，缺二月")
    assert refusal.value.details["verdict"] == "符合要求"
    check(visit, leader, "1.1", "problem", "记录不全，缺二月", version=1)
    assert VisitCheck.objects.get().verdict == "problem"


@pytest.mark.parametrize(
    ("code", "verdict", "note"), [("9.9", "good", ""), ("1.1", "splendid", ""), ("1.1", "problem", "差")]
)
def test_a_wrong_check_is_refused(site, inspector, code, verdict, note) -> None:
    visit = begun(site.visit, inspector)
    with pytest.raises(PortalError):
        check(visit, inspector, code, verdict, note)
    assert not VisitCheck.objects.exists()


def test_postponed_with_reason_and_planned_again(site, leader, inspector) -> None:
    visit = fresh(site.visit)
    with pytest.raises(PortalError):
        visits.postpone_visit(visit=visit, actor=leader, version=visit.version, reason="雨")
    visits.postpone_visit(visit=visit, actor=leader, version=visit.version, reason="大雨，道路不通")
    with pytest.raises(PermissionDenied):
        visits.begin_visit(visit=fresh(visit), actor=inspector, version=fresh(visit).version)
    day = site.today + timedelta(days=3)
    visits.schedule_visit(visit=fresh(visit), actor=leader, version=fresh(visit).version, planned_on=day)
    assert (fresh(visit).status, fresh(visit).planned_on) == (VisitStatus.PLANNED, day)
    day = site.today + timedelta(days=300)
    with pytest.raises(PortalError):
        visits.schedule_visit(visit=fresh(visit), actor=leader, version=fresh(visit).version, planned_on=day)


def test_cancelled_by_the_office_never_by_the_team(site, leader, office) -> None:
    visit = fresh(site.visit)
    with pytest.raises(PermissionDenied):
        visits.cancel_visit(visit=visit, actor=leader, version=visit.version, reason="支部已撤销")
    visits.cancel_visit(visit=visit, actor=office, version=visit.version, reason="支部已撤销")
    assert fresh(visit).status == VisitStatus.CANCELLED
    with pytest.raises(StaleState):
        visits.cancel_visit(visit=site.visit, actor=office, version=site.visit.version, reason="支部已撤销")


class TestScore:
    """An on-site component, where the scheme has one."""

    @pytest.fixture
    def scored(self, site, city):
        parts = [{"source": "review", "weight": "0.8"}, {"source": "onsite", "weight": "0.2"}]
        scheme = make_scheme(code="parts", version="9", components=parts)
        type(site.plan.cycle.plan).objects.update(scheme_version=scheme)
        Sheet.objects.update(scheme_version=scheme)
        return fresh(site.visit)

    def record(self, visit: Visit, actor: User, score: str) -> Visit:
        visit = begun(visit, actor)
        return visits.save_record(
            visit=visit, actor=actor, version=visit.version, visited_on=visit.visited_on, score=score,
            present_name=visit.present_name, present_post="", course=visit.course, opinion="",
        )  # fmt: skip

    def test_it_enters_the_sheet_when_the_leader_signs(self, scored, city, inspector, leader) -> None:
        self.record(scored, inspector, "91.5")
        assert not ComponentScore.objects.exists()
        sign(scored, leader)
        row = ComponentScore.objects.get(sheet=city.sheet, source="onsite")
        assert (row.score_up, row.entered_by) == (91_500_000, inspector)

    def test_who_entered_it_does_not_sign(self, scored, leader, inspector) -> None:
        self.record(scored, leader, "91.5")
        with pytest.raises(PermissionDenied, match="得分"):
            sign(scored, leader)

    @pytest.mark.parametrize("score", ["-1", "100.5", "很好", "1e9"])
    def test_a_figure_that_is_none(self, scored, inspector, score) -> None:
        with pytest.raises(PortalError):
            self.record(scored, inspector, score)

    def test_a_visit_need_not_score(self, scored, inspector, leader) -> None:
        self.record(scored, inspector, "")
        assert sign(scored, leader).status == VisitStatus.SIGNED
        assert not ComponentScore.objects.exists()

    def test_without_the_component_no_score(self, site, inspector) -> None:
        with pytest.raises(PortalError):
            self.record(site.visit, inspector, "90")


class TestVisibility:
    def test_unannounced_visits_are_secret_until_signed(self, site, secretary, inspector, leader, reviewer) -> None:
        assert Visit.objects.visible_to(secretary).exists()
        type(site.plan).objects.update(is_announced=False)
        assert not Visit.objects.visible_to(secretary).exists()
        assert Visit.objects.visible_to(reviewer).exists()
        begun(site.visit, inspector)
        sign(site.visit, leader)
        assert Visit.objects.visible_to(secretary).exists()

    def test_others_see_none(self, site, neighbour, outsider, sysadmin, secadmin) -> None:
        for user in (neighbour, outsider, sysadmin, secadmin):
            assert not Visit.objects.visible_to(user).exists()

    def test_office_authority_and_auditor_see_all(self, site, office, authority, auditor) -> None:
        for user in (office, authority, auditor):
            assert Visit.objects.visible_to(user).exists()

    def test_an_inspector_of_another_team_sees_none(self, site, inspector) -> None:
        TeamMembership.objects.filter(user=inspector).delete()
        assert not Visit.objects.visible_to(inspector).exists()
