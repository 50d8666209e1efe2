"""Which earlier results somebody sees: as with the portal's own."""

from typing import TYPE_CHECKING, Self

from django.db.models import Value

from branches.former import NamedQuerySet, at_end_of_year

from ..querysets import of_branches_seen

if TYPE_CHECKING:
    from members.models import User


class EarlierResultQuerySet(NamedQuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, authority and auditor; for others those of the branches one sees."""
        return of_branches_seen(self, user)

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query, under the names of the end of their year, as far as known."""
        paths = ("branch", "branch__organization")
        named = self.named_as_of(Value(None), **{path: at_end_of_year(path, "year") for path in paths})
        return named.select_related("branch__organization", "upload__owner").defer("upload__rows", "upload__report")
