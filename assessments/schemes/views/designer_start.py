"""Drafts begin and end: a new version of a scheme, a new scheme, a draft that is not wanted any more."""

import re

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError

from ...scoring import Scheme
from .. import rules
from ..designer.blanks import blank_scheme
from ..files import read_scheme_yaml
from ..models import SchemeVersion
from ..services import drafts
from .designer import draft_of

EXAMPLE = settings.BASE_DIR / "fixtures" / "schemes" / "demo-wuqiang.yaml"
FOLDER = "assessments/schemes/designer"


class NumberForm(forms.Form):
    """The number of a new version."""

    version = forms.CharField(label=gettext_lazy("version"), max_length=40)


class SchemeForm(forms.Form):
    """What a new scheme cannot do without."""

    name = forms.CharField(label=pgettext_lazy("scheme", "name"), max_length=200)
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        label=gettext_lazy("code"),
        max_length=40,
        help_text=gettext_lazy("Letters, digits, hyphens; it stays the same for all versions, such as city-organs."),
        error_messages={"invalid": gettext_lazy("Use letters, digits, hyphens, full stops and underscores only.")},
    )
    version = forms.CharField(label=gettext_lazy("version"), max_length=40)
    begin = forms.ChoiceField(
        label=gettext_lazy("begin with"),
        choices=[
            ("blank", gettext_lazy("an empty scheme: 100 points, five stars, four quarters")),
            ("example", gettext_lazy("the filled example, to be changed")),
        ],
        widget=forms.RadioSelect,
        initial="blank",
    )


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version that begins with the content of this one."""
    source = draft_of(request, pk)
    form = NumberForm(request.POST or None, initial={"version": proposed_number(source)})
    if request.method == "POST" and form.is_valid():
        try:
            draft = drafts.start_draft(source=source, number=form.cleaned_data["version"], actor=request.user)
            return redirect("schemes:design", pk=draft.pk)
        except PortalError as refusal:
            form.add_error("version", refusal.message)
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/start.html", {"form": form, "version": source}, status=status)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new scheme, empty or from the filled example."""
    require(rules.can_edit(request.user))
    number = f"{timezone.localdate().year}.1"
    form = SchemeForm(request.POST or None, initial={"version": number, "begin": "blank"})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        content = blank_scheme(values["code"], values["version"], values["name"])
        if values["begin"] == "example":
            example = Scheme.from_data(read_scheme_yaml(EXAMPLE.read_bytes())).to_data()
            content = example | {key: values[key] for key in ("code", "version", "name")}
        try:
            draft = drafts.start_scheme(content=content, actor=request.user)
            return redirect("schemes:design", pk=draft.pk)
        except PortalError as refusal:
            form.add_error(None, refusal.message)
    return render(request, f"{FOLDER}/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a draft, after asking once."""
    version = draft_of(request, pk)
    if not version.is_draft:
        messages.info(
            request, _("Version %(version)s is no draft and cannot be changed.") % {"version": version.version}
        )
        return redirect("schemes:detail", pk=pk)
    if request.method == "GET":
        return render(request, f"{FOLDER}/delete.html", {"version": version, "edits": version.edits.count()})
    name = str(version)
    drafts.delete_draft(version=version, actor=request.user)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": name})
    return redirect("schemes:list")


def proposed_number(source: SchemeVersion) -> str:
    """The next free number: `2026.2` after `2026.1` in 2026, `2027.1` in 2027; otherwise the last number plus one."""
    taken = set(source.scheme.versions.values_list("version", flat=True))
    year = timezone.localdate().year
    if re.fullmatch(r"20\d\d\.\d{1,4}", source.version):
        stem, number = f"{year}.", int(source.version[5:]) if source.version.startswith(str(year)) else 0
    else:
        found = re.fullmatch(r"(.*?)(\d{1,6})", source.version)
        stem, number = (found[1], int(found[2])) if found else (f"{source.version[:36]}.", 1)
    while f"{stem}{number + 1}" in taken:
        number += 1
    return f"{stem}{number + 1}"
