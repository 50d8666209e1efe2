"""Who may do what with a scheme version."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .models import SchemeVersion

if TYPE_CHECKING:
    from members.models import User


def can_edit(user: "User") -> Access:
    """The assessment office edits drafts."""
    return YES if user.scope.has(Role.OFFICE) else no(_("Only the assessment office edits schemes."))


def can_propose(user: "User", version: SchemeVersion) -> Access:
    """The assessment office puts a draft forward."""
    if not (allowed := can_edit(user)):
        return allowed
    if version.status != SchemeVersion.Status.DRAFT:
        return no(_("Only a draft can be put forward for approval."))
    return YES


def can_send_back(user: "User", version: SchemeVersion) -> Access:
    """The deciding authority sends a proposed version back; the office may take it back itself."""
    if not user.scope.has(Role.AUTHORITY, Role.OFFICE):
        return no(_("Only the assessment office and the deciding authority return a scheme to its draft."))
    if version.status != SchemeVersion.Status.PROPOSED:
        return no(_("This version is not awaiting approval."))
    return YES


def can_publish(user: "User", version: SchemeVersion) -> Access:
    """The deciding authority publishes what was put forward, never a person who edited it."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority publishes a scheme."))
    if version.status == SchemeVersion.Status.PUBLISHED:
        return no(_("This version is published already and cannot be changed. Bring in a new version."))
    if version.status != SchemeVersion.Status.PROPOSED:
        return no(_("The assessment office has not put this draft forward yet."))
    if any(user.is_same_person(editor) for editor in editors_of(version)):
        return no(_("You edited this draft yourself. Somebody else of the deciding authority must publish it."))
    return YES


def editors_of(version: SchemeVersion) -> list["User"]:
    """Everybody who brought in, changed or put forward this version."""
    people = [version.created_by, version.proposed_by]
    people += [edit.actor for edit in version.edits.select_related("actor").defer("content")]
    return list({person.pk: person for person in people if person is not None}.values())
