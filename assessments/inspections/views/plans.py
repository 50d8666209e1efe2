"""Visit plans: list, draw, add, assign; the draw as a file that anybody can repeat."""

import hashlib

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.former import called
from branches.models import Branch
from branchportal import tables
from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number

from ...cycles.models import Team
from ...sheets.naming import branch_names
from .. import rules, sampling
from ..choices import VisitStatus
from ..forms import DrawForm, PlanForm
from ..models import Visit, VisitPlan
from ..services import plans

NAMED = 20


@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans one sees, newest first, with how far they are."""
    require(rules.can_see_plans(request.user))
    rows = VisitPlan.objects.visible_to(request.user).select_related("cycle").defer("population")
    seen = Visit.objects.visible_to(request.user)
    rows = rows.annotate(
        total=Count("visits", filter=Q(visits__in=seen), distinct=True),
        done=Count("visits", filter=Q(visits__in=seen, visits__status=VisitStatus.SIGNED), distinct=True),
    )
    context = {"page": page_of(request, rows.order_by("-pk")), "access": rules.can_plan(request.user), "tab": "plans"}
    return render(request, "assessments/inspections/plans.html", context)


def _plan(request: HttpRequest, pk: int) -> VisitPlan:
    rows = VisitPlan.objects.visible_to(request.user).select_related("cycle__plan__scheme_version", "drawn_by")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """A new plan; its branches follow on its own page."""
    require(rules.can_plan(request.user))
    page = Page(_("New visit plan"), reverse("visits:plans"), _("Save"), _("The plan is made. Now choose branches."))
    form = PlanForm(request.POST or None)

    def save(form: PlanForm) -> None:
        plans.make_plan(actor=request.user, cycle=form.cleaned_data["cycle"], **form.chosen())

    return edit(request, form=form, page=page, save=save)


@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, aim and days of a plan."""
    plan = _plan(request, pk)
    require(rules.can_change_plan(request.user, plan))
    page = Page(_("Change the visit plan"), reverse("visits:plan", args=[pk]), _("Save"), _("Saved."))
    names = ("name", "aim", "starts_on", "ends_on", "is_announced", "version")
    form = PlanForm(request.POST or None, plan=plan, initial={name: getattr(plan, name) for name in names})

    def save(form: PlanForm) -> None:
        version = form.cleaned_data["version"] or 0
        plans.change_plan(actor=request.user, plan=plan, version=version, **form.chosen())

    return edit(request, form=form, page=page, save=save)


@require_GET
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: how its branches were chosen, its visits, teams."""
    require(rules.can_see_plans(request.user))
    return _show(request, _plan(request, pk), None)


def _show(request: HttpRequest, plan: VisitPlan, draw: DrawForm | None, status: int = 200) -> HttpResponse:
    rows = Visit.objects.visible_to(request.user).filter(plan=plan)
    counted = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    shown, text = request.GET.get("status", ""), request.GET.get("q", "").strip()[:60]
    if shown in VisitStatus.values:
        rows = rows.filter(status=shown)
    if request.GET.get("team") == "none":
        rows = rows.filter(team=None)
    if text:
        rows = rows.filter(called(text))
    context = {
        "plan": plan,
        "page": page_of(request, rows.for_table().order_by("branch__code")),
        "counts": [(value, label, counted.get(value, 0)) for value, label in VisitStatus.choices if counted.get(value)],
        "total": sum(counted.values()),
        "shown": shown,
        "access": rules.can_change_plan(request.user, plan),
        "may_draw": rules.can_draw(request.user, plan),
        "draw": draw or DrawForm(initial={"version": plan.version, "wanted": 68}),
        "teams": Team.objects.filter(plan_id=plan.cycle.plan_id).order_by("pk"),
        "of": len(sampling.unpack(plan.population)),
        "digest": hashlib.sha256(plan.population.encode()).hexdigest() if plan.population else "",
        "found": _search(request, plan),
    }
    return render(request, "assessments/inspections/plan.html", context, status=status)


def _search(request: HttpRequest, plan: VisitPlan) -> list[Branch]:
    """Branches to add by hand that fit what was typed."""
    text = request.GET.get("branch", "").strip()[:60]
    if not text or not rules.can_change_plan(request.user, plan):
        return []
    rows = Branch.objects.filter(Q(name__icontains=text) | Q(code__startswith=text), is_active=True)
    return list(rows.exclude(visits__plan=plan).select_related("organization").order_by("code")[:NAMED])


@require_POST
def plan_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the branches, once."""
    plan = _plan(request, pk)
    require(rules.can_draw(request.user, plan))
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _show(request, plan, form, status=422)
    data = form.cleaned_data
    try:
        outcome = plans.draw_branches(
            actor=request.user, plan=plan, version=data["version"], method=data["method"], wanted=data["wanted"] or 0,
            seed=data["seed"],
        )  # fmt: skip
    except PortalError as refusal:
        if refusal.status != 400:
            raise
        form.add_error(refusal.details.get("field"), refusal.message)
        return _show(request, plan, form, status=422)
    messages.success(request, _("%(count)d branches were drawn.") % {"count": outcome.done})
    return redirect("visits:plan", pk=pk)


