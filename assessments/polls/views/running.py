"""Running polls: plan one or many, open, issue links, count paper ballots, confirm, close, make void."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from branches.models import Branch, Organization
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import whole_number
from branchportal.uploads import DECLARED

from ...cycles.models import Cycle, YearPlan
from .. import rules
from ..choices import Mode, Status
from ..forms import counts_table, number, read_counts, read_moment, read_rosters
from ..models import Poll, PollForm
from ..services.closing import close_poll, request_close, void_poll
from ..services.links import request_links
from ..services.paper import attach_scan, confirm_counts, enter_counts
from ..services.running import open_poll, plan_poll, request_start, step_end
from ..targets import MEETING
from .polls import poll_of, show


def places(user: object) -> list[tuple[str, str]]:
    """Where polls can be held now: open cycles and years, as ("c5" or "y3", name)."""
    cycles = Cycle.objects.filter(status=Cycle.Status.OPEN).order_by("-starts_on")
    years = YearPlan.objects.filter(cycles__status=Cycle.Status.OPEN).distinct().order_by("-year")
    found = [(f"c{cycle.pk}", cycle.name) for cycle in cycles]
    return found + [(f"y{plan.pk}", _("Year %(year)s") % {"year": plan.year}) for plan in years]


def place_of(text: str) -> tuple[YearPlan | None, Cycle | None]:
    """The chosen place. Raises: Http404."""
    if text[:1] == "c" and whole_number(text[1:]):
        cycle = get_object_or_404(Cycle.objects.select_related("plan__scheme_version"), pk=whole_number(text[1:]))
        return cycle.plan, cycle
    if text[:1] == "y" and whole_number(text[1:]):
        return get_object_or_404(YearPlan.objects.select_related("scheme_version"), pk=whole_number(text[1:])), None
    return None, None


def own_organizations(request: HttpRequest) -> object:
    """Organizations whose polls the user runs."""
    rows = Organization.objects.filter(is_active=True).order_by("code")
    if request.user.scope.has(*rules.RUNS_ALL):
        return rows
    return rows.visible_to(request.user)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First the ballot paper, the cycle and the organization; then one branch or all, rosters and the end."""
    require(rules.can_run_somewhere(request.user))
    data = request.POST if request.method == "POST" else request.GET
    plan, cycle = place_of(data.get("place", ""))
    forms = PollForm.objects.visible_to(request.user).exclude(target=MEETING)
    form = forms.filter(pk=number(data.get("form")) or 0).first()
    organization = own_organizations(request).filter(pk=number(data.get("organization")) or 0).first()
    is_chosen = bool(form and plan and organization)
    error = None
    if request.method == "POST" and is_chosen:
        try:
            return _start(request, form, plan, cycle, organization)
        except PortalError as refusal:
            error = refusal
    branches = []
    if is_chosen:
        branches = Branch.objects.within(organization).filter(is_active=True).order_by("code")
    context = {
        "forms": forms.select_related("scheme_version__scheme"),
        "places": places(request.user),
        "organizations": own_organizations(request),
        "form": form,
        "place": data.get("place", ""),
        "organization": organization,
        "is_chosen": is_chosen,
        "branches": branches,
        "groups": [
            {"group": group, "value": data.get(f"roster-{group.pk}", "")}
            for group in (form.groups.all() if form else ())
        ],
        "modes": Mode.choices,
        "data": data,
        "closes_at": _end_shown(data, cycle, request.received_at) if is_chosen else "",
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    return render(request, "assessments/polls/new.html", context, status=422 if error else 200)


def _end_shown(data: QueryDict, cycle: Cycle | None, at: datetime) -> str:
    """The end in its field: as typed, else that of the cycle's poll step."""
    if "closes_at" in data:
        return data["closes_at"]
    end = step_end(cycle, at)
    return timezone.localtime(end).strftime("%Y-%m-%dT%H:%M") if end else ""


def _start(
    request: HttpRequest, form: PollForm, plan: YearPlan, cycle: Cycle | None, organization: Organization
) -> HttpResponse:
    mode = request.POST.get("mode", "")
    if mode not in Mode.values:
        raise PortalError(_("Choose whether the poll is held by link or on paper."), field="mode")
    known = {
        "form": form,
        "plan": plan,
        "cycle": cycle,
        "mode": mode,
        "rosters": read_rosters(request.POST, list(form.groups.all())),
        "closes_at": read_moment(request.POST.get("closes_at", ""), "closes_at"),
    }
    chosen = request.POST.get("branch", "")
    if chosen == "all":
        job = request_start(actor=request.user, organization=organization, **known)
        return redirect("task", pk=job.pk)
    branches = Branch.objects.within(organization).filter(is_active=True).select_related("organization")
    branch = get_object_or_404(branches, pk=number(chosen) or 0)
    poll = plan_poll(actor=request.user, branch=branch, at=request.received_at, **known)
    messages.success(request, _("The poll is planned."))
    return redirect("polls:detail", pk=poll.pk)


@require_POST
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a planned poll."""
    poll = poll_of(request, pk)
    open_poll(actor=request.user, poll=poll, at=request.received_at)
    messages.success(request, _("The poll is open. Issue the links now."))
    return redirect("polls:detail", pk=pk)


@require_POST
def close_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an open poll; its result stands."""
    close_poll(actor=request.user, poll=poll_of(request, pk), at=request.received_at)
    messages.success(request, _("The poll is closed."))
    return redirect("polls:detail", pk=pk)


@require_POST
def close_many(request: HttpRequest) -> HttpResponse:
    """Close what was ticked, or everything open that the filters show, as one task."""
    require(rules.can_run_somewhere(request.user))
    rows = Poll.objects.visible_to(request.user).filter(status=Status.OPEN).select_related("branch__organization")
    if "every" in request.POST:
        cycle = number(request.POST.get("cycle"))
        rows = rows.filter(cycle=cycle) if cycle else rows
    else:
        rows = rows.filter(pk__in=[whole_number(pk) for pk in request.POST.getlist("poll")])
    return redirect("task", pk=request_close(actor=request.user, polls=rows).pk)


@require_POST
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a poll void, with a reason."""
    poll = poll_of(request, pk)
    try:
        void_poll(actor=request.user, poll=poll, reason=request.POST.get("reason", ""))
    except PortalError as refusal:
        return show(request, poll_of(request, pk), error=refusal, status=refusal.status)
    messages.success(request, _("The poll is void. It can be held again."))
    return redirect("polls:detail", pk=pk)


@require_POST
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for links; the file appears under the task."""
    poll = poll_of(request, pk)
    try:
        job = request_links(
            actor=request.user,
            polls=[poll],
            numbers=link_numbers(request),
            is_anew=request.POST.get("how") == "anew",
            address=request.build_absolute_uri("/"),
        )
    except PortalError as refusal:
        return show(request, poll_of(request, pk), error=refusal, status=refusal.status)
    return redirect("task", pk=job.pk)


def link_numbers(request: HttpRequest) -> dict[int, int]:
    """How many links in all, by voter group."""
    found = {}
    for name, text in request.POST.items():
        group = name.removeprefix("links-")
        if group != name and whole_number(group):
            value = number(text or "0")
            if value is None:
                raise PortalError(_("Say how many links are needed, as a whole number."), field="numbers")
            found[whole_number(group)] = value
    return found


@require_http_methods(["GET", "POST"])
def counts(request: HttpRequest, pk: int) -> HttpResponse:
    """The teller's page of a paper poll."""
    poll = poll_of(request, pk)
    require(rules.can_enter(request.user, poll))
    error = None
    if request.method == "POST":
        try:
            counted = read_counts(request.POST, poll)
            version = number(request.POST.get("version")) or 0
            poll = enter_counts(actor=request.user, poll=poll, version=version, counted=counted, at=request.received_at)
        except PortalError as refusal:
            error = refusal
        else:
            if poll.status == Status.VOID:
                messages.error(request, poll.void_reason)
            else:
                messages.success(request, _("The counts are entered. A second person confirms them."))
            return redirect("polls:detail", pk=pk)
    context = {
        "poll": poll,
        "tables": counts_table(poll, request.POST if request.method == "POST" else None),
        "options": list(poll.form.options.all()),
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    return render(request, "assessments/polls/counts.html", context, status=error.status if error else 200)


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The scrutineer confirms: the poll is closed."""
    poll = poll_of(request, pk)
    try:
        confirm_counts(
            actor=request.user, poll=poll, version=number(request.POST.get("version")) or 0, at=request.received_at
        )
    except PortalError as refusal:
        return show(request, poll_of(request, pk), error=refusal, status=refusal.status)
    messages.success(request, _("Confirmed. The poll is closed and counts."))
    return redirect("polls:detail", pk=pk)


@require_POST
def scan_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach the signed counting sheet."""
    poll = poll_of(request, pk)
    require(rules.can_enter(request.user, poll))
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise PortalError(_("Choose a file first."), field="scan")
        attach_scan(
            actor=request.user, poll=poll, upload=upload, at=request.received_at,
            is_declared=bool(request.POST.get(DECLARED)),
        )  # fmt: skip
    except PortalError as refusal:
        return show(request, poll_of(request, pk), error=refusal, status=max(refusal.status, 422))
    messages.success(request, _("The file is attached."))
    return redirect("polls:detail", pk=pk)
