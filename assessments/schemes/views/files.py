"""Scheme files: bringing one in as a draft, a version as YAML or workbook, the template."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from branchportal.access import require
from branchportal.errors import ImportRejected, InvalidScheme, StaleState

from ...scoring import Problem, Scheme, SchemeError
from .. import rules
from ..filekinds import CONTENT_TYPES, XLSX, YAML, read_scheme, write_scheme
from ..models import SchemeVersion
from ..sentences import scheme_sentence
from ..services import drafts
from ..services.publishing import parsed_scheme

TEMPLATE = settings.BASE_DIR / "fixtures" / "schemes" / "template.yaml"
TEMPLATE_NAME = "方案填写模板.xlsx"
FORBIDDEN_IN_NAMES = str.maketrans("", "", '\\/:*?"<>|\r\n\t')


class SchemeFileForm(forms.Form):
    """One scheme file."""

    file = forms.FileField(
        label=gettext_lazy("Scheme file (Excel workbook or YAML)"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.yaml,.yml"}),
    )


@require_http_methods(["GET", "POST"])
def scheme_import(request: HttpRequest) -> HttpResponse:
    """Bring a file in as a draft; all problems at once, nothing imported while there is one."""
    require(rules.can_edit(request.user))
    form, problems = SchemeFileForm(request.POST or None, request.FILES or None), []
    if request.method == "POST" and form.is_valid():
        found = _import(request, form, problems)
        if found is not None:
            messages.success(request, _("The draft is in. Somebody of the deciding authority can publish it now."))
            return redirect("schemes:detail", pk=found.pk)
    context = {"form": form, "problems": [scheme_sentence(problem) for problem in problems]}
    is_bad = bool(problems or form.errors)
    return render(request, "assessments/schemes/import.html", context, status=422 if is_bad else 200)


def _import(request: HttpRequest, form: SchemeFileForm, problems: list[Problem]) -> SchemeVersion | None:
    """The imported draft, or None with `problems` (or the form's errors) filled."""
    upload = form.cleaned_data["file"]
    try:
        file = read_scheme(upload.name, upload.read())
        problems.extend(file.errors())
        return None if problems else drafts.import_scheme(file.data, actor=request.user)
    except SchemeError as error:
        problems.extend(error.problems)
    except InvalidScheme as error:
        problems.extend(error.details["problems"])
    except (ImportRejected, StaleState) as error:
        form.add_error("file", error.message)
    return None


@require_GET
def scheme_file(request: HttpRequest, pk: int, kind: str = YAML) -> HttpResponse:
    """The version as a scheme file: YAML or a workbook."""
    version = get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    name = f"{version.name}-{version.version}".translate(FORBIDDEN_IN_NAMES)
    return _download(parsed_scheme(version), kind, f"{name}.{kind}")


@require_GET
def scheme_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, with an example of every kind of rule."""
    require(rules.can_edit(request.user))
    example = Scheme.from_data(read_scheme(TEMPLATE.name, TEMPLATE.read_bytes()).data)
    return _download(example, XLSX, TEMPLATE_NAME)


def _download(scheme: Scheme, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(write_scheme(scheme, kind), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
