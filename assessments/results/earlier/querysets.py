"""Which earlier results somebody sees: as with the portal's own."""

from typing import TYPE_CHECKING, Self

from django.db import models

from branches.models import Branch

from ..querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


class EarlierResultQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, authority and auditor; for others those of the branches one sees."""
        scope = user.scope
        if scope.has(*SEES_CANDIDATES):
            return self.all()
        if not (scope.branch_ids or scope.paths or scope.is_inspector):
            return self.none()
        return self.filter(branch__in=Branch.objects.visible_to(user).values("pk"))

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("branch__organization", "upload__owner").defer("upload__rows", "upload__report")
