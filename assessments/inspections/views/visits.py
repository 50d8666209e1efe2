"""The list of visits, one visit's page, and its moves: date, begin, postpone, cancel."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.former import called
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number
from members.roles import Role

from ...sheets.files import ACCEPT
from .. import rules
from ..checklist import check_list
from ..choices import OPEN_VISITS, Verdict, VisitStatus
from ..forms import day
from ..models import Visit, VisitFile, VisitPlan
from ..services import visits
from ..services.signing import is_intact
from ..timeline import steps_of


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """The visits one sees: those still to be made first, then by day; filters stay in the address."""
    require(rules.can_see_visits(request.user))
    seen = Visit.objects.visible_to(request.user)
    rows = _filtered(request, seen)
    context = {
        "page": page_of(request, rows.for_table().with_counts().order_by("-pk")),
        "plans": VisitPlan.objects.filter(visits__in=seen).distinct().only("pk", "name").order_by("-pk"),
        "statuses": VisitStatus.choices,
        "is_filtered": any(request.GET.get(name) for name in ("q", "plan", "status", "team")),
        "may_plan": rules.can_see_plans(request.user),
        "is_branch": not rules.can_see_plans(request.user),
        "tab": "visits",
    }
    return render(request, "assessments/inspections/list.html", context)


def _filtered(request: HttpRequest, rows: object) -> object:
    plan, status, text = (request.GET.get(name, "").strip()[:60] for name in ("plan", "status", "q"))
    if plan.isdigit():
        rows = rows.filter(plan=whole_number(plan))
    if status == "todo":
        rows = rows.filter(status__in=OPEN_VISITS)
    elif status in VisitStatus.values:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(called(text))
    return rows


def visit_of(request: HttpRequest, pk: int) -> Visit:
    """A visible visit with all that its page and services ask."""
    return get_object_or_404(Visit.objects.visible_to(request.user).for_record(), pk=pk)


@require_GET
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: on a phone the check list row by row, then findings, record and signature."""
    return show(request, visit_of(request, pk))


def show(
    request: HttpRequest, visit: Visit, *, refusal: PortalError | None = None, part: str = "", status: int = 200
) -> HttpResponse:
    """The page; after a refusal with what was typed in its `part` ("record", "finding", "sign", "step")."""
    user = request.user
    may_see = rules.can_see_record(user, visit)
    files = list(VisitFile.objects.filter(visit=visit)) if may_see else []
    findings = list(visit.findings.select_related("indicator", "found_by", "rectification")) if may_see else []
    groups = check_list(visit, files, findings) if may_see else []
    context = {
        "visit": visit,
        "groups": groups,
        "done": sum(group.done for group in groups),
        "due": sum(len(group.rows) for group in groups),
        "problems": [row for group in groups for row in group.rows if row.state == Verdict.PROBLEM],
        "findings": findings,
        "loose_files": [file for file in files if file.indicator_id is None],
        "verdicts": Verdict.choices,
        "may_see": may_see,
        "opens_files": not user.scope.has(Role.AUDITOR),
        "may_schedule": rules.can_schedule(user, visit),
        "may_cancel": rules.can_cancel(user, visit),
        "may_begin": rules.can_begin(user, visit),
        "may_record": rules.can_record(user, visit),
        "may_sign": rules.can_sign(user, visit),
        "scores": visits.scores(visit),
        "steps": steps_of(audit.trail(visit), is_whole=bool(may_see)),
        "is_intact": is_intact(visit) if visit.digest else None,
        "accept": ACCEPT,
        "refusal": refusal,
        "part": part,
        "typed": request.POST if refusal else {},
        "field": refusal.details.get("field", "") if refusal else "",
    }
    return render(request, "assessments/inspections/visit.html", context, status=status)


@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Which move it is says the pressed button."""
    row = visit_of(request, pk)
    data = request.POST
    known = {"visit": row, "actor": request.user, "version": whole_number(data.get("version"))}
    try:
        if "begin" in data:
            visits.begin_visit(**known, at=request.received_at)
        elif "postpone" in data:
            visits.postpone_visit(**known, reason=data.get("reason", ""))
        elif "cancel" in data:
            visits.cancel_visit(**known, reason=data.get("reason", ""))
        else:
            visits.schedule_visit(**known, planned_on=day(data.get("planned_on")))
    except PortalError as refusal:
        if refusal.status != 400:
            messages.error(request, refusal.message)
            return redirect("visits:visit", pk=pk)
        return show(request, visit_of(request, pk), refusal=refusal, part="step", status=422)
    messages.success(request, _("%(branch)s: %(status)s.") % {"branch": row.branch, "status": row.get_status_display()})
    return redirect(reverse("visits:visit", args=[pk]))
