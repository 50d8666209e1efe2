"""Which lists of sheets to be approved somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Q

from branches.former import NamedQuerySet
from members.roles import Role

from ...cycles.naming import settled

if TYPE_CHECKING:
    from members.models import User


class ApprovalListQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor; those of the own teams for a leader."""
        if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
            return self.all()
        if not user.scope.has(Role.LEADER):
            return self.none()
        return self.filter(team__memberships__user=user, team__memberships__is_leader=True).distinct()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query: how many sheets, approved, refused, waiting."""
        numbers = {
            status: Count("rows", filter=Q(rows__status=status)) for status in ("approved", "refused", "waiting")
        }
        return self.select_related("cycle__plan", "team", "prepared_by", "decided_by").annotate(
            total=Count("rows"), **{f"{status}_count": number for status, number in numbers.items()}
        )


class ListedSheetQuerySet(NamedQuerySet):
    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query, without the sealed columns."""
        named = self.named_as_of(settled(cycle="sheet__cycle_id"), "sheet__branch", "sheet__organization")
        rows = named.select_related("sheet__branch", "sheet__organization", "sheet__sector", "sheet__passed_by")
        return rows.defer("sheet__frozen", "sheet__frozen_claims")
