"""Who plans, makes and signs visits, and who asks for, answers and strikes off rectifications."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..cycles.models import Assignment, Cycle, TeamMembership
from ..cycles.recusal import bar
from .choices import VISIT_MOVES, WITH_BRANCH, RectificationStatus, VisitStatus
from .models import Finding, Rectification, Visit, VisitPlan

if TYPE_CHECKING:
    from members.models import User

SEES_ALL = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


def can_see_visits(user: "User") -> Access:
    """Everybody with an office in the assessment; what the list holds says `visible_to`."""
    scope = user.scope
    if scope.has(*SEES_ALL) or scope.branch_ids or scope.paths or scope.is_inspector:
        return YES
    return no(_("Visits are shown to the branch, its superiors, its inspectors and the assessment office."))


def can_see_plans(user: "User") -> Access:
    """Office, authority, auditor and inspectors."""
    if user.scope.has(*SEES_ALL) or user.scope.is_inspector:
        return YES
    return no(_("Visit plans are shown to the assessment office, the deciding authority and the inspectors."))


def can_plan(user: "User") -> Access:
    """Office and deciding authority make plans, draw branches and assign teams."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    return no(_("Only the assessment office or the deciding authority plans visits."))


def can_change_plan(user: "User", plan: VisitPlan) -> Access:
    """Until the cycle closes."""
    if not (access := can_plan(user)):
        return access
    if plan.cycle.status == Cycle.Status.CLOSED:
        return no(_("The cycle is closed; its visit plans stay as they are."))
    return YES


def can_draw(user: "User", plan: VisitPlan) -> Access:
    """Once: a draw that could be repeated until it pleases would be none."""
    if not (access := can_change_plan(user, plan)):
        return access
    if plan.drawn_at:
        return no(_("The branches of this plan are drawn. Another draw needs a plan of its own."))
    return YES


def _in_team(user: "User", visit: Visit, *, as_leader: bool = False) -> bool:
    if visit.team_id is None or not user.scope.is_inspector:
        return False
    rows = TeamMembership.objects.filter(team=visit.team_id, user=user.pk)
    return (rows.filter(is_leader=True) if as_leader else rows).exists()


def can_schedule(user: "User", visit: Visit) -> Access:
    """Date, postponing, cancelling: office and authority; the leader of the visit's team."""
    if visit.status not in VISIT_MOVES["postpone"][0] + VISIT_MOVES["schedule"][0]:
        return no(_("This visit is %(status)s; its date no longer changes.") % _status(visit))
    if user.scope.has(Role.OFFICE, Role.AUTHORITY) or _in_team(user, visit, as_leader=True):
        return YES
    return no(_("Only the assessment office or the leader of the team sets the date of a visit."))


def can_assign(user: "User", visit: Visit) -> Access:
    """Another team, as long as nobody has begun."""
    if visit.status not in VISIT_MOVES["schedule"][0]:
        return no(_("This visit is %(status)s; its team stays.") % _status(visit))
    return can_plan(user)


def can_cancel(user: "User", visit: Visit) -> Access:
    """As planning; what has begun is signed or postponed, never lost."""
    if visit.status not in VISIT_MOVES["cancel"][0]:
        return no(_("This visit is %(status)s and cannot be cancelled.") % _status(visit))
    return can_plan(user)


def _visitor(user: "User", visit: Visit, *, as_leader: bool = False) -> Access:
    if not _in_team(user, visit):
        return no(_("Only the team that this visit is assigned to records it."))
    if as_leader and not _in_team(user, visit, as_leader=True):
        return no(_("Only the leader of the team signs the record."))
    return no(reason) if (reason := bar(user, visit.branch)) else YES


def can_begin(user: "User", visit: Visit) -> Access:
    """Somebody of the team without a tie to the branch (回避)."""
    if visit.status not in VISIT_MOVES["begin"][0]:
        return no(_("This visit is %(status)s and cannot be begun.") % _status(visit))
    return _visitor(user, visit)


