"""Which trials somebody sees: working papers of office and deciding authority, read by the auditor."""

from typing import TYPE_CHECKING, Self

from django.db import models

from ..querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


class TrialQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for office, deciding authority and auditor; none for anybody else."""
        return self.all() if user.scope.has(*SEES_CANDIDATES) else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query, without the schemes they tried."""
        return self.select_related("plan", "cycle", "tally", "job", "started_by", "version").defer(
            "content", "version__content", "assumptions"
        )


class TrialRowQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """As the trials themselves."""
        return self.all() if user.scope.has(*SEES_CANDIDATES) else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query."""
        return self.select_related("branch", "organization", "sector")
