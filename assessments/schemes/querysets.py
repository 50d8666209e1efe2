"""Which scheme versions somebody sees: the only place."""

from typing import TYPE_CHECKING, Self

from django.db import models

from members.roles import Role

if TYPE_CHECKING:
    from members.models import User

SEES_DRAFTS = (Role.OFFICE, Role.AUTHORITY, Role.AUDITOR)


class SchemeVersionQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Published versions for every office but the security administrator's, who grants rights and assesses nothing;
        drafts for office, authority and auditor only."""
        if user.scope.has(*SEES_DRAFTS):
            return self
        return self.filter(status="published") if user.scope.roles - {Role.SECURITY_ADMIN} else self.none()

    def for_table(self) -> Self:
        """Rows with all that a list shows, in one query and without the content."""
        return self.select_related("scheme", "created_by", "proposed_by", "published_by", "based_on").defer(
            "content", "based_on__content"
        )
