"""Photos and papers: adding, removing, and handing the stored bytes out under the headers of evidence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.uploads import DECLARED

from ...sheets.views.handing_out import hand_out
from .. import rules
from ..models import VisitFile
from ..services import files
from .visits import visit_of


@require_POST
def file_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One or several photos, of one indicator where `code` names it; each refused one is named with its reason."""
    visit, code = visit_of(request, pk), request.POST.get("code", "")
    require(rules.can_record(request.user, visit))
    uploads = request.FILES.getlist("file")
    if not uploads:
        messages.error(request, _("Choose a file first."))
    for upload in uploads:
        try:
            files.add_visit_file(
                visit=visit, upload=upload, actor=request.user, at=request.received_at, code=code,
                is_declared=bool(request.POST.get(DECLARED)),
            )  # fmt: skip
        except PortalError as refusal:
            messages.error(request, refusal.message)
    return redirect(reverse("visits:visit", args=[pk]) + (f"#row-{code}" if code else "#photos"))


@require_POST
def file_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file off before the record is signed, a proof before it is answered."""
    rows = VisitFile.objects.visible_to(request.user).select_related(
        "visit__plan__cycle", "visit__branch__organization", "rectification__finding__organization"
    )
    found = get_object_or_404(rows, pk=pk)
    files.remove_file(file=found, actor=request.user)
    messages.success(request, _("The file is removed."))
    if found.visit_id:
        return redirect(reverse("visits:visit", args=[found.visit_id]) + "#photos")
    return redirect("visits:rectification", pk=found.rectification_id)


@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes: pictures and PDF may be shown, everything else is only downloaded."""
    found = get_object_or_404(VisitFile.objects.visible_to(request.user), pk=pk)
    return hand_out(request, found)
