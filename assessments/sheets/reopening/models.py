"""Who asked to open a sealed sheet again, who granted it, and the revision that came of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ...schemes.models import Indicator
from .querysets import ReopeningQuerySet


class Reopening(models.Model):
    """A request to correct a sealed sheet. Granting supersedes the sheet and makes `revision`, under review.

    With `veto_code` a veto came to light after the approval; granting records it on the revision. Granted in part
    (`is_partial`), only the indicators of `opened` may change, and claims and records where `opens_claims`.
    """

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("reopening", "asked for")
        GRANTED = "granted", pgettext_lazy("reopening", "granted")
        REFUSED = "refused", pgettext_lazy("reopening", "refused")

    sheet = models.ForeignKey("assessments.Sheet", models.PROTECT, related_name="reopenings", verbose_name=_("sheet"))
    reason = models.CharField(_("reason"), max_length=300)
    veto_code = models.CharField(_("veto"), max_length=20, blank=True)
    veto_document = models.CharField(_("document"), max_length=200, blank=True)
    veto_on = models.DateField(_("date of the document"), null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    revision = models.ForeignKey("assessments.Sheet", models.PROTECT, null=True, related_name="reopened_by")
    is_partial = models.BooleanField(_("granted in part"), default=False)
    opens_claims = models.BooleanField(_("opens bonus claims and records"), default=True)

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("reopening")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet"], condition=Q(status="asked"), name="reopening_one_open"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="reopening_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}: {self.reason[:40]}"


class ReopenedIndicator(models.Model):
    """An indicator that a reopening granted in part opens. Written by `services.decide_reopening`, then never again."""

    reopening = models.ForeignKey(Reopening, models.PROTECT, related_name="opened", db_index=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("reopened indicator")
        constraints = [models.UniqueConstraint(fields=["reopening", "indicator"], name="reopened_indicator_unique")]

    def __str__(self) -> str:
        return f"{self.indicator_id}"
