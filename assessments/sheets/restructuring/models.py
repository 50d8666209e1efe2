"""What happened to a branch on which day, on which document; put forward by one person, confirmed by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.models import Branch

from .querysets import BranchChangeQuerySet


class BranchChange(models.Model):
    """`branch` went into `other` (merged), gave birth to `other` (split), or ended (dissolved, `other` empty)."""

    class Kind(models.TextChoices):
        MERGED = "merged", pgettext_lazy("branch", "merged into another branch")
        SPLIT = "split", pgettext_lazy("branch", "a new branch split off")
        DISSOLVED = "dissolved", pgettext_lazy("branch", "dissolved")

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("branch change", "put forward")
        GRANTED = "granted", pgettext_lazy("branch change", "confirmed")
        REFUSED = "refused", pgettext_lazy("branch change", "refused")

    kind = models.CharField(_("what happens"), max_length=10, choices=Kind.choices)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="changes", verbose_name=_("branch"))
    other = models.ForeignKey(
        Branch, models.PROTECT, null=True, related_name="changes_from", verbose_name=_("other branch")
    )
    happens_on = models.DateField(_("on"))
    document = models.CharField(_("document"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)

    objects = BranchChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a branch")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="dissolved", other=None) | (~Q(kind="dissolved") & Q(other__isnull=False)),
                name="branch_change_has_other",
            ),
            models.CheckConstraint(condition=Q(other=None) | ~Q(other=F("branch")), name="branch_change_not_itself"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="branch_change_four_eyes"
            ),
            models.UniqueConstraint(fields=["branch"], condition=Q(status="asked"), name="branch_change_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.branch}: {self.get_kind_display()}"
