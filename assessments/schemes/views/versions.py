"""The list of versions, and one version as everybody reads it."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from branches.models import Sector
from branchportal.paging import page_of
from members.roles import Role

from ...scoring import check
from .. import rules
from ..comparison import outline
from ..designer.problems import located
from ..history import history
from ..loading import engine_scheme
from ..models import SchemeVersion
from ..querysets import SEES_DRAFTS
from ..scheme_page import scheme_page
from ..usage import plan_names
from .comparison import compared, other_versions, usual_other

Status = SchemeVersion.Status


@require_GET
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All versions one may see, by scheme, newest first; narrowed down by status and name."""
    rows = SchemeVersion.objects.visible_to(request.user).for_table()
    status, wish = request.GET.get("status", ""), request.GET.get("q", "").strip()
    if status in Status.values:
        rows = rows.filter(status=status)
    if wish:
        rows = rows.filter(Q(name__icontains=wish) | Q(version__icontains=wish) | Q(scheme__name__icontains=wish))
    page = page_of(request, rows.order_by("scheme__code", "-pk"))
    used = plan_names(list(page))
    for version in page:
        version.plan_names = used.get(version.pk, [])
    context = {
        "page": page,
        "statuses": Status.choices if request.user.scope.has(*SEES_DRAFTS) else [],
        "status": status,
        "wish": wish,
        "can_import": rules.can_edit(request.user),
        "decides": request.user.scope.has(Role.AUTHORITY),
    }
    return render(request, "assessments/schemes/list.html", context)


def version_of(request: HttpRequest, pk: int) -> SchemeVersion:
    """The version of an address, if the user sees it."""
    rows = SchemeVersion.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("scheme", "created_by", "proposed_by", "published_by"), pk=pk)


@require_GET
def scheme_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: indicators with their rules, bonus, penalty, veto, bands, year."""
    return show(request, version_of(request, pk))


def show(request: HttpRequest, version: SchemeVersion, *, status: int = 200, **more: object) -> HttpResponse:
    """The version's page; a draft with errors shows them, and its indicators as far as they can be read."""
    names = dict(Sector.objects.values_list("code", "name"))
    problems = [] if version.status == Status.PUBLISHED else check(version.content)
    lines = located(version.content, problems, names)
    errors = [line for line in lines if line.is_error]
    context = {
        "version": version,
        "errors": errors,
        "warnings": [line for line in lines if not line.is_error],
        "plans": plan_names([version]).get(version.pk, []),
        "can_edit": rules.can_edit(request.user),
        "can_preview": request.user.scope.has(*SEES_DRAFTS),
    }
    if errors:
        context["outline"] = outline(version.content)
    else:
        context["page"] = scheme_page(engine_scheme(version), names, request.GET.get("sector", ""))
    if request.user.scope.has(*SEES_DRAFTS):
        context["history"] = history(version)
    if version.status != Status.PUBLISHED:
        context |= _deciding(request, version, names)
    return render(request, "assessments/schemes/detail.html", context | more, status=status)


def _deciding(request: HttpRequest, version: SchemeVersion, names: dict[str, str]) -> dict:
    """What the way into use needs: who may do what, and what changed against the version before."""
    old = usual_other(version, other_versions(request, version))
    return {
        "old": old,
        "comparison": compared(old, version, names) if old else None,
        "can_propose": rules.can_propose(request.user, version),
        "can_send_back": rules.can_send_back(request.user, version),
        "can_publish": rules.can_publish(request.user, version),
        "decides": request.user.scope.has(Role.AUTHORITY),
    }
