"""Whose sheets the inspectors review in a cycle (审核范围): a list drawn or computed once, and additions by hand.

The choice itself stands at the cycle (`Cycle.review_scope`); without a row of `ReviewScope` nothing is settled yet.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.former import NamedQuerySet
from branches.models import Branch

from .models import Cycle


class ReviewScope(models.Model):
    """How a cycle's list came about: made once, kept with everything that repeats it.

    `basis` is canonical JSON. Of a sample: [[code, group], …], the branches drawn from. Of candidates:
    [[code, preliminary total in micro-points or null, stars it opens or null], …].
    """

    cycle = models.OneToOneField(Cycle, models.PROTECT, related_name="scope", verbose_name=_("cycle"))
    kind = models.CharField(_("scope of the review"), max_length=10, choices=Cycle.Scope.choices)
    seed = models.CharField(_("seed"), max_length=40, blank=True)
    wanted = models.PositiveIntegerField(_("branches to draw"), null=True)
    stars = models.PositiveSmallIntegerField(_("candidates from so many stars on"), null=True)
    basis = models.TextField(_("list that it was made from"))
    digest = models.CharField(_("digest"), max_length=64)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(_("settled at"))

    class Meta:
        verbose_name = _("scope of the review")

    def __str__(self) -> str:
        return f"{self.cycle}: {self.get_kind_display()}"


class ScopeBranch(models.Model):
    """A branch that the inspectors review. Rows are added, never taken away."""

    class Origin(models.TextChoices):
        DRAWN = "drawn", pgettext_lazy("scope", "drawn")
        CANDIDATE = "candidate", pgettext_lazy("scope", "candidate")
        OPEN = "open", pgettext_lazy("scope", "no preliminary result")
        HAND = "hand", pgettext_lazy("scope", "added by hand")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="scope_branches", verbose_name=_("cycle"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    origin = models.CharField(_("how it came on the list"), max_length=10, choices=Origin.choices)
    stratum = models.CharField(_("group drawn from"), max_length=80, blank=True)
    place = models.PositiveIntegerField(_("place in the draw"), null=True)
    total_up = models.BigIntegerField(_("preliminary total"), null=True)
    stars = models.PositiveSmallIntegerField(_("stars that it opens"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added at"))

    objects = NamedQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch under review")
        ordering = ["branch__code"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "branch"], name="scope_branch_unique"),
            models.CheckConstraint(condition=~Q(origin="hand") | ~Q(reason=""), name="scope_hand_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.branch} ({self.get_origin_display()})"
