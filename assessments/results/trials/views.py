"""Trials of schemes: start one, read it, take its adjustments over, throw it away. 404 for all who do not see them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import Sector
from branchportal import keyset
from branchportal.errors import InvalidScheme, PortalError
from branchportal.htmx import render_part

from ...schemes.designer.problems import Located, located
from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ...schemes.rules import can_edit
from ...scoring import Problem, check
from ..ranking import organizations, sectors
from . import adjusting, choosing, page, rules, services, words, workbook
from .computing import map_basis
from .mapping import Mapped
from .models import TrialRun

GROUPS = ("weights", "points", "bands", "year", "bonus")


def _visible(request: HttpRequest) -> None:
    if not rules.can_see(request.user):
        raise Http404


def _trial(request: HttpRequest, pk: int) -> TrialRun:
    rows = TrialRun.objects.visible_to(request.user).select_related(
        "plan__scheme_version", "cycle", "tally__plan", "tally__cycle", "job", "started_by", "version__scheme"
    )
    return get_object_or_404(rows.defer("version__content", "plan__scheme_version__content"), pk=pk)


@require_GET
def trials(request: HttpRequest) -> HttpResponse:
    """All trials that are kept, newest first."""
    _visible(request)
    rows = TrialRun.objects.visible_to(request.user).for_table()
    found = keyset.page(rows, ("-pk",), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    for one in found.rows:
        one.said = services.headline(one.summary) if one.is_finished else ""
        one.may_delete = rules.can_delete(request.user, one)
    return render(
        request, "assessments/results/trials/list.html", {"page": found, "can_run": rules.can_run(request.user)}
    )


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose a version and whose marks, adjust and assume; then ask for the trial and go to its task."""
    _visible(request)
    choices = choosing.bases()
    params = request.POST if request.method == "POST" else request.GET
    version = _version(request, params.get("version", ""))
    choice = choosing.chosen(choices, params.get("basis", ""))
    if params.get("basis") and choice is None:
        raise Http404
    context: dict[str, Any] = {
        "versions": choosing.versions(request.user), "version": version, "choices": choices, "choice": choice,
        "can_run": rules.can_run(request.user), "can_edit": can_edit(request.user),
    }  # fmt: skip
    status = 200
    if request.method == "POST" and version and choice:
        said = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        assumed = {name.removeprefix("assume-"): value for name, value in said.items() if name.startswith("assume-")}
        try:
            found = services.request_trial(
                actor=request.user, version=version, basis=choice.basis, said=said, assumptions=assumed
            )
            return redirect("task", pk=found.job_id)
        except InvalidScheme as error:
            context["problems"] = _located(version, error.details["problems"])
        except PortalError as error:
            context |= {"error": error.message, "wrong": error.details.get("fields", {})}
        status = 422
        context |= {"said": said, "assumed": assumed}
    if version and choice:
        context |= _form(version, choice, context)
    return render(request, "assessments/results/trials/start.html", context, status=status)


def _version(request: HttpRequest, wanted: str) -> SchemeVersion | None:
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        raise Http404
    return get_object_or_404(choosing.versions(request.user).defer(None), pk=int(wanted))


def _form(version: SchemeVersion, choice: choosing.Choice, context: dict[str, Any]) -> dict[str, Any]:
    """The fields to adjust and what must be assumed; or what stands in the way."""
    problems = _located(version, check(version.content))
    if problems:
        return {"draft_problems": problems}
    said, assumed, wrong = (context.get(name, {}) for name in ("said", "assumed", "wrong"))
    fields: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for field in adjusting.fields_of(version.content):
        value = said.get(field.name, field.value)
        fields[field.group].append({"field": field, "value": value, "wrong": wrong.get(field.name, "")})
    found: dict[str, Any] = {"fields": fields, "is_adjusted": bool(said)}
    try:
        scheme = services.scheme_of(version.content)
        mapped = map_basis(choice.basis, engine_scheme(choice.basis.version_for(scheme)), scheme)
    except PortalError as error:
        return found | {"refusal": error.message}
    return found | {"mapped": mapped, "parts": _parts(mapped, assumed), "notes": _notes(mapped)}


def _parts(mapped: Mapped, assumed: dict[str, str]) -> list[dict[str, Any]]:
    """What needs an assumption, with its choices."""
    names, kinds = words.choice_names(), words.kind_names()
    told = mapped.assumptions(assumed)
    return [
        {
            "part": part,
            "name": words.part_name({"key": part.key, "code": part.code, "name": part.name}),
            "kind": _("newly asked of some") if part.is_only_wider else kinds[part.kind],
            "choices": [(code, names[code]) for code in part.choices],
            "chosen": told[part.key],
        }
        for part in mapped.open_parts
    ]  # fmt: skip


