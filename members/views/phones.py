"""A telephone number in full: a reason, then the number, once."""

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from branches.models import Branch, Organization
from branchportal.access import require
from branchportal.errors import PortalError

from .. import phones
from ..models import User


@require_http_methods(["GET", "POST"])
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """The number of an account."""
    row = get_object_or_404(User.objects.visible_to(request.user).for_table(), pk=pk)
    return _show(request, row, reverse("members:accounts"))


@require_http_methods(["GET", "POST"])
def of_branch(request: HttpRequest, pk: int) -> HttpResponse:
    """The number of a branch's contact."""
    row = get_object_or_404(Branch.objects.visible_to(request.user).for_table(), pk=pk)
    return _show(request, row, reverse("branches:list"))


@require_http_methods(["GET", "POST"])
def of_organization(request: HttpRequest, pk: int) -> HttpResponse:
    """The number of an organization's contact."""
    row = get_object_or_404(Organization.objects.visible_to(request.user).for_table(), pk=pk)
    return _show(request, row, reverse("branches:organizations"))


def _show(request: HttpRequest, row: models.Model, back: str) -> HttpResponse:
    require(phones.can_show(request.user, row))
    context = {"row": row, "back": back, "number": "", "problem": "", "reason": request.POST.get("reason", "")[:300]}
    if request.method == "POST":
        try:
            context["number"] = phones.show(actor=request.user, row=row, reason=context["reason"])
        except PortalError as refusal:
            context["problem"] = refusal.message
    context |= {"left": max(0, phones.MOST_A_DAY - phones.used_today(request.user)), "most": phones.MOST_A_DAY}
    response = render(request, "members/phone.html", context, status=422 if context["problem"] else 200)
    response["Cache-Control"] = "no-store"
    return response
