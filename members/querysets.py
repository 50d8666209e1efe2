"""Which members, accounts and offices somebody sees."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .roles import Role

if TYPE_CHECKING:
    from .models import User


class MemberQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch, own subtree, or all for the assessment office. Inspectors see no roll."""
        scope = user.scope
        if scope.has(Role.OFFICE):
            return self.all()
        seen = Q(branch_id__in=scope.branch_ids)
        for path in scope.paths:
            seen |= Q(branch__organization__path__startswith=path)
        return self.filter(seen)

    def for_table(self) -> Self:
        return self.select_related("branch", "branch__organization")


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All accounts for office and administrators; those of the own subtree for a department."""
        scope = user.scope
        if scope.has(Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN):
            return self.all()
        seen = Q(pk=user.pk)
        for path in scope.department_paths:
            seen |= Q(appointments__branch__organization__path__startswith=path)
            seen |= Q(appointments__organization__path__startswith=path)
        return self.filter(seen).distinct()

    def for_table(self) -> Self:
        """Rows with member, branch and offices, in a fixed number of queries."""
        office = apps.get_model("members", "Appointment")
        offices = models.Prefetch("appointments", office.objects.for_table().order_by("role", "starts_on"))
        return self.select_related("member__branch").prefetch_related(offices)


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for those who grant offices, one's own, and those below a department."""
        scope = user.scope
        if scope.has(Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN):
            return self.all()
        seen = Q(user=user)
        for path in scope.department_paths:
            seen |= Q(branch__organization__path__startswith=path) | Q(organization__path__startswith=path)
        return self.filter(seen)

    def in_force(self, on: date | None = None) -> Self:
        """Held on that day (default: today in Shanghai)."""
        on = on or timezone.localdate()
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))

    def for_table(self) -> Self:
        return self.select_related("user", "organization", "branch__organization")
