"""The list of versions, and one version as everybody reads it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ...scoring import check
from .. import description, rules
from ..loading import engine_scheme
from ..models import SchemeVersion
from ..sentences import scheme_sentence


@require_GET
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All versions one may see, newest first."""
    rows = SchemeVersion.objects.visible_to(request.user).for_table().order_by("scheme__code", "-pk")
    context = {"versions": rows, "can_import": rules.can_edit(request.user)}
    return render(request, "assessments/schemes/list.html", context)


@require_GET
def scheme_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: indicators with their rules, bonus, penalty, veto, bands, year."""
    version = get_object_or_404(SchemeVersion.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    return render(request, "assessments/schemes/detail.html", _detail(request, version))


def _detail(request: HttpRequest, version: SchemeVersion) -> dict:
    scheme = engine_scheme(version)
    warnings = check(version.content) if version.status == SchemeVersion.Status.DRAFT else []
    return {
        "version": version,
        "scheme": scheme,
        "dimensions": [
            {
                "top": top,
                "rows": [
                    {"leaf": leaf, "kind": description.rule_name(leaf.rule), "lines": description.rule_lines(leaf)}
                    for leaf in top.leaves
                ],
            }
            for top in scheme.indicators
        ],
        "bonus": [(item, description.item_line(item, scheme.bonus, "+")) for item in scheme.bonus.items],
        "penalty": [(item, description.item_line(item, scheme.penalty, "-")) for item in scheme.penalty.items],
        "veto": [(veto, description.veto_line(veto)) for veto in scheme.veto],
        "bands": [(band, description.band_lines(band, scheme)) for band in scheme.bands],
        "year_line": description.year_line(scheme),
        "warnings": [scheme_sentence(problem) for problem in warnings],
        "can_publish": rules.can_publish(request.user, version),
        "is_draft": version.status == SchemeVersion.Status.DRAFT,
    }
