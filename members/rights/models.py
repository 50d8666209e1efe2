"""A person's wish to be forgotten, and what became of it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from ..models import User


class ErasureQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """All for the assessment office; those that one asked for, and those about oneself."""
        if user.scope.is_office:
            return self.all()
        own = Q(requested_by=user)
        if user.member_id:
            own |= Q(member_id=user.member_id)
        return self.filter(own)

    def for_table(self) -> Self:
        return self.select_related("member__branch", "requested_by", "decided_by")


class Erasure(models.Model):
    """Asked for by one person, carried out or refused by another. Moved only by `rights.services`."""

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("erasure", "asked for")
        DONE = "done", pgettext_lazy("erasure", "carried out")
        REFUSED = "refused", pgettext_lazy("erasure", "refused")

    member = models.ForeignKey("members.Member", models.PROTECT, related_name="erasures", verbose_name=_("member"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("note"), max_length=200, blank=True)
    report = models.JSONField(_("report"), default=dict)  # counts of what was deleted and of what stays

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(status="asked"), name="one_erasure_open_for_member"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("requested_by")), name="erasure_needs_two_people"
            ),
        ]

    def __str__(self) -> str:
        return str(self.member)
