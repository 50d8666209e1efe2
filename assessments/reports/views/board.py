"""The progress board of office and deciding authority: heat map, branches behind a number, reminder text."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branches.former import called_then
from branches.models import Organization, Sector, Unit
from branchportal.access import YES, Access, no, require
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number
from members.models import User
from members.phones import open_list

from ...cycles import rules
from ...cycles.models import Cycle, Team
from ...cycles.naming import settled_of
from ...sheets.models import Sheet
from .. import board as board_model
from .. import reminder
from ..board import COLUMNS, Filters


@require_GET
def heat_map(request: HttpRequest) -> HttpResponse:
    """Units (or organizations) by status or by step, every number leading to its branches."""
    require(rules.can_see_board(request.user))
    cycle = _chosen(request)
    context = {"cycle": cycle, "cycles": _cycles(), "by": _by(request), "show": _show(request)}
    if cycle is not None:
        context["board"] = board_model.board(cycle, request.received_at, _by(request))
        context["steps"] = cycle.steps.all()
    return render(request, "assessments/reports/board.html", context)


def _by(request: HttpRequest) -> str:
    return "organization" if request.GET.get("by") == "organization" else "unit"


def _show(request: HttpRequest) -> str:
    return "step" if request.GET.get("show") == "step" else "status"


def _cycles() -> list[Cycle]:
    return list(Cycle.objects.exclude(status=Cycle.Status.PLANNED).order_by("-starts_on")[:12])


def _chosen(request: HttpRequest) -> Cycle | None:
    """The cycle of the address, or the open one, or the last one."""
    rows = Cycle.objects.exclude(status=Cycle.Status.PLANNED).select_related("plan__scheme_version")
    rows = rows.prefetch_related("steps")
    wanted = request.GET.get("cycle", "")
    if wanted:
        return get_object_or_404(rows, pk=whole_number(wanted))
    return rows.filter(status=Cycle.Status.OPEN).order_by("-starts_on").first() or rows.order_by("-starts_on").first()


@require_GET
def branches(request: HttpRequest) -> HttpResponse:
    """The branches behind a number, with filters that stay; a department finds its own subtree."""
    require(rules.can_see_late(request.user))
    cycle = _chosen(request)
    filters = Filters.read(request.GET)
    user = request.user
    rows = board_model.sheets(user, cycle, filters, request.received_at) if cycle else Sheet.objects.none()
    seen = board_model.seen_by(user, cycle) if cycle else Sheet.objects.none()
    page = page_of(request, rows)
    shown = list(page.object_list)
    moment = settled_of(cycle) if cycle else None
    organizations = Organization.objects.filter(pk__in=seen.values("organization_id"))
    if cycle is not None:
        board_model.mark_late(shown, cycle, request.received_at)
    context = {
        "cycle": cycle,
        "page": page,
        "rows": shown,
        "filters": filters,
        "statuses": [(status.value, status.label) for status in COLUMNS],
        "units": called_then(Unit.objects.filter(pk__in=seen.values("unit_id")), "unit", moment),
        "organizations": called_then(organizations.only("name", "code"), "organization", moment),
        "sectors": Sector.objects.all(),
        "teams": Team.objects.filter(plan_id=cycle.plan_id).order_by("pk") if cycle else (),
        "can_see_board": rules.can_see_board(user),
    }
    return render(request, "assessments/reports/board_branches.html", context)


@require_http_methods(["GET", "POST"])
def reminder_page(request: HttpRequest) -> HttpResponse:
    """Text and call list of the branches that the filters leave; a POST with a reason shows its numbers in full."""
    require(rules.can_see_late(request.user))
    open_access = _can_open(request.user)
    if request.method == "POST":
        require(open_access)
    cycle, lines, problem, is_open = _chosen(request), [], "", False
    if cycle is not None:
        rows = board_model.sheets(request.user, cycle, Filters.read(request.GET), request.received_at)
        late = list(rows.exclude(status__in=["approved", "sealed", "exempt"]))
        if request.method == "POST":
            problem = _open_list(request, cycle, len(late))
            is_open = not problem
        lines = reminder.calls(cycle, late, is_open=is_open)
    context = {
        "open_access": open_access,
        "is_open": is_open,
        "problem": problem,
        "reason": request.POST.get("reason", "")[:300],
        "cycle": cycle,
        "can_see_board": rules.can_see_board(request.user),
        "lines": lines,
        "text": reminder.reminder_text(cycle, lines, request.received_at) if lines else "",
        "call_list": reminder.call_list(lines),
    }
    response = render(request, "assessments/reports/board_reminder.html", context, status=422 if problem else 200)
    if is_open:
        response["Cache-Control"] = "no-store"
    return response


def _can_open(user: User) -> Access:
    """Calling late branches is the work of the office, and of a department for its own."""
    if user.scope.is_office or user.scope.department_paths:
        return YES
    return no(_("Full numbers of the call list are shown to the assessment office, to a department for its subtree."))


def _open_list(request: HttpRequest, cycle: Cycle, branches: int) -> str:
    """Why the list stays masked, as a sentence; "" when its opening is written down."""
    try:
        open_list(actor=request.user, about=cycle, branches=branches, reason=request.POST.get("reason", ""))
    except PortalError as refusal:
        return refusal.message
    return ""
