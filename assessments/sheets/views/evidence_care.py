"""Taking a file down: the security administrator closes a content by its number or SHA-256, without reading it."""

import re

from django import forms
from django.contrib import messages
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of

from ..rules import evidence as rules
from ..services import evidence_care as services
from ..storing import kinds

WHICH = re.compile(
    r"^(?:\S*/(?:evidence|(?P<where>visits/files|stamped|polls/scans))/|(?:(?P<folder>visits|stamped|polls)|evidence)/)?"
    r"(?P<number>\d{1,18})/?$|^(?P<sha256>[0-9a-fA-F]{64})$"
)


class TakeDownForm(forms.Form):
    """Which content, and why."""

    file = forms.RegexField(
        WHICH,
        label=_("Number, address or SHA-256 of the file"),
        help_text=_(
            "The number stands in the file's address: /sheets/evidence/123/ is 123, /visits/files/123/ visits/123, "
            "/sheets/stamped/123/ stamped/123, /polls/scans/123/ polls/123."
        ),
        error_messages={"invalid": _("Enter a number, an address, or the 64 characters of the SHA-256.")},
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, min_length=services.SHORTEST_REASON)


@require_http_methods(["GET", "POST"])
def take_down(request: HttpRequest) -> HttpResponse:
    """The form, and what was taken down so far: numbers, hashes and reasons, no names of files."""
    require(rules.can_take_down(request.user))
    form = TakeDownForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = WHICH.fullmatch(form.cleaned_data["file"])
            which = {"sha256": said["sha256"]} if said["sha256"] else {"number": int(said["number"])}
            if folder := said["folder"] or (said["where"] or "").partition("/")[0]:
                which["folder"] = folder
            try:
                count = services.take_down(
                    actor=request.user, reason=form.cleaned_data["reason"], at=request.received_at, **which
                )
            except PortalError as refusal:
                form.add_error("file", refusal.message)
            else:
                text = ngettext("%(count)d file was taken down.", "%(count)d files were taken down.", count)
                messages.success(request, text % {"count": count})
                return redirect("sheets:take_down")
    shown = ("kind", "pk", "sha256", "taken_down_at", "taken_down_by__name", "taken_down_reason")
    first, *others = [
        kind.objects.exclude(taken_down_at=None).annotate(kind=Value(kind.FOLDER)).order_by().values(*shown)
        for kind in kinds()
    ]
    rows = first.union(*others, all=True).order_by("-taken_down_at", "-pk")
    context = {"form": form, "page": page_of(request, rows)}
    return render(request, "assessments/sheets/take_down.html", context, status=status)
