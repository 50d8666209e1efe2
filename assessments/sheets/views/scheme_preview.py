"""A scheme version as the secretary will see it, for a chosen sector, period and kind of branch. Nothing is saved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.models import Sector
from branchportal.errors import StaleState

from ...schemes.comparison_words import period_name
from ...schemes.designer.problems import located
from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ...schemes.rules import can_edit
from ...scoring import SchemeError
from ...scoring.scheme import Scheme
from ..scheme_preview import Trial, trial_page


@require_GET
def scheme_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The empty sheet with its inputs; a version with errors shows them instead."""
    version = _version(request, pk)
    try:
        scheme = engine_scheme(version)
    except SchemeError as error:
        names = dict(Sector.objects.values_list("code", "name"))
        errors = [line for line in located(version.content, error.problems, names) if line.is_error]
        context = {"version": version, "errors": errors, "can_edit": can_edit(request.user)}
        return render(request, "assessments/sheets/scheme_preview.html", context)
    sectors = _sectors(scheme)
    trial = _trial(request, scheme, sectors)
    context = {
        "version": version,
        "trial": trial,
        "sectors": sectors.items(),
        "periods": [(period, period_name(period)) for period in scheme.year.periods],
        "page": trial_page(version, trial, {}),
    }
    return render(request, "assessments/sheets/scheme_preview.html", context)


@require_POST
def scheme_preview_totals(request: HttpRequest, pk: int) -> HttpResponse:
    """The running total of what was typed, and the points of each row that was touched."""
    version = _version(request, pk)
    try:
        scheme = engine_scheme(version)
    except SchemeError as error:
        raise StaleState(_("The draft has problems now, so there is no preview. Reload the page.")) from error
    page = trial_page(version, _trial(request, scheme, _sectors(scheme)), request.POST)
    return render(request, "assessments/sheets/_scheme_preview_totals.html", {"page": page, "sheet": page.sheet})


def _version(request: HttpRequest, pk: int) -> SchemeVersion:
    return get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)


def _sectors(scheme: Scheme) -> dict[str, str]:
    """The sectors of the scheme with their names; all where it is for all."""
    names = dict(Sector.objects.values_list("code", "name"))
    if not scheme.sectors:
        return names or {"": ""}
    return {code: names.get(code, code) for code in scheme.sectors}


def _trial(request: HttpRequest, scheme: Scheme, sectors: dict[str, str]) -> Trial:
    """What the address asks for; anything unknown gives the first one."""
    asked = request.GET
    sector = asked.get("sector", "")
    sector = sector if sector in sectors else next(iter(sectors))
    period = asked.get("period", "")
    period = period if period in scheme.year.periods else scheme.year.periods[0]
    is_first = "sector" not in asked
    return Trial(sector, sectors[sector], period, is_first or "committee" in asked, "groups" in asked)
