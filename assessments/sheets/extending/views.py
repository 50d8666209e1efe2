"""Extensions: the list, the request, the decision."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branches.models import Branch
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import page_of, whole_number

from ...cycles.models import Cycle
from ..choices import EDITABLE
from ..models import Sheet
from . import rules
from .forms import DecisionForm, ExtensionForm
from .models import Extension
from .services import ask_extension, ask_for_all, deadline_of, decide_extension

FOUND = 20


@require_GET
def extensions(request: HttpRequest) -> HttpResponse:
    """Open requests first; a search for the branch that needs more time."""
    require(rules.can_see(request.user))
    rows = Extension.objects.visible_to(request.user).for_table().order_by("status", "-pk")
    if request.GET.get("open"):
        rows = rows.filter(status=Extension.Status.ASKED)
    cycles = list(Cycle.objects.filter(status=Cycle.Status.OPEN).order_by("-starts_on"))
    context = {
        "page": page_of(request, rows),
        "found": _found(request, cycles),
        "cycles": [cycle for cycle in cycles if rules.can_ask_for_all(request.user, cycle)],
    }
    return render(request, "assessments/extending/list.html", context)


def _found(request: HttpRequest, cycles: list[Cycle]) -> list[dict]:
    """Sheets being filled in whose branch fits the words typed; drafts of others are found by name only."""
    words = request.GET.get("branch", "").strip()
    if not words:
        return []
    branches = Branch.objects.visible_to(request.user).filter(name__icontains=words) | Branch.objects.visible_to(
        request.user
    ).filter(code=words)
    rows = Sheet.objects.filter(cycle__in=cycles, branch__in=branches.values("pk"), status__in=EDITABLE).for_table()
    return [{"sheet": sheet, "access": rules.can_ask(request.user, sheet)} for sheet in rows[:FOUND]]


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, cycle_pk: int) -> HttpResponse:
    """Ask for more time: of one branch (`?sheet=`), or of a step for everybody."""
    cycle = get_object_or_404(Cycle, pk=cycle_pk)
    sheet = _sheet(request, cycle)
    require(rules.can_ask(request.user, sheet) if sheet else rules.can_ask_for_all(request.user, cycle))
    until = deadline_of(cycle, sheet, "self")
    initial = {"until": until + timedelta(days=3) if until else None}
    form = ExtensionForm(request.POST or None, for_all=sheet is None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if sheet is not None:
                ask_extension(sheet=sheet, actor=request.user, at=request.received_at, **said)
            else:
                ask_for_all(cycle=cycle, actor=request.user, at=request.received_at, **said)
        except StaleState:
            raise
        except PortalError as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Asked. The deciding authority grants or refuses it."))
            return redirect("sheets:extensions")
    context = {"cycle": cycle, "sheet": sheet, "form": form, "until": until}
    return render(request, "assessments/extending/ask.html", context, status=422 if request.method == "POST" else 200)


def _sheet(request: HttpRequest, cycle: Cycle) -> Sheet | None:
    number = whole_number(request.GET.get("sheet"))
    if "sheet" not in request.GET:
        return None
    mine = Branch.objects.visible_to(request.user).values("pk")
    sheet = Sheet.objects.filter(cycle=cycle, pk=number, branch__in=mine).for_table().first()
    if sheet is None:
        raise Http404
    return sheet


def _granted(form: DecisionForm, found: Extension) -> datetime | None:
    """The day typed, None where it is the one asked for (the field knows no seconds). Raises: PortalError."""
    if not form.is_valid():
        raise PortalError(_("Enter the day and time until which it is granted."), field="until")
    until = form.cleaned_data["until"]
    return None if until is None or until == found.until.replace(second=0, microsecond=0) else until


@require_http_methods(["GET", "POST"])
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """One request; the deciding authority answers it here."""
    found = get_object_or_404(Extension.objects.visible_to(request.user).for_table(), pk=pk)
    form = DecisionForm(request.POST or None, initial={"until": found.until})
    context = {"extension": found, "access": rules.can_decide(request.user, found), "form": form}
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        grant = request.POST.get("decision") == "grant"
        try:
            decide_extension(
                extension=found, actor=request.user, grant=grant, reason=context["reason"], at=request.received_at,
                until=_granted(form, found) if grant else None,
            )  # fmt: skip
        except StaleState:
            raise
        except PortalError as refusal:
            context["error"] = refusal.message
            return render(request, "assessments/extending/extension.html", context, status=422)
        messages.success(
            request,
            _("Granted. The new deadline holds at once.") if grant else _("Refused. Everything stays as it was."),
        )
        return redirect("sheets:extension", pk=pk)
    return render(request, "assessments/extending/extension.html", context)
