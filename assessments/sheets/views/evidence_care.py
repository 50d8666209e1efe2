"""Taking a file down: the security administrator closes a content by its number or SHA-256, without reading it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.paging import page_of

from ..models import Evidence
from ..rules import evidence as rules
from ..services import evidence_care as services


class TakeDownForm(forms.Form):
    """Which content, and why."""

    file = forms.RegexField(
        r"^(\d{1,18}|[0-9a-fA-F]{64})$",
        label=_("Number or SHA-256 of the file"),
        help_text=_("The number stands in the file's address: /sheets/evidence/123/ is 123."),
        error_messages={"invalid": _("Enter a number, or the 64 characters of the SHA-256.")},
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
            said = form.cleaned_data["file"]
            which = {"number": int(said)} if len(said) < 64 else {"sha256": said}
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
    rows = (
        Evidence.objects.exclude(taken_down_at=None).select_related("taken_down_by").order_by("-taken_down_at", "-pk")
    )
    context = {"form": form, "page": page_of(request, rows)}
    return render(request, "assessments/sheets/take_down.html", context, status=status)
