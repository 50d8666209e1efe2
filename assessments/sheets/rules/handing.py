"""Who may hand a review over to a colleague."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ...cycles.models import Assignment, TeamMembership
from ..choices import FROZEN, Status
from ..models import Sheet

if TYPE_CHECKING:
    from members.models import User


def can_hand_over(user: "User", sheet: Sheet, row: Assignment | None) -> Access:
    """Who has it in hand, the leader of the team, and the assessment office; until the sheet is approved."""
    if row is None:
        return no(_("This branch is assigned to no team yet."))
    if sheet.status in (*FROZEN, Status.EXEMPT):
        return no(_("The review is finished; there is nothing to hand over."))
    if user.scope.is_office or (user.scope.is_inspector and row.inspector_id == user.pk):
        return YES
    leads = TeamMembership.objects.filter(team=row.team_id, user=user.pk, is_leader=True)
    if user.scope.is_inspector and leads.exists():
        return YES
    return no(_("Only who has the review in hand, the leader of the team or the assessment office hands it over."))
