"""Which polls, ballot papers, meetings and facts of a year somebody sees: the only place."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from branches.former import NamedQuerySet
from members.roles import Role

from ..cycles.models import Assignment
from ..cycles.naming import settled
from ..sheets.naming import organization_then

if TYPE_CHECKING:
    from members.models import User

READS_ALL = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


def _seen(user: "User", prefix: str = "") -> Q:
    """Own branch, own subtree, assigned branches, or all: matrix rows 55 and 57."""
    scope = user.scope
    if scope.has(*READS_ALL):
        return Q()
    found = Q(**{f"{prefix}branch_id__in": scope.branch_ids})
    for path in scope.paths:
        found |= Q(**{f"{prefix}branch__organization__path__startswith": path})
    if scope.is_inspector:
        mine = Assignment.objects.filter(branch=OuterRef(f"{prefix}branch_id"), team__memberships__user=user)
        mine = mine.filter(cycle__plan=OuterRef(f"{prefix}plan_id"))
        found |= Q(Exists(mine))
    return found


class PollFormQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Ballot papers: whoever runs polls."""
        return self if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.DEPARTMENT) else self.none()


class PollQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Own branch (SEC, DEPUTY), subtree (DEPT), assigned (INSP, LEAD), all (office, ORG, AUDIT)."""
        return self.filter(_seen(user))

    def for_table(self) -> Self:
        """Rows with all that a list shows; `used` and `issued` count links without naming one."""
        then = organization_then(cycle="cycle_id", plan="plan_id")
        named = self.named_as_of(settled(cycle="cycle_id", plan="plan_id"), "branch", branch__organization=then)
        return named.select_related("branch__organization", "form", "cycle", "plan", "meeting").annotate(
            used=_links(Q(used=True)), issued=_links(Q()), entitled=_entitled()
        )

    def of_target(self, *, plan_id: int, cycle_id: int | None, branch_id: int, target: str) -> Self:
        """The live poll that feeds this place, if there is one."""
        rows = self.filter(plan=plan_id, branch=branch_id, target=target).exclude(status="void")
        return rows.filter(cycle=cycle_id) if cycle_id else rows.filter(cycle__isnull=True)


def _links(condition: Q) -> Subquery:
    from .models import Token  # the model imports this module

    rows = Token.objects.filter(condition, poll=OuterRef("pk")).order_by().values("poll")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=models.IntegerField())


def _entitled() -> Subquery:
    from .models import Roster  # the model imports this module

    rows = Roster.objects.filter(poll=OuterRef("pk")).order_by().values("poll")
    return Subquery(rows.annotate(total=models.Sum("number")).values("total"), output_field=models.IntegerField())


class MeetingQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Meetings of the own subtree, those where the own or an assigned branch reports, or all."""
        scope = user.scope
        if scope.has(*READS_ALL):
            return self
        found = Q(polls__branch_id__in=scope.branch_ids) | Q(polls__branch_id__in=scope.assigned_branch_ids())
        for path in scope.paths:
            found |= Q(organization__path__startswith=path)
        return self.filter(pk__in=self.model.objects.filter(found).values("pk"))

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(cycle="cycle_id"), "organization")
        return named.select_related("organization", "cycle", "form")


class ScanQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Scans of visible polls; the auditor reads names only, as of evidence."""
        return self.none() if user.scope.has(Role.AUDITOR) else self.filter(_of_polls(user))

    def standing(self) -> Self:
        """Those that can be looked into, now or once the malware check has passed."""
        return self.filter(taken_down_at=None).exclude(scan="quarantined")


def _of_polls(user: "User") -> Q:
    from .models import Poll  # the model imports this module

    return Q(poll__in=Poll.objects.visible_to(user).values("pk"))


class YearFactQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """As polls."""
        return self.filter(_seen(user))

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        named = self.named_as_of(settled(plan="plan_id"), "branch")
        return named.select_related("branch", "plan__scheme_version", "entered_by", "decided_by", "poll")

    def counting(self) -> Self:
        """What a year's tally reads."""
        return self.filter(status="accepted")
