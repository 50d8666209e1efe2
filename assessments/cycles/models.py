"""A year's plan, its cycles with dated steps, and who reviews whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.models import Branch, Sector

from ..schemes.models import SchemeVersion


class YearPlan(models.Model):
    """The rules of one year (年度考评方案)."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="plans", verbose_name=_("scheme"))
    # Ratings are shown for so many working days before they are final; 0: published without meeting and notice.
    notice_days = models.PositiveSmallIntegerField(_("working days of the notice"), default=0)
    meeting_after_notice = models.BooleanField(_("the committee decides after the notice"), default=False)
    # Whether `sector_schemes` has rows: a year under one scheme, the usual case, asks nothing more of the database.
    is_by_sector = models.BooleanField(_("sectors have schemes of their own"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("year plan")
        ordering = ["-year"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def sector_versions(self) -> dict[int, SchemeVersion]:
        """Scheme versions of the sectors (by id) that have their own; one query, none where no sector has one."""
        if not self.is_by_sector:
            return {}
        rows = self.sector_schemes.select_related("scheme_version__scheme").defer("scheme_version__content")
        return {row.sector_id: row.scheme_version for row in rows.order_by("sector__position", "sector__code")}

    def version_for(self, sector_id: int | None) -> SchemeVersion:
        """The scheme of a sector: its own, else the plan's."""
        return self.sector_versions.get(sector_id) or self.scheme_version

    @property
    def versions(self) -> list[SchemeVersion]:
        """The plan's default first, then those of sectors, each once."""
        return list({version.pk: version for version in (self.scheme_version, *self.sector_versions.values())}.values())

    def refresh_from_db(self, *args: object, **kwargs: object) -> None:
        """As Django's; what was kept of the sectors is forgotten."""
        self.__dict__.pop("sector_versions", None)
        super().refresh_from_db(*args, **kwargs)


class PlanScheme(models.Model):
    """The scheme version of one sector in a year where it is not the plan's. Written with the plan (`services.plans`),
    until the first cycle is opened; sheets carry it from then on.
    """

    plan = models.ForeignKey(YearPlan, models.CASCADE, related_name="sector_schemes", verbose_name=_("year plan"))
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", verbose_name=_("sector"))
    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", verbose_name=_("scheme"))

    class Meta:
        verbose_name = _("scheme of a sector")
        constraints = [models.UniqueConstraint(fields=["plan", "sector"], name="plan_scheme_unique")]

    def __str__(self) -> str:
        return f"{self.plan}: {self.sector} {self.scheme_version}"


class Cycle(models.Model):
    """One period of a year (考评周期). Status moves in `services`: planned → open → closed."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class Purpose(models.TextChoices):
        PROGRESS = "progress", _("progress")
        RATING = "rating", _("rating")

    class Scope(models.TextChoices):
        """Whose sheets the inspectors review; elsewhere the passed preliminary marks stand, approved by list."""

        ALL = "all", _("every branch is reviewed")
        SAMPLE = "sample", _("a drawn sample is reviewed")
        CANDIDATES = "candidates", _("candidates for the stars are reviewed")

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="cycles", verbose_name=_("year plan"))
    period = models.CharField(_("period"), max_length=10)  # Q1..Q4, as in the scheme
    name = models.CharField(_("name"), max_length=60)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.PROGRESS)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    review_scope = models.CharField(_("scope of the review"), max_length=10, choices=Scope.choices, default=Scope.ALL)
    sample_percent = models.PositiveSmallIntegerField(_("share of the sample in per cent"), null=True)
    candidate_stars = models.PositiveSmallIntegerField(_("candidates from so many stars on"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1)  # of the cycle with its steps

    class Meta:
        verbose_name = _("cycle")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "period"], name="cycle_period_unique"),
            models.CheckConstraint(
                condition=~Q(review_scope="sample") | Q(sample_percent__gte=1, sample_percent__lte=99),
                name="cycle_sample_has_share",
            ),
            models.CheckConstraint(
                condition=~Q(review_scope="candidates") | Q(candidate_stars__gte=1), name="cycle_candidates_have_stars"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scheme_version(self) -> SchemeVersion:
        """The plan's own: of every sector that has none. A sheet's is `sheet.scheme_version`."""
        return self.plan.scheme_version

    def version_for(self, sector_id: int | None) -> SchemeVersion:
        """The scheme of a sector's sheets."""
        return self.plan.version_for(sector_id)


class Step(models.Model):
    """Who does what from when to when, half open: [starts_at, ends_at), judged by receipt time."""

    class Kind(models.TextChoices):
        SELF = "self", _("self-assessment")
        POLL = "poll", pgettext_lazy("step", "poll")
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
