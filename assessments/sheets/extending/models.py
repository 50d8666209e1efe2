"""Who asked for more time, for whom, until when, and who granted it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ...cycles.models import Cycle, Step
from .querysets import ExtensionQuerySet


class Extension(models.Model):
    """More time for the self-assessment of one `sheet`, or for a `step` of the cycle for everybody (`sheet` empty)."""

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("extension", "asked for")
        GRANTED = "granted", pgettext_lazy("extension", "granted")
        REFUSED = "refused", pgettext_lazy("extension", "refused")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="extensions", verbose_name=_("cycle"))
    sheet = models.ForeignKey("assessments.Sheet", models.PROTECT, null=True, related_name="extensions")
    step = models.CharField(_("step"), max_length=15, choices=Step.Kind.choices, default=Step.Kind.SELF)
    was_until = models.DateTimeField(_("deadline so far"))
    until = models.DateTimeField(_("extended until"))  # as asked for
    granted_until = models.DateTimeField(_("granted until"), null=True)  # what was granted, another day perhaps
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("was_until")), name="extension_is_later"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="extension_four_eyes"
            ),
            models.UniqueConstraint(
                fields=["sheet"], condition=Q(status="asked", sheet__isnull=False), name="extension_one_per_sheet"
            ),
            models.UniqueConstraint(
                fields=["cycle", "step"], condition=Q(status="asked", sheet=None), name="extension_one_per_step"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet or self.cycle}: {self.until:%Y-%m-%d %H:%M}"
