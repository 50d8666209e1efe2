"""Who may change the tree, its branches and units, and who may import."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

if TYPE_CHECKING:
    from members.models import User

    from .models import ImportUpload


def can_edit_tree(user: "User") -> Access:
    """Organizations, units and branches are kept by the assessment office."""
    if user.scope.is_office:
        return YES
    return no(_("Organizations, units and branches are kept by the assessment office."))


DEPARTMENT_KINDS = ("members",)  # what a department imports for its subtree


def can_import(user: "User", kind: str) -> Access:
    """Files are imported by the assessment office; the roll of a subtree also by its department."""
    if user.scope.is_office or (kind in DEPARTMENT_KINDS and user.scope.department_paths):
        return YES
    return no(_("Files are imported by the assessment office, the roll of members also by its department."))


def can_import_something(user: "User") -> Access:
    """Whether the page of imports is open to a person at all."""
    if user.scope.is_office or user.scope.department_paths:
        return YES
    return no(_("Files are imported by the assessment office, the roll of members also by its department."))


def can_see_units(user: "User") -> Access:
    """The list of units belongs to the pages of the whole portal."""
    if user.scope.is_portal_wide:
        return YES
    return no(_("The list of units is open to the assessment office and the deciding authority."))


def can_confirm(user: "User", upload: "ImportUpload") -> Access:
    """A trial run is confirmed by whoever uploaded the file."""
    if upload.owner_id == user.pk:
        return YES
    return no(_("Only the person who uploaded a file confirms its import."))


def can_export(user: "User", kind: str) -> Access:
    """Lists leave the portal with the assessment office; the roll of a subtree also with its department."""
    if user.scope.is_office or (kind == "members" and user.scope.department_paths):
        return YES
    return no(_("Lists are exported by the assessment office, members also by their department."))
