"""Reading polls: the list, one poll, its comments and scans."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branches.former import called, with_last_name
from branches.models import Organization
from branchportal.access import require
from branchportal.htmx import render_part
from branchportal.paging import page_of, whole_number

from ...cycles.models import Cycle
from ...sheets.views.handing_out import hand_out
from .. import rules
from ..choices import LEAST_SHOWN, Mode, Review, Status
from ..models import Comment, Poll, Roster, Scan, Token
from ..services.comments import review_comments
from ..shown import shown
from ..targets import target_label


def poll_of(request: HttpRequest, pk: int) -> Poll:
    """A visible poll with all that its page shows; others do not exist."""
    rows = Poll.objects.visible_to(request.user).for_table()
    return get_object_or_404(
        rows.select_related("form__scheme_version__scheme", "entered_by", "closed_by", "opened_by"), pk=pk
    )


@require_GET
def poll_list(request: HttpRequest) -> HttpResponse:
    """Polls with their turnout, by cycle, status and organization."""
    require(rules.can_see_polls(request.user))
    rows = _filtered(request, Poll.objects.visible_to(request.user).for_table())
    page = page_of(request, rows.order_by("-pk"))
    for poll in page:
        poll.share = 100 * (poll.used or 0) // poll.entitled if poll.entitled else 0
    context = {
        "page": page,
        "cycles": Cycle.objects.exclude(status=Cycle.Status.PLANNED).order_by("-starts_on"),
        "organizations": with_last_name(Organization.objects.visible_to(request.user).order_by("code"), "organization"),
        "statuses": Status.choices,
        "is_filtered": any(request.GET.get(name) for name in ("cycle", "status", "organization", "q")),
        "may_run": rules.can_run_somewhere(request.user),
        "may_see_facts": rules.can_see_facts(request.user),
        "kept": request.GET.urlencode(),
    }
    return render_part(request, "assessments/polls/list.html", "assessments/polls/_list.html", context)


def _filtered(request: HttpRequest, rows: QuerySet[Poll]) -> QuerySet[Poll]:
    cycle, status, organization = (request.GET.get(name, "") for name in ("cycle", "status", "organization"))
    if cycle.isdigit():
        rows = rows.filter(cycle=whole_number(cycle))
    if status in Status.values:
        rows = rows.filter(status=status)
    if organization.isdigit():
        chosen = Organization.objects.visible_to(request.user).filter(pk=whole_number(organization)).first()
        rows = rows.filter(branch__organization__path__startswith=chosen.path) if chosen else rows.none()
    text = request.GET.get("q", "").strip()[:100]
    return rows.filter(called(text)) if text else rows


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One poll: turnout as a number, after closing what may be shown, and what can be done next."""
    return show(request, poll_of(request, pk))


def show(request: HttpRequest, poll: Poll, *, error: object = None, status: int = 200) -> HttpResponse:
    """The page, with a refusal beside the form it belongs to."""
    user = request.user
    version = poll.form.scheme_version
    result = rules.can_see_result(user, poll)
    context = {
        "poll": poll,
        "rosters": _turnout(poll),
        "target": target_label(version, poll.target),
        "may_see": result,
        "shown": shown(poll) if result else None,
        "least": LEAST_SHOWN,
        "scans": poll.scans.select_related("uploaded_by"),
        "may_open_scans": Scan.objects.visible_to(user).filter(poll=poll).exists()
        if poll.mode == Mode.PAPER
        else False,
        "may_open": rules.can_open(user, poll),
        "may_close": rules.can_close(user, poll),
        "may_void": rules.can_void(user, poll),
        "may_issue": rules.can_issue(user, poll),
        "may_enter": rules.can_enter(user, poll),
        "may_confirm": rules.can_confirm(user, poll),
        "may_review": rules.can_review_comments(user, poll),
        "waiting": _waiting(request, poll),
        "is_over": poll.status == Status.OPEN and poll.closes_at is not None and poll.closes_at <= request.received_at,
        "public_url": settings.PUBLIC_URL,
        "error": error,
        "field": error.details.get("field", "") if error else "",
    }
    return render(request, "assessments/polls/detail.html", context, status=status)


def _turnout(poll: Poll) -> list[dict]:
    """By voter group: entitled, links, votes; numbers only."""
    rows = list(Roster.objects.filter(poll=poll).select_related("group").order_by("group__position"))
    links = Token.objects.filter(poll=poll).values_list("group", "used")
    counts: dict[int, list[int]] = {}
    for group, used in links:
        found = counts.setdefault(group, [0, 0])
        found[0] += 1
        found[1] += used
    table = []
    for row in rows:
        issued, used = counts.get(row.group_id, [0, 0])
        if poll.mode == Mode.PAPER:
            issued, used = row.issued or 0, row.valid or 0
        share = 100 * used // row.number if row.number else 0
        table.append({"roster": row, "group": row.group, "issued": issued, "used": used, "share": share})
    return table


def _waiting(request: HttpRequest, poll: Poll) -> int:
    if not rules.can_review_comments(request.user, poll):
        return 0
    return Comment.objects.filter(poll=poll, review=Review.WAITING).count()


@require_http_methods(["GET", "POST"])
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    """The department looks through comments, in chance order and without any time."""
    poll = poll_of(request, pk)
    require(rules.can_review_comments(request.user, poll))
    if request.method == "POST":
        said = {name.removeprefix("c-"): value for name, value in request.POST.items() if name.startswith("c-")}
        known = {str(key) for key in Comment.objects.filter(poll=poll).values_list("pk", flat=True)}
        decisions = {key: value for key, value in said.items() if key in known}
        done = review_comments(actor=request.user, poll=poll, decisions=decisions)
        messages.success(request, _("%(count)d comments were decided.") % {"count": done})
        return redirect("polls:detail", pk=pk)
    rows = Comment.objects.filter(poll=poll)
    return render(request, "assessments/polls/comments.html", {"poll": poll, "comments": rows, "least": LEAST_SHOWN})


@require_GET
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed counting sheet, under the headers of evidence."""
    return hand_out(request, get_object_or_404(Scan.objects.visible_to(request.user), pk=pk))
