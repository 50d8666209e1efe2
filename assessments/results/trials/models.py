"""Trials (试算): what a scheme version would make of the marks of a past cycle or year. Never anything official."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization, Sector
from branchportal.models import Job

from ...cycles.models import Cycle, YearPlan
from ...schemes.models import SchemeVersion
from ..models import Result, Tally
from .querysets import TrialQuerySet, TrialRowQuerySet


class TrialRun(models.Model):
    """One trial: whose, of which content on which marks, compared with which tally, and what came of it.

    `services` alone writes it: the request first, rows and summary in one step when the job is through. `content` is
    the scheme as tried, adjustments included; the draft itself is never touched by a trial.
    """

    version = models.ForeignKey(SchemeVersion, models.SET_NULL, null=True, related_name="trials")
    label = models.CharField(_("scheme version"), max_length=250)  # kept when a draft is deleted
    edition = models.PositiveIntegerField(_("edition"))
    scheme_digest = models.CharField(_("digest of the scheme"), max_length=64)
    content = models.JSONField(_("content"))
    adjustments = models.JSONField(_("adjustments"), default=dict)  # field of `adjusting`: text before, text after
    assumptions = models.JSONField(_("assumptions"), default=dict)  # what is assumed of: how, as `mapping` names them
    plan = models.ForeignKey(YearPlan, models.CASCADE, related_name="+", verbose_name=_("year plan"))
    cycle = models.ForeignKey(Cycle, models.CASCADE, null=True, related_name="+", verbose_name=_("cycle"))
    tally = models.ForeignKey(Tally, models.CASCADE, null=True, related_name="+", verbose_name=_("compared with"))
    request_digest = models.CharField(_("digest of the request"), max_length=64)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"))
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(_("finished at"), null=True)
    branch_count = models.PositiveIntegerField(_("branches"), default=0)
    summary = models.JSONField(_("summary"), default=dict)
    digest = models.CharField(_("digest of the trial"), max_length=64, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} · {self.basis}"

    @property
    def basis(self) -> str:
        """The cycle or the year whose marks are used."""
        return self.cycle.name if self.cycle else _("Year %(year)s") % {"year": self.plan.year}

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class TrialRow(models.Model):
    """One branch in a trial: before (the tally compared with) and as tried. Figures in micro-points."""

    trial = models.ForeignKey(TrialRun, models.CASCADE, related_name="rows", db_index=False)
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    sector = models.ForeignKey(Sector, models.CASCADE, related_name="+")
    old_status = models.CharField(_("status before"), max_length=10, choices=Result.Status.choices)
    new_status = models.CharField(_("status as tried"), max_length=10, choices=Result.Status.choices)
    old_total_up = models.BigIntegerField(_("total before"), null=True)
    new_total_up = models.BigIntegerField(_("total as tried"), null=True)
    old_rank = models.PositiveIntegerField(_("rank before"), null=True)
    new_rank = models.PositiveIntegerField(_("rank as tried"), null=True)
    old_stars = models.PositiveSmallIntegerField(_("stars before"), null=True)
    new_stars = models.PositiveSmallIntegerField(_("stars as tried"), null=True)
    ranks_up = models.IntegerField(_("ranks gained"), default=0)
    stars_up = models.SmallIntegerField(_("stars gained"), default=0)
    is_moved = models.BooleanField(_("moved"))
    position = models.PositiveIntegerField(_("place in the list"))  # by moves, the largest first: unique in a trial
    causes = models.JSONField(_("causes"), default=list)  # codes, as `effects` writes and `words` reads them

    objects = TrialRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a trial")
        ordering = ["trial_id", "position"]
        constraints = [models.UniqueConstraint(fields=["trial", "position"], name="trial_row_keyset")]

    def __str__(self) -> str:
        return f"{self.branch}: {self.old_total_up} → {self.new_total_up}"

    @property
    def points_up(self) -> int | None:
        """Points gained; None where one side has no total."""
        if self.old_total_up is None or self.new_total_up is None:
            return None
        return self.new_total_up - self.old_total_up

    @property
    def ranks_lost(self) -> int:
        """Ranks lost, as a positive number."""
        return max(0, -self.ranks_up)
