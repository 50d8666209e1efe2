"""Department summary, year statistics and the analysis of indicators; a post asks for the same as a file."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from branches.models import Organization, Sector
from branchportal.access import require
from branchportal.models import Job
from branchportal.paging import page_of

from . import rules, services
from .department import department_summary
from .department_page import department_document
from .document import PAGE_ROWS, Document
from .indicators import indicator_report
from .indicators_page import indicator_document
from .periods import Period, all_periods, chosen
from .year import year_statistics
from .year_page import year_document

PAGES = "assessments/reports/yearbook/"


@require_GET
def department(request: HttpRequest) -> HttpResponse:
    """The summary of an organization with everything below it."""
    require(rules.can_see_departments(request.user))
    organizations, periods = _organizations(request), all_periods()
    period = chosen(periods, request.GET.get("period", ""))
    organization = _named(organizations, request.GET.get("organization", "")) or next(iter(organizations), None)
    context = {"organizations": organizations, "periods": periods, "period": period, "organization": organization}
    if period and organization:
        summary = department_summary(user=request.user, organization=organization, period=period, periods=periods)
        context |= {"summary": summary} | _shown(request, department_document(summary))
    return _page(request, "department.html", context)


@require_POST
def department_file(request: HttpRequest) -> HttpResponse:
    """The same as PDF or workbook."""
    require(rules.can_see_departments(request.user))
    organization = get_object_or_404(rules.organizations_of(request.user), pk=_number(request, "organization"))
    period = _period(request)
    kind = request.POST.get("kind", "")
    return _to_task(
        services.request_department(actor=request.user, organization=organization, period=period, kind=kind)
    )


@require_GET
def year(request: HttpRequest) -> HttpResponse:
    """The statistics of a plan's year."""
    require(rules.can_see_year(request.user))
    periods = [one for one in all_periods() if one.cycle is None]
    period = chosen(periods, request.GET.get("period", ""), cycle_first=False)
    context = {"periods": periods, "period": period}
    if period:
        context |= _shown(
            request, year_document(year_statistics(user=request.user, plan=period.plan, cycles=period.cycles))
        )
    return _page(request, "year.html", context)


@require_POST
def year_file(request: HttpRequest) -> HttpResponse:
    """The same as PDF or workbook."""
    require(rules.can_see_year(request.user))
    plan = _period(request).plan
    return _to_task(services.request_year(actor=request.user, plan=plan, kind=request.POST.get("kind", "")))


@require_GET
def indicators(request: HttpRequest) -> HttpResponse:
    """Indicators with almost full marks everywhere."""
    require(rules.can_see_indicators(request.user))
    organizations, periods, sectors = _organizations(request), all_periods(), list(Sector.objects.all())
    period = chosen(periods, request.GET.get("period", ""))
    organization = _named(organizations, request.GET.get("organization", ""))
    sector = next((one for one in sectors if str(one.pk) == request.GET.get("sector", "")), None)
    context = {
        "organizations": organizations,
        "periods": periods,
        "sectors": sectors,
        "period": period,
        "organization": organization,
        "sector": sector,
    }
    if period:
        report = indicator_report(user=request.user, period=period, organization=organization, sector=sector)
        context |= {"report": report} | _shown(request, indicator_document(report))
    return _page(request, "indicators.html", context)


@require_POST
def indicators_file(request: HttpRequest) -> HttpResponse:
    """The same as PDF or workbook."""
    require(rules.can_see_indicators(request.user))
    organization = sector = None
    if request.POST.get("organization"):
        organization = get_object_or_404(rules.organizations_of(request.user), pk=_number(request, "organization"))
    if request.POST.get("sector"):
        sector = get_object_or_404(Sector, pk=_number(request, "sector"))
    job = services.request_indicators(
        actor=request.user,
        period=_period(request),
        organization=organization,
        sector=sector,
        kind=request.POST.get("kind", ""),
    )
    return _to_task(job)


def _page(request: HttpRequest, name: str, context: dict) -> HttpResponse:
    return render(request, f"{PAGES}{name}", context | {"may": rules.readable_reports(request.user)})


def _shown(request: HttpRequest, document: Document) -> dict:
    """The report for the page; of its longest table one page of fifty rows."""
    long = max(document.sections, key=lambda one: len(one.rows), default=None)
    page = page_of(request, long.printed if long else [], PAGE_ROWS)
    return {"document": document, "long_key": long.key if long else "", "page": page}


def _organizations(request: HttpRequest) -> list[Organization]:
    rows = rules.organizations_of(request.user).order_by("code")
    return list(rows.only("pk", "code", "name", "path"))


def _named(organizations: Sequence[Organization], key: str) -> Organization | None:
    """The organization of the address; one that is not in the list is not there (404)."""
    if not key:
        return None
    found = next((one for one in organizations if str(one.pk) == key), None)
    if found is None:
        raise Http404
    return found


def _period(request: HttpRequest) -> Period:
    """The period posted, without one the newest; what is not there is not found (404)."""
    key, periods = request.POST.get("period", ""), all_periods()
    found = next((one for one in periods if one.key == key), None) if key else chosen(periods, "")
    if found is None:
        raise Http404
    return found


def _number(request: HttpRequest, name: str) -> int:
    """A posted key; what is no number names nothing (404)."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _to_task(job: Job) -> HttpResponse:
    return redirect("task", pk=job.pk)
