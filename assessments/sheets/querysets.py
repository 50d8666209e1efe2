"""Which sheets, claims and files somebody sees: the only place."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from branches.former import NamedQuerySet
from members.roles import Role

from ..cycles.models import Assignment, Cycle, Step
from ..cycles.naming import settled
from ..cycles.scoping import ReviewScope, ScopeBranch
from .choices import EDITABLE

if TYPE_CHECKING:
    from members.models import User

JUMP_UP = 5_000_000  # micro-points above last time that flag a sheet


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


def _listed() -> models.QuerySet:
    """The row that puts a sheet's branch under review."""
    return ScopeBranch.objects.filter(cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"))


class SheetQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch; subtree (DEPT), assigned (INSP, LEAD) or all (OFFICE, ORG, AUDIT) once submitted."""
        return self.filter(_seen(user))

    def current(self) -> Self:
        """Without superseded revisions."""
        return self.exclude(status="superseded")

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query and without the sealed columns."""
        rows = self.named().select_related("branch", "organization", "sector", "unit", "cycle")
        return rows.defer("frozen", "frozen_claims")

    def named(self) -> Self:
        """Rows whose branch, organization and unit are called as they were in the sheet's cycle, once it is over."""
        return self.named_as_of(settled(cycle="cycle_id"), "branch", "organization", "unit")

    def filled_by(self, user: "User") -> Self:
        """Sheets that the user fills in: own branches, and for a clerk all branches of the organization."""
        own = Q(branch_id__in=user.scope.branch_ids)
        for path in user.scope.clerk_paths:
            own |= Q(organization__path__startswith=path)
        return self.filter(own)

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

    def assigned_to(self, user: "User") -> Self:
        """Sheets that one of the user's teams reviews."""
        mine = Assignment.objects.filter(
            cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"), team__memberships__user=user
        )
        return self.filter(models.Exists(mine))

    def for_inspectors(self) -> Self:
        """Without passed sheets that no inspector reviews: outside the scope of their cycle, or not settled yet."""
        return self.filter(~Q(status="passed") | Q(cycle__review_scope=Cycle.Scope.ALL) | models.Exists(_listed()))

    def outside_scope(self) -> Self:
        """Sheets of branches that are not reviewed in their cycle, once the list of those that are has been made."""
        made = ReviewScope.objects.filter(cycle=OuterRef("cycle_id"))
        rows = self.exclude(cycle__review_scope=Cycle.Scope.ALL)
        return rows.filter(models.Exists(made), ~models.Exists(_listed()))

    def with_scope(self) -> Self:
        """Adds `is_outside`: the branch is not reviewed in a cycle whose list has been made."""
        made = ReviewScope.objects.filter(cycle=OuterRef("cycle_id"))
        outside = models.Case(
            models.When(cycle__review_scope=Cycle.Scope.ALL, then=models.Value(False)),
            default=models.Exists(made) & ~models.Exists(_listed()),
            output_field=models.BooleanField(),
        )
        return self.annotate(is_outside=outside)

    def under_review(self) -> Self:
        """Sheets of branches that are reviewed in their cycle; none where the list has not been made yet."""
        return self.filter(Q(cycle__review_scope=Cycle.Scope.ALL) | models.Exists(_listed()))

    def standing(self) -> Self:
        """Passed sheets outside the scope: their preliminary marks stand, and they wait to be approved by list."""
        return self.filter(status="passed").outside_scope()

    def below(self, paths: list[str]) -> Self:
        """Sheets of the subtrees that begin with these paths."""
        inside = Q(pk__in=[])
        for path in paths:
            inside |= Q(organization__path__startswith=path)
        return self.filter(inside)

    def with_open_claims(self) -> Self:
        """Adds `open_claims`: how many bonus claims and records are undecided."""
        waiting = Q(claims__status__in=("claimed", "recorded"))
        return self.annotate(open_claims=models.Count("claims", filter=waiting))

    def with_flags(self) -> Self:
        """Adds `has_shared_file` (same content attached elsewhere) and `last_up` (reviewed total of last time)."""
        from .models import EvidenceLink, Sheet  # the models import this module

        mine = EvidenceLink.objects.filter(sheet=OuterRef("pk"))
        same = EvidenceLink.objects.filter(evidence__sha256=OuterRef("evidence__sha256"))
        elsewhere = same.exclude(sheet__branch=OuterRef("sheet__branch"), sheet__cycle=OuterRef("sheet__cycle"))
        before = Sheet.objects.current().filter(
            branch=OuterRef("branch_id"), cycle__starts_on__lt=OuterRef("cycle__starts_on")
        )
        last = before.exclude(review_total_up=None).order_by("-cycle__starts_on").values("review_total_up")[:1]
        return self.annotate(
            has_shared_file=models.Exists(mine.filter(models.Exists(elsewhere))), last_up=Subquery(last)
        )

    def flagged(self) -> Self:
        """Sheets that ask for a second look: a file used elsewhere, or five points more than last time."""
        return self.with_flags().filter(Q(has_shared_file=True) | Q(self_total_up__gte=models.F("last_up") + JUMP_UP))

    def in_charge_of(self, user: "User") -> Self:
        """Sheets whose review the user has in hand."""
        mine = Assignment.objects.filter(cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"), inspector=user)
        return self.filter(models.Exists(mine))

    def with_inspector(self) -> Self:
        """Adds `inspector_name`: who of the team has the review in hand."""
        mine = Assignment.objects.filter(cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"))
        return self.annotate(inspector_name=Subquery(mine.values("inspector__name")[:1]))

    def with_team(self) -> Self:
        """Adds `team_name`: who reviews the branch in that cycle."""
        team = Assignment.objects.filter(cycle=OuterRef("cycle_id"), branch=OuterRef("branch_id"))
        return self.annotate(team_name=Subquery(team.values("team__name")[:1]))


class ClaimQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Claims of visible sheets."""
        return self.filter(_seen(user, "sheet__"))

    def records_visible_to(self, user: "User") -> Self:
        """Penalties, vetoes and facts: all for office, authority and auditor (also of sheets still being filled in)."""
        records = self.exclude(kind="bonus")
        if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
            return records
        return records.visible_to(user)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="sheet__cycle_id"), "sheet__branch", "sheet__organization")
        return named.select_related(
            "sheet__branch",
            "sheet__organization",
            "sheet__sector",
            "sheet__cycle",
            "sheet__scheme_version",
            "entered_by",
            "decided_by",
        ).defer("sheet__frozen", "sheet__frozen_claims", "sheet__scheme_version__content")


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch's files, and those attached to visible sheets. System administrator and auditor open none."""
        if user.scope.has(Role.AUDITOR):
            return self.none()
        own = Q(branch_id__in=user.scope.branch_ids)
        return self.filter(own | Q(pk__in=_linked(user)))

    def attachable(self) -> Self:
        """Without files that were taken down or hold malware."""
        return self.filter(taken_down_at=None).exclude(scan="quarantined")


class WorkbookUploadQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own uploads only: nobody decides over somebody else's file."""
        return self.filter(owner=user)

    def waiting(self, at: datetime) -> Self:
        """Uploads that still wait for a decision."""
        return self.filter(status="ready", expires_at__gt=at)


def _linked(user: "User") -> models.QuerySet:
    from .models import EvidenceLink  # the model imports this module

    return EvidenceLink.objects.filter(_seen(user, "sheet__")).values("evidence_id")
