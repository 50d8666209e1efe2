"""Which tallies, results and publications somebody sees."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import OuterRef, Subquery

from branches.former import NamedQuerySet
from branches.models import Branch
from members.roles import Role

if TYPE_CHECKING:
    from members.models import User

    from .models import Tally

Rows = TypeVar("Rows", bound=models.QuerySet)
SEES_CANDIDATES = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)
RANKING_COLUMNS = (
    "tally_id", "branch__code", "branch__name", "organization_id", "sector_id", "status", "base_up", "bonus_up",
    "penalty_up", "total_up", "position", "rank_all", "rank_sector", "stars", "stars_limited", "grade", "reasons",
    "is_late",
)  # fmt: skip
NAMED = ("organization", "unit", "branch")
OFFICIAL = ("published", "superseded")  # of a tally and of a publication: what has been made public once
SHOWN = ("notice", *OFFICIAL)  # what branches see: on notice it is provisional


def prepared_at(tally: str | OuterRef) -> Subquery:
    """When the first list shown of a tally was prepared; NULL: it was never shown. `tally`: the outer row's column."""
    return _first_prepared(OuterRef(tally))


def prepared_of(tally: "Tally") -> Subquery:
    """The same moment of one tally, whatever the rows are (`former.called_then`)."""
    return _first_prepared(tally.pk)


def _first_prepared(tally: OuterRef | int) -> Subquery:
    from .models import Publication  # it imports this module

    shown = Publication.objects.filter(tally=tally, status__in=SHOWN).order_by("pk")
    return Subquery(shown.values("prepared_at")[:1])


def of_branches_seen(rows: Rows, user: "User") -> Rows:
    """Rows of a `branch`: all for office, authority and auditor; for others those of the branches one sees."""
    scope = user.scope
    if scope.has(*SEES_CANDIDATES):
        return rows.all()
    if not (scope.branch_ids or scope.paths or scope.is_inspector):
        return rows.none()
    return rows.filter(branch__in=Branch.objects.visible_to(user).values("pk"))


class TallyQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, authority and auditor; those on notice and published for everybody with an office."""
        if user.scope.has(*SEES_CANDIDATES):
            return self.all()
        return self.filter(status__in=SHOWN) if user.scope.roles else self.none()

    def current(self) -> Self:
        """Those that stand: candidates, on notice and published, without discarded and superseded ones."""
        return self.filter(status__in=["candidate", "notice", "published"])

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("plan", "cycle", "created_by")


class ResultQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Candidates only for office, authority and auditor; published ones for the branches one sees."""
        seen = of_branches_seen(self, user)
        return seen if user.scope.has(*SEES_CANDIDATES) else seen.filter(tally__status__in=SHOWN)

    def for_table(self) -> Self:
        """Rows with all that a ranking shows, in one query."""
        return self.named().select_related("branch", "organization", "sector", "unit").defer("dimensions")

    def named(self) -> Self:
        """Rows whose branch, organization and unit are called as they were when the list was prepared for publication.

        Those of a tally that was never shown have the names of now.
        """
        return self.named_as_of(prepared_at(OuterRef("tally_id")), *NAMED)

    def for_ranking(self) -> Self:
        """Rows with what a page of the ranking shows, and nothing else but the sector, in two queries.

        Joined, the few names of organizations and sectors would cost PostgreSQL more than the page itself. The page
        has all sectors for its filter anyway and puts them to the rows.
        """
        return self.named().select_related("branch").prefetch_related("organization").only(*RANKING_COLUMNS)


class PublicationQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Prepared ones only for office, authority and auditor; those shown for everybody with an office."""
        if user.scope.has(*SEES_CANDIDATES):
            return self.all()
        return self.filter(status__in=SHOWN) if user.scope.roles else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("tally__cycle", "tally__plan", "prepared_by", "published_by")
