"""Scheme pages: the list, one version as everybody reads it, bringing a draft in, publishing it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branchportal.access import require
from branchportal.errors import InvalidScheme, StaleState
from members.roles import Role

from ..scoring import Problem, SchemeError, check
from . import description, rules
from .files import read_scheme_yaml
from .loading import engine_scheme
from .models import SchemeVersion
from .sentences import scheme_sentence
from .services import drafts, publishing

EDITORS = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


class SchemeFileForm(forms.Form):
    """One scheme file."""

    file = forms.FileField(label=gettext_lazy("Scheme file (YAML)"), allow_empty_file=True)


def visible_versions(request: HttpRequest) -> object:
    """Published versions for everybody with an office, drafts for office, authority and auditor."""
    rows = SchemeVersion.objects.select_related("scheme", "created_by", "published_by").defer("content")
    if request.user.scope.has(*EDITORS):
        return rows
    return rows.filter(status=SchemeVersion.Status.PUBLISHED) if request.user.scope.roles else rows.none()


@require_GET
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All versions one may see, newest first."""
    rows = visible_versions(request).order_by("scheme__code", "-pk")
    context = {"versions": rows, "can_import": rules.can_edit(request.user)}
    return render(request, "assessments/schemes/list.html", context)


@require_GET
def scheme_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: indicators with their rules, bonus, penalty, veto, bands, year."""
    version = get_object_or_404(visible_versions(request), pk=pk)
    return render(request, "assessments/schemes/detail.html", _detail(request, version))


def _detail(request: HttpRequest, version: SchemeVersion) -> dict:
    scheme = engine_scheme(version)
    warnings = check(version.content) if version.status == SchemeVersion.Status.DRAFT else []
    return {
        "version": version,
        "scheme": scheme,
        "dimensions": [
            {
                "top": top,
                "rows": [
                    {"leaf": leaf, "kind": description.rule_name(leaf.rule), "lines": description.rule_lines(leaf)}
                    for leaf in top.leaves
                ],
            }
            for top in scheme.indicators
        ],
        "bonus": [(item, description.item_line(item, scheme.bonus, "+")) for item in scheme.bonus.items],
        "penalty": [(item, description.item_line(item, scheme.penalty, "-")) for item in scheme.penalty.items],
        "veto": [(veto, description.veto_line(veto)) for veto in scheme.veto],
        "bands": [(band, description.band_lines(band, scheme)) for band in scheme.bands],
        "year_line": description.year_line(scheme),
        "warnings": [scheme_sentence(problem) for problem in warnings],
        "can_publish": rules.can_publish(request.user, version),
        "is_draft": version.status == SchemeVersion.Status.DRAFT,
    }


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


@require_POST
def scheme_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    version = get_object_or_404(visible_versions(request), pk=pk)
    publishing.publish_scheme(version=version, actor=request.user)
    messages.success(request, _("Version %(version)s is published.") % {"version": version.version})
    return redirect("schemes:detail", pk=pk)


@require_GET
def scheme_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The version as a scheme file (YAML)."""
    from .files import write_scheme_yaml

    version = get_object_or_404(visible_versions(request), pk=pk)
    response = HttpResponse(write_scheme_yaml(engine_scheme(version)), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.scheme.code}-{version.version}.yaml"'
    return response
