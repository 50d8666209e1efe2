"""Which requests to reopen somebody sees."""

from typing import TYPE_CHECKING, Self

from branches.former import NamedQuerySet
from members.roles import Role

from ...cycles.naming import settled

if TYPE_CHECKING:
    from members.models import User


class ReopeningQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor; those of assigned branches for a team's leader."""
        if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
            return self.all()
        if not user.scope.has(Role.LEADER):
            return self.none()
        from ..models import Sheet  # the models import this module

        return self.filter(sheet__in=Sheet.objects.assigned_to(user).values("pk"))

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="sheet__cycle_id"), "sheet__branch", "sheet__organization")
        return named.select_related(
            "sheet__branch", "sheet__organization", "sheet__cycle", "sheet__scheme_version", "asked_by", "decided_by",
            "revision",
        ).defer("sheet__frozen", "sheet__frozen_claims", "sheet__scheme_version__content", "revision__frozen",
                "revision__frozen_claims")  # fmt: skip
