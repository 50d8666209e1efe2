"""Who may set up years, cycles, teams and assignments, and who sees the progress board."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .models import Cycle

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
