"""Which organizations and branches somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from members.models import User


class OrganizationQuerySet(models.QuerySet):
    def within(self, organization: object) -> Self:
        """The organization and everything below it."""
        return self.filter(path__startswith=organization.path)

    def visible_to(self, user: "User") -> Self:
        """Everything for roles of the whole portal; own subtree for a department; own organization for a branch."""
        scope = user.scope
        if scope.is_portal_wide:
            return self.all()
        seen = Q(pk__in=[]) | Q(branches__in=scope.branch_ids) | Q(branches__in=scope.assigned_branch_ids())
        for path in scope.paths:
            seen |= Q(path__startswith=path)
        return self.filter(seen).distinct()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("parent", "unit")


class BranchQuerySet(models.QuerySet):
    def within(self, organization: object) -> Self:
        """The branches of an organization and of everything below it."""
        return self.filter(organization__path__startswith=organization.path)

    def visible_to(self, user: "User") -> Self:
        """Own branch, own subtree, assigned branches, or all for roles of the whole portal."""
        scope = user.scope
        if scope.is_portal_wide:
            return self.all()
        seen = Q(pk__in=scope.branch_ids) | Q(pk__in=scope.assigned_branch_ids())
        for path in scope.paths:
            seen |= Q(organization__path__startswith=path)
        return self.filter(seen)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("organization", "sector", "unit")


class ImportUploadQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own uploads only: nobody confirms somebody else's file."""
        return self.filter(owner=user)
