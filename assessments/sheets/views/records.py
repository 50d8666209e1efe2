"""The register of penalties, vetoes and facts; decisions on claims."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.former import called
from branchportal.access import require
from branchportal.editing import answer_conflict
from branchportal.errors import PortalError, StaleState
from branchportal.forms import Difference
from branchportal.htmx import render_part
from branchportal.paging import page_of, whole_number
from branchportal.returning import own_page

from ...cycles.models import Cycle
from ..choices import ClaimStatus, Status
from ..models import Claim, Sheet
from ..review_forms import day, number
from ..rules import records as rules
from ..services.records import RECORDED_KINDS, decide_claim, items_of, record_claim, take_back_record


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Everything recorded, newest first, with filters."""
    require(rules.can_see_records(request.user))
    rows = Claim.objects.records_visible_to(request.user).for_table().order_by("-pk")
    cycle, status, text = (request.GET.get(name, "") for name in ("cycle", "status", "q"))
    if cycle.isdigit():
        rows = rows.filter(sheet__cycle=whole_number(cycle))
    if status in ClaimStatus.values:
        rows = rows.filter(status=status)
    if text.strip():
        text = text.strip()[:100]
        rows = rows.filter(called(text, "sheet__branch") | Q(matter__icontains=text) | Q(document__icontains=text))
    page = page_of(request, rows)
    lines = [_line(request, claim) for claim in page]
    context = {
        "page": page,
        "lines": lines,
        "cycles": Cycle.objects.exclude(status=Cycle.Status.PLANNED),
        "statuses": [(value, label) for value, label in ClaimStatus.choices if value != ClaimStatus.CLAIMED],
        "is_filtered": bool(cycle or status or text),
        "may_record": rules.can_record_somewhere(request.user),
    }
    return render_part(request, "assessments/sheets/records.html", "assessments/sheets/_records.html", context)


def _line(request: HttpRequest, claim: Claim) -> dict:
    item = items_of(claim.sheet.scheme_version, claim.kind).get(claim.item_code)
    return {
        "claim": claim,
        "item": item.text if item else claim.item_code,
        "may_decide": rules.can_decide(request.user, claim),
        "may_take_back": rules.can_take_back(request.user, claim),
    }


@require_http_methods(["GET", "POST"])
def record_new(request: HttpRequest) -> HttpResponse:
    """Record something about a branch: choose cycle and branch, then the item of the scheme that applies."""
    require(rules.can_record_somewhere(request.user))
    sheet = _chosen_sheet(request)
    if sheet is not None:
        require(rules.can_record(request.user, sheet))
    error = None
    if request.method == "POST" and sheet is not None:
        try:
            claim = _record(request, sheet)
        except PortalError as refusal:
            error = refusal
        else:
            messages.success(
                request,
                _("Recorded about %(branch)s. It counts once a second person has accepted it.")
                % {"branch": claim.sheet.branch.name},
            )
            return redirect(_back(request))
    context = {
        "sheet": sheet,
        "data": request.POST if request.method == "POST" else request.GET,
        "error": error,
        "field": error.details.get("field") if error else "",
        "cycles": Cycle.objects.filter(status=Cycle.Status.OPEN),
        "options": _options(sheet) if sheet else [],
        "found": _search(request) if sheet is None else [],
        "back": _back(request),
    }
    return render(request, "assessments/sheets/record_form.html", context, status=422 if error else 200)


def _recordable(request: HttpRequest) -> object:
    """Sheets that the user may record about: all open ones for the office, visible ones for inspectors."""
    rows = Sheet.objects.current().for_table().select_related("scheme_version")
    return rows if rules.can_see_records(request.user) else rows.visible_to(request.user)


def _chosen_sheet(request: HttpRequest) -> Sheet | None:
    pk = request.POST.get("sheet") or request.GET.get("sheet") or ""
    return get_object_or_404(_recordable(request), pk=whole_number(pk)) if pk.isdigit() else None


