"""Tallies: start, follow, look at, compare."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from branches.models import Branch
from branchportal.access import no, require
from branchportal.htmx import render_part
from branchportal.models import Job
from branchportal.paging import whole_number

from ...cycles.models import Cycle, YearPlan
from .. import rules
from ..changes import MOST, changed_branches, refusal
from ..comparison import compare, earlier_tally
from ..models import Publication, Tally
from ..overview import overview_of
from ..services.tally import TASK, request_tally, running_job
from ..services.updating import update_changed
from ..ties import ties_of
from ..yearly import absent_quarters
from .ranking import kept_params, table_context

NAMED = 5  # changed branches that the page names


def visible_tally(request: HttpRequest, pk: int) -> Tally:
    """A tally that the user may look at as a whole: 404 outside visibility, 403 for those who see single results."""
    rows = Tally.objects.visible_to(request.user).select_related("plan__scheme_version__scheme", "cycle__plan")
    waiting = Publication.objects.filter(tally=OuterRef("pk"), status=Publication.Status.PREPARED)
    tally = get_object_or_404(rows.annotate(prepared_pk=Subquery(waiting.values("pk")[:1])), pk=pk)
    require(rules.can_see_tallies(request.user))
    return tally


@require_GET
def tallies(request: HttpRequest) -> HttpResponse:
    """The cycles of a year and the year itself: how far they are, what was tallied, what runs."""
    require(rules.can_see_tallies(request.user))
    plans = list(YearPlan.objects.select_related("scheme_version"))
    plan = next((plan for plan in plans if str(plan.year) == request.GET.get("year")), None) or _of_today(plans)
    context = {"plans": plans, "plan": plan, "access": rules.can_tally(request.user, None)}
    if plan:
        context["lines"] = _lines(request, plan)
        context["history"] = Tally.objects.filter(plan=plan).for_table()[:50]
    return render(request, "assessments/results/tallies.html", context)


def _of_today(plans: Sequence[YearPlan]) -> YearPlan | None:
    """This year's plan, or the latest one before; that of a year to come only where there is no other."""
    year = timezone.localdate().year
    return next((plan for plan in plans if plan.year <= year), plans[-1] if plans else None)


def _lines(request: HttpRequest, plan: YearPlan) -> list[dict]:
    """One line per cycle, the year last. Four queries."""
    settled = Q(sheets__status__in=["approved", "sealed", "exempt"])
    cycles = list(
        plan.cycles.order_by("starts_on").annotate(
            sheet_count=Count("sheets", filter=~Q(sheets__status="superseded")),
            settled_count=Count("sheets", filter=settled),
        )
    )
    latest: dict[int | None, Tally] = {}
    for tally in Tally.objects.filter(plan=plan).current().order_by("number"):
        latest[tally.cycle_id] = tally
    jobs = Job.objects.filter(task=TASK, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).select_related("owner")
    running = {job.params.get("cycle") or f"plan-{job.params.get('plan')}": job for job in jobs}
    lines = [
        {
            "cycle": cycle,
            "tally": latest.get(cycle.pk),
            "job": running.get(cycle.pk),
            "access": rules.can_tally(request.user, cycle),
        }
        for cycle in cycles
    ]
    year = {"cycle": None, "tally": latest.get(None), "job": running.get(f"plan-{plan.pk}")}
    absent = absent_quarters(plan)
    return [*lines, year | {"access": no(absent) if absent else rules.can_tally(request.user, None)}]


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a tally and go to its task page."""
    if request.POST.get("cycle"):
        cycle = get_object_or_404(Cycle, pk=whole_number(request.POST["cycle"]))
        job = request_tally(actor=request.user, cycle=cycle)
    else:
        plan = get_object_or_404(YearPlan, pk=whole_number(request.POST.get("plan")))
        job = request_tally(actor=request.user, plan=plan)
    return redirect("task", pk=job.pk)


@require_GET
def tally(request: HttpRequest, pk: int) -> HttpResponse:
    """One tally: counts, ties, distribution, stars per sector, the whole table."""
    found = visible_tally(request, pk)
    if "reset" in request.GET:
        request.session.pop("tally", None)
        return redirect("results:tally", pk=pk)
    context = {"tally": found, **table_context(request, found, kept_params(request, "tally"))}
    if not (request.htmx and request.htmx.target == "results"):
        overview = overview_of(found)
        context |= {
            "overview": overview,
            "ties": ties_of(found, overview.lines),
            "can_decide": rules.can_decide(request.user, found),
            "can_prepare": rules.can_prepare(request.user, found),
            "publication_pk": found.prepared_pk,
            **_changes(request, found),
        }
    return render_part(request, "assessments/results/tally.html", "assessments/results/_results.html", context)


def _changes(request: HttpRequest, found: Tally) -> dict:
    """What a candidate no longer says as it is: sheets changed since, or updated and not yet confirmed."""
    if found.cycle is None or found.status != Tally.Status.CANDIDATE:
        return {}
    changed = changed_branches(found)
    names = Branch.objects.filter(pk__in=changed[:NAMED]).order_by("code")
    return {
        "changed": len(changed),
        "changed_names": [branch.name for branch in names] if changed else [],
        "most_changes": MOST,
        "can_update": rules.can_update(request.user, found),
        "update_refusal": refusal(found) if changed else "",
        "running": running_job(cycle=found.cycle, plan=found.plan) if changed or found.is_provisional else None,
    }


@require_POST
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the branches up to date whose sheets changed since the candidate."""
    found = visible_tally(request, pk)
    count = update_changed(tally=found, actor=request.user)
    if count:
        said = ngettext(
            "%(count)d branch is up to date, with ranks and stars. The digest follows as soon as a whole tally confirms"
            " it.",
            "%(count)d branches are up to date, with ranks and stars. The digest follows as soon as a whole tally"
            " confirms it.",
            count,
        )
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, _("No sheet has changed since this tally."))
    return redirect("results:tally", pk=pk)


@require_GET
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Who moved against the tally before."""
    found = visible_tally(request, pk)
    earlier = earlier_tally(found)
    if earlier is None:
        messages.info(request, _("There is no earlier tally to compare with."))
        return redirect("results:tally", pk=pk)
    context = {"tally": found, "comparison": compare(found, earlier)}
    return render(request, "assessments/results/comparison.html", context)
