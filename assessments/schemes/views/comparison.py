"""Two versions of a scheme side by side: what was added, removed, moved or changed."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from branches.models import Sector
from branchportal.errors import PortalError
from branchportal.paging import whole_number

from ...scoring import check
from ...scoring.problems import ERROR
from ..comparison import Comparison, compare
from ..comparison_table import comparison_xlsx
from ..models import SchemeVersion

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def other_versions(request: HttpRequest, version: SchemeVersion) -> list[SchemeVersion]:
    """What the version can be compared with, newest first."""
    rows = SchemeVersion.objects.visible_to(request.user).filter(scheme_id=version.scheme_id).exclude(pk=version.pk)
    return list(rows.order_by("-pk"))


def usual_other(version: SchemeVersion, others: list[SchemeVersion]) -> SchemeVersion | None:
    """The version it was started from, else the one published last before it, else any."""
    origin = [each for each in others if each.pk == version.based_on_id]
    published = [each for each in others if each.published_at and each.pk < version.pk]
    return next(iter([*origin, *published, *others]), None)


def compared(old: SchemeVersion, new: SchemeVersion, names: dict[str, str] | None = None) -> Comparison:
    """What `new` changed against `old`; `names` are those of the sectors by code, read where not given."""
    names = dict(Sector.objects.values_list("code", "name")) if names is None else names
    return compare(old.content, new.content, names)


@require_GET
def scheme_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """The differences to another version (`with`), all rows where `all` is asked for."""
    version, others, old = _chosen(request, pk)
    context = {"version": version, "others": others, "old": old, "shows_all": bool(request.GET.get("all"))}
    if old is not None:
        context["comparison"] = compared(old, version)
        context["faulty"] = [each for each in (old, version) if _has_errors(each)]
    return render(request, "assessments/schemes/compare.html", context)


@require_GET
def scheme_compare_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a spreadsheet."""
    version, _others, old = _chosen(request, pk)
    if old is None:
        return redirect("schemes:compare", pk=pk)
    response = HttpResponse(comparison_xlsx(compared(old, version), old, version), content_type=XLSX)
    name = quote(f"{version.name} {version.version}与{old.version}比较.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _chosen(request: HttpRequest, pk: int) -> tuple[SchemeVersion, list[SchemeVersion], SchemeVersion | None]:
    version = get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    others = other_versions(request, version)
    wish = whole_number(request.GET.get("with"))
    old = next((each for each in others if each.pk == wish), None) if wish else usual_other(version, others)
    if wish and old is None:
        raise PortalError(_("That version cannot be compared with this one. Choose one of the list."))
    return version, others, old


def _has_errors(version: SchemeVersion) -> bool:
    if version.status == SchemeVersion.Status.PUBLISHED:
        return False
    return any(problem.severity == ERROR for problem in check(version.content))
