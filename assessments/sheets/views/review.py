"""The inspector's side-by-side review: rows accepted or changed, returned, approved by a second person."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.editing import answer_conflict
from branchportal.errors import PortalError, StaleState
from branchportal.figures import points_text
from branchportal.forms import Difference

from ..choices import Status
from ..flags import note_flags
from ..models import Sheet
from ..reopening import rules as reopening_rules
from ..reopening.parts import parts_of
from ..review_forms import ReturnForm, number
from ..review_page import Page, build_page
from ..rules import records as record_rules
from ..rules import reviewing as rules
from ..rules.offices import offices
from ..services.approving import approve_sheet
from ..services.review_marks import accept_mark, accept_untouched, fill_poll, save_review_mark
from ..services.reviewing import begin_review, return_from_review
from .queues import KINDS, after
from .rows import CANNED, row_figures

KIND = KINDS["inspector"]
MARK = "sheets:review_mark"
SEALED = (Status.APPROVED, Status.SEALED)


def _sheet(request: HttpRequest, pk: int) -> Sheet:
    """A sheet assigned to one of the user's teams; others do not exist for this page."""
    rows = Sheet.objects.visible_to(request.user).assigned_to(request.user).current()
    return get_object_or_404(rows.for_filling().select_related("submitted_by", "approved_by"), pk=pk)


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """All rows of a sheet, the branch's points left, the inspector's right."""
    return _show(request, _sheet(request, pk), ReturnForm())


def _show(request: HttpRequest, sheet: Sheet, form: ReturnForm, status: int = 200) -> HttpResponse:
    at = rules.footing(request.user, sheet)
    page = _page(request, sheet)
    for line in (*page.bonus, *page.records):
        line.access = record_rules.can_decide(request.user, line.claim, at)
    context = {
        "sheet": sheet,
        "page": page,
        "form": form,
        "canned": CANNED,
        "may_begin": rules.can_begin(request.user, sheet, at),
        "hands_over": at.hands_over and sheet.status in (Status.PASSED, Status.REVIEW),
        "may_mark": rules.can_mark(request.user, sheet, at),
        "may_poll": rules.can_fill_poll(request.user, sheet, at),
        "may_return": rules.can_return_review(request.user, sheet, at),
        "parts": parts_of(sheet),
        "may_approve": rules.can_approve(request.user, sheet, at),
        "may_record": record_rules.can_record(request.user, sheet, at),
        "may_reopen": reopening_rules.can_ask(request.user, sheet, at) if sheet.status in SEALED else None,
        "until": sheet.extended_until or sheet.review_ends_at,
        "kind": KIND,
        "mark_address": MARK,
    }
    return render(request, "assessments/sheets/review.html", context, status=status)


def _page(request: HttpRequest, sheet: Sheet) -> Page:
    """The rows with their flags, and whose office each belongs to."""
    page, mine = build_page(sheet, request.user), offices(request.user, sheet)
    note_flags(sheet, page)
    for row in page.rows:
        row.belongs = mine.can_mark_row(row.leaf).reason
        row.is_sealed = not mine.parts.has_row(row.code)
    return page


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin, or go on after a return."""
    sheet = _sheet(request, pk)
    try:
        begin_review(
            sheet=sheet, actor=request.user, version=number(request.POST.get("version")), at=request.received_at
        )
    except PortalError as refusal:
        return _refused(request, refusal, pk)
    return redirect("sheets:review", pk=pk)


@require_POST
def mark(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One row: accept what the branch said (`accept`), enter other points, or a poll result (`poll`)."""
    sheet, user = _sheet(request, pk), request.user
    known = {"sheet": sheet, "actor": user, "code": code, "at": request.received_at}
    known["version"] = number(request.POST.get("version"))
    try:
        if "poll" in request.POST:
            fill_poll(**known, value=request.POST["poll"])
        elif "accept" in request.POST:
            accept_mark(**known)
        else:
            save_review_mark(**known, data=request.POST)
    except PortalError as refusal:
        if request.htmx:
            return _row(request, sheet, code, refusal)
        return _refused(request, refusal, pk, f"#row-{code}")
    if request.headers.get("X-Requested-With") == "fetch":
        page = build_page(sheet, request.user, with_previous=False)
        return JsonResponse(row_figures(sheet, page, code, may_approve=_may_approve(request, sheet, page)))
    if request.htmx:
        return _row(request, sheet, code)
    return redirect(f"{_address(pk)}#row-{code}")


