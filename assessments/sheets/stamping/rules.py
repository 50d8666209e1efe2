"""Who attaches and withdraws scans of stamped forms, and why not."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..choices import EDITABLE, Status
from ..models import Sheet
from ..rules.filling import belongs
from .models import StampedForm

if TYPE_CHECKING:
    from members.models import User


def can_attach(user: "User", sheet: Sheet) -> Access:
    """The branch to its own sheet, its department, and the office, from the submission on, approved and sealed too."""
    if not is_party(user, sheet):
        return no(_("Stamped forms are attached by the branch, its department or the assessment office."))
    if sheet.status in EDITABLE:
        return no(_("Submit the sheet first: what is signed and stamped is the form as it was submitted."))
    if sheet.status == Status.EXEMPT:
        return no(_("This branch is not assessed in this cycle, so there is no form to stamp."))
    if sheet.status == Status.SUPERSEDED:
        return no(_("This revision was corrected. Attach the scan to the revision that replaced it."))
    return YES


def can_withdraw(user: "User", file: StampedForm) -> Access:
    """Whoever attached it, the department and the office; the branch no scan that others attached."""
    if user.is_same_person(file.uploaded_by) or _is_above(user, file.sheet):
        return YES
    if belongs(user, file.sheet):
        return no(_("Somebody else attached this scan: %(name)s withdraws it.") % {"name": file.uploaded_by})
    return no(_("Stamped forms are attached by the branch, its department or the assessment office."))


def is_party(user: "User", sheet: Sheet) -> bool:
    """Whether stamped forms of this sheet are the user's work at some time."""
    return belongs(user, sheet) or _is_above(user, sheet)


def _is_above(user: "User", sheet: Sheet) -> bool:
    """Whether the user is the branch's department, or the assessment office."""
    scope = user.scope
    return scope.has(Role.OFFICE) or any(sheet.organization.path.startswith(path) for path in scope.department_paths)