@require_GET
def plan_draw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list drawn from with group and place, as CSV: whoever has the seed can repeat the draw."""
    require(rules.can_see_plans(request.user))
    plan = _plan(request, pk)
    drawn = dict(plan.visits.exclude(place=None).values_list("branch__code", "place"))
    names = branch_names(plan.cycle)
    rows = [
        (code, names.get(code, ""), stratum, drawn.get(code), "是" if code in drawn else "否")
        for code, stratum in sampling.unpack(plan.population)
    ]
    columns = [
        tables.Column("支部编码", kind="code"), tables.Column("支部名称"), tables.Column("抽样组"),
        tables.Column("抽签顺序", kind="whole"), tables.Column("是否抽中"),
    ]  # fmt: skip
    content = tables.csv_bytes(tables.Table("抽样名单", columns, rows))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{plan.pk}.csv"'
    return response


@require_POST
def plan_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the ticked branches by hand."""
    plan = _plan(request, pk)
    chosen = [whole_number(text) for text in request.POST.getlist("branch")]
    if not chosen:
        raise PortalError(_("Tick at least one branch."))
    rows = Branch.objects.filter(pk__in=chosen, is_active=True)
    outcome = plans.add_branches(actor=request.user, plan=plan, branches=rows)
    _tell(request, outcome, _("%(count)d branches were put on the plan.") % {"count": outcome.done})
    return redirect("visits:plan", pk=pk)


@require_POST
def plan_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the ticked visits to a team."""
    plan = _plan(request, pk)
    require(rules.can_change_plan(request.user, plan))
    team = get_object_or_404(Team, pk=whole_number(request.POST.get("team")), plan_id=plan.cycle.plan_id)
    chosen = [whole_number(text) for text in request.POST.getlist("visit")]
    visits = Visit.objects.visible_to(request.user).filter(plan=plan, pk__in=chosen).for_table()
    if not chosen:
        raise PortalError(_("Tick at least one visit."))
    outcome = plans.assign_team(actor=request.user, plan=plan, team=team, visits=visits)
    _tell(request, outcome, _("%(count)d visits were given to %(team)s.") % {"count": outcome.done, "team": team})
    return redirect("visits:plan", pk=pk)


def _tell(request: HttpRequest, outcome: plans.Outcome, done: str) -> None:
    messages.success(request, done)
    for branch, reason in outcome.refused[:NAMED]:
        messages.warning(request, _("Left out: %(branch)s. %(reason)s") % {"branch": branch, "reason": reason})
    if len(outcome.refused) > NAMED:
        more = _("And %(count)d more were left out for such reasons.")
        messages.warning(request, more % {"count": len(outcome.refused) - NAMED})
