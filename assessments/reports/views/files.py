"""Reports and files (报表与下载): what can be printed or exported, what was made lately. Posts only ask for jobs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.models import Branch, Sector, Unit
from branchportal.errors import PortalError
from branchportal.models import Job

from ...cycles.models import Cycle, YearPlan
from ...results.models import Result, Tally
from ...sheets.models import Sheet
from .. import services
from ..files_page import files_page
from ..yearbook.rules import readable_reports


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What can be made for the chosen period and unit, and the user's latest files."""
    page = files_page(request.user, request.GET.get("tally", ""), request.GET.get("unit", ""))
    context = {"files": page, "may": readable_reports(request.user)}
    return render(request, "assessments/reports/index.html", context)


@require_POST
def ranking(request: HttpRequest) -> HttpResponse:
    """The ranking as PDF, XLSX or CSV."""
    tally, unit = _tally(request), _unit(request)
    kind = request.POST.get("kind", "")
    return _to_task(services.request_ranking(actor=request.user, tally=tally, kind=kind, unit=unit))


@require_POST
def archive(request: HttpRequest) -> HttpResponse:
    """All reports in one ZIP."""
    return _to_task(services.request_archive(actor=request.user, tally=_tally(request), unit=_unit(request)))


@require_POST
def branch_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of one result, as PDF or (`kind`) as a workbook."""
    rows = Result.objects.visible_to(request.user).named().select_related("tally__cycle", "tally__plan", "branch")
    result = get_object_or_404(rows, pk=pk)
    kind = request.POST.get("kind", "pdf")
    return _to_task(services.request_branch_paper(actor=request.user, result=result, kind=kind))


@require_POST
def dossier(request: HttpRequest, branch_pk: int, plan_pk: int) -> HttpResponse:
    """The file of a branch and a year."""
    branches = Branch.objects.visible_to(request.user).select_related("organization")
    branch, plan = get_object_or_404(branches, pk=branch_pk), get_object_or_404(YearPlan, pk=plan_pk)
    return _to_task(services.request_dossier(actor=request.user, branch=branch, plan=plan))


@require_POST
def sheet_form(request: HttpRequest, pk: int) -> HttpResponse:
    """The score form of one sheet, filled in."""
    sheet = get_object_or_404(Sheet.objects.visible_to(request.user).named().select_related("branch", "cycle"), pk=pk)
    return _to_task(services.request_filled_form(actor=request.user, sheet=sheet))


@require_POST
def blank_form(request: HttpRequest) -> HttpResponse:
    """An empty score form of a cycle."""
    cycle = get_object_or_404(Cycle.objects.exclude(status=Cycle.Status.PLANNED), pk=_number(request, "cycle"))
    sector = Sector.objects.filter(code=request.POST.get("sector", "")).first()
    return _to_task(services.request_blank_form(actor=request.user, cycle=cycle, sector=sector))


@require_POST
def slips(request: HttpRequest) -> HttpResponse:
    """Account slips of a unit."""
    unit = _unit(request)
    if unit is None:
        raise PortalError(_("Choose the unit whose account slips are to be printed."))
    address = request.build_absolute_uri(reverse("members:login"))
    issue = request.POST.get("issue") == "1"
    return _to_task(services.request_slips(actor=request.user, unit=unit, issue=issue, address=address))


def _tally(request: HttpRequest) -> Tally:
    rows = Tally.objects.visible_to(request.user).select_related("cycle", "plan")
    return get_object_or_404(rows, pk=_number(request, "tally"))


def _unit(request: HttpRequest) -> Unit | None:
    """The chosen unit; none: all that the user sees."""
    wanted = request.POST.get("unit", "")
    return get_object_or_404(Unit, pk=_number(request, "unit")) if wanted else None


def _number(request: HttpRequest, name: str) -> int:
    """A posted key; what is no number names nothing (404)."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _to_task(job: Job) -> HttpResponse:
    return redirect("task", pk=job.pk)
