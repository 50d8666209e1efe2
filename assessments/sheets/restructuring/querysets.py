"""Which changes of branches somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db.models import OuterRef

from branches.former import NamedQuerySet, then
from members.roles import Role

if TYPE_CHECKING:
    from members.models import User


class BranchChangeQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor."""
        return self.all() if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR) else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query; decided ones under the names of the day of the decision."""
        moment = OuterRef("decided_at")
        named = self.named_as_of(moment, "branch", "branch__organization", other=then("other", moment, "branch"))
        return named.select_related("branch__organization", "other", "asked_by", "decided_by")
