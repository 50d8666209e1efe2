"""Who puts a change of a branch forward, and who confirms it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .models import BranchChange

if TYPE_CHECKING:
    from members.models import User


def can_see(user: "User") -> Access:
    """Office, deciding authority and auditor."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
        return YES
    return no(_("Changes of branches are shown to the assessment office, the deciding authority and the auditor only."))


def can_put_forward(user: "User") -> Access:
    """The office."""
    if user.scope.has(Role.OFFICE):
        return YES
    return no(_("Only the assessment office puts changes of branches forward."))


def can_decide(user: "User", change: BranchChange) -> Access:
    """The deciding authority, never the person who put it forward."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority confirms a change of a branch."))
    if change.status != BranchChange.Status.ASKED:
        return no(_("This has been decided on already."))
    if user.is_same_person(change.asked_by):
        return no(_("You put this forward yourself. Somebody else of the deciding authority must decide."))
    return YES
