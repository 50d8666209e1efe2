"""Facts of a year as a whole: list, record, decide, take back."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.former import called
from branches.models import Branch
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.figures import micro
from branchportal.paging import page_of

from ...cycles.models import YearPlan
from .. import rules
from ..forms import number
from ..models import YearFact
from ..services.year_facts import decide_fact, items, record_fact, withdraw_fact


@require_GET
def fact_list(request: HttpRequest) -> HttpResponse:
    """Facts of all years, newest first."""
    require(rules.can_see_facts(request.user))
    rows = YearFact.objects.visible_to(request.user).for_table()
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(called(text))
    page = page_of(request, rows.order_by("-pk"))
    words: dict[int, dict[str, str]] = {}
    lines = []
    for fact in page:
        known = words.setdefault(fact.plan_id, dict(items(fact.plan)))
        lines.append(
            {
                "fact": fact,
                "item": known.get(f"{fact.kind}:{fact.code}", fact.code),
                "may_decide": rules.can_decide_fact(request.user, fact),
                "may_withdraw": rules.can_withdraw_fact(request.user, fact),
            }
        )
    context = {
        "page": page,
        "lines": lines,
        "may_record": rules.can_record_fact(request.user),
        "is_filtered": bool(text),
    }
    return render(request, "assessments/polls/facts.html", context)


@require_http_methods(["GET", "POST"])
def fact_new(request: HttpRequest) -> HttpResponse:
    """Record a fact about a branch for a year."""
    require(rules.can_record_fact(request.user))
    data = request.POST if request.method == "POST" else request.GET
    plans = YearPlan.objects.select_related("scheme_version").order_by("-year")
    chosen = plans.filter(pk=number(data.get("plan")) or 0).first()
    plan = chosen or plans.filter(year__lte=timezone.localdate().year).first() or plans.first()
    if plan is None:
        raise PortalError(_("No year is set up yet."))
    error = None
    if request.method == "POST":
        try:
            _record(request, plan)
        except PortalError as refusal:
            error = refusal
        else:
            messages.success(request, _("Recorded. It counts once a second person has accepted it."))
            return redirect("polls:facts")
    context = {
        "plans": plans,
        "plan": plan,
        "items": items(plan),
        "data": data,
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    return render(request, "assessments/polls/fact_new.html", context, status=error.status if error else 200)


def _record(request: HttpRequest, plan: YearPlan) -> None:
    text = request.POST.get("branch", "").strip()
    branch = Branch.objects.filter(Q(code=text) | Q(name=text), is_active=True).first() if text else None
    if branch is None:
        raise PortalError(_("No active branch has this code or name."), field="branch")
    value = request.POST.get("value", "").strip()
    try:
        value_up = micro(value) if value else None
    except ValueError as error:
        raise PortalError(_("“%(text)s” is no number.") % {"text": value[:20]}, field="value") from error
    record_fact(
        actor=request.user, plan=plan, branch=branch, item=request.POST.get("item", ""), value_up=value_up,
        document=request.POST.get("document", ""), at=request.received_at,
    )  # fmt: skip


def _fact(request: HttpRequest, pk: int) -> YearFact:
    return get_object_or_404(YearFact.objects.visible_to(request.user).select_related("entered_by"), pk=pk)


@require_POST
def fact_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or refuse, as a second person."""
    version = number(request.POST.get("version")) or 0
    accept = request.POST.get("decision") == "accept"
    decide_fact(actor=request.user, fact=_fact(request, pk), version=version, accept=accept, at=request.received_at)
    messages.success(request, _("Decided."))
    return redirect("polls:facts")


@require_POST
def fact_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a fact back."""
    withdraw_fact(actor=request.user, fact=_fact(request, pk), version=number(request.POST.get("version")) or 0)
    messages.success(request, _("Taken back."))
    return redirect("polls:facts")
