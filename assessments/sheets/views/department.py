"""The department's page of one sheet: what the branch says and the poll, its own points where they count, pass, return.

Where the preliminary review is a part of the score, it is the inspectors' page: the same rows, saved one by one.
"""

import json

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal.editing import answer_conflict
from branchportal.errors import PortalError, StaleState
from branchportal.figures import micro
from branchportal.forms import Difference

from ..choices import Stage
from ..models import Mark, Sheet
from ..preliminary import gives_marks
from ..reopening.parts import parts_of
from ..review_forms import ReturnForm, number
from ..review_page import Page, build_page
from ..rules import reviewing as rules
from ..services.preliminary_marks import accept_preliminary_mark, save_preliminary_mark
from ..services.review_marks import fill_poll
from ..services.reviewing import correction_deadline, pass_sheet, return_preliminary
from .queues import KINDS, after
from .rows import CANNED, row_figures

KIND = KINDS["department"]
MARK = "sheets:preliminary_mark"


def _sheet(request: HttpRequest, pk: int) -> Sheet:
    """A visible sheet of the subtree; others do not exist for this page."""
    rows = Sheet.objects.visible_to(request.user).below(request.user.scope.department_paths).current()
    return get_object_or_404(rows.for_filling().select_related("submitted_by"), pk=pk)


@require_GET
def preliminary(request: HttpRequest, pk: int) -> HttpResponse:
    """What the branch submitted, row by row, with evidence beside it."""
    sheet = _sheet(request, pk)
    return _show(request, sheet, ReturnForm())


def _show(request: HttpRequest, sheet: Sheet, form: ReturnForm, status: int = 200) -> HttpResponse:
    page = _page(request, sheet)
    for row in page.given:
        row.typed = request.POST.get(f"poll-{row.leaf.code}", "")
    may_pass = rules.can_pass(request.user, sheet)
    context = {
        "sheet": sheet,
        "page": page,
        "form": form,
        "parts": parts_of(sheet),
        "may_pass": may_pass,
        "until": correction_deadline(sheet),
        "kind": KIND,
        "gives_marks": gives_marks(sheet),
        "follows": rules.follows_passing(sheet),
        **_row_context(request, sheet),
    }
    return render(request, "assessments/sheets/preliminary.html", context, status=status)


def _page(request: HttpRequest, sheet: Sheet, *, with_previous: bool = True) -> Page:
    """The rows beside the department's own marks, where it gives any, and which a reopening in part left sealed."""
    stage = Stage.PRELIMINARY if gives_marks(sheet) else Stage.REVIEW
    page, parts = build_page(sheet, request.user, with_previous=with_previous, stage=stage), parts_of(sheet)
    for row in page.rows:
        row.is_sealed, row.belongs = not parts.has_row(row.code), parts.can_change_row(row.leaf).reason
    return page


def _row_context(request: HttpRequest, sheet: Sheet) -> dict[str, object]:
    """What a row needs beside its marks."""
    return {
        "may_mark": rules.can_mark_preliminary(request.user, sheet),
        "may_poll": rules.can_fill_poll(request.user, sheet),
        "may_return": rules.can_return_preliminary(request.user, sheet),
        "mark_address": MARK,
        "canned": CANNED,
    }


