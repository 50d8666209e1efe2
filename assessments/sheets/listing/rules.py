"""Who prepares a list of sheets outside the review's scope, who approves it, and which of its sheets not."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ...cycles.models import Cycle, Team, TeamMembership
from ...cycles.recusal import Ties
from ...cycles.rules import is_settled
from ..models import Sheet
from .models import ApprovalList

if TYPE_CHECKING:
    from members.models import User


def can_see(user: "User") -> Access:
    """Lists are the business of leaders, office, deciding authority and auditor."""
    if user.scope.has(Role.LEADER, Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
        return YES
    return no(_("Lists to be approved are shown to team leaders, office, deciding authority and auditor only."))


def led_team(user: "User", cycle: Cycle) -> Team | None:
    """The team that a leader leads in the cycle's year."""
    rows = TeamMembership.objects.filter(user=user, is_leader=True, team__plan=cycle.plan_id).select_related("team")
    row = rows.order_by("team_id").first()
    return row.team if row else None


def can_prepare(user: "User", cycle: Cycle) -> Access:
    """The assessment office for all branches, a leader for those of the own team."""
    if user.scope.has(Role.OFFICE) or (user.scope.has(Role.LEADER) and led_team(user, cycle)):
        return YES
    return no(_("A list is prepared by the assessment office, or by a team's leader for the team's branches."))


def why_no_list(cycle: Cycle) -> str:
    """Why nothing is approved by list in this cycle; empty where something may be."""
    if cycle.status != Cycle.Status.OPEN:
        return _("Lists are prepared in an open cycle only.")
    if cycle.review_scope == Cycle.Scope.ALL:
        return _("Every branch is reviewed in this cycle; each sheet is approved after its review.")
    if not is_settled(cycle):
        return _("Make the list of branches under review first: draw the sample, or compute the candidates.")
    return ""


def can_approve(user: "User", listed: ApprovalList) -> Access:
    """Another person of the office, the deciding authority, or the leader of the list's team; a second time to go on
    where the task was stopped, and then the same person or another of them."""
    if user.is_same_person(listed.prepared_by):
        return no(_("You prepared this list yourself. Another person approves it."))
    if listed.status == ApprovalList.Status.WITHDRAWN:
        return no(_("This list was taken back."))
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    team = led_team(user, listed.cycle) if user.scope.has(Role.LEADER) else None
    if team is not None and team.pk == listed.team_id:
        return YES
    return no(_("A list is approved by a second person of the office, the deciding authority or the team's leader."))


def can_withdraw(user: "User", listed: ApprovalList) -> Access:
    """Who prepared it, or the office, as long as nobody has approved it."""
    if listed.status != ApprovalList.Status.PREPARED:
        return no(_("Only a list that waits for approval can be taken back."))
    if user.is_same_person(listed.prepared_by) or user.scope.has(Role.OFFICE):
        return YES
    return no(_("Only the person who prepared the list or the assessment office takes it back."))


def can_approve_sheet(user: "User", sheet: Sheet, ties: Ties, *, has_filled: bool) -> Access:
    """Never a sheet that one filled in, submitted or passed oneself, nor one of a branch one is tied to (回避)."""
    if user.is_same_person(sheet.passed_by):
        return no(_("You passed this sheet yourself. Somebody else must approve it."))
    if has_filled or user.is_same_person(sheet.submitted_by):
        return no(_("You filled this sheet in yourself. Somebody else must approve it."))
    reason = ties.reason(user, sheet.branch, path=sheet.organization.path)
    return no(reason) if reason else YES
