"""Year plans and cycles: the list, the forms, opening and closing."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import Branch
from branchportal.access import require
from branchportal.editing import conflict_of, require_choices
from branchportal.errors import PortalError, StaleState
from branchportal.paging import whole_number

from ...schemes.comparison_words import period_name
from .. import rules
from ..dates import Span, period_days, settings_of, suggested_spans
from ..forms import CycleForm, PlanForm
from ..models import Cycle, PlanScheme, Team, YearPlan
from ..services import opening, plans


@require_GET
def cycle_list(request: HttpRequest) -> HttpResponse:
    """All years, newest first, each with its cycles, the periods still to be planned, and its teams."""
    require(rules.can_see_set_up(request.user))
    sheets = Count("sheets", filter=~Q(sheets__status="superseded"))
    cycles = Cycle.objects.order_by("starts_on").prefetch_related("steps").annotate(sheet_count=sheets)
    teams = (
        Team.objects.annotate(assigned_count=Count("assignments")).prefetch_related("memberships__user").order_by("pk")
    )
    rows = YearPlan.objects.select_related("scheme_version")
    schemes = PlanScheme.objects.select_related("sector", "scheme_version__scheme").defer("scheme_version__content")
    schemes = Prefetch("sector_schemes", queryset=schemes.order_by("sector__position", "sector__code"))
    years = rows.prefetch_related(Prefetch("cycles", queryset=cycles), Prefetch("teams", queryset=teams), schemes)
    context = {
        "years": [{"plan": plan, "unplanned": _unplanned(plan)} for plan in years],
        "access": rules.can_set_up(request.user),
    }
    return render(request, "assessments/cycles/list.html", context)


def _unplanned(plan: YearPlan) -> list[tuple[str, str]]:
    there = {cycle.period for cycle in plan.cycles.all()}
    periods = plan.scheme_version.content["year"]["periods"]
    return [(period, period_name(period)) for period in periods if period not in there]


@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """Begin a year."""
    require(rules.can_set_up(request.user))
    last = YearPlan.objects.order_by("-year").values_list("year", flat=True).first()
    year = last + 1 if last else timezone.localdate().year
    name = _("Assessment plan of %(year)s") % {"year": year}
    form = PlanForm(request.POST or None, initial={"year": year, "name": name})
    if request.method == "POST" and form.is_valid():
        try:
            said = form.said()
            del said["version"]
            plan = plans.create_plan(actor=request.user, **said)
        except PortalError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("“%(plan)s” is set up. Next: plan its cycles.") % {"plan": plan.name})
            return redirect("cycles:list")
    return _form(request, form, _("New year plan"))


@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a year or change its scheme."""
    require(rules.can_set_up(request.user))
    plan = get_object_or_404(YearPlan.objects.select_related("scheme_version"), pk=pk)
    initial = {"name": plan.name, "scheme_version": plan.scheme_version_id, "version": plan.version}
    initial |= {"notice_days": plan.notice_days, "meeting_after_notice": plan.meeting_after_notice}
    form = PlanForm(request.POST or None, plan=plan, initial=initial)
    conflict: dict = {}
    if request.method == "POST" and form.is_valid():
        try:
            require_choices(form)
            plans.change_plan(actor=request.user, plan=plan, **form.said())
        except StaleState as stale:
            conflict = conflict_of(form, stale)
        except PortalError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("cycles:list")
    return _form(request, form, plan.name, conflict)


def _form(request: HttpRequest, form: BaseForm, heading: str, conflict: dict | None = None) -> HttpResponse:
    context = {"form": form, "heading": heading, **(conflict or {})}
    return render(request, "assessments/cycles/plan_form.html", context, status=_status(form, conflict))


def _status(form: BaseForm, conflict: dict | None) -> int:
    return 409 if conflict else 422 if form.is_bound else 200


@require_http_methods(["GET", "POST"])
def cycle_new(request: HttpRequest, plan_pk: int, period: str) -> HttpResponse:
    """Plan a period; the usual dates are filled in already."""
    require(rules.can_set_up(request.user))
    plan = get_object_or_404(YearPlan.objects.select_related("scheme_version"), pk=plan_pk)
    if period not in plan.scheme_version.content["year"]["periods"]:
        raise PortalError(_("The scheme has no period “%(period)s”.") % {"period": period})
    form = CycleForm(request.POST or None, plan=plan, period=period, initial=_suggestion(plan, period))
    if request.method == "POST" and form.is_valid():
        try:
            cycle = plans.create_cycle(actor=request.user, plan=plan, period=period, **form.chosen())
        except PortalError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The cycle is planned. Check the dates, assign the teams, then open it."))
            return redirect("cycles:cycle", pk=cycle.pk)
    return _cycle_form(request, form, plan, None)


