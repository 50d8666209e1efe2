"""Tallies, results, people's decisions and publications. A tally is never edited, only superseded."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization, Sector, Unit

from ..cycles.models import Cycle, YearPlan
from ..schemes.models import SchemeVersion
from ..sheets.models import Sheet
from .querysets import PublicationQuerySet, ResultQuerySet, TallyQuerySet


class Tally(models.Model):
    """One run of the engine (汇总计分) over a cycle, or over a year when `cycle` is empty; `quarters` are its parts.

    Written whole by `services.tally`, settled by `services.deciding`, made official by `services.publishing`.
    """

    class Status(models.TextChoices):
        CANDIDATE = "candidate", pgettext_lazy("tally", "candidate")
        NOTICE = "notice", pgettext_lazy("tally", "on notice")
        DISCARDED = "discarded", pgettext_lazy("tally", "discarded")  # a newer candidate came before publication
        PUBLISHED = "published", pgettext_lazy("tally", "published")
        SUPERSEDED = "superseded", pgettext_lazy("tally", "superseded")  # once published, replaced by a later version

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="tallies", verbose_name=_("year plan"))
    cycle = models.ForeignKey(Cycle, models.PROTECT, null=True, related_name="tallies", verbose_name=_("cycle"))
    quarters = models.ManyToManyField("self", symmetrical=False, related_name="years", verbose_name=_("quarters"))
    number = models.PositiveSmallIntegerField(_("number"))  # 1, 2, … within the cycle or the year
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    engine_version = models.CharField(_("engine"), max_length=20)
    inputs_digest = models.CharField(_("digest of the inputs"), max_length=64, blank=True)
    digest = models.CharField(_("digest of the results"), max_length=64, blank=True)
    branch_count = models.PositiveIntegerField(_("branches"), default=0)
    rated_count = models.PositiveIntegerField(_("rated"), default=0)
    undecided_count = models.PositiveIntegerField(_("undecided"), default=0)
    missing_count = models.PositiveIntegerField(_("without a total"), default=0)
    # Above 1, sectors were scored under schemes of their own: no branch has an overall rank.
    version_count = models.PositiveSmallIntegerField(_("scheme versions"), default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("computed at"))

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "cycle", "number"], name="tally_number_unique"),
            models.UniqueConstraint(
                fields=["plan", "number"], condition=Q(cycle=None), name="tally_year_number_unique"
            ),
        ]

    def __str__(self) -> str:
        what = self.cycle.name if self.cycle else gettext("Year %(year)s") % {"year": self.plan.year}
        return gettext("%(what)s, tally no. %(number)d") % {"what": what, "number": self.number}

    @property
    def is_provisional(self) -> bool:
        """Updated sheet by sheet (`services.updating`) and not yet confirmed by a whole tally: it has no digest."""
        return not self.digest

    @property
    def is_mixed(self) -> bool:
        """Scored under several scheme versions: branches are ranked within their sector only."""
        return self.version_count > 1


def _copied_key(model: type[models.Model]) -> models.ForeignKey:
    return models.ForeignKey(model, models.PROTECT, related_name="+", db_constraint=False, db_index=False)


class Result(models.Model):
    """What a tally says of one branch. Every figure in micro-points.

    The working is recomputed from the sheet, never stored.
    """

    class Status(models.TextChoices):
        RATED = "rated", pgettext_lazy("result", "rated")
        UNDECIDED = "undecided", pgettext_lazy("result", "undecided")
        MISSING = "missing", pgettext_lazy("result", "no total")
        EXEMPT = "exempt", pgettext_lazy("result", "exempt")

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="results", db_index=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="results")
    sheet = models.ForeignKey(Sheet, models.PROTECT, null=True, related_name="results")
    # Those of the sheet or the branch, which hold the constraints; a third of the time of writing results is saved.
    organization = _copied_key(Organization)
    sector = _copied_key(Sector)
    unit = _copied_key(Unit)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    base_up = models.BigIntegerField(_("base score"), null=True)
    bonus_up = models.BigIntegerField(_("bonus"), null=True)
    penalty_up = models.BigIntegerField(_("penalty"), null=True)
    total_up = models.BigIntegerField(_("total"), null=True)
    graded_up = models.BigIntegerField(_("graded score"), null=True)
    sort_up = models.BigIntegerField(_("sort key"), default=-1)  # the ranked score; -1 behind all without a total
    position = models.PositiveIntegerField(_("place in the list"), default=0)  # by rank, then branch code: unique
    stars_opened = models.PositiveSmallIntegerField(_("stars opened by the score"), null=True)
    stars_limited = models.PositiveSmallIntegerField(_("stars after conditions and vetoes"), null=True)
    # Bit n: the nth band's score and conditions are met and no veto closes it; null in tallies older than the column.
    bands_open = models.PositiveIntegerField(_("bands open"), null=True)
    stars = models.PositiveSmallIntegerField(_("stars"), null=True)
    grade = models.CharField(_("grade"), max_length=20, blank=True)
    rank_all = models.PositiveIntegerField(_("rank overall"), null=True)
    rank_sector = models.PositiveIntegerField(_("rank in the sector"), null=True)
    dimensions = models.BinaryField(_("dimensions"))  # int64 pairs: earned, possible per first-level indicator
    reasons = models.JSONField(_("reasons"), default=list)  # codes of the engine, in order
    previous_stars = models.PositiveSmallIntegerField(_("stars of the year before"), null=True)
    is_late = models.BooleanField(_("submitted late"), default=False)
    is_vetoed = models.BooleanField(_("vetoed"), default=False)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        ordering = ["tally_id", "position"]
        constraints = [models.UniqueConstraint(fields=["tally", "branch"], name="result_unique")]
        indexes = [
            models.Index(fields=["tally", "position"], name="result_keyset"),
            models.Index(fields=["tally", "sector", "position"], name="result_sector_keyset"),
            models.Index(fields=["tally", "sort_up"], name="result_score"),
        ]

    def __str__(self) -> str:
        return f"{self.branch}: {self.total_up}"


class SectorMedian(models.Model):
    """The median share of a dimension in a sector (null: all sectors), for the radar. Share in millionths."""

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="medians")
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, related_name="+")
    dimension = models.CharField(_("dimension"), max_length=20)
    share_up = models.BigIntegerField(_("share"))

    class Meta:
        verbose_name = _("median")
        constraints = [models.UniqueConstraint(fields=["tally", "sector", "dimension"], name="median_unique")]

    def __str__(self) -> str:
        return f"{self.dimension}: {self.share_up}"


class QuotaLine(models.Model):
    """What one quota did in one group: places, who took them, the figure of the last one admitted."""

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="quota_lines")
    # Places are shared by the branches of one scheme version; null in tallies older than the column.
    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+")
    stars = models.PositiveSmallIntegerField(_("stars"))
    within = models.CharField(_("within"), max_length=10)  # all, sector, committee
    group = models.CharField(_("group"), max_length=40, blank=True)  # code of the sector or organization
    population = models.PositiveIntegerField(_("rated branches"))
    places = models.PositiveIntegerField(_("places"), null=True)  # null: the quota only warns
    candidates = models.PositiveIntegerField(_("candidates"))
    admitted = models.PositiveIntegerField(_("admitted"))
    cut = models.PositiveIntegerField(_("cut"))
    tied = models.PositiveIntegerField(_("tied across the last place"))
    waiting = models.PositiveIntegerField(_("waiting for a tie above"))
    members = models.PositiveIntegerField(_("branches in the band"))
    cutoff_up = models.BigIntegerField(_("last figure admitted"), null=True)
    is_below_min = models.BooleanField(_("below the smallest share"), default=False)
    is_off_about = models.BooleanField(_("off the share aimed at"), default=False)

    class Meta:
        verbose_name = _("quota line")
        ordering = ["-stars", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tally", "stars", "group", "scheme_version"], name="quota_line_unique")
        ]

    def __str__(self) -> str:
        return f"{self.stars} {self.group}: {self.admitted}/{self.places}"

    @property
    def left(self) -> int:
        """Places that the tied branches compete for."""
        return max(0, (self.places or 0) - self.admitted)


class QuotaDecision(models.Model):
    """A person's decision on a tie across a quota (待定（并列）), with reason. Part of the tally's digest."""

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="decisions")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    stars = models.PositiveSmallIntegerField(_("stars"))
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("decision")
        constraints = [models.UniqueConstraint(fields=["tally", "branch"], name="decision_unique")]

    def __str__(self) -> str:
        return f"{self.branch}: {self.stars}"


class Publication(models.Model):
    """A tally made official: prepared by one person, published by another; versions supersede each other."""

    class Status(models.TextChoices):
        PREPARED = "prepared", pgettext_lazy("publication", "prepared")
        NOTICE = "notice", pgettext_lazy("publication", "on notice")
        PUBLISHED = "published", pgettext_lazy("publication", "published")
        SUPERSEDED = "superseded", pgettext_lazy("publication", "superseded")
        REJECTED = "rejected", pgettext_lazy("publication", "sent back")
        WITHDRAWN = "withdrawn", pgettext_lazy("publication", "withdrawn")  # its notice was taken back or corrected

    tally = models.ForeignKey(Tally, models.PROTECT, related_name="publications", verbose_name=_("tally"))
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PREPARED)
    title = models.CharField(_("title"), max_length=200)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    note = models.TextField(_("note"), blank=True)
    sent_back_reason = models.CharField(_("reason for sending back"), max_length=300, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("publication")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tally", "version"],
                condition=~Q(status__in=["rejected", "withdrawn"]),
                name="publication_version_unique",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("prepared_by")), name="publication_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return self.title
