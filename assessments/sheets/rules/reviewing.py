"""Who may pass, return, review, approve or exempt a sheet, and why not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from branchportal.models import AuditEntry
from members.models import User
from members.roles import Role

from ...cycles.models import Assignment, Cycle
from ...cycles.recusal import ties_of
from ...cycles.scoping import ReviewScope, ScopeBranch
from ..choices import Action, Stage, Status
from ..models import Mark, Sheet
from ..preliminary import gives_marks, is_direct
from ..workflow import next_status
from . import handing

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

ENTRY_ACTIONS = (
    "sheet.review_mark_entered",
    "sheet.review_marks_accepted",
    "sheet.poll_entered",
    "sheet.preliminary_mark_entered",
    "sheet.preliminary_marks_accepted",
)
REVIEWED, LISTED, OPEN = "reviewed", "listed", "open"  # what follows the preliminary review
GIVEN_STAGES = (Stage.PRELIMINARY, Stage.REVIEW)  # who entered such a mark does not approve the sheet


@dataclass(frozen=True)
class Footing:
    """How a person stands to a sheet as an inspector; read by `footing`. `recusal`: why to keep out of it (回避).

    `hands_over`: has the review in hand, or leads the team (see `handing`).
    """

    is_assigned: bool = False
    has_entered: bool = False
    hands_over: bool = False
    recusal: str = ""


def person(user: User, prefix: str = "user") -> Q:
    """All accounts of the same person."""
    same = Q(**{prefix: user.pk})
    return same | Q(**{f"{prefix}__member_id": user.member_id}) if user.member_id else same


def footing(user: User, sheet: Sheet) -> Footing:
    """Assignment and entered marks of a person on a sheet in one query; ties to its branch by `cycles.recusal`."""
    found = Sheet.objects.filter(pk=sheet.pk).values_list(*_questions(user, sheet)).first()
    if found is None:
        return Footing()
    reason = ties_of([user])[user.pk].reason(user, sheet.branch, path=sheet.organization.path)
    return Footing(*found, recusal=reason)


def _questions(user: User, sheet: Sheet) -> "list[Combinable]":
    entered = Mark.objects.filter(person(user, "entered_by"), sheet=sheet.pk, stage__in=GIVEN_STAGES)
    acted = AuditEntry.objects.filter(
        person(user, "actor"), object_type=Sheet._meta.label_lower, object_id=sheet.pk, action__in=ENTRY_ACTIONS
    )
    rows = Assignment.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id)
    assigned, in_hand = rows.filter(team__memberships__user=user.pk), rows.filter(handing.in_hand(user))
    return [Exists(assigned), Exists(entered) | Exists(acted), Exists(in_hand)]


def _department(user: User, sheet: Sheet) -> Access:
    if not any(sheet.organization.path.startswith(path) for path in user.scope.department_paths):
        return no(_("Only the department reviewer of this branch's committee does the preliminary review."))
    return YES


def can_pass(user: User, sheet: Sheet) -> Access:
    """The department's reviewer, never the person who submitted the sheet."""
    if not (access := _department(user, sheet)):
        return access
    if next_status(sheet.status, Action.PASS) is None:
        return no(_("Only a submitted sheet can be passed; this one is: %(status)s.") % _status(sheet))
    if user.is_same_person(sheet.submitted_by):
        return no(_("You submitted this sheet yourself. Somebody else must do the preliminary review."))
    return YES


def can_return_preliminary(user: User, sheet: Sheet) -> Access:
    """As passing."""
    if not (access := _department(user, sheet)):
        return access
    if next_status(sheet.status, Action.RETURN_PRELIMINARY) is None:
        return no(_("Only a submitted sheet can be returned; this one is: %(status)s.") % _status(sheet))
    if user.is_same_person(sheet.submitted_by):
        return no(_("You submitted this sheet yourself. Somebody else must do the preliminary review."))
    return YES


def can_mark_preliminary(user: User, sheet: Sheet) -> Access:
    """As passing, until it is passed, where the scheme has the component of the preliminary review."""
    if not (access := _department(user, sheet)):
        return access
    if not gives_marks(sheet):
        return no(
            _("Under this scheme the preliminary review gives no points of its own; pass the sheet or return it.")
        )
    if next_status(sheet.status, Action.MARK_PRELIMINARY) is None:
        text = _("Preliminary points are entered until the sheet is passed or returned; now it is: %(status)s.")
        return no(text % _status(sheet))
    return can_pass(user, sheet)


