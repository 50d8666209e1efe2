"""What branches were called in a cycle, and under which organization they stood: that of the sheet, which stays."""

from django.db.models import CharField, Expression, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from branches.former import then
from branches.models import Branch

from ..cycles.models import Cycle
from ..cycles.naming import settled
from .models import Sheet


def organization_then(*, cycle: str = "", plan: str = "", branch: str = "branch_id") -> Expression:
    """The organization's name of then, for `NamedQuerySet.named_as_of`; NULL where the branch had no sheet.

    `cycle`, `plan` and `branch` are columns of the rows. Where there is no cycle, the year's last sheet says it.
    """
    own = Sheet.objects.filter(branch=OuterRef(branch)).current()
    own = own.annotate(called=Coalesce(then("organization", settled(cycle="cycle_id")), F("organization__name")))
    parts = []
    if cycle:
        parts.append(_first(own.filter(cycle=OuterRef(cycle))))
    if plan:
        parts.append(_first(own.filter(cycle__plan=OuterRef(plan)).order_by("-cycle__starts_on")))
    return Coalesce(*parts) if len(parts) > 1 else parts[0]


def branch_names(cycle: Cycle) -> dict[str, str]:
    """What all branches are called in a cycle's papers, by code; those without a sheet there as today. Two queries."""
    rows = Sheet.objects.filter(cycle=cycle).current()
    rows = rows.annotate(called=Coalesce(then("branch", settled(cycle="cycle_id")), F("branch__name")))
    return dict(Branch.objects.values_list("code", "name")) | dict(rows.values_list("branch__code", "called"))


def _first(rows: object) -> Subquery:
    return Subquery(rows.values("called")[:1], output_field=CharField())