def _row(request: HttpRequest, sheet: Sheet, code: str, refusal: PortalError | None = None) -> HttpResponse:
    """One row again, with the figures of the whole for the script."""
    page = _page(request, sheet)
    row = next((row for row in page.rows if row.leaf.code == code), None)
    if row is None:
        raise Http404
    at = rules.footing(request.user, sheet)
    context = {
        "sheet": sheet,
        "row": row,
        "canned": CANNED,
        "form": ReturnForm(),
        "mark_address": MARK,
        "may_mark": rules.can_mark(request.user, sheet, at),
        "may_poll": rules.can_fill_poll(request.user, sheet, at),
        "may_return": rules.can_return_review(request.user, sheet, at),
        "error": refusal.message if refusal else "",
    }
    status = refusal.status if refusal else 200
    response = render(request, "assessments/sheets/_review_row.html", context, status=422 if status == 400 else status)
    figures = row_figures(sheet, page, code, may_approve=_may_approve(request, sheet, page))
    response["HX-Trigger"] = json.dumps({"review:figures": figures})
    return response


def _may_approve(request: HttpRequest, sheet: Sheet, page: Page) -> bool:
    return bool(rules.can_approve(request.user, sheet)) and page.is_ready


@require_POST
def accept_rest(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept all rows nobody has touched, and report what was done and what not."""
    sheet = _sheet(request, pk)
    try:
        report = accept_untouched(sheet=sheet, actor=request.user, at=request.received_at)
    except PortalError as refusal:
        return _refused(request, refusal, pk)
    left = [f"{code} ({why})" for code, why in report.skipped.items() if why != _("reviewed already")]
    text = _("%(count)d rows were accepted as self-assessed.") % {"count": len(report.accepted)}
    if len(report.skipped) > len(left):
        number_done = len(report.skipped) - len(left)
        text += " " + _("%(count)d had been reviewed before and were left alone.") % {"count": number_done}
    messages.success(request, text)
    if left:
        messages.warning(request, _("Not accepted: %(rows)s.") % {"rows": "、".join(left)})
    return redirect("sheets:review", pk=pk)


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the chosen indicators; the marks of all others are kept."""
    sheet = _sheet(request, pk)
    form = ReturnForm(request.POST)
    try:
        chosen = form.chosen()
        return_from_review(
            sheet=sheet, actor=request.user, version=chosen.version, reasons=chosen.reasons, until=chosen.until,
            at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        form.error = refusal
        status = refusal.status if isinstance(refusal, StaleState) else 422
        return _show(request, _sheet(request, pk), form, status=status)
    messages.success(request, _("%(branch)s: returned to the branch.") % {"branch": sheet.branch.name})
    return after(request, KIND, sheet)


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve as the second person; marks and claims are sealed under a digest."""
    sheet = _sheet(request, pk)
    try:
        approve_sheet(
            sheet=sheet, actor=request.user, version=number(request.POST.get("version")), at=request.received_at
        )
    except PortalError as refusal:
        return _refused(request, refusal, pk)
    words = {"branch": sheet.branch.name, "total": points_text(sheet.review_total_up), "digest": sheet.digest[:16]}
    messages.success(request, _("%(branch)s: approved with %(total)s points. Digest %(digest)s.") % words)
    return after(request, KIND, sheet)


def _address(pk: int) -> str:
    return reverse("sheets:review", args=[pk])


def _refused(request: HttpRequest, refusal: PortalError, pk: int, anchor: str = "") -> HttpResponse:
    """The sentence on the page it belongs to; scripts get it as JSON. A conflict is 409, with both values of a row."""
    if request.headers.get("X-Requested-With") == "fetch":
        raise refusal
    if isinstance(refusal, StaleState):
        said = refusal.details
        if "theirs" not in said:
            return _show(request, _sheet(request, pk), ReturnForm(error=refusal), status=refusal.status)
        both = [Difference(_("Points"), said["theirs"], said["yours"])]
        return answer_conflict(
            request, message=refusal.message, both=both, version=said["version"], back=_address(pk) + anchor
        )
    messages.error(request, refusal.message)
    return redirect(f"{_address(pk)}{anchor}")
