"""A year's plan, its cycles with dated steps, and who reviews whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch

from ..schemes.models import SchemeVersion


class YearPlan(models.Model):
    """The rules of one year (年度考评方案)."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="plans", verbose_name=_("scheme"))
    # Ratings are shown for so many working days before they are final; 0: published without meeting and notice.
    notice_days = models.PositiveSmallIntegerField(_("working days of the notice"), default=0)
    meeting_after_notice = models.BooleanField(_("the committee decides after the notice"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("year plan")
        ordering = ["-year"]

    def __str__(self) -> str:
        return self.name


class Cycle(models.Model):
    """One period of a year (考评周期). Status moves in `services`: planned → open → closed."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class Purpose(models.TextChoices):
        PROGRESS = "progress", _("progress")
        RATING = "rating", _("rating")

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="cycles", verbose_name=_("year plan"))
    period = models.CharField(_("period"), max_length=10)  # Q1..Q4, as in the scheme
    name = models.CharField(_("name"), max_length=60)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.PROGRESS)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    version = models.PositiveIntegerField(_("version"), default=1)  # of the cycle with its steps

    class Meta:
        verbose_name = _("cycle")
        ordering = ["-starts_on"]
        constraints = [models.UniqueConstraint(fields=["plan", "period"], name="cycle_period_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def scheme_version(self) -> SchemeVersion:
        return self.plan.scheme_version


class Step(models.Model):
    """Who does what from when to when, half open: [starts_at, ends_at), judged by receipt time."""

    class Kind(models.TextChoices):
        SELF = "self", _("self-assessment")
        PRELIMINARY = "preliminary", _("preliminary review")
        REVIEW = "review", _("review")
        RATIFICATION = "ratification", _("ratification")
        NOTICE = "notice", _("public notice")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="steps", verbose_name=_("cycle"))
    kind = models.CharField(_("step"), max_length=15, choices=Kind.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("deadline"))

    class Meta:
        verbose_name = _("step")
        ordering = ["cycle_id", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="step_kind_unique"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="step_dates_in_order"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def days_left(self) -> int:
        """Whole days until the deadline's day in Shanghai; negative when it is over."""
        return (timezone.localdate(self.ends_at) - timezone.localdate()).days


class Team(models.Model):
    """Inspectors and their leader (考评组) of one year."""

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="teams", verbose_name=_("year plan"))
    name = models.CharField(_("team"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)  # of the name and who belongs to it

    class Meta:
        verbose_name = _("team")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="team_name_unique")]

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """An inspector in a team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="team_memberships")
    is_leader = models.BooleanField(_("leader"), default=False)
    office = models.CharField(_("scores for"), max_length=40, blank=True)  # an indicator's `reviewer_unit` (评分部门)

    class Meta:
        verbose_name = _("team membership")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_unique")]

    def __str__(self) -> str:
        return f"{self.team}: {self.user}"


class Assignment(models.Model):
    """Which team reviews a branch in a cycle; never one with a member of that branch (回避)."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="assignments", verbose_name=_("cycle"))
    team = models.ForeignKey(Team, models.PROTECT, related_name="assignments", verbose_name=_("team"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="assignments", verbose_name=_("branch"))
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="assignments",
        verbose_name=_("inspector in charge"),
    )

    class Meta:
        verbose_name = _("assignment")
        constraints = [models.UniqueConstraint(fields=["cycle", "branch"], name="assignment_branch_unique")]

    def __str__(self) -> str:
        return f"{self.team} → {self.branch}"
