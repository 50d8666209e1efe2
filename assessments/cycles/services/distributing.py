"""Assigning by rule: branches without a team go to the least loaded one that has no tie to them."""

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError

from .. import rules
from ..models import Assignment, Cycle, Team
from ..recusal import Ties, ties_of
from ..scoping import ReviewScope, ScopeBranch
from .assignments import Outcome

if TYPE_CHECKING:
    from members.models import User

BY_ORGANIZATION, EVENLY = "organization", "even"


@transaction.atomic
def distribute(*, actor: "User", cycle: Cycle, rule: str, with_inspectors: bool) -> Outcome:
    """Give every active branch without a team to one: whole organizations together, or branch by branch.

    Where a list of branches under review has been made, only those.

    The team with the fewest branches comes first, then the older one, so that the same state gives the same result.
    A branch to which a team has a tie goes to the next team; where all have one, it is refused with the reason.
    Raises: PermissionDenied; PortalError for another rule, or without a team that has members.
    """
    require(rules.can_assign(actor, cycle))
    if rule not in (BY_ORGANIZATION, EVENLY):
        raise PortalError(_("Choose how the branches are shared out."))
    teams = list(Team.objects.filter(plan_id=cycle.plan_id, memberships__isnull=False).distinct().order_by("pk"))
    if not teams:
        raise PortalError(_("No team of the year has members yet."))
    board = _Board(cycle, teams)
    outcome = Outcome()
    free = Branch.objects.filter(is_active=True).exclude(assignments__cycle=cycle).select_related("organization")
    if ReviewScope.objects.filter(cycle=cycle).exists():  # others are approved by list and need no team
        free = free.filter(pk__in=ScopeBranch.objects.filter(cycle=cycle).values("branch_id"))
    groups: dict[object, list[Branch]] = defaultdict(list)
    for branch in free.order_by("code"):
        groups[branch.organization_id if rule == BY_ORGANIZATION else branch.code].append(branch)
    rows = []
    for branches in groups.values():
        order = board.order()
        for branch in branches:
            team = next((team for team in order if not board.tie(team, branch)), None)
            if team is None:
                outcome.refused.append((branch, _("Every team has a tie to this branch.")))
            else:
                rows.append(board.give(team, branch, with_inspector=with_inspectors))
    made = Assignment.objects.bulk_create(rows, batch_size=500)
    audit.record_many(
        audit.entry(actor, "assignment.created", row.branch, after=_after(row, cycle, rule)) for row in made
    )
    outcome.assigned = len(made)
    return outcome


def _after(row: Assignment, cycle: Cycle, rule: str) -> dict:
    inspector = row.inspector.name if row.inspector else None
    return {"team": row.team.name, "cycle": cycle.name, "rule": rule, "inspector": inspector}


class _Board:
    """How many branches each team and inspector has, and what ties them to branches."""

    def __init__(self, cycle: Cycle, teams: list[Team]) -> None:
        self.cycle, self.teams = cycle, teams
        rows = Team.objects.filter(pk__in=[team.pk for team in teams]).prefetch_related("memberships__user")
        self.members = {team.pk: sorted(team.memberships.all(), key=lambda m: m.pk) for team in rows}
        people = {m.user_id: m.user for found in self.members.values() for m in found}
        self.ties: dict[int, Ties] = ties_of(people.values())
        self.load: dict[int, int] = defaultdict(int)
        self.hands: dict[int, int] = defaultdict(int)
        for team_id, inspector_id in cycle.assignments.values_list("team_id", "inspector_id"):
            self.load[team_id] += 1
            self.hands[inspector_id] += 1

    def order(self) -> list[Team]:
        """The least loaded team first."""
        return sorted(self.teams, key=lambda team: (self.load[team.pk], team.pk))

    def tie(self, team: Team, branch: Branch) -> str:
        """Why a team keeps out of a branch; empty when nothing stands against it."""
        reasons = (self.ties[m.user_id].reason(m.user, branch) for m in self.members[team.pk])
        return next((reason for reason in reasons if reason), "")

    def give(self, team: Team, branch: Branch, *, with_inspector: bool) -> Assignment:
        """One more for the team, in the hands of its least loaded inspector (never the leader, who approves)."""
        self.load[team.pk] += 1
        hands = [m for m in self.members[team.pk] if not m.is_leader] or self.members[team.pk]
        chosen = min(hands, key=lambda m: (self.hands[m.user_id], m.pk)).user if with_inspector else None
        if chosen is not None:
            self.hands[chosen.pk] += 1
        return Assignment(cycle=self.cycle, team=team, branch=branch, inspector=chosen)
