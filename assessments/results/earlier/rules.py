"""Who may see the list of earlier results, and who takes them back."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

if TYPE_CHECKING:
    from members.models import User


def can_remove(user: "User") -> Access:
    """Earlier results are kept by the assessment office, which imports them."""
    if user.scope.is_office:
        return YES
    return no(_("Earlier results are kept by the assessment office."))
