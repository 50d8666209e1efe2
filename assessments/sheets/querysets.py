"""Which sheets, claims and files somebody sees: the only place."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from members.roles import Role

from ..cycles.models import Assignment, Step
from .choices import EDITABLE

if TYPE_CHECKING:
    from members.models import User


def _seen(user: "User", prefix: str = "") -> Q:
    """Own branch always; others' sheets by subtree, assignment or office, but never while they are drafts."""
    scope = user.scope
    drafts = Q(**{f"{prefix}status__in": EDITABLE, f"{prefix}submitted_at": None})
    own = Q(**{f"{prefix}branch_id__in": scope.branch_ids})
    for path in scope.clerk_paths:
        own |= Q(**{f"{prefix}organization__path__startswith": path})
    if scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
        return own | ~drafts
    others = Q(pk__in=[])
    for path in scope.department_paths:
        others |= Q(**{f"{prefix}organization__path__startswith": path})
    if scope.is_inspector:
        mine = Assignment.objects.filter(
            cycle=OuterRef(f"{prefix}cycle_id"), branch=OuterRef(f"{prefix}branch_id"), team__memberships__user=user
        )
        others |= Q(models.Exists(mine))
    return own | (others & ~drafts)


class SheetQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch; subtree (DEPT), assigned (INSP, LEAD) or all (OFFICE, ORG, AUDIT) once submitted."""
        return self.filter(_seen(user))

    def current(self) -> Self:
        """Without superseded revisions."""
        return self.exclude(status="superseded")

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query and without the sealed columns."""
        return self.select_related("branch", "organization", "sector", "unit", "cycle").defer("frozen", "frozen_claims")

    def for_filling(self) -> Self:
        """One sheet with all that filling in asks of it: scheme, plan, and the ends of its steps, in one query."""
        steps = Step.objects.filter(cycle=OuterRef("cycle_id"))
        return (
            self.for_table()
            .select_related("cycle__plan", "scheme_version")
            .annotate(
                self_starts_at=Subquery(steps.filter(kind="self").values("starts_at")[:1]),
                self_ends_at=Subquery(steps.filter(kind="self").values("ends_at")[:1]),
                review_ends_at=Subquery(steps.filter(kind="review").values("ends_at")[:1]),
            )
        )

    def with_team(self) -> Self:
        """Adds `team_name`: who reviews the branch in that cycle."""
        team = Assignment.objects.filter(cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"))
        return self.annotate(team_name=Subquery(team.values("team__name")[:1]))


class ClaimQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Claims of visible sheets."""
        return self.filter(_seen(user, "sheet__"))


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch's files, and those attached to visible sheets. The office of the system sees none."""
        own = Q(branch_id__in=user.scope.branch_ids)
        return self.filter(own | Q(pk__in=_linked(user)))


def _linked(user: "User") -> models.QuerySet:
    from .models import EvidenceLink  # the model imports this module

    return EvidenceLink.objects.filter(_seen(user, "sheet__")).values("evidence_id")
