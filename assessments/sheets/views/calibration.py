"""The inspector's calibration page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from branchportal.access import no, require

from ...cycles.models import Cycle
from ..calibration import calibration as compute


@require_GET
def calibration(request: HttpRequest) -> HttpResponse:
    """My mean and spread beside the other inspectors' on comparable branches; rows that are full nearly everywhere."""
    if not request.user.scope.is_inspector:
        require(no(_("Only inspectors compare their points with those of the others.")))
    cycles = list(Cycle.objects.exclude(status=Cycle.Status.PLANNED).select_related("plan__scheme_version"))
    wanted = request.GET.get("cycle", "")
    cycle = next((each for each in cycles if str(each.pk) == wanted), cycles[0] if cycles else None)
    found = compute(cycle, request.user) if cycle else None
    context = {"cycle": cycle, "cycles": cycles, "found": found}
    return render(request, "assessments/sheets/calibration.html", context)
