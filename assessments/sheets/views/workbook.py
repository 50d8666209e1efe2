"""Entry workbooks: download, upload, the comparison row by row, taking over."""

import re

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import ImportRejected
from branchportal.models import Job
from branchportal.paging import page_of, whole_number
from branchportal.workbooks import MAX_BYTES, refusal

from ...cycles.models import Cycle
from ..models import Sheet, WorkbookUpload
from ..rules import filling as rules
from ..services import workbook as services
from ..services import workbook_files as files
from ..services import workbook_taking as taking
from .filling import sheet_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BRANCHES_A_PAGE = 5
SHOWN_PROBLEMS = 500
TICKED = re.compile(r"([0-9]{1,15}):([0-9]{1,9}):(.{1,40})")  # sheet, version of the mark as shown, indicator


class UploadForm(forms.Form):
    file = forms.FileField(allow_empty_file=True)


@require_http_methods(["GET", "POST"])
def workbooks(request: HttpRequest) -> HttpResponse:
    """Download and upload; a POST uploads a file and goes on to its comparison."""
    require(rules.can_use_workbooks(request.user))
    refused: ImportRejected | None = None
    name = ""
    if request.method == "POST":
        try:
            return redirect("sheets:workbook_upload", pk=_accept(request).pk)
        except ImportRejected as rejected:
            refused = rejected
            name = request.FILES["file"].name if "file" in request.FILES else ""
    problems = refused.details.get("problems", []) if refused else []
    context = {
        "lines": files.open_cycles(request.user, request.received_at),
        "uploads": WorkbookUpload.objects.visible_to(request.user).waiting(request.received_at).defer("content"),
        "refusal": refused.message if refused else "",
        "file_name": name,
        "problems": problems[:SHOWN_PROBLEMS],
        "problem_count": len(problems),
        "most": files.MOST_SHEETS,
    }
    return render(request, "assessments/sheets/workbooks.html", context, status=422 if refused else 200)


def _accept(request: HttpRequest) -> WorkbookUpload:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise ImportRejected(_("Choose a file first."))
    file = form.cleaned_data["file"]
    if file.size > MAX_BYTES:
        raise refusal("too_large")
    return services.accept_upload(actor=request.user, name=file.name, data=file.read(), at=request.received_at)


@require_GET
def sheet_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The entry workbook of one sheet."""
    made = files.sheet_workbook(sheet=sheet_of(request, pk), actor=request.user, at=request.received_at)
    return _download(made)


@require_POST
def cycle_workbook(request: HttpRequest) -> HttpResponse:
    """One workbook for all branches that the user fills in for; a job where they are too many for one."""
    require(rules.can_use_workbooks(request.user))
    mine = Sheet.objects.filled_by(request.user).values("cycle")
    cycle = get_object_or_404(Cycle.objects.filter(pk__in=mine), pk=whole_number(request.POST.get("cycle")))
    made = files.cycle_workbook(cycle=cycle, actor=request.user, at=request.received_at)
    return redirect("task", pk=made.pk) if isinstance(made, Job) else _download(made)


def _download(made: files.File) -> HttpResponse:
    response = HttpResponse(made.content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, made.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would change, branch by branch and row by row; nothing has been taken over yet."""
    row = get_object_or_404(WorkbookUpload.objects.visible_to(request.user), pk=pk)
    is_open = row.status == WorkbookUpload.Status.READY and request.received_at < row.expires_at
    entries = row.content.get("sheets", []) if is_open else []
    page = page_of(request, [entry for entry in entries if entry["differs"]], BRANCHES_A_PAGE)
    branches = taking.branch_pages(upload=row, actor=request.user, entries=list(page), at=request.received_at)
    context = {
        "upload": row,
        "is_open": is_open,
        "page": page,
        "branches": branches,
        "same": [entry["title"] for entry in entries if not entry["differs"]],
        "has_choice": any(branch.has_choice for branch in branches),
    }
    return render(request, "assessments/sheets/workbook_upload.html", context)


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the ticked rows over; each names its sheet and the version of the mark that was shown."""
    row = get_object_or_404(WorkbookUpload.objects.visible_to(request.user), pk=pk)
    chosen: dict[int, dict[str, int]] = {}
    for text in request.POST.getlist("row"):
        if ticked := TICKED.fullmatch(text):
            sheet, version, code = ticked.groups()
            chosen.setdefault(int(sheet), {})[code] = int(version)
    reports = taking.take_over(upload=row, actor=request.user, chosen=chosen, at=request.received_at).values()
    taken = sum(len(report["taken"]) for report in reports)
    left = sum(len(report["left"]) for report in reports)
    if taken:
        text = ngettext("%(count)d row was taken over.", "%(count)d rows were taken over.", taken)
        messages.success(request, text % {"count": taken} + " " + _("Nothing was submitted."))
    if left:
        text = ngettext("%(count)d row was not taken over; see why below.",
                        "%(count)d rows were not taken over; see why below.", left)  # fmt: skip
        messages.warning(request, text % {"count": left})
    if not taken and not left:
        messages.info(request, _("No row was ticked, so nothing was taken over."))
    page = whole_number(request.POST.get("page")) or 1
    return redirect(reverse("sheets:workbook_upload", args=[pk]) + f"?page={page}")


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """The person is done with the upload."""
    row = get_object_or_404(WorkbookUpload.objects.visible_to(request.user), pk=pk)
    services.finish_upload(upload=row, actor=request.user)
    messages.success(request, _("The upload is put away. What was taken over stays."))
    return redirect("sheets:mine")
