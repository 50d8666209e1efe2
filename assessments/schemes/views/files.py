"""Scheme files: bringing one in as a draft, and a version as a file."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from branchportal.access import require
from branchportal.errors import InvalidScheme, StaleState

from ...scoring import Problem, SchemeError
from .. import rules
from ..files import read_scheme_yaml, write_scheme_yaml
from ..models import SchemeVersion
from ..sentences import scheme_sentence
from ..services import drafts
from ..services.publishing import parsed_scheme


class SchemeFileForm(forms.Form):
    """One scheme file."""

    file = forms.FileField(label=gettext_lazy("Scheme file (YAML)"), allow_empty_file=True)


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
    try:
        data = read_scheme_yaml(form.cleaned_data["file"].read())
        return drafts.import_scheme(data, actor=request.user)
    except SchemeError as error:
        problems.extend(error.problems)
    except InvalidScheme as error:
        problems.extend(error.details["problems"])
    except StaleState as error:
        form.add_error("file", error.message)
    return None


@require_GET
def scheme_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The version as a scheme file (YAML)."""
    version = get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    response = HttpResponse(write_scheme_yaml(parsed_scheme(version)), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.scheme.code}-{version.version}.yaml"'
    return response
