"""Which plans, visits, findings and rectifications somebody sees: the only place."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from branches.former import NamedQuerySet
from members.roles import Role

from ..cycles.models import Assignment, TeamMembership
from ..cycles.naming import settled
from .choices import UNDONE, WITH_BRANCH, VisitStatus

if TYPE_CHECKING:
    from members.models import User

SEES_ALL = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


def _own(user: "User", prefix: str = "") -> Q:
    """Rows about branches that the user fills in for."""
    own = Q(**{f"{prefix}branch_id__in": user.scope.branch_ids})
    for path in user.scope.clerk_paths:
        own |= Q(**{f"{prefix}organization__path__startswith": path})
    return own


def _below(user: "User", prefix: str = "") -> Q:
    found = Q(pk__in=[])
    for path in user.scope.department_paths:
        found |= Q(**{f"{prefix}organization__path__startswith": path})
    return found


def _teams(user: "User") -> models.QuerySet:
    return TeamMembership.objects.filter(user=user).values("team")


class VisitPlanQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, authority and auditor; for inspectors those on which one of their teams has a visit."""
        if user.scope.has(*SEES_ALL):
            return self.all()
        if user.scope.is_inspector:
            return self.filter(visits__team__in=_teams(user)).distinct()
        return self.none()


class VisitQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch (announced or signed), subtree (DEPT), own team (INSP, LEAD), all (OFFICE, ORG, AUDIT)."""
        if user.scope.has(*SEES_ALL):
            return self.all()
        told = Q(plan__is_announced=True) | Q(status=VisitStatus.SIGNED)
        seen = (_own(user) & told) | _below(user)
        if user.scope.is_inspector:
            seen |= Q(team__in=_teams(user))
        return self.filter(seen)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="plan__cycle_id"), "branch", "organization")
        return named.select_related(
            "plan__cycle", "branch__sector", "branch__organization", "organization", "team"
        ).defer("record", "plan__population")

    def for_record(self) -> Self:
        """One visit with all that its page and its services ask."""
        return (
            self.for_table()
            .select_related("plan__cycle__plan__scheme_version", "begun_by", "score_by", "signed_by")
            .defer(None)
            .defer("plan__population")
        )

    def with_counts(self) -> Self:
        """Adds how many indicators were checked and how many problems were found."""
        return self.annotate(
            check_count=models.Count("checks", distinct=True), finding_count=models.Count("findings", distinct=True)
        )


def _told(prefix: str = "") -> Q:
    """What comes from a visit is shown to others once its record is signed."""
    return Q(**{f"{prefix}visit": None}) | Q(**{f"{prefix}visit__status": VisitStatus.SIGNED})


class FindingQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """As rectifications, and those of an unsigned visit for its team alone."""
        return self.filter(_seen(user))


def _seen(user: "User", prefix: str = "") -> Q:
    if user.scope.has(*SEES_ALL):
        return Q()
    seen = (_own(user, prefix) | _below(user, prefix)) & _told(prefix)
    if user.scope.is_inspector:
        assigned = Assignment.objects.filter(
            cycle=OuterRef(f"{prefix}cycle_id"), branch=OuterRef(f"{prefix}branch_id"), team__in=_teams(user)
        )
        seen |= Q(**{f"{prefix}visit__team__in": _teams(user)}) | Q(Exists(assigned))
    return seen


class RectificationQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch, subtree (DEPT), visited or assigned branches (INSP, LEAD), all (OFFICE, ORG, AUDIT)."""
        return self.filter(_seen(user, "finding__"))

    def answered_by_branch_of(self, user: "User") -> Self:
        """Those whose turn it is for the user's own branches."""
        return self.filter(_own(user, "finding__"), status__in=WITH_BRANCH)

    def overdue(self, today: date) -> Self:
        """The branch has let the deadline pass."""
        return self.filter(status__in=WITH_BRANCH, due_on__lt=today)

    def undone(self) -> Self:
        """Not struck off yet."""
        return self.filter(status__in=UNDONE)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="finding__cycle_id"), "finding__branch", "finding__organization")
        return named.select_related(
            "finding__branch__organization",
            "finding__organization",
            "finding__cycle",
            "finding__indicator",
            "finding__visit__team",
            "answered_by",
            "checked_by",
        ).defer("finding__visit__record")


class VisitFileQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Files of visible visits (for branch and department once signed) and of visible rectifications.

        The auditor reads their names on the page, never the files.
        """
        from .models import Rectification, Visit  # they import this module

        if user.scope.has(Role.AUDITOR):
            return self.none()
        visits = Visit.objects.visible_to(user)
        if not user.scope.has(*SEES_ALL):
            visits = visits.filter(Q(status=VisitStatus.SIGNED) | Q(team__in=_teams(user)))
        proofs = Rectification.objects.visible_to(user)
        return self.filter(Q(visit__in=visits.values("pk")) | Q(rectification__in=proofs.values("pk")))
