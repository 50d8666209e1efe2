"""The list of sheets that wait: of a department, of an inspector. One page, two addresses."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from branches.former import called_then
from branches.models import Organization, Sector
from branchportal.access import no, require
from branchportal.errors import PortalError
from branchportal.htmx import render_part
from branchportal.paging import page_of
from members.models import User
from members.roles import Role

from ...cycles.models import Cycle
from ...cycles.naming import settled_of
from ..choices import Status
from ..models import Sheet
from ..querysets import SheetQuerySet
from ..queues import (
    ALL,
    DEPARTMENT,
    INSPECTOR,
    TODO,
    Filters,
    Queue,
    chosen_cycle,
    counts,
    in_cycle,
    narrowed,
    next_sheet,
)
from ..review_forms import number
from ..services.review_marks import accept_untouched
from ..services.reviewing import begin_review

PAGE_SIZE = 50
TABS = (Status.SUBMITTED, Status.RETURNED, Status.PASSED, Status.REVIEW, Status.APPROVED, Status.SEALED, Status.EXEMPT)


@dataclass(frozen=True)
class Kind:
    """What the two lists differ in."""

    queue: Queue
    heading: str
    todo: str
    list_name: str
    sheet_name: str


KINDS = {
    "department": Kind(
        DEPARTMENT,
        gettext_lazy("Preliminary review"),
        gettext_lazy("waiting for me"),
        "sheets:department",
        "sheets:preliminary",
    ),
    "inspector": Kind(
        INSPECTOR, gettext_lazy("Review"), gettext_lazy("waiting for me"), "sheets:queue", "sheets:review"
    ),
}


@require_GET
def department(request: HttpRequest) -> HttpResponse:
    """Sheets of the department's subtree."""
    if not request.user.scope.has(Role.DEPARTMENT):
        require(no(_("Only department reviewers have a preliminary review.")))
    return _page(request, KINDS["department"])


@require_GET
def inspector(request: HttpRequest) -> HttpResponse:
    """Sheets assigned to the inspector's team."""
    if not request.user.scope.is_inspector:
        require(no(_("Only inspectors have a review queue.")))
    return _page(request, KINDS["inspector"])


def _rows(user: User, kind: Kind) -> SheetQuerySet:
    """What is in this queue at all: the subtree, or the assigned branches under review; never one's own drafts."""
    rows = Sheet.objects.visible_to(user).current().exclude(submitted_at=None, exempt_reason="")
    if kind.queue is INSPECTOR:
        return rows.assigned_to(user).for_inspectors()
    return rows.below(user.scope.department_paths)


def _page(request: HttpRequest, kind: Kind) -> HttpResponse:
    filters = kind.queue.filters(request)
    if "reset" in request.GET:
        return redirect(kind.list_name)
    cycles = list(Cycle.objects.exclude(status=Cycle.Status.PLANNED))
    rows = in_cycle(_rows(request.user, kind), filters, cycles)
    rows = rows.in_charge_of(request.user) if filters.mine and kind.queue is INSPECTOR else rows
    found = narrowed(rows, filters, kind.queue).for_table().with_open_claims().with_flags().with_inspector()
    page = page_of(request, found)
    numbers = counts(rows, filters, kind.queue)
    tabs = [(TODO, kind.todo, numbers[TODO]), (ALL, _("all"), numbers[ALL])]
    tabs += [(status.value, status.label, numbers[status]) for status in TABS if numbers.get(status)]
    context = {
        "kind": kind,
        "is_inspector": kind.queue is INSPECTOR,
        "page": page,
        "filters": filters,
        "tabs": [(value, label, number, _link(kind, filters, status=value)) for value, label, number in tabs],
        "cycles": cycles,
        "organizations": _organizations(rows, chosen_cycle(filters, cycles)),
        "sectors": Sector.objects.filter(sheets__in=rows).distinct(),
    }
    return render_part(request, "assessments/sheets/queue.html", "assessments/sheets/_queue.html", context)


def _organizations(rows: SheetQuerySet, cycle: Cycle | None) -> list[Organization]:
    """To choose from, called as the rows call them."""
    found = Organization.objects.filter(sheets__in=rows).distinct()
    return called_then(found, "organization", settled_of(cycle) if cycle else None)


def _link(kind: Kind, filters: Filters, **changes: str) -> str:
    params = {**filters.changed, **changes}
    return f"{reverse(kind.list_name)}?{urlencode(params)}"


def after(request: HttpRequest, kind: Kind, sheet: Sheet) -> HttpResponse:
    """Where "save and next" leads: the next waiting sheet under the kept filters, else back to the list."""
    filters = kind.queue.filters(request)
    cycles = list(Cycle.objects.exclude(status=Cycle.Status.PLANNED))
    rows = in_cycle(_rows(request.user, kind), filters, cycles)
    rows = rows.in_charge_of(request.user) if filters.mine and kind.queue is INSPECTOR else rows
    found = next_sheet(rows, filters, kind.queue, sheet)
    return redirect(kind.sheet_name, pk=found.pk) if found else redirect(kind.list_name)


@require_POST
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept what nothing speaks against in all ticked sheets, and report sheet by sheet what was done and what not."""
    if not request.user.scope.is_inspector:
        require(no(_("Only inspectors have a review queue.")))
    chosen = [number(text) for text in request.POST.getlist("sheet")][:PAGE_SIZE]
    rows = _rows(request.user, KINDS["inspector"]).filter(pk__in=chosen).for_filling().order_by("branch__code")
    report = [_accept_one(request, sheet) for sheet in rows]
    context = {"report": report, "accepted": sum(len(line["done"]) for line in report)}
    return render(request, "assessments/sheets/bulk_report.html", context, status=200 if report else 422)


def _accept_one(request: HttpRequest, sheet: Sheet) -> dict:
    """One sheet of a bulk acceptance: begun where it waits; a refusal is told and stops no other sheet."""
    user, at = request.user, request.received_at
    try:
        if sheet.status == Status.PASSED:
            begin_review(sheet=sheet, actor=user, version=sheet.version, at=at)
        found = accept_untouched(sheet=sheet, actor=user, at=at)
    except PermissionDenied as refusal:
        return {"sheet": sheet, "done": [], "left": {}, "refusal": str(refusal)}
    except PortalError as refusal:
        return {"sheet": sheet, "done": [], "left": {}, "refusal": refusal.message}
    left = {code: why for code, why in found.skipped.items() if why != _("reviewed already")}
    return {"sheet": sheet, "done": found.accepted, "left": left, "refusal": ""}
