"""The part “stamped scans” of a sheet: attaching, reading, withdrawing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.uploads import DECLARED

from ..models import Sheet
from ..views.filling import sheet_of
from ..views.handing_out import hand_out
from . import rules, services
from .models import StampedForm


def stamped_part(request: HttpRequest, sheet: Sheet) -> dict:
    """What `_stamped.html` shows: every scan with whether this reader may withdraw it; may she attach one."""
    files = StampedForm.objects.filter(sheet=sheet).for_table()
    for file in (rows := list(files)):
        file.sheet = sheet
    may = [file.withdrawn_at is None and bool(rules.can_withdraw(request.user, file)) for file in rows]
    return {
        "lines": [{"file": file, "may_withdraw": allowed} for file, allowed in zip(rows, may, strict=True)],
        "standing": sum(file.withdrawn_at is None for file in rows),
        "attach": rules.can_attach(request.user, sheet),
        "is_party": rules.is_party(request.user, sheet),
        "accept": services.ACCEPT,
        "most": services.MOST_SCANS,
    }


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep one or several scans; each refused file is named with its reason, the others stay."""
    sheet = sheet_of(request, pk)
    require(rules.can_attach(request.user, sheet))
    files = request.FILES.getlist("file")
    if not files:
        messages.error(request, _("Choose a file first."))
    for upload in files:
        try:
            kept = services.attach_stamped(
                sheet=sheet, upload=upload, actor=request.user, at=request.received_at,
                is_declared=bool(request.POST.get(DECLARED)),
            )  # fmt: skip
        except PortalError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("“%(name)s” is attached.") % {"name": kept.name})
    return _back(sheet)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a scan with a reason."""
    rows = StampedForm.objects.visible_to(request.user).select_related("sheet__organization", "uploaded_by")
    file = get_object_or_404(rows, pk=pk)
    try:
        services.withdraw_stamped(
            file=file, actor=request.user, at=request.received_at, reason=request.POST.get("reason", "")
        )
    except PortalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("“%(name)s” is withdrawn. It stays on record.") % {"name": file.name})
    return _back(file.sheet)


@require_GET
def stamped_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes, under the headers of evidence."""
    return hand_out(request, get_object_or_404(StampedForm.objects.visible_to(request.user), pk=pk))


def _back(sheet: Sheet) -> HttpResponse:
    return redirect(reverse("sheets:detail", args=[sheet.pk]) + "#stamped")
