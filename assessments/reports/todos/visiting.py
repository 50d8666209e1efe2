"""What visits and rectifications ask of branch, inspectors and office: a line each, one query each."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...inspections.choices import OPEN_VISITS, WITH_BRANCH, RectificationStatus, VisitStatus
from ...inspections.models import Rectification, Visit
from ...inspections.querysets import RectificationQuerySet
from .item import DUE, LATE, WAITING, Todo

if TYPE_CHECKING:
    from members.models import User


def branch_todos(user: "User", now: datetime) -> list[Todo]:
    """Problems that the own branches have to put right, by the nearest deadline."""
    rows = Rectification.objects.answered_by_branch_of(user)
    found = rows.aggregate(number=Count("pk"), first=Min("due_on"), only=Min("pk"))
    if not found["number"]:
        return []
    days = (found["first"] - timezone.localdate(now)).days
    what = ngettext("%(count)d problem is to be put right", "%(count)d problems are to be put right", found["number"])
    one = found["number"] == 1
    return [
        Todo(
            icon="list-todo",
            what=what % {"count": found["number"]},
            url=reverse("visits:rectification", args=[found["only"]]) if one else reverse("visits:rectifications"),
            action=_("Put right and answer"),
            number=found["number"],
            days_left=days,
            tone=LATE if days < 0 else DUE,
        )
    ]


def inspector_todos(user: "User", now: datetime) -> list[Todo]:
    """Visits of the own teams that are begun or otherwise open, and answers to check. What is open counts the begun
    ones, as the list that it leads to; where there are no others it is not said twice."""
    mine = Visit.objects.filter(team__memberships__user=user)
    counts = mine.aggregate(
        begun=Count("pk", filter=Q(status=VisitStatus.IN_PROGRESS)),
        open=Count("pk", filter=Q(status__in=OPEN_VISITS)),
        first=Min("planned_on", filter=Q(status=VisitStatus.PLANNED)),
    )
    todos = []
    if counts["begun"]:
        what = _("%(count)d visits have been begun and are not signed") % {"count": counts["begun"]}
        url = reverse("visits:list") + f"?status={VisitStatus.IN_PROGRESS}"
        todos.append(Todo("map-pin", what, url, _("Open the visits"), number=counts["begun"]))
    if counts["open"] > counts["begun"]:
        todos.append(_open_visits(counts["open"], counts["first"], timezone.localdate(now)))
    return todos + _to_check(Rectification.objects.visible_to(user))


def _open_visits(number: int, first: date | None, today: date) -> Todo:
    days = (first - today).days if first else None
    return Todo(
        icon="map",
        what=_("%(count)d visits are still to be made") % {"count": number},
        url=reverse("visits:list") + "?status=todo",
        action=_("Open the visits"),
        number=number,
        days_left=days,
        tone=LATE if days is not None and days < 0 else DUE,
    )


def _to_check(rows: RectificationQuerySet) -> list[Todo]:
    number = rows.filter(status=RectificationStatus.ANSWERED).count()
    if not number:
        return []
    what = ngettext(
        "%(count)d answered rectification waits to be checked",
        "%(count)d answered rectifications wait to be checked",
        number,
    )
    url = reverse("visits:rectifications") + f"?status={RectificationStatus.ANSWERED}"
    return [Todo("badge-check", what % {"count": number}, url, _("Check the answers"), number=number)]


def office_todos(now: datetime) -> list[Todo]:
    """What is overdue everywhere."""
    rows = Rectification.objects.filter(status__in=WITH_BRANCH, due_on__lt=timezone.localdate(now))
    number = rows.count()
    if not number:
        return []
    what = ngettext("%(count)d rectification is overdue", "%(count)d rectifications are overdue", number)
    url = reverse("visits:rectifications") + "?status=overdue"
    return [Todo("clock-alert", what % {"count": number}, url, _("See which ones"), number=number, tone=WAITING)]
