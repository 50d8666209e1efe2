"""Requests to reopen: the list, the request of a leader, the decision of the authority."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import page_of

from ..models import Sheet
from . import rules
from .models import Reopening
from .services import ask_reopening, decide_reopening


@require_GET
def reopenings(request: HttpRequest) -> HttpResponse:
    """Open requests first, then what was decided."""
    require(rules.can_see(request.user))
    rows = Reopening.objects.visible_to(request.user).for_table().order_by("status", "-pk")
    if request.GET.get("open"):
        rows = rows.filter(status=Reopening.Status.ASKED)
    return render(request, "assessments/reopening/list.html", {"page": page_of(request, rows)})


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader's request, with the reason."""
    rows = Sheet.objects.visible_to(request.user).for_table().select_related("scheme_version")
    sheet = get_object_or_404(rows, pk=pk)
    require(rules.can_ask(request.user, sheet))
    context = {"sheet": sheet, "reason": request.POST.get("reason", "")}
    if request.method == "POST":
        try:
            ask_reopening(sheet=sheet, actor=request.user, reason=context["reason"])
        except StaleState:
            raise
        except PortalError as refusal:
            return render(request, "assessments/reopening/ask.html", context | {"error": refusal.message}, status=422)
        messages.success(request, _("Asked. The deciding authority grants or refuses it."))
        return redirect("sheets:reopenings")
    return render(request, "assessments/reopening/ask.html", context)


@require_http_methods(["GET", "POST"])
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """One request; the deciding authority answers it here."""
    rows = Reopening.objects.visible_to(request.user).for_table()
    found = get_object_or_404(rows, pk=pk)
    context = {"reopening": found, "access": rules.can_decide(request.user, found)}
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        grant = request.POST.get("decision") == "grant"
        try:
            decide_reopening(reopening=found, actor=request.user, grant=grant, reason=context["reason"])
        except StaleState:
            raise
        except PortalError as refusal:
            context["error"] = refusal.message
            return render(request, "assessments/reopening/reopening.html", context, status=422)
        said = _("Granted. The new revision is under review.") if grant else _("Refused. The sheet stays as it is.")
        messages.success(request, said)
        return redirect("sheets:reopening", pk=pk)
    return render(request, "assessments/reopening/reopening.html", context)