def _search(request: HttpRequest) -> list[Sheet]:
    """Branches that fit what was typed, in open cycles."""
    text = request.GET.get("branch", "").strip()[:100]
    if not text:
        return []
    rows = _recordable(request).filter(cycle__status=Cycle.Status.OPEN).exclude(status=Status.EXEMPT)
    return list(rows.filter(Q(branch__name__icontains=text) | Q(branch__code__istartswith=text))[:20])


def _options(sheet: Sheet) -> list[dict]:
    """What the scheme lets one record, grouped by kind; the value is kind and code and level in one."""
    groups = []
    for kind in RECORDED_KINDS:
        choices = []
        for item in items_of(sheet.scheme_version, kind).values():
            levels = getattr(item, "levels_up", {})
            for level in levels or [""]:
                label = f"{item.text} · {level}" if level else item.text
                choices.append({"value": f"{kind}|{item.code}|{level}", "label": f"{item.code} {label}"})
        if choices:
            groups.append({"label": kind.label, "choices": choices})
    return groups


def _record(request: HttpRequest, sheet: Sheet) -> Claim:
    data = request.POST
    kind, code, level = ([*data.get("item", "").split("|", 2), "", "", ""])[:3]
    return record_claim(
        sheet=sheet,
        actor=request.user,
        kind=kind,
        item_code=code,
        level=level,
        matter=data.get("matter", ""),
        document=data.get("document", ""),
        happened_on=day(data.get("happened_on")),
        count=number(data.get("count") or "1"),
        at=request.received_at,
    )


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or refuse a claim or record."""
    claim = _claim(request, pk)
    accept = request.POST.get("decision") == "accept"
    try:
        decide_claim(
            claim=claim, actor=request.user, version=number(request.POST.get("version")), accept=accept,
            reason=request.POST.get("reason", ""), at=request.received_at,
        )  # fmt: skip
    except StaleState as stale:
        return _overtaken(request, stale, pk, _("accepted") if accept else _("refused"))
    except PortalError as refusal:
        return _refused(request, refusal)
    messages.success(request, _("Accepted.") if accept else _("Refused."))
    return redirect(_back(request))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a record made by mistake."""
    claim = _claim(request, pk)
    try:
        take_back_record(
            claim=claim, actor=request.user, version=number(request.POST.get("version")),
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except StaleState as stale:
        return _overtaken(request, stale, pk, _("taken back"))
    except PortalError as refusal:
        return _refused(request, refusal)
    messages.success(request, _("The record is taken back."))
    return redirect(_back(request))


def _claim(request: HttpRequest, pk: int) -> Claim:
    """A claim of a visible sheet, or a record that the office keeps."""
    if rules.can_see_records(request.user):
        records = Claim.objects.records_visible_to(request.user).filter(pk=pk)
        if found := records.for_table().first():
            return found
    return get_object_or_404(Claim.objects.visible_to(request.user).for_table(), pk=pk)


def _back(request: HttpRequest) -> str:
    """Where the page came from, if it is one of ours; else the register."""
    register = reverse("sheets:records") if rules.can_see_records(request.user) else reverse("home")
    return own_page(request, request.POST.get("next") or request.GET.get("next"), register)


def _overtaken(request: HttpRequest, stale: StaleState, pk: int, mine: str) -> HttpResponse:
    """Somebody else changed the claim meanwhile: what stands there beside what this person wanted (409)."""
    if request.headers.get("X-Requested-With") == "fetch":
        raise stale
    claim = _claim(request, pk)
    reason = request.POST.get("reason", "").strip()
    both = [
        Difference(_("Decision"), claim.get_status_display(), mine),
        Difference(_("Reason"), claim.decision_reason or "—", reason or "—"),
    ]
    again = claim.version if rules.can_decide(request.user, claim) else None
    return answer_conflict(request, message=stale.message, both=both, version=again, back=_back(request))


def _refused(request: HttpRequest, refusal: PortalError) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        raise refusal
    messages.error(request, refusal.message)
    return redirect(_back(request))
