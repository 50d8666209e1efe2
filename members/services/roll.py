"""The roll of a branch: members enter, are corrected, and leave; nobody is deleted."""

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.changing import change_row
from branchportal.errors import PortalError

from .. import rules
from ..models import Member, User


@transaction.atomic
def add_member(*, actor: User, branch: Branch, number: str, **values: object) -> Member:
    """Put a person on a branch's roll; the key is branch and number."""
    require(rules.can_edit_member(actor, branch))
    if Member.objects.filter(branch=branch, number=number).exists():
        taken = _("The number “%(number)s” is taken in this branch. Choose another one.")
        raise PortalError(taken % {"number": number})
    member = Member.objects.create(branch=branch, number=number, **values)
    audit.record(actor, "member.added", member, after={"branch": branch.code, "number": number})
    return member


def change_member(*, actor: User, member: Member, version: int, **values: object) -> Member:
    """Correct a member; a change of branch is a transfer and needs rights in both."""
    require(rules.can_edit_member(actor, member.branch))
    if target := values.get("branch"):
        require(rules.can_edit_member(actor, target))
    return change_row(row=member, actor=actor, version=version, action="member.changed", values=values)


def set_member_active(*, actor: User, member: Member, version: int, is_active: bool) -> Member:
    """Take a member off the roll, or put the member back."""
    require(rules.can_edit_member(actor, member.branch))
    action = "member.restored" if is_active else "member.removed"
    return change_row(row=member, actor=actor, version=version, action=action, values={"is_active": is_active})
