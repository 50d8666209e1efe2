"""The deciding authority settles a tie; the office prepares a publication."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import whole_number

from .. import rules
from ..checks import checks_of
from ..models import Result, Tally
from ..services.deciding import decide_tie
from ..services.publishing import prepare_publication
from ..ties import ties_of
from ..words import missing_reason
from .tallies import visible_tally

SHOWN_MISSING = 200


@require_http_methods(["GET", "POST"])
def tie(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The tied branches side by side; the places left go to those chosen, with a reason."""
    tally = visible_tally(request, pk)
    require(rules.can_decide(request.user, tally))
    found = next((one for one in ties_of(tally) if one.key == key), None)
    if found is None:
        raise Http404
    context = {"tally": tally, "tie": found, "chosen": set(), "reason": ""}
    if request.method == "POST":
        chosen = {whole_number(value) for value in request.POST.getlist("branch")} - {0}
        reason = request.POST.get("reason", "")
        try:
            decide_tie(
                tally=tally,
                actor=request.user,
                digest=request.POST.get("digest", ""),
                key=key,
                granted=chosen,
                reason=reason,
            )
        except PortalError as refusal:
            context |= {"chosen": chosen, "reason": reason, "error": refusal.message}
            return render(request, "assessments/results/tie.html", context, status=_status(refusal))
        messages.success(request, _("The tie is settled. The results below are settled anew."))
        return redirect("results:tally", pk=pk)
    return render(request, "assessments/results/tie.html", context)


@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """The check list, and what the publication will say."""
    tally = visible_tally(request, pk)
    require(rules.can_prepare(request.user, tally))
    said = {"title": suggested_title(tally), "document_number": "", "note": ""}
    context = {"tally": tally, "said": said}
    status = 200
    if request.method == "POST":
        said |= {name: request.POST.get(name, "") for name in said}
        try:
            publication = prepare_publication(
                tally=tally, actor=request.user, digest=request.POST.get("digest", ""), **said
            )
        except PortalError as refusal:
            context["error"], status = refusal.message, _status(refusal)
        else:
            messages.success(request, _("Prepared. The deciding authority publishes it or sends it back."))
            return redirect("results:publication", pk=publication.pk)
    context |= {"checks": checks_of(tally), "missing": _missing(tally)}
    return render(request, "assessments/results/prepare.html", context, status=status)


def _status(refusal: PortalError) -> int:
    """409 when somebody else was faster: the page then shows what stands now, with what was typed kept."""
    return refusal.status if isinstance(refusal, StaleState) else 422


def suggested_title(tally: Tally) -> str:
    """A title to start from."""
    if tally.cycle:
        return _("Results of %(cycle)s") % {"cycle": tally.cycle}
    return _("Stars of party branches, %(year)s") % {"year": tally.plan.year}


def _missing(tally: Tally) -> list[Result]:
    rows = Result.objects.filter(tally=tally, status=Result.Status.MISSING).for_table().order_by("branch__code")
    found = list(rows[:SHOWN_MISSING])
    for result in found:
        result.why = missing_reason(result.reasons)
    return found