def _notes(mapped: Mapped) -> list[str]:
    """The rest of the comparison in words, as the page of the trial says it."""
    told = {
        "parts": [{"key": part.key, "code": part.code, "name": part.name, "kind": part.kind, "notes": part.notes}
                  for part in mapped.parts],
        "dropped": mapped.dropped, "dropped_items": mapped.dropped_items, "new_flags": mapped.new_flags,
        "dropped_components": mapped.dropped_components, "dropped_claims": 0, "outside": 0,
    }  # fmt: skip
    return words.carried_lines(told)


def _located(version: SchemeVersion, problems: Sequence[Problem]) -> list[Located]:
    """Those that stand in the way, with their places by name."""
    names = dict(Sector.objects.values_list("code", "name")) if problems else {}
    return [line for line in located(version.content, problems, names) if line.is_error]


@require_GET
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """One trial: headline, matrix, distribution, quotas, and who moves and why."""
    found = _trial(request, pk)
    if not found.is_finished:
        if found.job is not None and found.job.owner_id == request.user.pk and not found.job.is_over:
            return redirect("task", pk=found.job_id)
        context = {"trial": found, "can_delete": rules.can_delete(request.user, found)}
        return render(request, "assessments/results/trials/unfinished.html", context)
    if "reset" in request.GET:
        request.session.pop("trial", None)
        return redirect("results:trial", pk=pk)
    context = {"trial": found, **_table(request, found, _kept_filters(request))}
    if not (request.htmx and request.htmx.target == "movers"):
        context |= _overview(request, found)
    return render_part(
        request, "assessments/results/trials/trial.html", "assessments/results/trials/_movers.html", context
    )


def _kept_filters(request: HttpRequest) -> dict[str, str]:
    """The filters of the address, else those kept in the session."""
    if any(name in request.GET for name in page.FILTERS):
        said = {name: request.GET[name] for name in page.FILTERS if request.GET.get(name)}
        if request.session.get("trial") != said:
            request.session["trial"] = said
        return said
    return request.session.get("trial", {})


def _table(request: HttpRequest, found: TrialRun, params: dict[str, str]) -> dict[str, Any]:
    wish = page.Wish.read(params)
    rows, count = page.movers(found, wish, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    ladder = [(str(stars), grade) for stars, grade, _before, _after in services.star_changes(found.summary)]
    return {
        "wish": wish, "page": rows, "count": count, "organizations": organizations(request.user),
        "sectors": sectors(), "ladder": ladder, "not_rated": page.UNRATED.items(),
        "directions": [(code, label) for code, (label, _condition) in page.DIRECTIONS.items()],
    }  # fmt: skip


def _overview(request: HttpRequest, found: TrialRun) -> dict[str, Any]:
    summary = found.summary
    stars_chart, totals_chart = page.charts(summary)
    return {
        "headline": services.headline(summary),
        "summary": summary,
        "stars": services.star_changes(summary),
        "matrix": page.matrix_of(summary),
        "stars_chart": stars_chart,
        "totals_chart": totals_chart,
        "steps": page.distribution(summary),
        "quotas": page.quota_pairs(summary),
        "adjustments": adjusting.described(found.content, found.adjustments),
        "assumption_lines": words.assumption_lines(summary["mapping"]),
        "carried_lines": words.carried_lines(summary["mapping"]),
        "can_adopt": rules.can_adopt(request.user, found),
        "can_delete": rules.can_delete(request.user, found),
        "others": TrialRun.objects.visible_to(request.user)
        .exclude(pk=found.pk)
        .exclude(finished_at=None)
        .for_table()[:20],
    }


@require_GET
def side_by_side(request: HttpRequest) -> HttpResponse:
    """The summaries of two trials beside each other."""
    _visible(request)
    pair = []
    for name in ("a", "b"):
        wanted = request.GET.get(name, "")
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0
        found = _trial(request, number)
        if not found.is_finished:
            raise Http404
        pair.append({
            "trial": found, "headline": services.headline(found.summary), "matrix": page.matrix_of(found.summary),
            "summary": found.summary, "stars": services.star_changes(found.summary),
            "adjustments": adjusting.described(found.content, found.adjustments),
            "assumption_lines": words.assumption_lines(found.summary["mapping"]),
        })  # fmt: skip
    return render(request, "assessments/results/trials/pair.html", {"pair": pair})


@require_POST
def workbook_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the workbook and go to its task."""
    return redirect("task", pk=workbook.request_workbook(trial=_trial(request, pk), actor=request.user).pk)


@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the adjustments into the draft."""
    version = services.adopt_adjustments(trial=_trial(request, pk), actor=request.user)
    messages.success(request, _("The adjustments stand in the draft now. Nothing is in force before it is published."))
    return redirect("schemes:detail", pk=version.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the trial away."""
    services.delete_trial(trial=_trial(request, pk), actor=request.user)
    messages.success(request, _("The trial was deleted."))
    return redirect("results:trials")
