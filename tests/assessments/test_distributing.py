"""Assigning by rule and by file: evenly, never to one's own branch, refused row by row."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles.models import Assignment, Team, TeamMembership
from assessments.cycles.services import distributing, teams
from branches.imports.services import accept_upload, confirm_upload
from branchportal.errors import PortalError
from members.models import User
from members.roles import Role
from tests.conftest import City
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db
HEAD = "考评周期,支部编码,考评组,主办账号\n"


@pytest.fixture
def two_teams(city: City) -> list[Team]:
    found = []
    for name in ("第一考评组", "第二考评组"):
        team = Team.objects.create(plan=city.cycle.plan, name=name)
        for at in range(2):
            user = appoint(make_user(f"{name[1]}{at}", name=f"检查员{name[1]}{at}"), Role.INSPECTOR)
            TeamMembership.objects.create(team=team, user=user, is_leader=at == 0)
        found.append(team)
    return found


def distribute(office: User, city: City, rule: str = "even", *, inspectors: bool = True) -> distributing.Outcome:
    return distributing.distribute(actor=office, cycle=city.cycle, rule=rule, with_inspectors=inspectors)


class TestByRule:
    def test_evenly(self, city, office, two_teams) -> None:
        assert distribute(office, city).assigned == 4
        loads = [Assignment.objects.filter(team=team).count() for team in two_teams]
        assert loads == [2, 2]
        assert not Assignment.objects.filter(inspector=None).exists()
        assert not Assignment.objects.filter(inspector__team_memberships__is_leader=True).exists()

    def test_another_rule_is_refused(self, city, office, two_teams) -> None:
        with pytest.raises(PortalError, match="分配方式"):
            distribute(office, city, "²")
        assert not Assignment.objects.exists()

    def test_organizations_stay_together(self, city, office, two_teams) -> None:
        distribute(office, city, "organization", inspectors=False)
        near = set(Assignment.objects.filter(branch__organization=city.committee).values_list("team", flat=True))
        assert len(near) == 1
        assert Assignment.objects.filter(inspector=None).count() == 4

    def test_never_to_a_team_with_a_tie(self, city, office, two_teams) -> None:
        for team in two_teams[:1]:
            user = team.memberships.first().user
            User.objects.filter(pk=user.pk).update(member=make_member(city.branch))
        distribute(office, city, "organization")
        assert Assignment.objects.get(branch=city.branch).team == two_teams[1]

    def test_where_all_have_one_it_is_named(self, city, office, two_teams) -> None:
        for team in two_teams:
            User.objects.filter(pk=team.memberships.last().user_id).update(
                member=make_member(city.branch, number=f"9{team.pk}")
            )
        outcome = distribute(office, city)
        assert [branch for branch, _reason in outcome.refused] == [city.branch]
        assert outcome.assigned == 3

    def test_what_is_assigned_stays(self, city, office, two_teams) -> None:
        distribute(office, city)
        assert distribute(office, city).assigned == 0

    def test_refusals(self, city, office, authority, two_teams) -> None:
        with pytest.raises(PermissionDenied):
            distribute(authority, city)
        TeamMembership.objects.all().delete()
        with pytest.raises(PortalError):
            distribute(office, city)

    def test_by_the_page(self, city, office, two_teams, sign_in) -> None:
        sign_in(office).post(f"/cycles/{city.cycle.pk}/assignments/change/", {"distribute": "even", "inspectors": "1"})
        assert Assignment.objects.count() == 4


class TestByFile:
    def upload(self, office: User, *lines: str) -> object:
        data = (HEAD + "\n".join(lines)).encode()
        return accept_upload(actor=office, kind="assignments", name="分工.csv", data=data, received_at=timezone.now())

    def test_taken_over_after_the_trial(self, city, office, two_teams) -> None:
        lines = [f"2026Q4,{city.branch.code},第一考评组,一1", f"2026年第4季度,{city.sibling.code},第二考评组,"]
        found = self.upload(office, *lines)
        assert (found.status, found.new_count) == ("ready", 2)
        confirm_upload(actor=office, upload=found, received_at=timezone.now())
        row = Assignment.objects.get(branch=city.branch)
        assert (row.team, row.inspector.username) == (two_teams[0], "一1")

    def test_unknown_and_own_branches_are_refused_row_by_row(self, city, office, two_teams) -> None:
        User.objects.filter(username="一1").update(member=make_member(city.branch))
        found = self.upload(
            office,
            "2026Q4,99999,第一考评组,",
            f"2026Q4,{city.branch.code},第一考评组,",
            f"2026Q4,{city.sibling.code},第九考评组,",
            f"2025Q1,{city.far_branch.code},第一考评组,",
            f"2026Q4,{city.farther_branch.code},第一考评组,nobody",
        )
        assert found.status == "refused"
        problems = found.report["problems"]
        assert [(problem["row"], problem["column"]) for problem in problems] == [
            (2, "支部编码"), (3, "考评组"), (4, "考评组"), (5, "考评周期"), (6, "主办账号"),
        ]  # fmt: skip
        assert "党员" in problems[1]["message"]
        assert not Assignment.objects.exists()

    def test_a_review_that_has_begun_keeps_its_team(self, city, office, two_teams) -> None:
        Assignment.objects.create(cycle=city.cycle, branch=city.branch, team=two_teams[0])
        type(city.sheet).objects.filter(pk=city.sheet.pk).update(status="review")
        found = self.upload(office, f"2026Q4,{city.branch.code},第二考评组,")
        assert found.report["problems"][0]["column"] == "考评组"
        same = self.upload(office, f"2026Q4,{city.branch.code},第一考评组,一1")
        assert (same.status, same.changed_count) == ("ready", 1)


def test_an_office_is_set_on_the_team_page(city, office, two_teams, sign_in) -> None:
    membership = two_teams[0].memberships.last()
    client = sign_in(office)
    form = {"set_office": membership.pk, "office": "市纪委", "version": two_teams[0].version}
    client.post(f"/cycles/teams/{two_teams[0].pk}/change/", form)
    membership.refresh_from_db()
    assert membership.office == "市纪委"
    assert "市纪委" in client.get(f"/cycles/teams/{two_teams[0].pk}/").content.decode()
    with pytest.raises(PermissionDenied):
        teams.set_office(actor=membership.user, membership=membership, version=9, office="")
