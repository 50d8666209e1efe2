"""What is to be put right: the list with what is overdue, one page, asking, answering, striking off."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.former import called, with_last_name
from branches.models import Branch, Organization
from branchportal import audit
from branchportal.access import require
from branchportal.editing import Page, edit
from branchportal.errors import PortalError
from branchportal.paging import page_of, whole_number
from branchportal.uploads import DECLARED
from members.roles import Role

from ...cycles.models import Assignment
from ...sheets.files import ACCEPT
from .. import rules
from ..choices import RectificationStatus, Source
from ..forms import AskForm, day
from ..models import Rectification
from ..querysets import RectificationQuerySet
from ..services import files, rectifications
from ..timeline import steps_of

UNDONE, OVERDUE, ALL = "undone", "overdue", "all"


@require_GET
def rectification_list(request: HttpRequest) -> HttpResponse:
    """Everything to be put right that one sees, the earliest deadline first; tabs count under the other filters."""
    require(rules.can_see_visits(request.user))
    rows = _narrowed(request, Rectification.objects.visible_to(request.user))
    today = timezone.localdate()
    status = request.GET.get("status") or UNDONE
    context = {
        "page": page_of(request, _in_tab(rows, status).for_table().order_by("due_on", "pk")),
        "tabs": _tabs(rows),
        "status": status,
        "today": today,
        "sources": Source.choices,
        "organizations": _organizations(request),
        "is_filtered": any(request.GET.get(name) for name in ("q", "source", "organization", "from", "to")),
        "may_ask": rules.can_ask_somewhere(request.user),
        "may_plan": rules.can_see_plans(request.user),
        "tab": "rectifications",
    }
    return render(request, "assessments/inspections/rectifications.html", context)


def _organizations(request: HttpRequest) -> list[Organization]:
    """Committees to choose from, for those who see several."""
    if not request.user.scope.has(*rules.SEES_ALL) and not request.user.scope.is_inspector:
        return []
    seen = Rectification.objects.visible_to(request.user)
    rows = Organization.objects.filter(pk__in=seen.values("finding__organization")).only("pk", "name")
    return with_last_name(rows, "organization")


def _narrowed(request: HttpRequest, rows: RectificationQuerySet) -> RectificationQuerySet:
    text, source, organization = (request.GET.get(name, "").strip()[:60] for name in ("q", "source", "organization"))
    if text:
        rows = rows.filter(called(text, "finding__branch") | Q(finding__problem__icontains=text))
    if source in Source.values:
        rows = rows.filter(finding__source=source)
    if organization.isdigit():
        rows = rows.filter(finding__organization=whole_number(organization))
    begins, ends = day(request.GET.get("from")), day(request.GET.get("to"))
    rows = rows.filter(due_on__gte=begins) if begins else rows
    return rows.filter(due_on__lte=ends) if ends else rows


def _in_tab(rows: RectificationQuerySet, status: str) -> RectificationQuerySet:
    if status == OVERDUE:
        return rows.overdue(timezone.localdate())
    if status in RectificationStatus.values:
        return rows.filter(status=status)
    return rows if status == ALL else rows.undone()


def _tabs(rows: RectificationQuerySet) -> list[tuple[str, str, int]]:
    """(value, label, how many) of the tabs, in one query."""
    late = Q(status__in=(RectificationStatus.OPEN, RectificationStatus.RETURNED), due_on__lt=timezone.localdate())
    found = rows.order_by().aggregate(
        all=Count("pk"),
        undone=Count("pk", filter=~Q(status=RectificationStatus.CLOSED)),
        overdue=Count("pk", filter=late),
        **{value: Count("pk", filter=Q(status=value)) for value in RectificationStatus.values},
    )
    named = [(UNDONE, _("not struck off")), (OVERDUE, _("overdue")), *RectificationStatus.choices, (ALL, _("all"))]
    return [(value, label, found[value]) for value, label in named]


def _row(request: HttpRequest, pk: int) -> Rectification:
    return get_object_or_404(Rectification.objects.visible_to(request.user).for_table(), pk=pk)


@require_GET
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One problem and what became of it."""
    return _show(request, _row(request, pk))


