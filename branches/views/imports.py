"""Import and export: templates, upload, trial run, confirmation, files."""

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import ImportRejected
from branchportal.jobs import is_worker_silent

from .. import rules
from ..imports import files, services
from ..imports.guards import MAX_BYTES
from ..imports.kinds import kinds, resource_of
from ..models import ImportUpload

HINTS = {
    "units": gettext_lazy("Departments and offices; summaries are made by them."),
    "organizations": gettext_lazy("The tree: work committee, party committees, general branches."),
    "branches": gettext_lazy("The branches that are assessed, each with organization, sector and unit."),
    "members": gettext_lazy("The roll of every branch. The key is branch and number; no identity card numbers."),
    "accounts": gettext_lazy("Accounts with their first office. Passwords are printed on account slips afterwards."),
    "earlier": gettext_lazy(
        "Results of years before the portal, out of your own lists; marked as original data wherever they appear."
    ),
}


class UploadForm(forms.Form):
    kind = forms.CharField(max_length=20)
    file = forms.FileField(allow_empty_file=True)


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The kinds of files in their order; a POST uploads one and goes on to its trial run."""
    require(rules.can_import_something(request.user))
    refusal, wrong_kind = "", ""
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        wrong_kind = form.data.get("kind", "")
        if form.is_valid():
            try:
                return redirect("branches:upload", pk=_accept(request, form).pk)
            except ImportRejected as rejected:
                refusal = rejected.message
        else:
            refusal = _("Choose a file first.")
    context = {
        "kinds": [
            (name, resource, HINTS.get(name, ""))
            for name, resource in kinds().items()
            if rules.can_import(request.user, name)
        ],
        "uploads": _recent(request)[:10],
        "refusal": refusal,
        "wrong_kind": wrong_kind,
    }
    return render(request, "branches/imports.html", context, status=422 if refusal else 200)


def _accept(request: HttpRequest, form: UploadForm) -> ImportUpload:
    file = form.cleaned_data["file"]
    if file.size > MAX_BYTES:
        raise ImportRejected(_("The file is larger than 5 MB. Split it into several files."))
    return services.accept_upload(
        actor=request.user,
        kind=form.cleaned_data["kind"],
        name=file.name,
        data=file.read(),
        received_at=request.received_at,
    )


def _recent(request: HttpRequest) -> QuerySet[ImportUpload]:
    return ImportUpload.objects.visible_to(request.user).defer("rows", "report")


@require_GET
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """A trial run: what would be new, changed, unchanged, or everything that is wrong."""
    row = get_object_or_404(ImportUpload.objects.visible_to(request.user).defer("rows").select_related("job"), pk=pk)
    is_working = row.status in (services.Status.CHECKING, services.Status.RUNNING)
    context = {
        "upload": row,
        "resource": resource_of(row.kind),
        "job": row.job if is_working else None,
        "is_silent": bool(is_working and row.job and is_worker_silent()),
        "is_late": row.status == services.Status.READY and request.received_at >= row.expires_at,
    }
    return render(request, "branches/upload.html", context)


@require_POST
def upload_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The uploader's word: import all rows."""
    row = get_object_or_404(ImportUpload.objects.visible_to(request.user), pk=pk)
    services.confirm_upload(actor=request.user, upload=row, received_at=request.received_at)
    return redirect("branches:upload", pk=pk)


@require_GET
def upload_problems(request: HttpRequest, pk: int) -> HttpResponse:
    """All problems of a trial run as a workbook."""
    row = get_object_or_404(ImportUpload.objects.visible_to(request.user), pk=pk)
    name = _("Problems of %(name)s") % {"name": row.file_name.rsplit(".", 1)[0]}
    return _download(files.problems_bytes(row), f"{name}.xlsx", files.XLSX_TYPE)


@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The workbook to fill in."""
    require(rules.can_import(request.user, kind))
    resource = resource_of(kind)()
    return _download(files.template_bytes(resource), f"{resource.title}导入模板.xlsx", files.XLSX_TYPE)


@require_GET
def export(request: HttpRequest, kind: str, suffix: str) -> HttpResponse:
    """A list as a file that can be imported again."""
    resource = resource_of(kind)(request.user)
    require(rules.can_export(request.user, kind))
    if suffix not in ("xlsx", "csv"):
        raise Http404
    content = files.export_bytes(resource, request.user, suffix)
    content_type = files.CSV_TYPE if suffix == "csv" else files.XLSX_TYPE
    return _download(content, files.file_name(resource, suffix, timezone.localtime()), content_type)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
