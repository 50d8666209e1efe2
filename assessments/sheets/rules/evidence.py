"""Who may close a stored file for everybody."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

if TYPE_CHECKING:
    from members.models import User


def can_take_down(user: "User") -> Access:
    """The security administrator: a file with state secrets or personal papers is closed without being read."""
    if user.scope.has(Role.SECURITY_ADMIN):
        return YES
    return no(_("Only the security administrator takes files down."))
