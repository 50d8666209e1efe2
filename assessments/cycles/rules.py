"""Who may set up years, cycles, teams and assignments, and who sees the progress board."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .models import Cycle, Step
from .scoping import ReviewScope

if TYPE_CHECKING:
    from members.models import User


def can_see_set_up(user: "User") -> Access:
    """Office and deciding authority read year plans, cycles, teams and assignments."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    return no(_("Year plans and teams are shown to the assessment office and the deciding authority only."))


def can_set_up(user: "User") -> Access:
    """Only the assessment office changes them."""
    if user.scope.has(Role.OFFICE):
        return YES
    return no(_("Only the assessment office sets up years, cycles and teams."))


def can_change_cycle(user: "User", cycle: Cycle) -> Access:
    """Dates are fixed once the branches have been asked; later only a granted extension moves a deadline."""
    if cycle.status != Cycle.Status.PLANNED:
        return no(_("The cycle has been opened; its dates no longer change. A branch may be granted an extension."))
    return can_set_up(user)


def is_settled(cycle: Cycle) -> bool:
    """Whether it is known whose sheets are reviewed: of every branch, or the list has been made."""
    return cycle.review_scope == Cycle.Scope.ALL or ReviewScope.objects.filter(cycle=cycle).exists()


def can_change_scope(user: "User", cycle: Cycle, at: datetime) -> Access:
    """The assessment office, until the review begins: by its date, by a first sheet, or by the list drawn."""
    if cycle.status == Cycle.Status.CLOSED:
        return no(_("The cycle is closed; the scope of its review stays as it was."))
    if ReviewScope.objects.filter(cycle=cycle).exists():
        return no(_("The list of branches under review has been made; the scope stays. Branches may be added by hand."))
    step = Step.objects.filter(cycle=cycle, kind=Step.Kind.REVIEW).first()
    begun = apps.get_model("assessments", "Sheet").objects.filter(cycle=cycle).exclude(begun_at=None)
    if (step is not None and step.starts_at <= at) or begun.exists():
        return no(_("The review has begun; its scope stays as it was chosen."))
    return can_set_up(user)


def can_settle_scope(user: "User", cycle: Cycle) -> Access:
    """Draw the sample or compute the candidates: the assessment office, once, in an open cycle."""
    if cycle.status != Cycle.Status.OPEN:
        return no(_("The list is made from the sheets of an open cycle; this one is: %(status)s.") % {
            "status": cycle.get_status_display()
        })  # fmt: skip
    if cycle.review_scope == Cycle.Scope.ALL:
        return no(_("Every branch is reviewed in this cycle; there is no list to make."))
    if ReviewScope.objects.filter(cycle=cycle).exists():
        return no(_("The list has been made already; it is made once. Branches may be added by hand."))
    return can_set_up(user)


def can_add_to_scope(user: "User", cycle: Cycle) -> Access:
    """The assessment office, once the list is there, until the cycle closes. Nobody takes a branch off."""
    if cycle.status != Cycle.Status.OPEN:
        return no(_("Branches are added to the review of an open cycle only."))
    if not ReviewScope.objects.filter(cycle=cycle).exists():
        return no(_("Make the list first: draw the sample, or compute the candidates."))
    return can_set_up(user)


def can_open_cycle(user: "User", cycle: Cycle) -> Access:
    """A planned cycle is opened; an open one may be completed with sheets of branches added since."""
    if cycle.status == Cycle.Status.CLOSED:
        return no(_("The cycle is closed; no sheet can be added to it."))
    return can_set_up(user)


def can_assign(user: "User", cycle: Cycle) -> Access:
    """Assignments are made until the cycle closes."""
    if cycle.status == Cycle.Status.CLOSED:
        return no(_("The cycle is closed; its assignments stay as they are."))
    return can_set_up(user)


def can_see_board(user: "User") -> Access:
    """The progress of all branches, without any score."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    return no(_("The progress board is shown to the assessment office and the deciding authority only."))


def can_see_late(user: "User") -> Access:
    """Who is behind: office and deciding authority for all branches, a department for its own subtree."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.DEPARTMENT):
        return YES
    return no(_("Who is late is shown to the assessment office, the deciding authority and the committee above."))
