"""Who asks for more time, and who grants it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ...cycles.models import Cycle
from ..choices import EDITABLE
from ..models import Sheet
from .models import Extension

if TYPE_CHECKING:
    from members.models import User


def can_see(user: "User") -> Access:
    """Extensions are the business of office, deciding authority, departments and auditor."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.DEPARTMENT, Role.AUDITOR):
        return YES
    return no(_("Extensions are shown to the assessment office, the deciding authority and departments only."))


def can_ask(user: "User", sheet: Sheet) -> Access:
    """The office for every branch, a department for its subtree, while the sheet is being filled in."""
    if not user.scope.has(Role.OFFICE) and not any(
        sheet.organization.path.startswith(path) for path in user.scope.department_paths
    ):
        return no(_("The assessment office, or the committee above the branch, asks for its extension."))
    if sheet.status not in EDITABLE:
        return no(_("This sheet is no longer being filled in: %(status)s.") % {"status": sheet.get_status_display()})
    return _is_open(sheet.cycle)


def can_ask_for_all(user: "User", cycle: Cycle) -> Access:
    """The office alone."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office asks for an extension for all branches."))
    return _is_open(cycle)


def _is_open(cycle: Cycle) -> Access:
    if cycle.status != Cycle.Status.OPEN:
        return no(_("“%(cycle)s” is not open.") % {"cycle": cycle})
    return YES


def can_decide(user: "User", extension: Extension) -> Access:
    """The deciding authority, never the person who asked."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority grants an extension."))
    if extension.status != Extension.Status.ASKED:
        return no(_("This request has been decided on already."))
    if user.is_same_person(extension.asked_by):
        return no(_("You asked for this yourself. Somebody else of the deciding authority must decide."))
    return YES
