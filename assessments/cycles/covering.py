"""Which branches the schemes of a year are meant for."""

from django.db.models import Q

from ..schemes.loading import engine_scheme
from .models import YearPlan


def covered(plan: YearPlan) -> Q:
    """A condition on branches: the plan's scheme is meant for their sector, or the sector has one of its own."""
    meant = engine_scheme(plan.scheme_version).sectors
    return Q(sector__code__in=meant) | Q(sector__in=list(plan.sector_versions)) if meant else Q()
