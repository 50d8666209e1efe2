"""Who may hand a review over to a colleague."""

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ...cycles.models import Assignment
from ..choices import FROZEN, Status
from ..models import Sheet

if TYPE_CHECKING:
    from members.models import User


def in_hand(user: "User") -> Q:
    """Assignments that a person has in hand, or whose team that person leads."""
    return Q(inspector=user.pk) | Q(team__memberships__user=user.pk, team__memberships__is_leader=True)


def can_hand_over(user: "User", sheet: Sheet, row: Assignment | None) -> Access:
    """Who has it in hand, the leader of the team, and the assessment office; until the sheet is approved."""
    if row is None:
        return no(_("This branch is assigned to no team yet."))
    if sheet.status in (*FROZEN, Status.EXEMPT):
        return no(_("The review is finished; there is nothing to hand over."))
    if user.scope.is_office:
        return YES
    if user.scope.is_inspector and Assignment.objects.filter(in_hand(user), pk=row.pk).exists():
        return YES
    return no(_("Only who has the review in hand, the leader of the team or the assessment office hands it over."))
