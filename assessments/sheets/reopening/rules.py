"""Who may ask for a sealed sheet to be opened again, and who grants it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..choices import Action
from ..models import Sheet
from ..rules.reviewing import Footing, footing
from ..workflow import next_status
from .models import Reopening

if TYPE_CHECKING:
    from members.models import User


def can_see(user: "User") -> Access:
    """The list is the business of leaders, office, deciding authority and auditor."""
    if user.scope.has(Role.LEADER, Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
        return YES
    return no(_("Requests to reopen sheets are shown to team leaders, office, deciding authority and auditor only."))


def can_be_reopened(sheet: Sheet) -> Access:
    """Approved and sealed sheets, unless a request waits already."""
    if next_status(sheet.status, Action.REOPEN) is None:
        return no(_("Only an approved or sealed sheet can be reopened; this one is: %(status)s.") % {
            "status": sheet.get_status_display()
        })  # fmt: skip
    if sheet.reopenings.filter(status=Reopening.Status.ASKED).exists():
        return no(_("Somebody has asked to reopen this sheet already; the deciding authority has not answered yet."))
    return YES


def can_ask(user: "User", sheet: Sheet, at: Footing | None = None) -> Access:
    """The leader of the team that the branch is assigned to; office and authority act through what came to light."""
    if not user.scope.has(Role.LEADER):
        return no(_("The leader of the team that reviewed this branch asks for its sheet to be reopened."))
    at = at or footing(user, sheet)
    if not at.is_assigned:
        return no(_("This branch is assigned to another team."))
    if at.recusal:
        return no(at.recusal)
    return can_be_reopened(sheet)


def can_decide(user: "User", reopening: Reopening) -> Access:
    """The deciding authority, never the person who asked."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority grants or refuses that a sheet is reopened."))
    if reopening.status != Reopening.Status.ASKED:
        return no(_("This request has been decided on already."))
    if user.is_same_person(reopening.asked_by):
        return no(_("You asked for this yourself. Somebody else of the deciding authority must decide."))
    return YES
