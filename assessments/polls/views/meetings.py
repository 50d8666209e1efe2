"""Report-and-appraisal meetings: plan with an agenda, open, issue links, close."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import Branch
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number
from members.models import Appointment
from members.roles import Role

from ...cycles.models import Cycle
from .. import rules
from ..choices import Mode, Status
from ..forms import number, read_rosters, read_time
from ..models import Meeting, Poll, PollForm, Roster, Token
from ..services.links import open_polls_of, request_links
from ..services.meetings import Speaker, close_meeting, open_meeting, plan_meeting, reorder_agenda
from ..targets import MEETING
from .running import link_numbers, own_organizations


@require_GET
def meeting_list(request: HttpRequest) -> HttpResponse:
    """Meetings, newest first."""
    require(rules.can_see_polls(request.user))
    rows = Meeting.objects.visible_to(request.user).for_table()
    rows = rows.annotate(branch_count=Count("polls"), done=Count("polls", filter=Q(polls__status=Status.CLOSED)))
    page = page_of(request, rows.order_by("-held_on", "-pk"))
    context = {"page": page, "may_run": rules.can_run_somewhere(request.user)}
    return render(request, "assessments/polls/meetings.html", context)


@require_http_methods(["GET", "POST"])
def meeting_new(request: HttpRequest) -> HttpResponse:
    """First the ballot paper, the cycle and the organization; then date, rosters and the agenda."""
    require(rules.can_run_somewhere(request.user))
    data = request.POST if request.method == "POST" else request.GET
    forms = PollForm.objects.visible_to(request.user).filter(target=MEETING)
    form = forms.filter(pk=number(data.get("form")) or 0).first()
    cycles = Cycle.objects.filter(status=Cycle.Status.OPEN).select_related("plan__scheme_version")
    cycle = cycles.filter(pk=number(data.get("cycle")) or 0).first()
    organization = own_organizations(request).filter(pk=number(data.get("organization")) or 0).first()
    is_chosen = bool(form and cycle and organization)
    error = None
    if request.method == "POST" and is_chosen:
        try:
            made = _plan(request, form, cycle, organization)
        except PortalError as refusal:
            error = refusal
        else:
            messages.success(request, _("The meeting is planned."))
            return redirect("polls:meeting", pk=made.pk)
    context = {
        "forms": forms.select_related("scheme_version__scheme"),
        "cycles": cycles,
        "organizations": own_organizations(request),
        "form": form,
        "cycle": cycle,
        "organization": organization,
        "is_chosen": is_chosen,
        "lines": _lines(data, organization) if is_chosen else [],
        "groups": [
            {"group": group, "value": data.get(f"roster-{group.pk}", "")}
            for group in (form.groups.all() if form else ())
        ],
        "modes": Mode.choices,
        "data": data,
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    return render(request, "assessments/polls/meeting_new.html", context, status=422 if error else 200)


def _lines(data: object, organization: object) -> list[dict]:
    """The branches of the organization with their secretary, to be ticked."""
    branches = list(Branch.objects.within(organization).filter(is_active=True).order_by("code")[:200])
    offices = Appointment.objects.in_force().filter(role=Role.SECRETARY, branch__in=[b.pk for b in branches])
    names = dict(offices.values_list("branch", "user__name"))
    is_typed = "agenda" in data
    return [
        {
            "branch": branch,
            "speaker": data.get(f"speaker-{branch.pk}", names.get(branch.pk, "")),
            "time": data.get(f"time-{branch.pk}", ""),
            "position": data.get(f"position-{branch.pk}", str(at)),
            "is_on": str(branch.pk) in data.getlist("on") if is_typed else len(branches) <= 12,
        }
        for at, branch in enumerate(branches, start=1)
    ]


def _plan(request: HttpRequest, form: PollForm, cycle: Cycle, organization: object) -> Meeting:
    data = request.POST
    ticked = [whole_number(pk) for pk in data.getlist("on")]
    branches = list(Branch.objects.within(organization).filter(pk__in=ticked).select_related("organization"))
    branches.sort(key=lambda branch: (number(data.get(f"position-{branch.pk}")) or 999, branch.code))
    try:
        held_on = parse_date(data.get("held_on", ""))
    except ValueError:
        held_on = None
    if held_on is None:
        raise PortalError(_("Give the date of the meeting."), field="held_on")
    if data.get("mode") not in Mode.values:
        raise PortalError(_("Choose whether the poll is held by link or on paper."), field="mode")
    agenda = [
        Speaker(branch, data.get(f"speaker-{branch.pk}", ""), read_time(data.get(f"time-{branch.pk}", "")))
        for branch in branches
    ]
    groups = list(form.groups.all())
    rosters = {group.pk: 0 for group in groups} | read_rosters(data, groups)
    return plan_meeting(
        actor=request.user, form=form, cycle=cycle, organization=organization, name=data.get("name", ""),
        held_on=held_on, place=data.get("place", ""), mode=data["mode"], rosters=rosters, agenda=agenda,
        at=request.received_at,
    )  # fmt: skip


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).for_table(), pk=pk)


@require_GET
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda with what each poll came to, as far as the reader may see it."""
    return _show(request, _meeting(request, pk))


