"""The secretary's sheets: the list, the sheet itself, saving one indicator, filling in many."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import InvalidMark, PortalError
from branchportal.figures import points_text
from branchportal.htmx import render_part
from branchportal.paging import page_of, whole_number

from ..choices import EDITABLE
from ..files import ACCEPT
from ..models import Sheet
from ..preview import Preview
from ..rules import filling as rules
from ..services import filling, filling_many
from ..services.evidence import MOST_FILES
from ..services.filling import MarkConflict, Saved
from ..sheet_page import Row, SheetPage, sheet_page
from ..values import mark_text, ratio_text


def sheet_of(request: HttpRequest, pk: int) -> Sheet:
    """The sheet of an address, if the user sees it."""
    return get_object_or_404(Sheet.objects.visible_to(request.user).for_filling(), pk=pk)


def days_left(until: datetime | None, at: datetime) -> int | None:
    """Whole days until the deadline's day in Shanghai."""
    return None if until is None else (timezone.localdate(until) - timezone.localdate(at)).days


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Own sheets, newest cycle first, with progress and days left."""
    rows = Sheet.objects.filled_by(request.user).current().for_filling().order_by("-cycle__starts_on", "branch_id")
    page = page_of(request, rows)
    lines = []
    for sheet in page:
        until = rules.deadline(sheet)
        is_open = bool(rules.can_fill(request.user, sheet, request.received_at))
        lines.append(
            {
                "sheet": sheet,
                "until": until,
                "days": days_left(until, request.received_at),
                "is_open": is_open,
                "is_editable": sheet.status in EDITABLE,
                "percent": sheet.filled_count * 100 // sheet.due_count if sheet.due_count else 0,
            }
        )
    return render(request, "assessments/sheets/fill_list.html", {"page": page, "lines": lines})


@require_GET
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet to fill in; who may not (any more) reads it instead."""
    sheet = sheet_of(request, pk)
    if not rules.can_fill(request.user, sheet, request.received_at):
        return redirect("sheets:detail", pk=pk)
    return render(request, "assessments/sheets/fill.html", fill_context(request, sheet_page(sheet)))


