"""Which branches are not assessed in the open cycles, and why (不参评)."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import no, require
from branchportal.errors import PortalError, StaleState
from members.roles import Role

from ...cycles.models import Cycle
from ..choices import Status
from ..models import Sheet
from ..querysets import SheetQuerySet
from ..review_forms import number
from ..rules.reviewing import can_exempt
from ..services.approving import exempt_sheet

MOST_FOUND = 20


def _rows() -> SheetQuerySet:
    """All sheets of open cycles, drafts too: whether a branch takes part is decided before it fills in."""
    return Sheet.objects.current().for_table().filter(cycle__status=Cycle.Status.OPEN)


@require_GET
def exemptions(request: HttpRequest) -> HttpResponse:
    """The exempt branches, and a search for one more."""
    if not request.user.scope.has(Role.AUTHORITY, Role.OFFICE, Role.AUDITOR):
        require(no(_("Only the deciding authority exempts a branch.")))
    return _show(request)


def _show(request: HttpRequest, error: PortalError | None = None) -> HttpResponse:
    text = request.GET.get("branch", "").strip()[:100]
    found = []
    if text:
        rows = _rows().exclude(status=Status.EXEMPT)
        found = list(rows.filter(Q(branch__name__icontains=text) | Q(branch__code__istartswith=text))[:MOST_FOUND])
    context = {
        "exempt": _rows().filter(status=Status.EXEMPT),
        "found": [{"sheet": sheet, "access": can_exempt(request.user, sheet)} for sheet in found],
        "may_exempt": request.user.scope.has(Role.AUTHORITY),
        "error": error,
        "typed": request.POST.get("reason", ""),
        "chosen": request.POST.get("sheet", ""),
    }
    return render(request, "assessments/sheets/exemptions.html", context, status=_status_of(error))


def _status_of(error: PortalError | None) -> int:
    if error is None:
        return 200
    return error.status if isinstance(error, StaleState) else 422


@require_POST
def exempt(request: HttpRequest) -> HttpResponse:
    """Take one branch out of the assessment, with the reason that is shown beside it."""
    if not request.user.scope.has(Role.AUTHORITY):
        require(no(_("Only the deciding authority exempts a branch.")))
    sheet = get_object_or_404(_rows(), pk=number(request.POST.get("sheet")))
    version = number(request.POST.get("version"))
    try:
        exempt_sheet(sheet=sheet, actor=request.user, version=version, reason=request.POST.get("reason", ""))
    except PortalError as refusal:
        return _show(request, refusal)
    messages.success(request, _("%(branch)s is not assessed in this cycle.") % {"branch": sheet.branch.name})
    return redirect("sheets:exemptions")
