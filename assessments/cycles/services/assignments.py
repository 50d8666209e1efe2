"""Which team reviews which branches in a cycle: by organization or by hand, in bulk, every refusal named."""

from dataclasses import dataclass, field

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch, Organization
from branches.querysets import BranchQuerySet
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError
from members.models import User

from .. import rules
from ..models import Assignment, Cycle, Team
from ..recusal import conflicts

REVIEW_BEGUN = ("review", "approved", "sealed", "superseded")


@dataclass
class Outcome:
    """What a bulk assignment did: how many were new, moved, there already, and which were refused and why."""

    assigned: int = 0
    moved: int = 0
    kept: int = 0
    refused: list[tuple[Branch, str]] = field(default_factory=list)


def assign_organizations(*, actor: User, cycle: Cycle, team: Team, organizations: list[Organization]) -> Outcome:
    """Give a team all active branches of these organizations and of everything below them."""
    branches = Branch.objects.none()
    for organization in organizations:
        branches = branches | Branch.objects.within(organization)
    return assign_branches(actor=actor, cycle=cycle, team=team, branches=branches.filter(is_active=True))


@transaction.atomic
def assign_branches(*, actor: User, cycle: Cycle, team: Team, branches: BranchQuerySet) -> Outcome:
    """Give a team these branches. Refused one by one: an inspector's own branch, and reviews that have begun."""
    require(rules.can_assign(actor, cycle))
    if team.plan_id != cycle.plan_id:
        raise PortalError(_("The team belongs to another year."))
    people = User.objects.filter(team_memberships__team=team)
    if not people:
        raise PortalError(_("The team “%(team)s” has no members yet.") % {"team": team.name})
    outcome = Outcome()
    wanted = {branch.pk: branch for branch in branches.order_by("code")}
    _refuse(outcome, cycle, team, people, wanted)
    there = {row.branch_id: row for row in cycle.assignments.filter(branch__in=wanted).select_related("team")}
    fresh, entries = [], []
    for branch in wanted.values():
        row = there.get(branch.pk)
        if row is None:
            fresh.append(Assignment(cycle=cycle, team=team, branch=branch))
        elif row.team_id == team.pk:
            outcome.kept += 1
        else:
            entries.append(
                audit.entry(
                    actor, "assignment.moved", branch, before={"team": row.team.name}, after=_after(cycle, team)
                )
            )
    moved = [row.pk for row in there.values() if row.team_id != team.pk]
    outcome.moved = Assignment.objects.filter(pk__in=moved).update(team=team)
    outcome.assigned = len(Assignment.objects.bulk_create(fresh, batch_size=500))
    entries += [audit.entry(actor, "assignment.created", row.branch, after=_after(cycle, team)) for row in fresh]
    audit.record_many(entries)
    return outcome


def _refuse(outcome: Outcome, cycle: Cycle, team: Team, people: object, wanted: dict[int, Branch]) -> None:
    """Take out of `wanted` what may not be given to the team, with the reason of each."""
    reasons = {conflict.branch.pk: conflict.reason for conflict in conflicts(people, list(wanted))}
    begun = _begun(cycle, wanted)
    for pk in [pk for pk in wanted if pk in reasons or (pk in begun and begun[pk] != team.pk)]:
        outcome.refused.append((wanted.pop(pk), reasons.get(pk) or _("Its review has begun; the team stays.")))


def _begun(cycle: Cycle, wanted: dict[int, Branch]) -> dict[int, int | None]:
    """Branches whose review has begun, with the team that has them."""
    sheet = apps.get_model("assessments", "Sheet")
    begun = sheet.objects.filter(cycle=cycle, status__in=REVIEW_BEGUN).values_list("branch_id", flat=True)
    teams = dict(cycle.assignments.values_list("branch_id", "team_id"))
    return {pk: teams.get(pk) for pk in set(begun) & set(wanted)}


def _after(cycle: Cycle, team: Team) -> dict:
    return {"team": team.name, "cycle": cycle.name}


@transaction.atomic
def unassign(*, actor: User, cycle: Cycle, branches: BranchQuerySet) -> Outcome:
    """Take branches from whatever team has them; reviews that have begun stay where they are."""
    require(rules.can_assign(actor, cycle))
    outcome = Outcome()
    wanted = {branch.pk: branch for branch in branches}
    for pk in _begun(cycle, wanted):
        outcome.refused.append((wanted.pop(pk), _("Its review has begun; the team stays.")))
    rows = list(cycle.assignments.filter(branch__in=wanted).select_related("team", "branch"))
    audit.record_many(
        audit.entry(actor, "assignment.removed", row.branch, before=_after(cycle, row.team)) for row in rows
    )
    outcome.moved = len(rows)
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return outcome


@transaction.atomic
def copy_assignments(*, actor: User, source: Cycle, cycle: Cycle) -> Outcome:
    """Take over the assignments of another cycle of the year, under the same checks."""
    total = Outcome()
    for team in Team.objects.filter(assignments__cycle=source).distinct():
        theirs = Branch.objects.filter(assignments__cycle=source, assignments__team=team, is_active=True)
        part = assign_branches(actor=actor, cycle=cycle, team=team, branches=theirs)
        total.assigned, total.moved = total.assigned + part.assigned, total.moved + part.moved
        total.kept, total.refused = total.kept + part.kept, total.refused + part.refused
    return total
