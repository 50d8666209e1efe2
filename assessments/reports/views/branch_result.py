"""A branch's result: total, star and why not the next one, radar, trend, and the working down to the clause."""

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from branches.models import Branch
from branchportal.access import require
from branchportal.middleware import answer

from ...cycles.models import YearPlan
from ...results.earlier.models import EarlierResult
from ...results.earlier.rules import can_see_years
from ...results.models import Result, Tally
from ...results.notices.checks import notice_of
from ...results.notices.rules import can_object
from ...sheets.models import Sheet
from ...sheets.stamping.models import StampedForm
from ..correction import correction_of
from ..result_report import RELATED, branch_report
from ..result_years import all_years
from ..rules import can_take_dossier


@require_GET
def result_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One result, for everybody who may see it."""
    rows = Result.objects.visible_to(request.user).named().select_related(*RELATED)
    result = get_object_or_404(rows, pk=pk)
    context = {"report": branch_report(result), "result": result, "correction": correction_of(result)}
    context |= {"stamped_files": _stamped(request, result), **_on_notice(request, result)}
    return render(request, "assessments/reports/result.html", context)


def _stamped(request: HttpRequest, result: Result) -> list[StampedForm]:
    """Scans of the stamped form of its sheet that stand; a year's result has no sheet of its own."""
    if result.sheet_id is None:
        return []
    return list(StampedForm.objects.visible_to(request.user).standing().filter(sheet=result.sheet_id).for_table())


def _on_notice(request: HttpRequest, result: Result) -> dict:
    """The notice of a provisional result, and whether the reader may object to it."""
    if result.tally.status != Tally.Status.NOTICE or (notice := notice_of(result.tally)) is None:
        return {}
    return {"notice": notice, "may_object": can_object(request.user, notice, result.branch, request.received_at)}


@require_GET
def latest_result(request: HttpRequest, branch_pk: int) -> HttpResponse:
    """On to the branch's latest result, the year's before its last quarter's."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=branch_pk)
    rows = Result.objects.visible_to(request.user).filter(branch=branch, tally__status="published")
    year_first = F("tally__cycle__starts_on").desc(nulls_first=True)  # the databases put nothing at different ends
    pk = rows.order_by("-tally__plan__year", year_first, "-tally_id").values_list("pk", flat=True).first()
    if pk is not None:
        return redirect("reports:result", pk=pk)
    if EarlierResult.objects.visible_to(request.user).filter(branch=branch).exists():
        return redirect("reports:years", branch_pk=branch.pk)
    return answer(request, 404, "no_result", _("No result of this branch has been published yet."))


@require_GET
def branch_years(request: HttpRequest, branch_pk: int) -> HttpResponse:
    """All years of a branch, imported ones too, for everybody who sees its results."""
    branches = Branch.objects.visible_to(request.user).select_related("organization")
    branch = get_object_or_404(branches, pk=branch_pk)
    require(can_see_years(request.user))
    has_result = Result.objects.visible_to(request.user).filter(branch=branch, tally__status="published").exists()
    context = {"branch": branch, "years": all_years(branch.pk), "has_result": has_result}
    if can_take_dossier(request.user, branch):
        sheets = Sheet.objects.visible_to(request.user).filter(branch=branch)
        context["plans"] = YearPlan.objects.filter(pk__in=sheets.values("cycle__plan")).order_by("-year")
    return render(request, "assessments/earlier/years.html", context)
