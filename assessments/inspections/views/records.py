"""What the team writes on the spot: checks, findings, record, signature."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from branchportal.errors import PortalError
from branchportal.paging import whole_number

from ...sheets.files import ACCEPT
from .. import rules
from ..checklist import check_list
from ..choices import Verdict
from ..forms import day
from ..models import Finding, Visit, VisitFile
from ..services import rectifications, visits
from ..services.signing import sign_visit
from .visits import show, visit_of


def _there(pk: int, anchor: str = "") -> HttpResponse:
    return redirect(reverse("visits:visit", args=[pk]) + anchor)


@require_POST
def check(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One row of the check list; with script only the row comes back."""
    visit, data = visit_of(request, pk), request.POST
    try:
        visits.save_check(
            visit=visit, actor=request.user, code=code, version=whole_number(data.get("version")),
            verdict=data.get("verdict", ""), note=data.get("note", ""), at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        if request.htmx:
            return _row(request, visit_of(request, pk), code, refusal)
        messages.error(request, refusal.message)
        return _there(pk, f"#row-{code}")
    return _row(request, visit, code) if request.htmx else _there(pk, f"#row-{code}")


def _row(request: HttpRequest, visit: Visit, code: str, refusal: PortalError | None = None) -> HttpResponse:
    files = list(VisitFile.objects.filter(visit=visit))
    findings = list(visit.findings.select_related("indicator", "rectification"))
    rows = [row for group in check_list(visit, files, findings) for row in group.rows if row.leaf.code == code]
    context = {
        "visit": visit,
        "row": rows[0] if rows else None,
        "verdicts": Verdict.choices,
        "may_record": rules.can_record(request.user, visit),
        "opens_files": True,
        "accept": ACCEPT,
        "error": refusal.message if refusal else "",
        "typed": request.POST if refusal else {},
    }
    status = 200 if refusal is None else 422
    return render(request, "assessments/inspections/_check.html", context, status=status)


@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Day, person present, course, impression, score."""
    visit, data = visit_of(request, pk), request.POST
    names = ("present_name", "present_post", "course", "opinion", "score")
    try:
        visits.save_record(
            visit=visit, actor=request.user, version=whole_number(data.get("version")),
            visited_on=day(data.get("visited_on")), **{name: data.get(name, "") for name in names},
        )  # fmt: skip
    except PortalError as refusal:
        return show(request, visit_of(request, pk), refusal=refusal, part="record", status=_status(refusal))
    messages.success(request, _("The record is saved."))
    return _there(pk, "#record")


def _status(refusal: PortalError) -> int:
    return 422 if refusal.status == 400 else refusal.status


@require_POST
def finding_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a problem; with a deadline it goes to the branch once the record is signed."""
    visit, data = visit_of(request, pk), request.POST
    try:
        rectifications.add_finding(
            visit=visit, actor=request.user, problem=data.get("problem", ""), due_on=day(data.get("due_on")),
            code=data.get("code", ""), at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        return show(request, visit_of(request, pk), refusal=refusal, part="finding", status=_status(refusal))
    messages.success(request, _("The finding is noted."))
    return _there(pk, "#findings")


@require_POST
def finding_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a finding back before the record is signed."""
    rows = Finding.objects.visible_to(request.user).select_related("visit__plan__cycle", "visit__branch__organization")
    finding = get_object_or_404(rows.exclude(visit=None), pk=pk)
    rectifications.remove_finding(finding=finding, actor=request.user)
    messages.success(request, _("The finding is taken back."))
    return _there(finding.visit_id, "#findings")


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader signs; afterwards nothing of the visit changes."""
    visit = visit_of(request, pk)
    try:
        sign_visit(
            visit=visit, actor=request.user, version=whole_number(request.POST.get("version")),
            signature=request.POST.get("signature", ""), at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        return show(request, visit_of(request, pk), refusal=refusal, part="sign", status=_status(refusal))
    words = {"branch": visit.branch.name, "digest": visit.digest[:16]}
    messages.success(request, _("%(branch)s: the record is signed. Digest %(digest)s.") % words)
    return _there(pk)
