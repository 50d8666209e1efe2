"""Lists of sheets approved in one step: who prepared them, who approved, and what became of each sheet."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ...cycles.models import Cycle, Team
from .querysets import ApprovalListQuerySet, ListedSheetQuerySet


class ApprovalList(models.Model):
    """Sheets outside the scope of the review, put forward by one person and approved by another.

    `services` moves it: prepared → approved (a job seals sheet by sheet) or prepared → withdrawn. `team`: the one whose
    leader prepared it; none: the office's, of all branches.
    """

    class Status(models.TextChoices):
        PREPARED = "prepared", pgettext_lazy("approval list", "waits for approval")
        APPROVED = "approved", pgettext_lazy("approval list", "approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("approval list", "taken back")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="approval_lists", verbose_name=_("cycle"))
    number = models.PositiveSmallIntegerField(_("number"))
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", verbose_name=_("team"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PREPARED)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    objects = ApprovalListQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval list")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "number"], name="approval_list_number_unique"),
            models.CheckConstraint(
                condition=~Q(status="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("prepared_by"))),
                name="approval_list_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} №{self.number}"


class ListedSheet(models.Model):
    """A sheet on a list, at the version that was put forward; what became of it, and why not."""

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("listed sheet", "waiting")
        APPROVED = "approved", pgettext_lazy("listed sheet", "approved")
        REFUSED = "refused", pgettext_lazy("listed sheet", "not approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("listed sheet", "taken back")

    approval_list = models.ForeignKey(ApprovalList, models.PROTECT, related_name="rows")
    sheet = models.ForeignKey("assessments.Sheet", models.PROTECT, related_name="listings", verbose_name=_("sheet"))
    sheet_version = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = ListedSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet on a list")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["approval_list", "sheet"], name="listed_sheet_unique"),
            models.UniqueConstraint(fields=["sheet"], condition=Q(status="waiting"), name="listed_sheet_one_waiting"),
        ]
        indexes = [models.Index(fields=["approval_list", "status"], name="listed_sheet_status")]

    def __str__(self) -> str:
        return f"{self.sheet} ({self.get_status_display()})"
