"""The scope of a cycle's review: the choice, the draw or the candidates, additions by hand, the list as a file."""

import json

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.former import called
from branches.models import Branch
from branchportal import tables
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.figures import plain_text
from branchportal.paging import page_of, whole_number

from ...cycles import rules
from ...cycles.forms import ScopeForm
from ...cycles.models import Cycle
from ...cycles.naming import settled
from ...cycles.scoping import ReviewScope, ScopeBranch
from ...cycles.services import choosing
from ...sheets.choices import Status
from ...sheets.models import Sheet
from ...sheets.naming import branch_names, organization_then
from . import services

NAMED = 20


def _cycle(pk: int) -> Cycle:
    rows = Cycle.objects.select_related("plan__scheme_version__scheme").defer("plan__scheme_version__content")
    return get_object_or_404(rows, pk=pk)


@require_GET
def scope(request: HttpRequest, pk: int) -> HttpResponse:
    """What is reviewed in a cycle, how that came about, and how far the rest is."""
    require(rules.can_see_set_up(request.user))
    return _show(request, _cycle(pk))


def _show(
    request: HttpRequest, cycle: Cycle, form: ScopeForm | None = None, status: int = 200, problem: str = ""
) -> HttpResponse:
    settled = ReviewScope.objects.filter(cycle=cycle).select_related("settled_by").defer("basis").first()
    sheets = Sheet.objects.filter(cycle=cycle).current().exclude(status=Status.EXEMPT)
    may_settle = rules.can_settle_scope(request.user, cycle)
    if form is None:
        names = ("review_scope", "sample_percent", "candidate_stars", "version")
        initial = {name: getattr(cycle, name) for name in names}
        form = ScopeForm(initial=initial, plan=cycle.plan, period=cycle.period)
    number = sheets.count()
    context = {
        "cycle": cycle,
        "settled": settled,
        "form": form,
        "problem": problem,
        "may_choose": rules.can_change_scope(request.user, cycle, request.received_at),
        "may_settle": may_settle,
        "not_yet": _not_yet(request, cycle) if may_settle else "",
        "job": None if settled or cycle.review_scope != Cycle.Scope.CANDIDATES else services.running_job(cycle),
        "may_add": rules.can_add_to_scope(request.user, cycle),
        "number": number,
        "wanted": services.sample_size(cycle, number),
        "seed": request.POST.get("seed", "")[:60],
        "found": _search(request, cycle) if settled else [],
        "reason": request.POST.get("reason", "")[:200],
        **(_list_of(request, cycle) if settled else {}),
    }
    return render(request, "assessments/scoping/scope.html", context, status=status)


def _not_yet(request: HttpRequest, cycle: Cycle) -> str:
    if cycle.review_scope != Cycle.Scope.CANDIDATES:
        return ""
    return services.why_not_yet(cycle, request.received_at)


def _list_of(request: HttpRequest, cycle: Cycle) -> dict:
    """The branches under review, one page of them, and how far those outside are."""
    sheet = Sheet.objects.filter(cycle=cycle, branch=OuterRef("branch_id")).current()
    then = organization_then(cycle="cycle_id")
    rows = ScopeBranch.objects.named_as_of(settled(cycle="cycle_id"), "branch", branch__organization=then)
    rows = rows.filter(cycle=cycle).select_related("branch__organization", "added_by")
    counted = dict(rows.order_by().values_list("origin").annotate(Count("pk")))
    shown, text = request.GET.get("origin", ""), request.GET.get("q", "").strip()[:60]
    if shown in ScopeBranch.Origin.values:
        rows = rows.filter(origin=shown)
    if text:
        rows = rows.filter(called(text))
    page = page_of(request, rows.annotate(sheet_status=Subquery(sheet.values("status")[:1])).order_by("branch__code"))
    words = dict(Status.choices)
    for row in page.object_list:
        row.status_label = words.get(row.sheet_status, "—")
    outside = Sheet.objects.filter(cycle=cycle).current().exclude(status=Status.EXEMPT).outside_scope()
    numbers = dict(outside.order_by().values_list("status").annotate(Count("pk")))
    return {
        "page": page,
        "shown": shown,
        "text": text,
        "total": sum(counted.values()),
        "tabs": [(key, label, counted[key]) for key, label in ScopeBranch.Origin.choices if counted.get(key)],
        "outside": sum(numbers.values()),
        "outside_passed": numbers.get(Status.PASSED, 0),
        "outside_done": numbers.get(Status.APPROVED, 0) + numbers.get(Status.SEALED, 0),
    }


