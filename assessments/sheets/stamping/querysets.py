"""Which scans of stamped forms somebody sees."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from members.models import User


class StampedFormQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Those of visible sheets: the paper says what the sheet says."""
        from ..models import Sheet  # its models are loaded before these

        return self.filter(sheet__in=Sheet.objects.visible_to(user).values("pk"))

    def standing(self) -> Self:
        """Without those that were withdrawn."""
        return self.filter(withdrawn_at=None)

    def for_table(self) -> Self:
        """Newest first, with the names of who attached and who withdrew, in one query."""
        return self.select_related("uploaded_by", "withdrawn_by").order_by("-pk")
