"""The pages: choosing a person, and what her offices let her do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from branchportal.access import require
from branchportal.paging import page_of
from members.filters import AccountFilter
from members.models import User
from members.views.accounts import filtered

from . import rules
from .branch_check import branch_answer, find_branches
from .matrix import rights_matrix


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Accounts with their offices of today, 50 a page."""
    require(rules.can_see_rights(request.user))
    form = AccountFilter(request.GET)
    page = page_of(request, filtered(User.objects.all(), form).for_table().order_by("username"))
    is_filtered = any(request.GET.get(name) for name in form.fields)
    return render(
        request, "assessments/reports/rights/people.html", {"page": page, "form": form, "is_filtered": is_filtered}
    )


@require_GET
def rights_of(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's offices with their dates, the matrix, and the question about one branch."""
    require(rules.can_see_rights(request.user))
    person = get_object_or_404(User.objects.select_related("member__branch"), pk=pk)
    rows = person.appointments.select_related("organization", "branch__organization").order_by("-starts_on", "-pk")
    offices = list(rows)
    held = [office for office in offices if office.is_in_force]
    asked = request.GET.get("branch", "").strip()[:60]
    found = find_branches(asked)
    context = {
        "person": person,
        "offices": offices,
        "several": len(held) > 1,
        "parts": rights_matrix(held, request.received_at) if held else [],
        "asked": asked,
        "found": found,
        "answer": branch_answer(person, held, found[0]) if len(found) == 1 else None,
    }
    return render(request, "assessments/reports/rights/person.html", context)
