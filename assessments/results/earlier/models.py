"""Results of years before the portal (原始数据), as the committee kept them in its own spreadsheets."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, ImportUpload

from .querysets import EarlierResultQuerySet


class EarlierResult(models.Model):
    """What a branch reached in a year that the portal did not tally. Figures in micro-points; nothing is computed.

    Written by imports (`resource`), removed by `services`. `upload` names who brought it, when, and out of which file.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="earlier_results", verbose_name=_("branch"))
    year = models.PositiveSmallIntegerField(_("year"))
    score_up = models.BigIntegerField(_("score"), null=True, blank=True)
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=40, blank=True)
    upload = models.ForeignKey(ImportUpload, models.PROTECT, related_name="+", verbose_name=_("file"))
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = EarlierResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("earlier result")
        ordering = ["-year", "branch__code"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "year"], name="earlier_result_unique"),
            models.CheckConstraint(
                condition=Q(score_up__isnull=False) | Q(rank__isnull=False) | Q(stars__isnull=False) | ~Q(title=""),
                name="earlier_result_says_something",
            ),
        ]
        indexes = [models.Index(fields=["year", "branch"], name="earlier_result_year")]

    def __str__(self) -> str:
        return f"{self.branch} {self.year}"