def can_record(user: "User", visit: Visit) -> Access:
    """The team, while the visit is in progress."""
    if visit.status != VisitStatus.IN_PROGRESS:
        return no(_("This visit is %(status)s; its record is not written now.") % _status(visit))
    return _visitor(user, visit)


def can_sign(user: "User", visit: Visit) -> Access:
    """The leader of the team, who did not enter the on-site score."""
    if visit.status != VisitStatus.IN_PROGRESS:
        return no(_("Only a visit in progress is signed; this one is: %(status)s.") % _status(visit))
    if not (access := _visitor(user, visit, as_leader=True)):
        return access
    if visit.score_up is not None and user.is_same_person(visit.score_by):
        return no(_("You entered the on-site score. Let a colleague enter it, or another leader sign."))
    return YES


def can_see_record(user: "User", visit: Visit) -> Access:
    """The record while it is written: the team, office, authority and auditor; everybody who sees the visit later."""
    if visit.status == VisitStatus.SIGNED or user.scope.has(*SEES_ALL) or _in_team(user, visit):
        return YES
    return no(_("The record is shown once it is signed."))


def _is_assigned(user: "User", finding: Finding) -> bool:
    if not user.scope.is_inspector:
        return False
    assigned = Assignment.objects.filter(
        cycle=finding.cycle_id, branch=finding.branch_id, team__memberships__user=user.pk
    )
    return assigned.exists() or (finding.visit is not None and _in_team(user, finding.visit))


def can_ask_somewhere(user: "User") -> Access:
    """Whether the page to note a finding outside a visit is open at all."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY) or user.scope.is_inspector:
        return YES
    return no(_("Only inspectors, the assessment office or the deciding authority ask for something to be put right."))


def can_ask(user: "User", finding: Finding) -> Access:
    """Inspectors of the branch, office and authority; nobody with a tie to the branch."""
    if not (access := can_ask_somewhere(user)):
        return access
    if not user.scope.has(Role.OFFICE, Role.AUTHORITY) and not _is_assigned(user, finding):
        return no(_("This branch is assigned to another team."))
    return no(reason) if (reason := bar(user, finding.branch)) else YES


def can_answer(user: "User", row: Rectification) -> Access:
    """Secretary, deputy or clerk of the branch, while it is the branch's turn."""
    scope, finding = user.scope, row.finding
    clerk = any(finding.organization.path.startswith(path) for path in scope.clerk_paths)
    if finding.branch_id not in scope.branch_ids and not clerk:
        return no(_("Only the branch itself answers what it is asked to put right."))
    if row.status not in WITH_BRANCH:
        return no(_("It is not the branch's turn: %(status)s.") % {"status": row.get_status_display()})
    return YES


def can_check(user: "User", row: Rectification) -> Access:
    """Who may ask may strike off or send back, but never the person who answered."""
    if not (access := can_ask(user, row.finding)):
        return access
    if row.status != RectificationStatus.ANSWERED:
        return no(_("Only an answered rectification is checked; this one is: %(status)s.") % _word(row))
    if user.is_same_person(row.answered_by):
        return no(_("You answered this yourself. Somebody else must check it."))
    return YES


def can_move_deadline(user: "User", row: Rectification) -> Access:
    """Who may ask may also give more time, with a reason."""
    if row.status == RectificationStatus.CLOSED:
        return no(_("This is struck off."))
    return can_ask(user, row.finding)


def deadline_problem(due_on: date | None, today: date) -> str:
    """Why a deadline cannot be; empty when it can."""
    if due_on is None:
        return _("Give the day by which it is to be put right.")
    return _("The deadline lies in the past. Choose a later day.") if due_on < today else ""


def _status(visit: Visit) -> dict:
    return {"status": visit.get_status_display()}


def _word(row: Rectification) -> dict:
    return {"status": row.get_status_display()}
