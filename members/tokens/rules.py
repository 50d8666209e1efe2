"""Who keeps the tokens of other systems."""

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ..models import User
from ..roles import Role


def can_keep_tokens(user: User) -> Access:
    """Tokens are rights, and rights are the security administrator's."""
    if user.scope.has(Role.SECURITY_ADMIN):
        return YES
    return no(_("API tokens are created and revoked by the security administrator."))
