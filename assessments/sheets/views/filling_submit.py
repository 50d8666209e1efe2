"""Check list, submitting, receipt, withdrawing, and the sheet as everybody reads it."""

import secrets
from datetime import datetime
from operator import itemgetter

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import whole_number
from members.roles import Role

from ...schemes.loading import engine_scheme
from ..checklist import check_list
from ..choices import EDITABLE, FROZEN, Status
from ..course import events
from ..department_course import department_events
from ..filling_forms import SubmitForm
from ..models import Sheet
from ..preliminary import is_direct
from ..reopening.models import Reopening
from ..reopening.parts import opened_names, parts_of, told_part
from ..rules import filling as rules
from ..rules.records import can_answer
from ..services import submitting
from ..sheet_page import SheetPage, sheet_page
from ..stamping.views import stamped_part
from .filling import clock, days_left, sheet_of


def timeline_labels() -> dict[str, str]:
    """Which audit rows of a sheet its course shows, in words."""
    return {
        "sheet.submitted": _("Submitted"),
        "sheet.withdrawn": _("Withdrawn by the branch"),
        "sheet.returned": _("Returned to the branch"),
        "sheet.passed": _("Passed by the department"),
        "sheet.review_begun": _("Review begun"),
        "sheet.handed_over": _("Review handed over"),
        "sheet.approved": _("Approved"),
        "sheet.sealed": _("Sealed"),
        "sheet.exempted": _("Exempt from the assessment"),
        "sheet.reopened": _("Reopened for correction"),
        "sheet.revised": _("New revision under review"),
        "sheet.stamped_attached": _("Stamped form attached"),
        "sheet.stamped_withdrawn": _("Stamped form withdrawn"),
        "extension.asked": _("Extension asked for until %(until)s"),
        "extension.granted": _("Extension granted until %(until)s"),
        "extension.refused": _("Extension refused"),
    }


def _label(text: str, after: dict | None, sheet: Sheet) -> str:
    """The words of a row, with the day that an extension is about, or the part of the sheet that was reopened."""
    if "%(until)s" not in text:
        part = told_part(after, engine_scheme(sheet.scheme_version))
        return _("%(event)s, in part: %(names)s") % {"event": text, "names": part} if part else text
    until = timezone.localtime(datetime.fromisoformat((after or {})["until"]))
    return text % {"until": until.strftime("%Y-%m-%d %H:%M")}


def timeline(sheet: Sheet) -> list[dict]:
    """What happened to the sheet and around it (department's marks, visits, rectifications), oldest first."""
    labels = timeline_labels()
    own = [
        {"at": row.at, "label": _label(labels[row.action], row.after, sheet), "actor": row.actor, "note": row.note}
        for row in audit.trail(sheet, labels).order_by("pk")
    ]
    return sorted([*own, *map(vars, [*department_events(sheet), *events(sheet)])], key=itemgetter("at"))


@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is open, what is odd, the meeting; then one button."""
    sheet = sheet_of(request, pk)
    if request.method == "GET":
        if not rules.can_fill(request.user, sheet, request.received_at):
            return redirect("sheets:detail", pk=pk)
        initial = {"version": sheet.version, "meeting_on": sheet.meeting_on, "meeting_present": sheet.meeting_present}
        return _check_page(request, sheet, SubmitForm(initial=initial))
    require(rules.can_open_form(request.user, sheet))
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _check_page(request, sheet, form, status=422)
    said = form.cleaned_data
    try:
        submitting.submit_sheet(sheet=sheet, actor=request.user, at=request.received_at, **said)
    except StaleState as stale:
        now = sheet_of(request, pk)
        if not rules.can_submit(request.user, now, request.received_at):
            raise
        form.data = form.data.copy()
        form.data["version"] = str(now.version)
        form.add_error(None, stale.message)
        return _check_page(request, now, form, status=stale.status)
    except PortalError as refusal:
        form.add_error(refusal.details.get("field"), refusal.message)
        return _check_page(request, sheet, form, status=422)
    return redirect("sheets:receipt", pk=pk)


def _check_page(request: HttpRequest, sheet: Sheet, form: SubmitForm, status: int = 200) -> HttpResponse:
    page = sheet_page(sheet)
    found = check_list(
        sheet,
        seen=page.preview,
        rows=page.stored,
        claims=page.claims,
        links=page.links,
        last_points=page.last_points,
    )
    until = rules.deadline(sheet)
    context = {
        "page": page,
        "sheet": sheet,
        "form": form,
        "found": found,
        "until": until,
        "days": days_left(until, request.received_at),
        "clock": clock(until, request.received_at),
        "attempt": (request.POST.get("attempt", "") if status == 409 else "") or secrets.token_hex(16),
        "access": rules.can_submit(request.user, sheet, request.received_at),
    }
    return render(request, "assessments/sheets/fill_submit.html", context, status=status)


@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """When the sheet arrived and the digest of what it said."""
    sheet = sheet_of(request, pk)
    entry = audit.trail(sheet, ["sheet.submitted"]).order_by("pk").last()
    if entry is None or sheet.submitted_at is None:
        raise Http404
    context = {
        "sheet": sheet,
        "entry": entry,
        "digest": (entry.after or {}).get("digest", ""),  # rows brought in from elsewhere have none
        "is_direct": is_direct(sheet),
    }
    return render(request, "assessments/sheets/fill_receipt.html", context)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to filling in, as long as nobody has begun."""
    version = request.POST.get("version", "")
    submitting.withdraw_sheet(
        sheet=sheet_of(request, pk),
        actor=request.user,
        version=whole_number(version),
        at=request.received_at,
    )
    messages.success(request, _("The sheet is yours again. Do not forget to submit it before the deadline."))
    return redirect("sheets:fill", pk=pk)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as it stands, for everybody who sees it; it prints as a form to sign."""
    sheet = sheet_of(request, pk)
    page = sheet_page(sheet)
    until = rules.deadline(sheet)
    is_own = rules.belongs(request.user, sheet)
    was_returned = any(row.remarks for row in page.rows)
    context = {
        "page": page,
        "sheet": sheet,
        "until": until,
        "days": days_left(until, request.received_at),
        "timeline": timeline(sheet),
        "reopened": _reopened_in_part(sheet),
        "stamped": stamped_part(request, sheet),
        "is_own": is_own,
        "opens_files": not request.user.scope.has(Role.AUDITOR),
        "fill": rules.can_fill(request.user, sheet, request.received_at),
        "withdraw": rules.can_withdraw(request.user, sheet, request.received_at, was_returned),
        "answerable": _answerable(request, page),
        "is_reviewed": sheet.status in FROZEN,
        "is_editable": sheet.status in EDITABLE,
        "is_submitted": sheet.status == Status.SUBMITTED,
    }
    return render(request, "assessments/sheets/fill_detail.html", context)


def _reopened_in_part(sheet: Sheet) -> dict | None:
    """Of a revision opened in part: the names of what is open, and the decision."""
    if not parts_of(sheet).is_partial:
        return None
    found = Reopening.objects.get(revision=sheet)
    return {"names": opened_names(found), "decision": found}


def _answerable(request: HttpRequest, page: SheetPage) -> set[int]:
    """Records that this user may answer."""
    for line in page.records:
        line.claim.sheet = page.sheet
    return {line.claim.pk for line in page.records if can_answer(request.user, line.claim)}
