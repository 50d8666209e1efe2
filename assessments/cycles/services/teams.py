"""Inspection teams of a year: members, leader, and what must not meet (回避)."""

from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import stale
from branchportal.errors import PortalError
from members.models import User
from members.roles import Role

from .. import rules
from ..models import Assignment, Cycle, Team, TeamMembership, YearPlan
from ..recusal import conflicts


@transaction.atomic
def create_team(*, actor: User, plan: YearPlan, name: str) -> Team:
    """A team of a year, still without members."""
    require(rules.can_set_up(actor))
    if plan.teams.filter(name=name).exists():
        raise PortalError(_("There is a team “%(name)s” in this year already.") % {"name": name})
    team = Team.objects.create(plan=plan, name=name)
    audit.record(actor, "team.created", team, after={"name": name, "year": plan.year})
    return team


@transaction.atomic
def rename_team(*, actor: User, team: Team, version: int, name: str) -> Team:
    """Another name for a team. Raises: StaleState."""
    require(rules.can_set_up(actor))
    if Team.objects.filter(plan_id=team.plan_id, name=name).exclude(pk=team.pk).exists():
        raise PortalError(_("There is a team “%(name)s” in this year already.") % {"name": name})
    before, team.name = team.name, name
    _take(team, version, name=name)
    audit.record(actor, "team.renamed", team, before={"name": before}, after={"name": name})
    return team


@transaction.atomic
def delete_team(*, actor: User, team: Team, version: int) -> None:
    """Take a team away that has nothing assigned. Raises: StaleState."""
    require(rules.can_set_up(actor))
    if team.assignments.exists():
        raise PortalError(_("The team has branches assigned to it. Assign them to another team first."))
    _take(team, version)
    audit.record(actor, "team.deleted", team, before={"name": team.name})
    team.delete()


@transaction.atomic
def add_member(*, actor: User, team: Team, version: int, user: User) -> TeamMembership:
    """Put an inspector into a team; refused when one of its branches is their own (回避), naming the branches."""
    require(rules.can_set_up(actor))
    if not user.appointments.in_force().filter(role__in=[Role.INSPECTOR, Role.LEADER]).exists():
        message = _("%(name)s is no inspector today. Have the security administrator appoint them first.")
        raise PortalError(message % {"name": user.name})
    other = TeamMembership.objects.filter(team__plan_id=team.plan_id, user=user).select_related("team").first()
    if other is not None:
        message = _("%(name)s belongs to “%(team)s” in this year. Take them out there first.")
        raise PortalError(message % {"name": user.name, "team": other.team})
    _require_no_conflict(team, user)
    _take(team, version)
    membership = TeamMembership.objects.create(team=team, user=user)
    audit.record(actor, "team.member_added", team, after={"account": user.username})
    return membership


def _require_no_conflict(team: Team, user: User) -> None:
    theirs = Assignment.objects.filter(team=team).exclude(cycle__status=Cycle.Status.CLOSED)
    found = conflicts([user], theirs.values("branch_id"))
    if found:
        names = "、".join(sorted({conflict.branch.name for conflict in found})[:5])
        message = _("%(name)s may not review %(branches)s, which this team has. Assign those elsewhere first.")
        raise PortalError(message % {"name": user.name, "branches": names})


@transaction.atomic
def remove_member(*, actor: User, membership: TeamMembership, version: int) -> None:
    """Take an inspector out of a team; what they entered stays. Raises: StaleState."""
    require(rules.can_set_up(actor))
    _take(membership.team, version)
    audit.record(actor, "team.member_removed", membership.team, before={"account": membership.user.username})
    membership.delete()


@transaction.atomic
def set_leader(*, actor: User, membership: TeamMembership, version: int) -> None:
    """Name the leader; a team has one. Raises: StaleState."""
    require(rules.can_set_up(actor))
    team = membership.team
    _take(team, version)
    before = list(team.memberships.filter(is_leader=True).values_list("user__username", flat=True))
    team.memberships.filter(is_leader=True).update(is_leader=False)
    team.memberships.filter(pk=membership.pk).update(is_leader=True)
    audit.record(actor, "team.leader_set", team, before={"leader": before}, after={"leader": membership.user.username})


@transaction.atomic
def set_office(*, actor: User, membership: TeamMembership, version: int, office: str) -> None:
    """For which office (评分部门) a member scores; its rows are then that member's. Raises: StaleState."""
    require(rules.can_set_up(actor))
    office = office.strip()[:40]
    _take(membership.team, version)
    before = {"account": membership.user.username, "office": membership.office}
    TeamMembership.objects.filter(pk=membership.pk).update(office=office)
    audit.record(actor, "team.office_set", membership.team, before=before, after={"office": office})


def _take(team: Team, version: int, **changes: object) -> None:
    """Take the team's row as it was seen; its version grows by one. Raises: StaleState."""
    if not Team.objects.filter(pk=team.pk, version=version).update(version=version + 1, **changes):
        raise stale()
    team.version = version + 1
