"""Which changes of branches somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models

from members.roles import Role

if TYPE_CHECKING:
    from members.models import User


class BranchChangeQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor."""
        return self.all() if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR) else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("branch__organization", "other", "asked_by", "decided_by")