def clock(until: datetime | None, at: datetime) -> dict | None:
    """The portal's time and what is left, as text and for the script that lets it run."""
    if until is None:
        return None
    seconds = max(0, int((until - at).total_seconds()))
    days, rest = divmod(seconds, 86400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return {
        "now_ms": int(at.timestamp() * 1000),
        "until_ms": int(until.timestamp() * 1000),
        "now": timezone.localtime(at).strftime("%H:%M:%S"),
        "left": f"{days}{pgettext('days, short', 'd')} {text}" if days else text,
    }


def fill_context(request: HttpRequest, page: SheetPage) -> dict:
    """What the sheet's page and its parts need."""
    sheet, until = page.sheet, rules.deadline(page.sheet)
    can_submit = rules.can_submit(request.user, sheet, request.received_at)
    return {
        "page": page,
        "sheet": sheet,
        "until": until,
        "days": days_left(until, request.received_at),
        "clock": clock(until, request.received_at),
        "can_submit": can_submit,
        "is_secretary": sheet.branch_id in request.user.scope.secretary_of,
        "accept": ACCEPT,
        "most_files": MOST_FILES,
        "untouched": sum(row.leaf.rule == "deduct" and row.stored is None and row.is_open for row in page.rows),
        "texts": script_texts(),
    }


def script_texts() -> dict[str, str]:
    """Words that the page's script needs."""
    return {
        "saved": _("Saved"),
        "saving": _("Saving…"),
        "dirty": _("Not saved yet"),
        "failed": _("Not saved"),
        "offline": _("Not saved: no connection. It is kept in this window and sent as soon as the connection is back."),
        "signedOut": _("Not saved: your session has ended. What you typed is kept here."),
        "conflict": _("Not saved: changed in another window"),
        "kept": _("Typed here earlier and not saved yet"),
        "leave": _("Some entries are not saved yet."),
        "tooLarge": _("“%(name)s” is larger than %(limit)s MB and was not sent."),
        "uploading": _("Uploading %(name)s: %(percent)s%%"),
        "uploadFailed": _("“%(name)s” was not uploaded: the connection was lost. Try again."),
        "uploaded": _("“%(name)s” is attached."),
        "indicator": _("Indicator %(at)s of %(all)s"),
        "missing": _("not filled in"),
    }


@require_http_methods(["GET", "POST"])
def mark(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One indicator: its part of the page, or saving it (autosave gets JSON, a plain form comes back to its place)."""
    sheet = sheet_of(request, pk)
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    if request.method == "GET":
        require(rules.can_fill(request.user, sheet, request.received_at))
        context = fill_context(request, sheet_page(sheet))
        return render(request, "assessments/sheets/_fill_row.html", context | {"row": _row(context["page"], code)})
    try:
        saved = filling.save_mark(
            sheet=sheet,
            code=code,
            data=request.POST,
            version=_version(request),
            actor=request.user,
            at=request.received_at,
            is_form=True,
        )
    except (MarkConflict, InvalidMark) as refusal:
        if is_fetch:
            raise
        return _refused(request, sheet, code, refusal)
    if is_fetch:
        return JsonResponse(saved_data(saved))
    messages.success(request, _("“%(name)s” is saved.") % {"name": saved.leaf.name})
    return redirect(reverse("sheets:fill", args=[pk]) + f"#row-{code}")


def _version(request: HttpRequest) -> int:
    """The mark's version as the form was opened with. Raises: PortalError without one."""
    text = request.POST.get("version", "")
    if not text.isdigit():
        raise PortalError(_("The form is incomplete. Reload the page."))
    return whole_number(text)


def _row(page: SheetPage, code: str) -> Row:
    found = next((row for row in page.rows if row.code == code), None)
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, sheet: Sheet, code: str, refusal: PortalError) -> HttpResponse:
    """Without script: the same sentence on a page, with what was typed ready to be sent again."""
    context = {
        "sheet": sheet,
        "code": code,
        "message": refusal.message,
        "theirs": refusal.details.get("theirs"),
        "typed": [
            (name, value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "version")
        ],
        "version": refusal.details.get("theirs", {}).get("version", request.POST.get("version")),
    }
    return render(request, "assessments/sheets/fill_refused.html", context, status=refusal.status)


def saved_data(saved: Saved) -> dict:
    """The answer to an autosave: the mark's new version and points, and the running totals as printed."""
    return {
        "version": saved.version,
        "points": points_text(saved.said.points_up),
        "text": mark_text(saved.leaf, saved.said.mark),
        "ratio": ratio_text(saved.said.mark),
        "totals": totals_data(saved.preview),
    }


def totals_data(seen: Preview) -> dict:
    """The running totals as text, for the script."""
    return {
        "total": points_text(seen.total_up),
        "bonus": points_text(seen.bonus_up),
        "penalty": points_text(seen.penalty_up),
        "stars": seen.stars,
        "grade": seen.grade,
        "filled": seen.filled,
        "asked": seen.asked,
        "missing": seen.missing,
        "dimensions": [
            {
                "code": line.code,
                "earned": points_text(line.earned_up),
                "filled": line.filled,
                "asked": line.asked,
                "percent": line.percent,
            }
            for line in seen.dimensions
        ],
    }


@require_POST
def copy_last(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy last quarter's values into the rows not filled in yet."""
    report = filling_many.copy_last(sheet=sheet_of(request, pk), actor=request.user, at=request.received_at)
    done = ngettext("%(count)d row was copied.", "%(count)d rows were copied.", len(report.copied))
    messages.success(request, done % {"count": len(report.copied)} + " " + _("Check each before submitting."))
    if report.skipped:
        text = _("Not copied, because the standard is another one now: %(codes)s.")
        messages.warning(request, text % {"codes": "、".join(report.skipped)})
    return redirect("sheets:fill", pk=pk)


@require_http_methods(["GET", "POST"])
def nothing_found(request: HttpRequest, pk: int) -> HttpResponse:
    """“其余无扣分”: the untouched deduct rows, confirmed at once."""
    sheet = sheet_of(request, pk)
    require(rules.can_open_form(request.user, sheet))
    if request.method == "POST":
        codes = filling_many.confirm_nothing_found(
            sheet=sheet, codes=request.POST.getlist("code"), actor=request.user, at=request.received_at
        )
        text = ngettext(
            "%(count)d row confirmed: nothing to deduct.", "%(count)d rows confirmed: nothing to deduct.", len(codes)
        )
        messages.success(request, text % {"count": len(codes)})
        return redirect("sheets:fill", pk=pk)
    page = sheet_page(sheet)
    rows = [row for row in page.rows if row.leaf.rule == "deduct" and row.stored is None and row.is_open]
    access = rules.can_fill(request.user, sheet, request.received_at)
    context = {"sheet": sheet, "rows": rows, "access": access}
    return render_part(
        request, "assessments/sheets/fill_nothing.html", "assessments/sheets/_fill_nothing.html", context
    )


@require_GET
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where signing in again from the sheet's page leads: go back to the other window."""
    return render(request, "assessments/sheets/fill_signed_in.html")
