"""Who may take out what is kept of a person, ask for its erasure, and carry that out."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

if TYPE_CHECKING:
    from ..models import Member, User
    from .models import Erasure


def is_self(user: "User", member: "Member") -> bool:
    """Whether the account is the member's own."""
    return user.member_id is not None and user.member_id == member.pk


def _answers_for(user: "User", member: "Member") -> bool:
    """The secretary for the own branch, a department for its subtree."""
    scope = user.scope
    below = any(member.branch.organization.path.startswith(path) for path in scope.department_paths)
    return member.branch_id in scope.secretary_of or below


def can_export(user: "User", member: "Member") -> Access:
    """The person, who answers for the roll, and the assessment office."""
    if is_self(user, member) or _answers_for(user, member) or user.scope.is_office:
        return YES
    return no(_("Data of a person go to the person, to the secretary, the department and the assessment office."))


def can_request(user: "User", member: "Member") -> Access:
    """The person, or on the person's behalf who answers for the roll. The office carries out, so it does not ask."""
    if is_self(user, member) or _answers_for(user, member):
        return YES
    return no(_("Erasure is asked for by the person, the secretary or the department."))


def can_list(user: "User") -> Access:
    """The list of wishes is the office's."""
    return YES if user.scope.is_office else no(_("Erasure is carried out by the assessment office."))


def can_decide(user: "User", erasure: "Erasure") -> Access:
    """The office; neither who asked nor the person concerned."""
    if not (allowed := can_list(user)):
        return allowed
    if user.is_same_person(erasure.requested_by) or is_self(user, erasure.member):
        return no(_("Who asked for an erasure does not carry it out. Ask a colleague of the office."))
    return YES