def is_polled(sheet: Sheet) -> bool:
    """Whether a poll that is not void feeds an indicator of this sheet (polls stand to the right of sheets)."""
    polls = apps.get_model("assessments", "Poll").objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id)
    return polls.filter(target__startswith="row:").exclude(status="void").exists()


def can_fill_poll(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """The department before it passes; for a branch without preliminary review the inspectors.

    Nobody where a poll is held about it: its figures come by themselves.
    """
    by_inspectors = is_direct(sheet) and sheet.status == Status.REVIEW
    access = can_mark(user, sheet, at) if by_inspectors else can_pass(user, sheet)
    if access and is_polled(sheet):
        return no(_("A poll is held about this branch; its result comes by itself when it is closed."))
    return access


def _inspector(user: User, sheet: Sheet, at: Footing | None) -> Access:
    if not user.scope.is_inspector:
        return no(_("Only inspectors of the team that this branch is assigned to review it."))
    at = at or footing(user, sheet)
    if not at.is_assigned:
        return no(_("This branch is assigned to another team."))
    return no(at.recusal) if at.recusal else YES


def can_begin(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """An inspector of the assigned team, once the department has passed the sheet."""
    if next_status(sheet.status, Action.BEGIN) is None:
        return no(
            _("The review begins once the department has passed the sheet; now it is: %(status)s.") % _status(sheet)
        )
    access = _inspector(user, sheet, at)
    return in_scope(sheet) if access else access


def follows_passing(sheet: Sheet) -> str:
    """What follows the preliminary review: REVIEWED by inspectors, LISTED (the passed marks stand and are approved by
    list), or OPEN until the list of branches under review is made; asks nothing where every branch is reviewed."""
    if sheet.cycle.review_scope == Cycle.Scope.ALL:
        return REVIEWED
    if ScopeBranch.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id).exists():
        return REVIEWED
    return LISTED if ReviewScope.objects.filter(cycle=sheet.cycle_id).exists() else OPEN


def in_scope(sheet: Sheet) -> Access:
    """Whether the sheet's branch is reviewed at all in its cycle."""
    follows = follows_passing(sheet)
    if follows == LISTED:
        return no(_("This branch is outside the scope of the review: its preliminary marks stand, approved by list."))
    if follows == OPEN:
        return no(
            _("The assessment office has not made the list of branches under review yet; the review waits for it.")
        )
    return YES


def can_mark(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """An inspector of the assigned team during the review."""
    if next_status(sheet.status, Action.MARK) is None:
        return no(_("Review points are entered during the review only; now the sheet is: %(status)s.") % _status(sheet))
    return _inspector(user, sheet, at)


def can_return_review(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """As entering review points."""
    if next_status(sheet.status, Action.RETURN_REVIEW) is None:
        return no(_("Only a sheet under review can be returned; this one is: %(status)s.") % _status(sheet))
    return _inspector(user, sheet, at)


def can_approve(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """A second person of the team: who entered none of the review points and did not submit the sheet."""
    if next_status(sheet.status, Action.APPROVE) is None:
        return no(_("Only a sheet under review can be approved; this one is: %(status)s.") % _status(sheet))
    at = at or (footing(user, sheet) if user.scope.is_inspector else Footing())
    if not (access := _inspector(user, sheet, at)):
        return access
    if user.is_same_person(sheet.submitted_by):
        return no(_("You submitted this sheet yourself. Somebody else must approve it."))
    if at.has_entered:
        return no(
            _("You entered review points on this sheet. Another inspector of the team or the leader approves it.")
        )
    return YES


def can_exempt(user: User, sheet: Sheet) -> Access:
    """The deciding authority, until the sheet is approved."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority exempts a branch."))
    if next_status(sheet.status, Action.EXEMPT) is None:
        return no(_("This sheet can no longer be exempted; it is: %(status)s.") % _status(sheet))
    return YES


def _status(sheet: Sheet) -> dict:
    return {"status": sheet.get_status_display()}
