"""Telephone numbers in full: for whoever has to call, with a reason, each time written down, so often a day.

A secretary reads the numbers of the own branch, a department those of its subtree. The call list of a reminder is the
office's daily work: it is opened whole in one step that counts and is written down as one.
"""

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch, Organization
from branchportal import audit
from branchportal.access import YES, Access, no, require
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from branchportal.personal import without_numbers

from .models import User
from .roles import BRANCH_ROLES, Role

if TYPE_CHECKING:
    from .roles import Scope

ONE, LIST = "phone.shown", "phone.list_shown"
MOST_A_DAY = 50
SHORTEST_REASON, LONGEST_REASON = 4, 200


def can_show(user: User, row: models.Model) -> Access:
    """The secretary for the own branch and the accounts of its offices, a department for its subtree; one's own."""
    if user == row or any(_is_own(user.scope, row)) or any(_is_below(user.scope, row)):
        return YES
    return no(_("Full numbers are shown to the secretary for the own branch, to a department for its subtree."))


def _is_own(scope: "Scope", row: models.Model) -> list[bool]:
    """Whether the row belongs to a branch whose secretary the user is."""
    if isinstance(row, Branch):
        return [row.pk in scope.secretary_of]
    if isinstance(row, User):
        return [office.branch_id in scope.secretary_of for office in row.appointments.all() if office.is_in_force]
    return []


def _is_below(scope: "Scope", row: models.Model) -> list[bool]:
    """Whether the row lies below an organization that the user is the department reviewer of."""
    if isinstance(row, Branch | Organization):
        places = [row.organization.path if isinstance(row, Branch) else row.path]
    else:
        offices = [office for office in row.appointments.all() if office.is_in_force]
        places = [o.scope_path for o in offices if o.role in BRANCH_ROLES or o.role == Role.DEPARTMENT]
    return [bool(place) and place.startswith(path) for place in places for path in scope.department_paths]


@transaction.atomic
def show(*, actor: User, row: models.Model, reason: str) -> str:
    """The full number of a branch, an organization or an account.

    Raises: PermissionDenied; PortalError without a reason or when the day's numbers are used up.
    """
    require(can_show(actor, row))
    reason = _require_reason(reason)
    _require_left(actor)
    audit.record(actor, ONE, row, after={"number": "phone"}, note=reason)
    return row.phone


@transaction.atomic
def open_list(*, actor: User, about: models.Model, branches: int, reason: str) -> None:
    """Write down that the call list of `about` (a cycle) was opened in full; whoever may see the list may open it.

    The caller has asked the list's own rule. Raises: PortalError as `show`.
    """
    reason = _require_reason(reason)
    _require_left(actor)
    audit.record(actor, LIST, about, after={"branches": branches}, note=reason)


def used_today(user: User) -> int:
    """How often the account has seen full numbers since midnight (a list counts once)."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return AuditEntry.objects.filter(at__gte=midnight, actor=user, action__in=(ONE, LIST)).count()


def _require_left(actor: User) -> None:
    User.objects.select_for_update().get(pk=actor.pk)  # two requests at once must not both be the fiftieth
    if used_today(actor) >= MOST_A_DAY:
        raise PortalError(
            _("You have seen %(count)d numbers today; that is the most in one day. Go on tomorrow.")
            % {"count": MOST_A_DAY}
        )


def _require_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON or len(reason) > LONGEST_REASON:
        raise PortalError(
            _("Say what the number is needed for, in %(least)d to %(most)d characters.")
            % {"least": SHORTEST_REASON, "most": LONGEST_REASON}
        )
    return without_numbers(reason)
