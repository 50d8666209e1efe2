"""Who may do what with a scheme version."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .models import SchemeVersion

if TYPE_CHECKING:
    from members.models import User


def can_import(user: "User") -> Access:
    """The assessment office edits drafts."""
    return YES if user.scope.has(Role.OFFICE) else no(_("Only the assessment office edits schemes."))


def can_publish(user: "User", version: SchemeVersion) -> Access:
    """The deciding authority publishes, never the person who brought the draft in."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority publishes a scheme."))
    if version.status != SchemeVersion.Status.DRAFT:
        return no(_("This version is published already and cannot be changed. Bring in a new version."))
    if user.is_same_person(version.created_by):
        return no(_("You brought this draft in yourself. Somebody else of the deciding authority must publish it."))
    return YES
