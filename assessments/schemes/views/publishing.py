"""A version's way into use: put forward, sent back or taken back, published. Each a POST from the version's page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from branchportal.errors import InvalidScheme, PortalError, StaleState
from branchportal.paging import whole_number

from ..services import publishing
from .versions import show, version_of


@require_POST
def scheme_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft forward for approval; while it has problems they are listed instead."""
    version, note = version_of(request, pk), request.POST.get("note", "")
    edition = whole_number(request.POST.get("edition"))
    try:
        publishing.propose_scheme(version=version, edition=edition, actor=request.user, note=note)
    except InvalidScheme as refusal:
        return show(request, version, status=422, refusal=refusal.message, note=note)
    messages.success(request, _("Put forward. The deciding authority finds it among what it has to do."))
    return redirect("schemes:detail", pk=pk)


@require_POST
def scheme_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a proposed version a draft again: sent back by the authority, or taken back by the office."""
    version, reason = version_of(request, pk), request.POST.get("reason", "")
    try:
        publishing.send_back_scheme(version=version, actor=request.user, reason=reason)
    except StaleState:
        raise
    except PortalError as refusal:
        return show(request, version, status=422, refusal=refusal.message, reason=reason)
    messages.success(request, _("It is a draft again and can be changed."))
    return redirect("schemes:detail", pk=pk)


@require_POST
def scheme_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve what was read: the edition of the page, no later one."""
    version, edition = version_of(request, pk), whole_number(request.POST.get("edition"))
    publishing.publish_scheme(version=version, actor=request.user, edition=edition)
    messages.success(request, _("Version %(version)s is published.") % {"version": version.version})
    return redirect("schemes:detail", pk=pk)
