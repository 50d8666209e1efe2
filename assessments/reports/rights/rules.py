"""Who reads what others may see."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

if TYPE_CHECKING:
    from members.models import User


def can_see_rights(user: "User") -> Access:
    """The security administrator, who grants rights, and the auditor, who checks them. It shows rights, no content."""
    if user.scope.has(Role.SECURITY_ADMIN, Role.AUDITOR):
        return YES
    return no(_("What a person may see is shown to the security administrator and the auditor."))
