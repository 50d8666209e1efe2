"""The ranking: published results of the branches one sees; candidates too for office, authority and auditor."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from branchportal.htmx import render_part

from ..models import Tally
from ..overview import has_parts, is_progress, ladder_of
from ..querysets import SEES_CANDIDATES, prepared_of
from ..ranking import FILTERS, NOT_RATED, Wish, organizations, ranked_page, sectors, tally_choices, units

KEPT = ("tally", *FILTERS)


@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """A chosen tally's results under filters that stay until they are reset."""
    if "reset" in request.GET:
        request.session.pop("ranking", None)
        return redirect("results:ranking")
    params = kept_params(request, "ranking")
    choices = tally_choices(request.user)
    tally = _chosen(choices, params.get("tally", ""))
    context = {"tallies": choices, "tally": tally}
    if tally is not None:
        context |= table_context(request, tally, params)
    return render_part(request, "assessments/results/ranking.html", "assessments/results/_ranking.html", context)


def kept_params(request: HttpRequest, key: str) -> dict[str, str]:
    """The filters of the address, else those kept in the session under `key`."""
    if any(name in request.GET for name in KEPT):
        chosen = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
        if request.session.get(key) != chosen:
            request.session[key] = chosen
        return chosen
    return request.session.get(key, {})


def _chosen(choices: Sequence[Tally], wanted: str) -> Tally | None:
    if not wanted:
        return choices[0] if choices else None
    for tally in choices:
        if str(tally.pk) == wanted:
            return tally
    raise Http404


def table_context(request: HttpRequest, tally: Tally, params: dict[str, str]) -> dict:
    """What `_results.html` needs."""
    wish, kinds = Wish.read(params), sectors()
    page, count = ranked_page(
        tally, request.user, wish, kinds, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    return {
        "wish": wish,
        "params": params,
        "page": page,
        "count": count,
        "organizations": organizations(request.user, wish.organization, prepared_of(tally)),
        "units": units(request.user, wish.unit, prepared_of(tally)),
        "sectors": kinds,
        "ladder": [(str(stars), grade) for stars, grade in ladder_of(tally)],
        "not_rated": NOT_RATED.items(),
        "is_progress": is_progress(tally),
        "has_parts": has_parts(tally),
        "sees_all": request.user.scope.has(*SEES_CANDIDATES),
    }
