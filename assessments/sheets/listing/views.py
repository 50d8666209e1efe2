"""Lists of sheets to be approved: what waits for a list, the lists, one list with its report."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.former import called
from branchportal.access import require
from branchportal.paging import page_of

from ...cycles.models import Cycle
from ...cycles.rules import can_see_set_up
from . import rules, services
from .models import ApprovalList, ListedSheet

SHOWN = 3  # cycles whose waiting sheets are told


@require_GET
def approval_lists(request: HttpRequest) -> HttpResponse:
    """The lists one sees, newest first, and how many sheets wait for one."""
    require(rules.can_see(request.user))
    rows = ApprovalList.objects.visible_to(request.user).for_table()
    if request.GET.get("open"):
        rows = rows.filter(status=ApprovalList.Status.PREPARED)
    context = {"page": page_of(request, rows.order_by("-pk")), "waiting": _waiting(request)}
    context["sees_scope"] = can_see_set_up(request.user)
    return render(request, "assessments/listing/list.html", context)


def _waiting(request: HttpRequest) -> list[dict]:
    """Open cycles in which not everybody is reviewed, for those who may prepare a list."""
    cycles = Cycle.objects.filter(status=Cycle.Status.OPEN).exclude(review_scope=Cycle.Scope.ALL)
    found = []
    for cycle in cycles.select_related("plan").order_by("-starts_on")[:SHOWN]:
        if rules.can_prepare(request.user, cycle) and not rules.why_no_list(cycle):
            found.append({"cycle": cycle, "number": services.waiting_sheets(cycle, request.user).count()})
    return found


@require_POST
def prepare(request: HttpRequest, cycle_pk: int) -> HttpResponse:
    """Put what waits on a new list."""
    require(rules.can_see(request.user))
    cycle = get_object_or_404(Cycle.objects.select_related("plan"), pk=cycle_pk)
    listed = services.prepare_list(actor=request.user, cycle=cycle, at=request.received_at)
    messages.success(request, _("The list is prepared. Another person looks at it and approves it."))
    return redirect("sheets:approval_list", pk=listed.pk)


def _list(request: HttpRequest, pk: int) -> ApprovalList:
    require(rules.can_see(request.user))
    return get_object_or_404(ApprovalList.objects.visible_to(request.user).for_table(), pk=pk)


@require_GET
def approval_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: its sheets, what became of them, and the approval by another person."""
    listed = _list(request, pk)
    open_claims = Count("sheet__claims", filter=Q(sheet__claims__status__in=("claimed", "recorded")))
    rows = listed.rows.for_table().annotate(open_claims=open_claims)
    shown, text = request.GET.get("status", ""), request.GET.get("q", "").strip()[:60]
    if shown in ListedSheet.Status.values:
        rows = rows.filter(status=shown)
    if text:
        rows = rows.filter(called(text, "sheet__branch"))
    counted = dict(listed.rows.order_by().values_list("status").annotate(Count("pk")))
    context = {
        "sees_scope": can_see_set_up(request.user),
        "listed": listed,
        "page": page_of(request, rows.order_by("sheet__branch__code")),
        "tabs": [(value, label, counted[value]) for value, label in ListedSheet.Status.choices if counted.get(value)],
        "shown": shown,
        "text": text,
        "job": services.running_job(listed) if listed.waiting_count else None,
        "may_approve": rules.can_approve(request.user, listed),
        "may_withdraw": rules.can_withdraw(request.user, listed),
        "is_stopped": listed.status == ApprovalList.Status.APPROVED and listed.waiting_count,
    }
    return render(request, "assessments/listing/detail.html", context)


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the whole list, or let the stopped task go on."""
    job = services.approve_list(actor=request.user, listed=_list(request, pk), at=request.received_at)
    return redirect("task", pk=job.pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a list back before it is approved."""
    services.withdraw_list(actor=request.user, listed=_list(request, pk))
    messages.success(request, _("The list is taken back; its sheets wait for another one."))
    return redirect("sheets:approval_lists")
