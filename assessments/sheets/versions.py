"""Which scheme measures a branch in a cycle."""

from branches.models import Branch

from ..cycles.models import Cycle
from ..schemes.models import SchemeVersion
from .models import Sheet


def version_in(cycle: Cycle, branch: Branch) -> SchemeVersion:
    """The scheme of the branch's sheet; without a sheet that of its sector. No query in a year under one scheme."""
    if not cycle.plan.is_by_sector:
        return cycle.plan.scheme_version
    rows = Sheet.objects.filter(cycle=cycle, branch=branch).current().select_related("scheme_version__scheme")
    sheet = rows.defer("frozen", "frozen_claims", "scheme_version__content").first()
    return sheet.scheme_version if sheet else cycle.version_for(branch.sector_id)
