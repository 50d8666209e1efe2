"""What waits where a cycle does not review every branch: the list to make, sheets to put forward, lists to approve."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...cycles.models import Cycle
from ...cycles.scoping import ReviewScope
from ...inspections.scoping.services import why_not_yet
from ...sheets.listing.models import ApprovalList
from ...sheets.listing.rules import can_approve
from ...sheets.listing.services import waiting_sheets
from .item import WAITING, Todo

if TYPE_CHECKING:
    from members.models import User

SHOWN = 3


def office_todos(user: "User", running: Sequence[Cycle], now: datetime) -> list[Todo]:
    """Lists of branches to make, sheets that wait for a list, lists to approve; no query where all are reviewed."""
    found, chosen = [], [cycle for cycle in running if cycle.review_scope != Cycle.Scope.ALL]
    if not chosen:
        return []
    made = set(ReviewScope.objects.filter(cycle__in=chosen).values_list("cycle_id", flat=True))
    for cycle in chosen:
        found += _waiting(user, cycle) if cycle.pk in made else _to_settle(cycle, now)
    return [*found, *lists_todos(user)] if made else found


def _to_settle(cycle: Cycle, now: datetime) -> list[Todo]:
    url, names = reverse("cycles:scope", args=[cycle.pk]), {"cycle": cycle.name}
    if cycle.review_scope == Cycle.Scope.SAMPLE:
        return [Todo("dices", _("%(cycle)s: the sample is to be drawn") % names, url, _("Draw"))]
    what = _("%(cycle)s: the candidates are to be computed") % names
    if text := why_not_yet(cycle, now):
        return [Todo("calculator", what, url, _("Open"), detail=text, tone=WAITING)]
    return [Todo("calculator", what, url, _("Compute the candidates"))]


def _waiting(user: "User", cycle: Cycle) -> list[Todo]:
    number = waiting_sheets(cycle, user).count()
    if not number:
        return []
    what = ngettext(
        "%(cycle)s: %(count)d passed sheet outside the scope waits for a list",
        "%(cycle)s: %(count)d passed sheets outside the scope wait for a list",
        number,
    )
    said = what % {"cycle": cycle.name, "count": number}
    return [Todo("list-plus", said, reverse("sheets:approval_lists"), _("Prepare a list"), number=number)]


def lists_todos(user: "User") -> list[Todo]:
    """Lists that wait for a second person; for who prepared one only a word that it waits. One query."""
    rows = ApprovalList.objects.visible_to(user).filter(status=ApprovalList.Status.PREPARED)
    todos = []
    for listed in rows.select_related("cycle__plan", "prepared_by").order_by("-pk")[:SHOWN]:
        url, names = reverse("sheets:approval_list", args=[listed.pk]), {"cycle": listed.cycle, "number": listed.number}
        if can_approve(user, listed):
            what = _("%(cycle)s: list no. %(number)d waits for approval") % names
            todos.append(Todo("list-checks", what, url, _("Check and approve")))
        else:
            what = _("%(cycle)s: list no. %(number)d waits for a colleague's approval") % names
            todos.append(Todo("hourglass", what, url, _("Open"), tone=WAITING))
    return todos
