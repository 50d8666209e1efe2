"""What waits for system administrator, security administrator and auditor. No score is read here."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal import jobs
from branchportal.models import AuditEntry, Job
from members.models import Appointment
from members.models import User as Account

from ...results.models import Publication
from .item import LATE, WAITING, Panel, Todo

if TYPE_CHECKING:
    from members.models import User

LOOK_BACK, LOOK_AHEAD = timedelta(days=7), timedelta(days=30)


def system_panel(user: "User", now: datetime) -> Panel:
    """Background work and accounts."""
    found = Job.objects.aggregate(
        waiting=Count("pk", filter=Q(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])),
        failed=Count("pk", filter=Q(status=Job.Status.FAILED, finished_at__gte=now - LOOK_BACK)),
    )
    todos = []
    if found["waiting"] and jobs.is_worker_silent():
        what = _("Nothing works on background tasks: %(count)d are waiting")
        detail = _("Start the worker (docs/operations.md). The tasks go on by themselves then.")
        todos.append(
            Todo("server-off", what % {"count": found["waiting"]}, reverse("tasks"), _("Tasks"), detail, tone=LATE)
        )
    elif found["waiting"]:
        what = ngettext(
            "%(count)d background task is being worked on",
            "%(count)d background tasks are being worked on",
            found["waiting"],
        )
        todos.append(
            Todo("list-checks", what % {"count": found["waiting"]}, reverse("tasks"), _("Tasks"), tone=WAITING)
        )
    if found["failed"]:
        what = ngettext(
            "%(count)d task failed in the last seven days",
            "%(count)d tasks failed in the last seven days",
            found["failed"],
        )
        detail = _("Whoever started it sees the reason under “Tasks”; the server's log has the details.")
        todos.append(
            Todo(
                "circle-alert",
                what % {"count": found["failed"]},
                reverse("tasks"),
                _("Tasks"),
                detail,
                found["failed"],
                tone=LATE,
            )
        )
    return Panel(_("System"), [*todos, *_locked(now), *_first_passwords()], _("Jobs run and no account is locked."))


def _locked(now: datetime) -> list[Todo]:
    """Accounts locked after wrong passwords."""
    since = now - timedelta(hours=settings.AXES_COOLOFF_TIME)
    rows = AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gte=since)
    number = rows.values("username").distinct().count()
    if not number:
        return []
    what = ngettext(
        "%(count)d account is locked after wrong passwords",
        "%(count)d accounts are locked after wrong passwords",
        number,
    )
    return [Todo("lock", what % {"count": number}, reverse("members:accounts"), _("Accounts"), number=number)]


def _first_passwords() -> list[Todo]:
    """Accounts that never got past their first password."""
    number = Account.objects.filter(is_active=True, must_change_password=True, last_login=None).count()
    if not number:
        return []
    what = ngettext("%(count)d account has never been used", "%(count)d accounts have never been used", number)
    return [Todo("key-round", what % {"count": number}, reverse("members:accounts"), _("Accounts"), tone=WAITING)]


def security_panel(user: "User", now: datetime) -> Panel:
    """Accounts without an office, and offices that end soon."""
    today = timezone.localdate(now)
    held = Appointment.objects.in_force(today).filter(user=OuterRef("pk"))
    idle = Account.objects.filter(~Exists(held), is_active=True, is_superuser=False).count()
    ending = Appointment.objects.filter(ends_on__gte=today, ends_on__lte=today + LOOK_AHEAD).count()
    todos = []
    if idle:
        what = ngettext("%(count)d account holds no office", "%(count)d accounts hold no office", idle)
        detail = _("They can sign in and see nothing. Appoint them, or have the accounts closed.")
        todos.append(Todo("id-card", what % {"count": idle}, reverse("members:accounts"), _("Accounts"), detail, idle))
    if ending:
        what = ngettext(
            "%(count)d appointment ends within 30 days", "%(count)d appointments end within 30 days", ending
        )
        todos.append(
            Todo(
                "calendar-clock",
                what % {"count": ending},
                reverse("members:appointments"),
                _("Appointments"),
                number=ending,
            )
        )
    return Panel(_("Security"), [*todos, *_locked(now)], _("Every account holds an office, and none ends soon."))


def auditor_panel(user: "User", now: datetime) -> Panel:
    """What was recorded lately, and what was published."""
    recent = AuditEntry.objects.filter(at__gte=now - LOOK_BACK).aggregate(
        number=Count("pk"), people=Count("actor", distinct=True)
    )
    todos = []
    if recent["number"]:
        what = _("%(count)d changes by %(people)d people were recorded in the last seven days")
        todos.append(
            Todo("scroll-text", what % {"count": recent["number"], "people": recent["people"]},
                 reverse("results:tallies"), _("Tallies"), tone=WAITING)
        )  # fmt: skip
    rows = Publication.objects.filter(published_at__gte=now - LOOK_AHEAD).order_by("-published_at")[:5]
    for row in rows:
        what = _("“%(title)s” was published") % {"title": row.title}
        todos.append(Todo("megaphone", what, reverse("results:publication", args=[row.pk]), _("Verify"), tone=WAITING))
    return Panel(_("Audit"), todos, _("Nothing was changed in the last seven days."))
