"""Which consultations, notices and objections somebody sees."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, OuterRef, Q

from branches.former import NamedQuerySet
from branches.models import Branch
from members.roles import Role

from ...cycles.naming import settled
from ...sheets.naming import organization_then
from ..querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


class ConsultationQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Office, deciding authority and auditor."""
        return self.all() if user.scope.has(*SEES_CANDIDATES) else self.none()

    def of(self, tally: models.Model) -> Self:
        """Those of a tally's cycle or year, whichever of its tallies was listed."""
        return self.filter(plan=tally.plan_id, cycle=tally.cycle_id)

    def with_counts(self) -> Self:
        """Adds `listed`, `open_count`, `hit_count`."""
        return self.annotate(
            listed=Count("replies"),
            open_count=Count("replies", filter=Q(replies__opinion="open")),
            hit_count=Count("replies", filter=Q(replies__opinion="hit")),
        )


class ReplyQuerySet(NamedQuerySet):
    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        cycle, plan = "consultation__cycle_id", "consultation__plan_id"
        then = organization_then(cycle=cycle, plan=plan)
        named = self.named_as_of(settled(cycle=cycle, plan=plan), "branch", branch__organization=then)
        return named.select_related("branch__organization", "entered_by", "reopening", "consultation")


class NoticeQuerySet(models.QuerySet):
    def shown_to(self, user: "User | None") -> Self:
        """Running and past notices: public ones to everybody, internal ones to everybody with an office."""
        shown = self.filter(publication__status__in=("notice", "published", "superseded", "withdrawn"))
        if user is not None and user.is_authenticated and user.scope.roles:
            return shown
        return shown.filter(audience="public").exclude(publication__status="withdrawn")

    def running(self, at: datetime) -> Self:
        """Notices that take objections at a moment."""
        return self.filter(publication__status="notice", begun_at__lte=at, ends_at__gt=at)


class ObjectionQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, authority and auditor; a branch and its department see what the branch itself said."""
        scope = user.scope
        if scope.has(*SEES_CANDIDATES):
            return self.all()
        if not scope.has(Role.SECRETARY, Role.DEPUTY, Role.DEPARTMENT):
            return self.none()
        own = Branch.objects.visible_to(user).values("pk")
        return self.filter(channel="portal", branch__in=own)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query; the branch is called as on the notice."""
        return self.named_as_of(OuterRef("notice__publication__prepared_at"), "branch").select_related(
            "branch", "notice__publication__tally__cycle", "notice__publication__tally__plan", "entered_by",
            "answered_by", "reopening__sheet", "reopening__revision",
        ).defer("reopening__sheet__frozen", "reopening__sheet__frozen_claims", "reopening__revision__frozen",
                "reopening__revision__frozen_claims")  # fmt: skip
