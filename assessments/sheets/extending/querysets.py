"""Which extensions somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models

from branches.former import NamedQuerySet
from members.roles import Role

from ...cycles.naming import settled

if TYPE_CHECKING:
    from members.models import User


class ExtensionQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor; a department those of its subtree and of everybody."""
        if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
            return self.all()
        if not user.scope.department_paths:
            return self.none()
        seen = models.Q(sheet=None)
        for path in user.scope.department_paths:
            seen |= models.Q(sheet__organization__path__startswith=path)
        return self.filter(seen)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="cycle_id"), "sheet__branch", "sheet__organization")
        return named.select_related(
            "cycle", "sheet__branch", "sheet__organization", "asked_by", "decided_by"
        ).defer("sheet__frozen", "sheet__frozen_claims")  # fmt: skip
