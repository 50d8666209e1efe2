"""What waits on the way to a publication: consultations, notices, objections, extensions, reopened sheets."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...results.notices.models import Consultation, Notice, Objection
from ...sheets.extending.models import Extension
from ...sheets.reopening.models import Reopening
from .item import WAITING, Todo, days_until, tone_of

if TYPE_CHECKING:
    from members.models import User

SHOWN = 3


def office_todos(now: datetime) -> list[Todo]:
    """Consultations without all their replies, and notices that run. Two queries."""
    todos = []
    for asked in Consultation.objects.filter(closed_at=None).select_related("tally__cycle", "tally__plan")[:SHOWN]:
        todos.append(
            Todo(
                icon="mails",
                what=_("Consultation of %(organ)s: enter the replies") % {"organ": asked.organ},
                url=reverse("results:consultation", args=[asked.pk]),
                action=_("Enter the replies"),
                detail=str(asked.tally),
            )
        )
    return [*todos, *(_notice(one, now) for one in _running())]


def authority_todos(user: "User", now: datetime) -> list[Todo]:
    """Objections, extensions and reopenings to decide on; notices that are over. Four queries."""
    todos = []
    objections = Objection.objects.filter(status=Objection.Status.OPEN).exclude(entered_by=user).count()
    if objections:
        what = ngettext("%(count)d objection awaits its answer", "%(count)d objections await their answer", objections)
        url = reverse("results:objections") + "?status=open"
        todos.append(Todo("message-square-warning", what % {"count": objections}, url, _("Answer"), number=objections))
    extensions = Extension.objects.filter(status=Extension.Status.ASKED).exclude(asked_by=user).count()
    if extensions:
        what = ngettext("%(count)d extension is asked for", "%(count)d extensions are asked for", extensions)
        url = reverse("sheets:extensions") + "?open=1"
        todos.append(Todo("calendar-clock", what % {"count": extensions}, url, _("Decide"), number=extensions))
    reopenings = Reopening.objects.filter(status=Reopening.Status.ASKED).exclude(asked_by=user).count()
    if reopenings:
        what = ngettext("%(count)d sheet is to be reopened", "%(count)d sheets are to be reopened", reopenings)
        url = reverse("sheets:reopenings") + "?open=1"
        todos.append(Todo("archive-restore", what % {"count": reopenings}, url, _("Decide"), number=reopenings))
    return [*todos, *(_notice(one, now) for one in _running())]


def _running() -> list[Notice]:
    rows = Notice.objects.filter(publication__status="notice").select_related("publication")
    return list(rows.order_by("ends_at")[:SHOWN])


def _notice(notice: Notice, now: datetime) -> Todo:
    """A running notice informs; one that is over waits to be made final."""
    url, title = reverse("results:publication", args=[notice.publication_id]), notice.publication.title
    if notice.ends_at <= now:
        what = _("The notice of “%(title)s” is over; it can become final") % {"title": title}
        return Todo("megaphone", what, url, _("Open"))
    days = days_until(notice.ends_at, now)
    what = _("“%(title)s” is on notice") % {"title": title}
    return Todo("megaphone", what, url, _("Open"), days_left=days, tone=WAITING)


def branch_todos(user: "User", now: datetime) -> list[Todo]:
    """The own provisional result while a notice runs. One query."""
    if not user.scope.branch_ids:
        return []
    running = Notice.objects.running(now).filter(publication__tally__results__branch__in=user.scope.branch_ids)
    todos = []
    for notice in running.select_related("publication").distinct()[:SHOWN]:
        days = days_until(notice.ends_at, now)
        what = _("“%(title)s” is on notice: check your branch's result") % {"title": notice.publication.title}
        url = reverse("notice", args=[notice.pk])
        todos.append(Todo("megaphone", what, url, _("To the notice"), days_left=days, tone=tone_of(days)))
    return todos
