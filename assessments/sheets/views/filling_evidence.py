"""Evidence: uploading, reusing, removing, and handing the stored bytes out under strict headers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import whole_number
from branchportal.returning import own_page
from branchportal.uploads import DECLARED

from ..models import Claim, Evidence, EvidenceLink, Sheet
from ..rules import filling as rules
from ..services import evidence as services
from ..sheet_page import sheet_page
from .filling import fill_context, sheet_of
from .handing_out import hand_out


def _target(request: HttpRequest, sheet: Sheet) -> dict:
    """Which row or claim of the sheet the request is about."""
    values = request.POST if request.method == "POST" else request.GET
    claim_id = values.get("claim", "")
    if claim_id:
        return {"claim": get_object_or_404(Claim, sheet=sheet, pk=whole_number(claim_id))}
    return {"code": values.get("code", "")}


def _back(request: HttpRequest, sheet: Sheet, target: dict) -> HttpResponse:
    place = f"#row-{target['code']}" if target.get("code") else "#claims"
    fill = reverse("sheets:fill", args=[sheet.pk]) + place
    return redirect(own_page(request, request.POST.get("next"), fill))


@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Store one or several files; each refused file is named with its reason, the others stay."""
    sheet = sheet_of(request, pk)
    target = _target(request, sheet)
    files = request.FILES.getlist("file")
    if not files:
        raise PortalError(_("Choose a file first."))
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    is_declared = bool(request.POST.get(DECLARED))
    for upload in files:
        try:
            link = services.upload_evidence(
                sheet=sheet,
                upload=upload,
                actor=request.user,
                at=request.received_at,
                is_declared=is_declared,
                **target,
            )
        except PortalError as refusal:
            if is_fetch:
                raise
            messages.error(request, refusal.message)
        else:
            if not is_fetch:
                messages.success(request, _("“%(name)s” is attached.") % {"name": link.evidence.name})
    return JsonResponse({"name": link.evidence.name}) if is_fetch else _back(request, sheet, target)


@require_GET
def evidence_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The files of one row or claim, for the script to put in place after a change."""
    sheet = sheet_of(request, pk)
    target = _target(request, sheet)
    require(rules.can_fill(request.user, sheet, request.received_at))
    context = fill_context(request, page := sheet_page(sheet))
    if "claim" in target:
        line = next((line for line in page.bonus if line.claim == target["claim"]), None)
        context |= {"links": line.links if line else (), "claim": target["claim"], "can_attach": page.claims_open}
    else:
        row = next((row for row in page.rows if row.code == target["code"]), None)
        if row is None:
            raise Http404
        context |= {"links": row.links, "code": row.code, "can_attach": row.is_open}
    return render(request, "assessments/sheets/_fill_evidence.html", context)


@require_GET
def reusable(request: HttpRequest, pk: int) -> HttpResponse:
    """Files of the branch uploaded before, newest first, to be attached once more."""
    sheet = sheet_of(request, pk)
    target = _target(request, sheet)
    require(rules.can_fill(request.user, sheet, request.received_at))
    found = Evidence.objects.filter(branch_id=sheet.branch_id).visible_to(request.user).attachable()
    taken = EvidenceLink.objects.filter(sheet=sheet)
    taken = taken.filter(claim=target["claim"]) if "claim" in target else taken.filter(indicator__code=target["code"])
    files = found.exclude(pk__in=taken.values("evidence_id")).order_by("-pk")[:50]
    context = {"sheet": sheet, "files": files, "claim": target.get("claim"), "code": target.get("code", "")}
    template = "_fill_reuse.html" if request.htmx else "fill_reuse.html"
    return render(request, f"assessments/sheets/{template}", context)


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a file uploaded before."""
    sheet = sheet_of(request, pk)
    target = _target(request, sheet)
    wanted = request.POST.get("evidence", "")
    if not wanted.isdigit():
        raise PortalError(_("Choose a file first."))
    found = get_object_or_404(Evidence.objects.visible_to(request.user), pk=whole_number(wanted))
    link = services.attach_evidence(sheet=sheet, evidence=found, actor=request.user, at=request.received_at, **target)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"name": link.evidence.name})
    return _back(request, sheet, target)


@require_POST
def detach(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    """Take a file off its row or claim."""
    sheet = sheet_of(request, pk)
    row = get_object_or_404(
        EvidenceLink.objects.filter(sheet=sheet).select_related("evidence", "claim", "indicator"), pk=link
    )
    target = {"code": row.indicator.code} if row.indicator else {"claim": row.claim}
    services.detach_evidence(link=row, sheet=sheet, actor=request.user, at=request.received_at)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"removed": link})
    return _back(request, sheet, target)


@require_GET
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes: pictures and PDF may be shown in the page, everything else is only downloaded."""
    found = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    return hand_out(request, found)
