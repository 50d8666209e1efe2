"""Whose messages and mails somebody sees."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models

from members.roles import Role

from .choices import OPEN

if TYPE_CHECKING:
    from members.models import User


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own, whatever one's office."""
        return self.filter(user=user)

    def unread(self) -> Self:
        """Not opened yet, and still holding."""
        return self.filter(read_at=None, void="")


class MailQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """What may still be released or cancelled."""
        return self.filter(status__in=OPEN)

    def visible_to(self, user: "User") -> Self:
        """The whole outbox for the assessment office, nothing for others: they have their messages."""
        return self.all() if user.scope.has(Role.OFFICE) else self.none()

    def for_table(self) -> Self:
        """Rows with addressee, who decided, and the messages that hold, in two queries."""
        message = apps.get_model("assessments", "Message")
        holding = models.Prefetch("messages", message.objects.filter(void="").order_by("on", "pk"))
        return self.select_related("user", "decided_by").defer("body").prefetch_related(holding)
