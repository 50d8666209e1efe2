"""Visits (实地考察) of a cycle, what they find, and the small rectifications (整改) that follow."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Organization

from ..cycles.models import Cycle, Team
from ..schemes.models import Indicator
from ..sheets.storing import StoredFile
from .choices import WITH_BRANCH, Method, RectificationStatus, Source, Verdict, VisitStatus
from .querysets import FindingQuerySet, RectificationQuerySet, VisitFileQuerySet, VisitPlanQuerySet, VisitQuerySet


def _person(label: str) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=label)


class VisitPlan(models.Model):
    """A plan of visits in a cycle. A draw is made once and kept with everything that repeats it (`sampling`)."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="visit_plans", verbose_name=_("cycle"))
    name = models.CharField(_("name of the plan"), max_length=60)
    aim = models.TextField(_("what is looked at"), blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    is_announced = models.BooleanField(_("announced to the branches"), default=True)
    method = models.CharField(_("choice of branches"), max_length=12, choices=Method.choices, default=Method.HAND)
    wanted = models.PositiveIntegerField(_("branches to draw"), null=True)
    seed = models.CharField(_("seed"), max_length=40, blank=True)
    population = models.TextField(_("branches drawn from"), blank=True)  # canonical JSON: [[code, stratum], …]
    drawn_by, drawn_at = _person(_("drawn by")), models.DateTimeField(_("drawn at"), null=True)
    made_by, made_at = _person(_("made by")), models.DateTimeField(_("made at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisitPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit plan")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "name"], name="visit_plan_name_unique"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="visit_plan_dates_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """One branch on a plan. Status moves along `choices.VISIT_MOVES`; once signed nothing of it changes.

    `record` is the signed text (canonical JSON), `digest` its SHA-256. `score_up` is the on-site component where the
    scheme has one, in micro-points; a visit need not score.
    """

    plan = models.ForeignKey(VisitPlan, models.PROTECT, related_name="visits", verbose_name=_("visit plan"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="visits", verbose_name=_("branch"))
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="visits", verbose_name=_("team"))
    status = models.CharField(_("status"), max_length=12, choices=VisitStatus.choices, default=VisitStatus.PLANNED)
    stratum = models.CharField(_("group drawn from"), max_length=80, blank=True)
    place = models.PositiveIntegerField(_("place in the draw"), null=True)
    planned_on = models.DateField(_("planned for"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    begun_by, begun_at = _person(_("begun by")), models.DateTimeField(_("begun at"), null=True)
    visited_on = models.DateField(_("visited on"), null=True)
    present_name = models.CharField(_("present for the branch"), max_length=40, blank=True)
    present_post = models.CharField(_("post"), max_length=40, blank=True)
    course = models.TextField(_("what was done"), blank=True)
    opinion = models.TextField(_("overall impression"), blank=True)
    score_up = models.BigIntegerField(_("on-site score"), null=True)
    score_by = _person(_("score entered by"))
    signature = models.CharField(_("signature of the leader"), max_length=40, blank=True)
    signed_by, signed_at = _person(_("signed by")), models.DateTimeField(_("signed at"), null=True)
    record = models.TextField(_("signed record"), blank=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "branch"], name="visit_branch_unique"),
            models.CheckConstraint(
                condition=~Q(status="signed") | (~Q(digest="") & Q(signed_by__isnull=False) & ~Q(present_name="")),
                name="visit_signed_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="visit_status")]

    def __str__(self) -> str:
        return f"{self.branch} · {self.plan}"


class VisitCheck(models.Model):
    """What was seen at one indicator of the check list."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="checks", db_index=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")
    verdict = models.CharField(_("seen"), max_length=8, choices=Verdict.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    entered_by, entered_at = _person(_("entered by")), models.DateTimeField(_("entered at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("check")
        constraints = [models.UniqueConstraint(fields=["visit", "indicator"], name="visit_check_unique")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.verdict}"


class Finding(models.Model):
    """A problem (问题) from a visit, a review or a poll. With a deadline it is to be put right by the branch."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="findings", verbose_name=_("branch"))
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="findings", verbose_name=_("cycle"))
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="findings")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+", verbose_name=_("indicator"))
    source = models.CharField(_("found in"), max_length=8, choices=Source.choices, default=Source.VISIT)
    problem = models.CharField(_("problem"), max_length=500)
    due_on = models.DateField(_("to be put right by"), null=True)
    found_by, found_at = _person(_("found by")), models.DateTimeField(_("found at"))

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.problem[:60]


class Rectification(models.Model):
    """How the branch puts a finding right: measures, person, proof; struck off (销号) by somebody else."""

    finding = models.OneToOneField(Finding, models.PROTECT, related_name="rectification", verbose_name=_("finding"))
    status = models.CharField(
        _("status"), max_length=10, choices=RectificationStatus.choices, default=RectificationStatus.OPEN
    )
    due_on = models.DateField(_("to be put right by"))
    measures = models.TextField(_("measures"), blank=True)
    person = models.CharField(_("person in charge"), max_length=40, blank=True)
    answered_by, answered_at = _person(_("answered by")), models.DateTimeField(_("answered at"), null=True)
    checked_by, checked_at = _person(_("checked by")), models.DateTimeField(_("checked at"), null=True)
    check_note = models.CharField(_("what the check found"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("rectification")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") | (~Q(measures="") & Q(answered_by__isnull=False)),
                name="rectification_answered_is_whole",
            )
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="rectification_due")]

    def __str__(self) -> str:
        return str(self.finding)

    @property
    def days_left(self) -> int:
        """Whole days until the deadline's day in Shanghai; negative when it is over."""
        return (self.due_on - timezone.localdate()).days

    @property
    def days_late(self) -> int:
        """Whole days since the deadline; 0 while there is time."""
        return max(0, -self.days_left)

    @property
    def is_overdue(self) -> bool:
        """Whether the branch has let the deadline pass; what waits to be checked is no longer its turn."""
        return self.status in WITH_BRANCH and self.days_left < 0


class VisitFile(StoredFile):
    """A photo or paper of a visit, or the proof of a rectification; kept outside the web root under a random key."""

    FOLDER = "visits"

    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="files")
    rectification = models.ForeignKey(Rectification, models.PROTECT, null=True, related_name="files")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+")
    name = models.CharField(_("file name"), max_length=200)
    key = models.CharField(_("storage key"), max_length=100, unique=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    uploaded_by, uploaded_at = _person(_("uploaded by")), models.DateTimeField(_("uploaded at"))

    objects = VisitFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit file")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visit__isnull=False, rectification=None) | Q(visit=None, rectification__isnull=False),
                name="visit_file_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.name
