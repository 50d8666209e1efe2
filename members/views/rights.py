"""A person's data as a file, and erasure."""

from urllib.parse import quote

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of

from ..models import Erasure, Member
from ..rights import rules, services

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REASONS_TO_STAY = {
    "audit": gettext_lazy("Audit rows prove the score history; they are never changed (records of the assessment)."),
    "logs": gettext_lazy("Security logs younger than 184 days are kept by law and removed by themselves later."),
    "scores": gettext_lazy(
        "Sheets, marks, publications and evidence are the branch's; the person stands there by pseudonym."
    ),
}


@require_POST
def own_data(request: HttpRequest) -> HttpResponse:
    """One's own data as a workbook."""
    return _file(services.own_file(user=request.user), _("my-data"))


@require_POST
def own_erasure(request: HttpRequest) -> HttpResponse:
    """Ask for one's own erasure."""
    if request.user.member is None:
        raise PortalError(_("This account belongs to nobody on a roll. The assessment office deactivates it."))
    services.request_erasure(actor=request.user, member=request.user.member, reason=request.POST.get("reason", ""))
    messages.success(request, _("Asked for. The assessment office decides, and tells you what must stay and why."))
    return redirect("members:profile")


@require_GET
def member_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person may ask for, and what was asked and done."""
    member = _member(request, pk)
    require(rules.can_export(request.user, member))
    context = {
        "member": member,
        "request_access": rules.can_request(request.user, member),
        "erasures": [
            (row, rules.can_decide(request.user, row)) for row in member.erasures.for_table().order_by("-pk")[:20]
        ],
        "reasons_to_stay": REASONS_TO_STAY.values(),
    }
    return render(request, "members/rights/member.html", context)


@require_POST
def member_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Data of a person on the roll as a workbook."""
    member = _member(request, pk)
    return _file(services.person_file(actor=request.user, member=member), _("personal-data"))


@require_POST
def member_erasure(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for erasure on a person's behalf."""
    member = _member(request, pk)
    services.request_erasure(actor=request.user, member=member, reason=request.POST.get("reason", ""))
    messages.success(request, _("Asked for. The assessment office carries it out or says why not."))
    return redirect("members:member_rights", member.pk)


@require_GET
def erasures(request: HttpRequest) -> HttpResponse:
    """What was asked for, open wishes first."""
    require(rules.can_list(request.user))
    rows = Erasure.objects.visible_to(request.user).for_table()
    is_open = models.Case(models.When(status=Erasure.Status.ASKED, then=0), default=1)
    return render(request, "members/rights/erasures.html", {"page": page_of(request, rows.order_by(is_open, "-pk"))})


@require_POST
def erasure_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out, or refuse with a reason."""
    erasure = get_object_or_404(Erasure.objects.visible_to(request.user).for_table(), pk=pk)
    note = request.POST.get("note", "")
    if request.POST.get("decision") == "carry_out":
        services.carry_out(actor=request.user, erasure=erasure, note=note)
        messages.success(request, _("Erased. The report says what was deleted and what stays."))
    else:
        services.refuse_erasure(actor=request.user, erasure=erasure, note=note)
        messages.success(request, _("Refused; the reason is kept."))
    return redirect("members:member_rights", erasure.member_id)


def _member(request: HttpRequest, pk: int) -> Member:
    return get_object_or_404(Member.objects.visible_to(request.user).for_table(), pk=pk)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}-{timezone.localdate():%Y%m%d}.xlsx"
    response["Cache-Control"] = "no-store"
    return response
