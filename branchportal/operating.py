"""Pages of the system administrator: the state of the portal, and everybody's tasks. No page here shows a score."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from . import health, jobs
from .access import YES, Access, no, require
from .models import Job
from .paging import whole_number

PAGE_SIZE = 50
SYSTEM_ADMIN = "ADMIN"  # the office's code; the frame knows no rooms


def can_operate(user: object) -> Access:
    """Who sees how the portal is doing and the tasks of others."""
    if user.scope.has(SYSTEM_ADMIN):
        return YES
    return no(_("Only the system administrator sees the state of the portal and the tasks of others."))


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """What works, what does not, and the cure."""
    require(can_operate(request.user))
    lines = health.checks()
    return render(request, "operating/state.html", {"lines": lines, "worst": health.worst(lines)})


@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """Everybody's tasks, newest first, 50 a page; `state` narrows them down."""
    require(can_operate(request.user))
    wanted = request.GET.get("state", "")
    found = _narrowed(wanted)
    before = whole_number(request.GET.get("before"))
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    context = {
        "jobs": rows[:PAGE_SIZE],
        "next": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        "is_first": not before,
        "state": wanted if wanted in Job.Status.values else "",
        "states": Job.Status.choices,
        "is_silent": jobs.is_worker_silent(),
    }
    return render(request, "operating/tasks.html", context)


def _narrowed(state: str) -> QuerySet[Job]:
    """Titles, owners and times; parameters and messages stay with the owner, for they may tell of figures."""
    rows = Job.objects.select_related("owner").order_by("-pk").defer("params", "message", "result_url", "file_path")
    return rows.filter(status=state) if state in Job.Status.values else rows


@require_POST
def task_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a failed task again."""
    require(can_operate(request.user))
    jobs.retry(job=get_object_or_404(Job, pk=pk), actor=request.user)
    return redirect("operating_tasks")


@require_POST
def task_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask somebody's task to stop."""
    require(can_operate(request.user))
    jobs.cancel(job=get_object_or_404(Job, pk=pk), actor=request.user)
    return redirect("operating_tasks")
