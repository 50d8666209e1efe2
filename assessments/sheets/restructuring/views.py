"""Changes of branches: the list, putting one forward, the decision."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import page_of

from . import rules
from .forms import ChangeForm
from .models import BranchChange
from .services import decide, put_forward


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """Open ones first, then what was decided."""
    require(rules.can_see(request.user))
    rows = BranchChange.objects.visible_to(request.user).for_table().order_by("status", "-pk")
    context = {"page": page_of(request, rows), "access": rules.can_put_forward(request.user)}
    return render(request, "assessments/restructuring/list.html", context)


@require_http_methods(["GET", "POST"])
def change_new(request: HttpRequest) -> HttpResponse:
    """Put a merger, a split or an end forward."""
    require(rules.can_put_forward(request.user))
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            put_forward(actor=request.user, at=request.received_at, **form.cleaned_data)
        except StaleState:
            raise
        except PortalError as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Put forward. It takes effect when the deciding authority confirms it."))
            return redirect("sheets:branch_changes")
    status = 422 if request.method == "POST" else 200
    return render(request, "assessments/restructuring/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change; the deciding authority decides here."""
    found = get_object_or_404(BranchChange.objects.visible_to(request.user).for_table(), pk=pk)
    context = {"change": found, "access": rules.can_decide(request.user, found)}
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        grant = request.POST.get("decision") == "grant"
        try:
            decide(change=found, actor=request.user, grant=grant, reason=context["reason"], at=request.received_at)
        except StaleState:
            raise
        except PortalError as refusal:
            context["error"] = refusal.message
            return render(request, "assessments/restructuring/change.html", context, status=422)
        messages.success(request, _("Confirmed.") if grant else _("Refused. Everything stays as it was."))
        return redirect("sheets:branch_change", pk=pk)
    return render(request, "assessments/restructuring/change.html", context)
