"""Handing a review over to a colleague."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError
from members.models import User

from ...cycles.models import Assignment
from ..models import Sheet
from ..review_forms import number
from ..rules import handing as rules
from ..services.handing import colleagues
from ..services.handing import hand_over as hand


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """To whom, and why; those with a tie to the branch are refused with the reason."""
    sheet = get_object_or_404(
        Sheet.objects.visible_to(request.user).current().exclude(submitted_at=None).for_filling(), pk=pk
    )
    row = Assignment.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id).select_related("inspector", "team")
    row = row.first()
    require(rules.can_hand_over(request.user, sheet, row))
    people = colleagues(sheet, User.objects.all())
    refusal = None
    if request.method == "POST":
        to = people.filter(pk=number(request.POST.get("to"))).first()
        try:
            if to is None:
                raise PortalError(_("Choose a colleague of the team."), field="to")
            hand(sheet=sheet, actor=request.user, to=to, reason=request.POST.get("reason", ""))
        except PortalError as error:
            refusal = error
        else:
            messages.success(request, _("The review is in the hands of %(name)s now.") % {"name": to.name})
            return redirect("sheets:detail" if request.user.scope.is_office else "sheets:review", pk=pk)
    context = {"sheet": sheet, "row": row, "people": people, "refusal": refusal, "typed": request.POST}
    status = 200 if refusal is None else 422 if refusal.status == 400 else refusal.status
    return render(request, "assessments/sheets/hand_over.html", context, status=status)