def _suggestion(plan: YearPlan, period: str) -> dict:
    starts_on, ends_on = period_days(plan.year, period)
    name = _("%(year)s %(period)s") % {"year": plan.year, "period": period_name(period)}
    spans = suggested_spans(ends_on, settings_of(plan, period, Cycle.Purpose.RATING))
    return {"name": name, "starts_on": starts_on, "ends_on": ends_on, **_initial(spans)}


def _initial(spans: dict[str, Span]) -> dict:
    starts = {f"{kind}_starts": span.starts_at for kind, span in spans.items()}
    return starts | {f"{kind}_ends": span.ends_at for kind, span in spans.items()}


@require_http_methods(["GET", "POST"])
def cycle_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a planned cycle."""
    cycle = _cycle(pk)
    require(rules.can_change_cycle(request.user, cycle))
    initial = {"name": cycle.name, "purpose": cycle.purpose, "starts_on": cycle.starts_on, "ends_on": cycle.ends_on}
    initial |= _initial({step.kind: Span(step.starts_at, step.ends_at) for step in cycle.steps.all()})
    initial |= {name: getattr(cycle, name) for name in ("review_scope", "sample_percent", "candidate_stars", "version")}
    form = CycleForm(request.POST or None, plan=cycle.plan, period=cycle.period, initial=initial)
    conflict: dict = {}
    if request.method == "POST" and form.is_valid():
        try:
            require_choices(form)
            version = form.cleaned_data["version"] or 0
            plans.change_cycle(actor=request.user, cycle=cycle, version=version, **form.chosen())
        except StaleState as stale:
            conflict = conflict_of(form, stale)
        else:
            messages.success(request, _("Saved."))
            return redirect("cycles:cycle", pk=pk)
    return _cycle_form(request, form, cycle.plan, cycle, conflict)


def _cycle_form(
    request: HttpRequest, form: CycleForm, plan: YearPlan, cycle: Cycle | None, conflict: dict | None = None
) -> HttpResponse:
    context = {"form": form, "plan": plan, "cycle": cycle, **(conflict or {})}
    return render(request, "assessments/cycles/cycle_form.html", context, status=_status(form, conflict))


@require_GET
def cycle_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One cycle: its steps, how many sheets and assignments, and what comes next."""
    require(rules.can_see_set_up(request.user))
    cycle = _cycle(pk)
    context = {
        "cycle": cycle,
        "steps": cycle.steps.all(),
        "sheet_count": sum(plans.sheets_by_status(cycle).values()),
        "branch_count": Branch.objects.filter(is_active=True).count(),
        "assigned_count": cycle.assignments.filter(branch__is_active=True).count(),
        "can_open": rules.can_open_cycle(request.user, cycle),
        "can_change": rules.can_change_cycle(request.user, cycle),
        "can_set_up": rules.can_set_up(request.user),
    }
    return render(request, "assessments/cycles/cycle.html", context)


@require_POST
def cycle_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue the job that creates the sheets and opens the cycle."""
    job = opening.request_opening(actor=request.user, cycle=_cycle(pk))
    return redirect("task", pk=job.pk)


@require_POST
def cycle_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a cycle whose sheets are all through."""
    cycle = plans.close_cycle(actor=request.user, cycle=_cycle(pk))
    messages.success(request, _("“%(cycle)s” is closed.") % {"cycle": cycle.name})
    return redirect("cycles:cycle", pk=pk)


@require_POST
def cycle_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a planned cycle."""
    cycle = _cycle(pk)
    plans.delete_cycle(actor=request.user, cycle=cycle, version=whole_number(request.POST.get("version")))
    messages.success(request, _("“%(cycle)s” was taken back.") % {"cycle": cycle.name})
    return redirect("cycles:list")


def _cycle(pk: int) -> Cycle:
    rows = Cycle.objects.select_related("plan__scheme_version").defer("plan__scheme_version__content")
    return get_object_or_404(rows, pk=pk)
