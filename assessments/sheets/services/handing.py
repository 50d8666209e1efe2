"""Handing a review over to a colleague: marks that were entered keep their author, so two persons stay two persons."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Assignment
from ...cycles.recusal import ties_of
from ..models import Sheet
from ..rules import handing as rules
from .approving import written_reason

if TYPE_CHECKING:
    from members.models import User


def colleagues(sheet: Sheet, users: "QuerySet[User]") -> "QuerySet[User]":
    """Active members of the team that reviews the sheet, out of `users`."""
    team = Assignment.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id).values("team")
    return users.filter(team_memberships__team__in=team, is_active=True).order_by("name")


@transaction.atomic
def hand_over(*, sheet: Sheet, actor: "User", to: "User", reason: str) -> Assignment:
    """Give the review of a sheet into a colleague's hands. The whole team still sees it, and approving is as before.

    Raises: PermissionDenied; PortalError for somebody outside the team, with a tie to the branch, or who has it
    already; StaleState when it was handed over meanwhile.
    """
    row = Assignment.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id).select_related("inspector").first()
    require(rules.can_hand_over(actor, sheet, row))
    reason = written_reason(reason)
    if row is None or not colleagues(sheet, type(to).objects.filter(pk=to.pk)).exists():
        raise PortalError(_("%(name)s is not in the team that reviews this branch.") % {"name": to.name}, field="to")
    if row.inspector_id == to.pk:
        raise PortalError(_("%(name)s has this review in hand already.") % {"name": to.name}, field="to")
    if tie := ties_of([to])[to.pk].reason(to, sheet.branch, path=sheet.organization.path):
        raise PortalError(tie, field="to")
    if not Assignment.objects.filter(pk=row.pk, inspector=row.inspector_id).update(inspector=to):
        raise StaleState(_("The review was handed over meanwhile. Reload the page to see to whom."))
    before = {"inspector": row.inspector.name if row.inspector else None}
    audit.record(actor, "sheet.handed_over", sheet, before=before, after={"inspector": to.name}, note=reason)
    row.inspector = to
    return row


def take_in_hand(sheet: Sheet, actor: "User") -> None:
    """Who begins a review has it in hand, unless somebody has."""
    Assignment.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id, inspector=None).update(inspector=actor)