def _show(request: HttpRequest, found: Meeting, error: PortalError | None = None) -> HttpResponse:
    seen = set(Poll.objects.visible_to(request.user).filter(meeting=found).values_list("pk", flat=True))
    polls = list(Poll.objects.filter(meeting=found).for_table().order_by("position", "pk"))
    for poll in polls:
        poll.is_mine = poll.pk in seen
        poll.may_see = bool(rules.can_see_result(request.user, poll)) and poll.is_mine
    first = polls[0] if polls else None
    issuable = [poll for poll in polls if poll.status == Status.OPEN]
    context = {
        "meeting": found,
        "polls": polls,
        "rosters": Roster.objects.filter(poll=first).select_related("group") if first else [],
        "links": Token.objects.filter(poll=first).count() if first else 0,
        "may_change": rules.can_change_meeting(request.user, found),
        "public_url": settings.PUBLIC_URL,
        "may_issue": rules.can_issue(request.user, issuable[0]) if issuable else None,
        "error": error,
    }
    return render(request, "assessments/polls/meeting.html", context, status=error.status if error else 200)


@require_POST
def agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Order, speakers and times."""
    found = _meeting(request, pk)
    lines = {}
    for poll in Poll.objects.filter(meeting=found).values_list("pk", flat=True):
        position = number(request.POST.get(f"position-{poll}"))
        speaker, moment = request.POST.get(f"speaker-{poll}", ""), read_time(request.POST.get(f"time-{poll}", ""))
        lines[poll] = (min(position or 0, 999), speaker, moment)
    version = number(request.POST.get("version")) or 0
    reorder_agenda(actor=request.user, meeting=found, version=version, lines=lines)
    messages.success(request, _("The agenda is saved."))
    return redirect("polls:meeting", pk=pk)


@require_POST
def meeting_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open all polls of a meeting held by link."""
    found = _meeting(request, pk)
    count = open_meeting(actor=request.user, meeting=found, at=request.received_at)
    messages.success(request, _("%(count)d polls are open. Issue the links now.") % {"count": count})
    return redirect("polls:meeting", pk=pk)


@require_POST
def meeting_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the polls that are open, and the meeting."""
    found = _meeting(request, pk)
    try:
        close_meeting(actor=request.user, meeting=found, at=request.received_at)
    except PortalError as refusal:
        return _show(request, _meeting(request, pk), refusal)
    messages.success(request, _("The meeting is closed; its results are in the branches’ sheets."))
    return redirect("polls:meeting", pk=pk)


@require_POST
def meeting_links(request: HttpRequest, pk: int) -> HttpResponse:
    """One link a person for all branches on the agenda."""
    found = _meeting(request, pk)
    require(rules.can_change_meeting(request.user, found))
    polls = open_polls_of(found)
    if not polls:
        raise PortalError(_("Open the polls of the meeting first."))
    job = request_links(
        actor=request.user, polls=polls, numbers=link_numbers(request), is_anew=request.POST.get("how") == "anew",
        address=request.build_absolute_uri("/"),
    )  # fmt: skip
    return redirect("task", pk=job.pk)