def _search(request: HttpRequest, cycle: Cycle) -> list[Branch]:
    """Branches to add by hand that fit what was typed."""
    text = request.GET.get("branch", "").strip()[:60]
    if not text:
        return []
    rows = Branch.objects.filter(Q(name__icontains=text) | Q(code__startswith=text), sheets__cycle=cycle)
    there = ScopeBranch.objects.filter(cycle=cycle).values("branch_id")
    return list(rows.exclude(pk__in=there).select_related("organization").distinct().order_by("code")[:NAMED])


@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose another scope, until the review begins."""
    cycle = _cycle(pk)
    require(rules.can_set_up(request.user))
    form = ScopeForm(request.POST, plan=cycle.plan, period=cycle.period, initial={"version": cycle.version})
    if not form.is_valid():
        return _show(request, cycle, form, status=422)
    version = form.cleaned_data["version"] or 0
    choosing.change_scope(actor=request.user, cycle=cycle, version=version, scope=form.scope(), at=request.received_at)
    messages.success(request, _("Saved."))
    return redirect("cycles:scope", pk=pk)


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the sample, or queue the job that computes the candidates."""
    cycle, user, at = _cycle(pk), request.user, request.received_at
    require(rules.can_set_up(user))
    try:
        if cycle.review_scope == Cycle.Scope.CANDIDATES:
            return redirect("task", pk=services.request_candidates(actor=user, cycle=cycle, at=at).pk)
        services.draw_sample(actor=user, cycle=cycle, seed=request.POST.get("seed", ""), at=at)
    except StaleState:
        raise
    except PortalError as refusal:
        return _show(request, cycle, status=422, problem=refusal.message)
    messages.success(request, _("The sample is drawn. Seed and list are on record."))
    return redirect("cycles:scope", pk=pk)


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the ticked branches under review by hand."""
    cycle = _cycle(pk)
    require(rules.can_set_up(request.user))
    chosen = [whole_number(text) for text in request.POST.getlist("branch")][:NAMED]
    rows = Branch.objects.filter(pk__in=chosen).order_by("code")
    try:
        if not rows:
            raise PortalError(_("Tick at least one branch."))
        outcome = services.add_branches(
            actor=request.user, cycle=cycle, branches=rows, reason=request.POST.get("reason", "")
        )
    except PortalError as refusal:
        return _show(request, cycle, status=422, problem=refusal.message)
    messages.success(request, _("%(count)d branches were put under review.") % {"count": outcome.done})
    for branch, reason in outcome.refused:
        messages.warning(request, _("Left out: %(branch)s. %(reason)s") % {"branch": branch, "reason": reason})
    return redirect("cycles:scope", pk=pk)


@require_GET
def scope_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list that it was made from, as CSV: whoever has it can repeat the draw, or check the candidates."""
    require(rules.can_see_set_up(request.user))
    cycle = _cycle(pk)
    settled = get_object_or_404(ReviewScope, cycle=cycle)
    listed = dict(ScopeBranch.objects.filter(cycle=cycle).values_list("branch__code", "place"))
    names = branch_names(cycle)
    basis = json.loads(settled.basis)
    code, name, taken = tables.Column("支部编码", kind="code"), tables.Column("支部名称"), tables.Column("是否审核")
    if settled.kind == Cycle.Scope.SAMPLE:
        columns = [code, name, tables.Column("抽样组"), tables.Column("抽签顺序", kind="whole"), taken]
        rows = [(key, names.get(key, ""), group, listed.get(key), _yes(key in listed)) for key, group in basis]
    else:
        columns = [code, name, tables.Column("初审得分"), tables.Column("可达星级", kind="whole"), taken]
        rows = [
            (key, names.get(key, ""), "" if total_up is None else plain_text(total_up), stars, _yes(key in listed))
            for key, total_up, stars in basis
        ]
    content = tables.csv_bytes(tables.Table("审核范围", columns, rows))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="review-scope-{cycle.pk}.csv"'
    return response


def _yes(is_in: bool) -> str:
    return "是" if is_in else "否"
