"""The auditor's pages: the trail, one row of it, its export, its verification."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import require
from branchportal.paging import whole_number

from .. import rules
from ..auditing import exporting, reading
from ..auditing.words import action_words


@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """Rows newest first, 50 a page, narrowed down by the filters of the address."""
    require(rules.can_read_audit(request.user))
    form = reading.AuditFilter(request.GET)
    rows = reading.narrowed(reading.visible_to(request.user), form)
    page = reading.page_of(rows, whole_number(request.GET.get("before")))
    context = {
        "page": page,
        "rows": [(entry, action_words(entry.action)) for entry in page.rows],
        "form": form,
        "filters": {name: request.GET.get(name, "") for name in form.fields if request.GET.get(name)},
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "can_verify": rules.can_verify_audit(request.user),
    }
    return render(request, "members/audit/trail.html", context)


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One row: who, when, what, before and after, its place in the chain."""
    require(rules.can_read_audit(request.user))
    found = get_object_or_404(reading.visible_to(request.user).select_related("actor", "link"), pk=pk)
    context = {
        "entry": found,
        "words": action_words(found.action),
        "changes": list(reading.changes(found)),
        "link": getattr(found, "link", None),
    }
    return render(request, "members/audit/entry.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The rows of the filters as a file, under Tasks."""
    filters = {name: request.POST.get(name, "") for name in reading.AuditFilter.base_fields}
    job = exporting.request_export(actor=request.user, filters=filters, kind=request.POST.get("kind", ""))
    return redirect("task", job.pk)


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Read the whole chain, under Tasks."""
    return redirect("task", exporting.request_verification(actor=request.user).pk)
