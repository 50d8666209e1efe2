"""Which year plans use a version: as the plan's own scheme, or as that of single sectors."""

from collections.abc import Sequence

from django.db.models import Q

from .models import SchemeVersion


def plan_names(versions: Sequence[SchemeVersion]) -> dict[int, list[str]]:
    """Names of the plans by version, the latest year first. One query."""
    plans = SchemeVersion._meta.get_field("plans").related_model._default_manager
    keys = {version.pk for version in versions}
    rows = plans.filter(Q(scheme_version__in=keys) | Q(sector_schemes__scheme_version__in=keys)).order_by("-year")
    found: dict[int, list[str]] = {}
    for name, *used in rows.values_list("name", "scheme_version", "sector_schemes__scheme_version"):
        for key in used:
            if key in keys and name not in found.setdefault(key, []):
                found[key].append(name)
    return found
