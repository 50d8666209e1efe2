"""Which results and publications somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from branches.models import Branch
from members.roles import Role

if TYPE_CHECKING:
    from members.models import User

SEES_CANDIDATES = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


class ResultQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Candidates only for office, authority and auditor; published ones for the branches one sees."""
        scope = user.scope
        if scope.has(*SEES_CANDIDATES):
            return self.all()
        if not (scope.branch_ids or scope.paths or scope.is_inspector):
            return self.none()
        mine = Branch.objects.visible_to(user).values("pk")
        return self.filter(Q(tally__status__in=["published", "superseded"]), branch__in=mine)

    def for_table(self) -> Self:
        """Rows with all that a ranking shows, in one query."""
        return self.select_related("branch", "organization", "sector", "unit").defer("dimensions")


class PublicationQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Prepared ones only for office, authority and auditor; published ones for everybody with an office."""
        if user.scope.has(*SEES_CANDIDATES):
            return self.all()
        return self.filter(status__in=["published", "superseded"]) if user.scope.roles else self.none()
