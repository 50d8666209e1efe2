"""Who may see the list of earlier results, and who takes them back."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ..querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


def can_see_years(user: "User") -> Access:
    """Those who see results: the branch itself, its department, its inspectors, office, authority and auditor."""
    scope = user.scope
    if scope.has(*SEES_CANDIDATES) or scope.branch_ids or scope.paths or scope.is_inspector:
        return YES
    return no(_("Results are shown to the branch, its superiors, its inspectors and the assessment office."))


def can_remove(user: "User") -> Access:
    """Earlier results are kept by the assessment office, which imports them."""
    if user.scope.is_office:
        return YES
    return no(_("Earlier results are kept by the assessment office."))