@require_POST
def mark(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One row: accept what the branch said (`accept`), enter other points, or a poll result (`poll`)."""
    sheet = _sheet(request, pk)
    known = {"sheet": sheet, "actor": request.user, "code": code, "at": request.received_at}
    known["version"] = number(request.POST.get("version"))
    try:
        if "poll" in request.POST:
            fill_poll(**known, value=request.POST["poll"])
        elif "accept" in request.POST:
            accept_preliminary_mark(**known)
        else:
            save_preliminary_mark(**known, data=request.POST)
    except PortalError as refusal:
        return _row(request, sheet, code, refusal) if request.htmx else _not_marked(request, refusal, pk, code)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse(row_figures(sheet, _page(request, sheet, with_previous=False), code))
    return _row(request, sheet, code) if request.htmx else redirect(_address(pk, code))


def _row(request: HttpRequest, sheet: Sheet, code: str, refusal: PortalError | None = None) -> HttpResponse:
    """One row again, with the figures of the whole for the script."""
    page = _page(request, sheet)
    row = next((row for row in page.rows if row.leaf.code == code), None)
    if row is None:
        raise Http404
    context = {"sheet": sheet, "row": row, "form": ReturnForm(), "error": refusal.message if refusal else ""}
    context |= _row_context(request, sheet)
    status = refusal.status if refusal else 200
    response = render(request, "assessments/sheets/_review_row.html", context, status=422 if status == 400 else status)
    response["HX-Trigger"] = json.dumps({"review:figures": row_figures(sheet, page, code)})
    return response


def _not_marked(request: HttpRequest, refusal: PortalError, pk: int, code: str) -> HttpResponse:
    """A refused mark: scripts get it as JSON, a conflict both values, everybody else the sentence at the row."""
    if request.headers.get("X-Requested-With") == "fetch":
        raise refusal
    if isinstance(refusal, StaleState) and "theirs" in refusal.details:
        said = refusal.details
        both = [Difference(_("Points"), said["theirs"], said["yours"])]
        return answer_conflict(
            request, message=refusal.message, both=both, version=said["version"], back=_address(pk, code)
        )
    if isinstance(refusal, StaleState):
        return _refused(request, pk, ReturnForm(error=refusal), refusal)
    messages.error(request, refusal.message)
    return redirect(_address(pk, code))


def _address(pk: int, code: str) -> str:
    return f"{reverse('sheets:preliminary', args=[pk])}#row-{code}"


@require_POST
def poll(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the poll results without passing."""
    sheet = _sheet(request, pk)
    try:
        with transaction.atomic():
            for code, (version, value) in _polls(request, sheet).items():
                fill_poll(
                    sheet=sheet, actor=request.user, code=code, version=version, value=value, at=request.received_at
                )
    except PortalError as refusal:
        return _refused(request, pk, ReturnForm(error=refusal), refusal)
    messages.success(request, _("The result of the poll is saved."))
    return redirect("sheets:preliminary", pk=pk)


def _polls(request: HttpRequest, sheet: Sheet) -> dict[str, tuple[int, str]]:
    """Poll fields that were filled in and differ from what stands there: (version, text) by code."""
    stored = {
        mark.indicator.code: mark
        for mark in Mark.objects.filter(sheet=sheet, stage__in=("poll", "external")).select_related("indicator")
    }
    found = {}
    for name, text in request.POST.items():
        code = name.removeprefix("poll-")
        if code == name or not text.strip():
            continue
        mark = stored.get(code)
        if mark is None or _differs(mark, text):
            found[code] = (number(request.POST.get(f"version-{code}")), text)
    return found


def _differs(mark: Mark, text: str) -> bool:
    try:
        return micro(text) != mark.value_up
    except ValueError:
        return True


@require_POST
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Pass, and go on to the next sheet under the same filters."""
    sheet = _sheet(request, pk)
    version = number(request.POST.get("version"))
    try:
        if sheet.version != version:
            raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
        polls = _polls(request, sheet)
        pass_sheet(sheet=sheet, actor=request.user, version=version, polls=polls, at=request.received_at)
    except PortalError as refusal:
        return _refused(request, pk, ReturnForm(error=refusal), refusal)
    messages.success(request, _passed(sheet) % {"branch": sheet.branch.name})
    return after(request, KIND, sheet)


def _passed(sheet: Sheet) -> str:
    """Where the sheet went."""
    follows = rules.follows_passing(sheet)
    if follows == rules.LISTED:
        return _("%(branch)s: passed. What you passed stands and is approved by list.")
    if follows == rules.OPEN:
        return _("%(branch)s: passed. Whether it is reviewed is known once the list of branches under review is made.")
    return _("%(branch)s: passed on to the inspectors.")


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the chosen indicators with a reason each."""
    sheet = _sheet(request, pk)
    form = ReturnForm(request.POST)
    try:
        chosen = form.chosen()
        return_preliminary(
            sheet=sheet, actor=request.user, version=chosen.version, reasons=chosen.reasons, until=chosen.until,
            at=request.received_at,
        )  # fmt: skip
    except PortalError as refusal:
        form.error = refusal
        return _refused(request, pk, form, refusal)
    messages.success(request, _("%(branch)s: returned to the branch.") % {"branch": sheet.branch.name})
    return after(request, KIND, sheet)


def _refused(request: HttpRequest, pk: int, form: ReturnForm, refusal: PortalError) -> HttpResponse:
    """The sentence above the sheet as it stands now, what was typed kept; scripts get it as JSON.

    After a conflict (409) the page carries the new versions: sending it again is a decision.
    """
    if request.headers.get("X-Requested-With") == "fetch" and isinstance(refusal, StaleState):
        raise refusal
    status = refusal.status if isinstance(refusal, StaleState) else 422
    return _show(request, _sheet(request, pk), form, status=status)