def _show(
    request: HttpRequest, row: Rectification, *, refusal: PortalError | None = None, part: str = ""
) -> HttpResponse:
    user = request.user
    context = {
        "row": row,
        "finding": row.finding,
        "files": list(row.files.select_related("uploaded_by")),
        "opens_files": not user.scope.has(Role.AUDITOR),
        "may_answer": rules.can_answer(user, row),
        "may_check": rules.can_check(user, row),
        "may_move": rules.can_move_deadline(user, row),
        "is_branch": row.finding.branch_id in user.scope.branch_ids,
        "steps": steps_of(audit.trail(row)),
        "accept": ACCEPT,
        "refusal": refusal,
        "part": part,
        "field": refusal.details.get("field", "") if refusal else "",
        "typed": request.POST if refusal else {},
    }
    status = 200 if refusal is None else 422 if refusal.status == 400 else refusal.status
    return render(request, "assessments/inspections/rectification.html", context, status=status)


@require_http_methods(["GET", "POST"])
def rectification_new(request: HttpRequest) -> HttpResponse:
    """Ask a branch to put something right that came up outside a visit."""
    user = request.user
    require(rules.can_ask_somewhere(user))
    branches = Branch.objects.filter(is_active=True).select_related("organization")
    if not user.scope.has(Role.OFFICE, Role.AUTHORITY):
        mine = Assignment.objects.filter(team__memberships__user=user).values("branch")
        branches = branches.filter(pk__in=mine)
    form = AskForm(request.POST or None, branches=branches, initial={"branch": request.GET.get("branch", "")})
    page = Page(
        heading=_("Ask for something to be put right"),
        back=reverse("visits:rectifications"),
        button=_("Ask the branch"),
        done=_("The branch has been asked; it finds the problem among its tasks."),
        hint=_("The branch reads the problem and the deadline at once and answers with measures, person and proof."),
    )
    return edit(
        request, form=form, page=page,
        save=lambda f: rectifications.ask(actor=user, at=request.received_at, **f.cleaned_data),
    )  # fmt: skip


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The branch answers; new proofs may come with the answer."""
    row, data = _row(request, pk), request.POST
    try:
        for upload in request.FILES.getlist("file"):
            files.add_proof(
                row=row, upload=upload, actor=request.user, at=request.received_at,
                is_declared=bool(data.get(DECLARED)),
            )  # fmt: skip
        rectifications.answer(
            row=row, actor=request.user, version=whole_number(data.get("version")), measures=data.get("measures", ""),
            person=data.get("person", ""), at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        return _show(request, _row(request, pk), refusal=refusal, part="answer")
    messages.success(request, _("Answered. Whoever asked for it checks it now."))
    return redirect("visits:rectification", pk=pk)


@require_POST
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach proofs before answering."""
    row = _row(request, pk)
    require(rules.can_answer(request.user, row))
    uploads = request.FILES.getlist("file")
    if not uploads:
        messages.error(request, _("Choose a file first."))
    for upload in uploads:
        try:
            files.add_proof(
                row=row, upload=upload, actor=request.user, at=request.received_at,
                is_declared=bool(request.POST.get(DECLARED)),
            )  # fmt: skip
        except PortalError as refusal:
            messages.error(request, refusal.message)
    return redirect(reverse("visits:rectification", args=[pk]) + "#proof")


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike off, or send back with a reason."""
    row, data = _row(request, pk), request.POST
    known = {"row": row, "actor": request.user, "version": whole_number(data.get("version")), "at": request.received_at}
    try:
        if "strike_off" in data:
            rectifications.strike_off(**known, note=data.get("reason", ""))
        else:
            rectifications.send_back(**known, reason=data.get("reason", ""), due_on=day(data.get("due_on")))
    except PortalError as refusal:
        return _show(request, _row(request, pk), refusal=refusal, part="check")
    messages.success(request, _("Struck off.") if "strike_off" in data else _("Sent back to the branch."))
    return redirect("visits:rectification", pk=pk)


@require_POST
def deadline(request: HttpRequest, pk: int) -> HttpResponse:
    """Another deadline, with a reason."""
    row, data = _row(request, pk), request.POST
    try:
        rectifications.move_deadline(
            row=row, actor=request.user, version=whole_number(data.get("version")), due_on=day(data.get("due_on")),
            reason=data.get("reason", ""),
        )  # fmt: skip
    except PortalError as refusal:
        return _show(request, _row(request, pk), refusal=refusal, part="deadline")
    messages.success(request, _("The deadline is moved."))
    return redirect("visits:rectification", pk=pk)
