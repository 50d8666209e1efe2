"""Polls (民主测评): forms as data, counters instead of ballots, links spent once. Status is moved by `services` alone.

There is no row for a ballot. `Token` knows no person and no time, `Counter` only how many chose an option; one vote
rewrites every counter of its group, so no order of rows and no system column of the database joins the two.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.models import Branch, Organization

from ..cycles.models import Cycle, YearPlan
from ..schemes.models import SchemeVersion
from ..sheets.storing import StoredFile
from .choices import FactKind, FactStatus, Mode, Review, Status, Verdict
from .querysets import MeetingQuerySet, PollFormQuerySet, PollQuerySet, ScanQuerySet, YearFactQuerySet


def _person(label: str) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=label)


class PollForm(models.Model):
    """A ballot paper (测评表): voter groups, questions and one scale of options. In use (`is_locked`) it never changes.

    `target` says what a poll of it feeds (`targets.py`): "row:2.4", "poll", "meeting", "facts" or "year".
    """

    scheme_version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="poll_forms")
    name = models.CharField(_("name"), max_length=100)
    target = models.CharField(_("counts for"), max_length=40)
    introduction = models.TextField(_("what it is about"), max_length=1000, blank=True)
    takes_comments = models.BooleanField(_("asks for comments"), default=True)
    is_locked = models.BooleanField(_("in use"), default=False)
    created_by = _person(_("made by"))
    created_at = models.DateTimeField(_("made at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = PollFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot paper")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class VoterGroup(models.Model):
    """Who votes (党员, 群众, 领导…), with which weight, and how many of the roster must take part."""

    form = models.ForeignKey(PollForm, models.CASCADE, related_name="groups")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("voter group"), max_length=20)
    weight_up = models.BigIntegerField(_("weight"))  # share of 1 in millionths; all groups add up to 1
    quorum_up = models.BigIntegerField(_("least turnout"), default=0)  # share of the roster in millionths
    counts_members = models.BooleanField(_("roster is the roll of members"), default=False)

    class Meta:
        verbose_name = _("voter group")
        ordering = ["form_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["form", "position"], name="voter_group_position"),
            models.CheckConstraint(
                condition=Q(weight_up__gte=0, weight_up__lte=1_000_000, quorum_up__gte=0, quorum_up__lte=1_000_000),
                name="voter_group_shares",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """One question of a ballot paper; the weights of all add up to 1."""

    form = models.ForeignKey(PollForm, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("question"), max_length=200)
    weight_up = models.BigIntegerField(_("weight"))

    class Meta:
        verbose_name = _("question")
        ordering = ["form_id", "position"]
        constraints = [models.UniqueConstraint(fields=["form", "position"], name="poll_question_position")]

    def __str__(self) -> str:
        return self.text


class Option(models.Model):
    """One choice of the scale: its value, or not counted as a valid answer (不了解)."""

    form = models.ForeignKey(PollForm, models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("choice"), max_length=20)
    value_up = models.BigIntegerField(_("value"), default=0)  # 0..1 in millionths
    is_counted = models.BooleanField(_("valid answer"), default=True)
    is_top = models.BooleanField(_("top choice"), default=False)

    class Meta:
        verbose_name = _("choice")
        ordering = ["form_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["form", "position"], name="poll_option_position"),
            models.CheckConstraint(condition=Q(value_up__gte=0, value_up__lte=1_000_000), name="poll_option_value"),
        ]

    def __str__(self) -> str:
        return self.label


class Meeting(models.Model):
    """A report-and-appraisal meeting (述职评议会): secretaries report one after another, each is voted on."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("meeting", "under way")
        CLOSED = "closed", pgettext_lazy("meeting", "over")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="meetings", verbose_name=_("cycle"))
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="meetings")
    form = models.ForeignKey(PollForm, models.PROTECT, related_name="meetings", verbose_name=_("ballot paper"))
    name = models.CharField(_("name"), max_length=100)
    held_on = models.DateField(_("date"))
    place = models.CharField(_("place"), max_length=100, blank=True)
    mode = models.CharField(_("ballots"), max_length=8, choices=Mode.choices, default=Mode.PAPER)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PLANNED)
    created_by = _person(_("made by"))
    created_at = models.DateTimeField(_("made at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("report-and-appraisal meeting")
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return self.name


class Poll(models.Model):
    """One branch asked about with one ballot paper, in one cycle or (without a cycle) about the year.

    Closing fills the digest over the counters and the figures; from then on triggers keep all of it.
    """

    form = models.ForeignKey(PollForm, models.PROTECT, related_name="polls", verbose_name=_("ballot paper"))
    target = models.CharField(_("counts for"), max_length=40)  # of the form
    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="polls", verbose_name=_("year plan"))
    cycle = models.ForeignKey(Cycle, models.PROTECT, null=True, related_name="polls", verbose_name=_("cycle"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="polls", verbose_name=_("branch"))
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="polls", verbose_name=_("meeting"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)  # in the meeting's agenda
    speaks_at = models.TimeField(_("time"), null=True)
    speaker = models.CharField(_("who reports"), max_length=40, blank=True)
    mode = models.CharField(_("ballots"), max_length=8, choices=Mode.choices, default=Mode.ONLINE)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PLANNED)
    closes_at = models.DateTimeField(_("open until"), null=True)
    created_by, created_at = _person(_("made by")), models.DateTimeField(_("made at"))
    opened_by, opened_at = _person(_("opened by")), models.DateTimeField(_("opened at"), null=True)
    entered_by, entered_at = _person(_("counted by")), models.DateTimeField(_("entered at"), null=True)
    closed_by, closed_at = _person(_("closed by")), models.DateTimeField(_("closed at"), null=True)
    void_reason = models.CharField(_("why it is void"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    digest = models.CharField(_("digest of the counters"), max_length=64, blank=True)
    verdict = models.CharField(_("result"), max_length=10, choices=Verdict.choices, blank=True)
    ballots = models.PositiveIntegerField(_("ballots"), default=0)
    roster = models.PositiveIntegerField(_("entitled"), default=0)
    score_up = models.BigIntegerField(_("score"), null=True)  # 0..100 in millionths
    top_votes = models.PositiveIntegerField(_("top answers"), null=True)
    counted_votes = models.PositiveIntegerField(_("valid answers"), null=True)
    remark = models.CharField(_("remark"), max_length=200, blank=True)  # why the figure did not reach a sheet
    purged_at = models.DateTimeField(_("rewritten on disk at"), null=True)
    forgotten_at = models.DateTimeField(_("links deleted at"), null=True)

    objects = PollQuerySet.as_manager()

    class Meta:
        verbose_name = _("poll")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "branch", "target"],
                condition=Q(cycle__isnull=False) & ~Q(status="void"),
                name="poll_one_in_cycle",
            ),
            models.UniqueConstraint(
                fields=["plan", "branch", "target"],
                condition=Q(cycle__isnull=True) & ~Q(status="void"),
                name="poll_one_in_year",
            ),
            models.CheckConstraint(
                condition=Q(score_up=None) | Q(score_up__gte=0, score_up__lte=100_000_000), name="poll_score_in_range"
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None) | ~Q(closed_by=F("entered_by")), name="poll_confirmed_by_another"
            ),
        ]
        indexes = [models.Index(fields=["cycle", "status"], name="poll_cycle_status")]

    def __str__(self) -> str:
        return f"{self.branch} {self.form}"

    @property
    def period_name(self) -> str:
        """The cycle, or the year."""
        return self.cycle.name if self.cycle else _("Year %(year)s") % {"year": self.plan.year}


class Roster(models.Model):
    """How many of a group are entitled in a poll; on paper also what came back. `Counter` holds the answers."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="rosters")
    group = models.ForeignKey(VoterGroup, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("entitled"))
    issued = models.PositiveIntegerField(_("ballots issued"), null=True)
    returned = models.PositiveIntegerField(_("ballots returned"), null=True)
    valid = models.PositiveIntegerField(_("valid ballots"), null=True)

    class Meta:
        verbose_name = _("roster")
        ordering = ["poll_id", "group_id"]
        constraints = [models.UniqueConstraint(fields=["poll", "group"], name="poll_roster_unique")]

    def __str__(self) -> str:
        return f"{self.group} {self.number}"


class Token(models.Model):
    """A link that may be spent once: only its SHA-256 is kept, no time and no person."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="tokens")
    group = models.ForeignKey(VoterGroup, models.PROTECT, related_name="+", db_index=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    used = models.BooleanField(_("used"), default=False)

    class Meta:
        verbose_name = _("link")

    def __str__(self) -> str:
        return f"{self.poll_id}"


class Counter(models.Model):
    """How many of a group chose an option of a question. All rows stand from the opening on."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="counters", db_index=False)
    group = models.ForeignKey(VoterGroup, models.PROTECT, related_name="+", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", db_index=False)
    option = models.ForeignKey(Option, models.PROTECT, related_name="+", db_index=False)
    n = models.PositiveIntegerField(_("how many"), default=0)

    class Meta:
        verbose_name = _("counter")
        constraints = [
            models.UniqueConstraint(fields=["poll", "group", "question", "option"], name="poll_counter_unique")
        ]

    def __str__(self) -> str:
        return f"{self.n}"


class Comment(models.Model):
    """Free text of a voter; all comments of the poll are written anew, in chance order, with every vote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(Poll, models.CASCADE, related_name="comments")
    text = models.TextField(_("comment"), max_length=500)
    review = models.CharField(_("review"), max_length=10, choices=Review.choices, default=Review.WAITING)

    class Meta:
        verbose_name = _("comment")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


class Scan(StoredFile):
    """The signed counting sheet of a paper poll as a file, outside the web root under a random key.

    Written by `services.paper.attach_scan`; row and digest stay, also once the content was taken down.
    """

    FOLDER = "polls"

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="scans")
    name = models.CharField(_("file name"), max_length=200)
    key = models.CharField(_("storage key"), max_length=100, unique=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Miss(models.Model):
    """How often links that nothing fits were tried from one place (a keyed hash of its address) in ten minutes."""

    place = models.CharField(max_length=64)
    window = models.BigIntegerField()
    n = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("wrong link")
        constraints = [models.UniqueConstraint(fields=["place", "window"], name="poll_miss_unique")]

    def __str__(self) -> str:
        return f"{self.n}"


class YearFact(models.Model):
    """What holds of a branch for a year as a whole: of a poll about the year, or recorded and accepted by hand."""

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="year_facts", verbose_name=_("year plan"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="year_facts", verbose_name=_("branch"))
    kind = models.CharField(_("kind"), max_length=10, choices=FactKind.choices)
    code = models.CharField(_("item"), max_length=20, blank=True)
    value_up = models.BigIntegerField(_("value"), default=1_000_000)
    of_up = models.BigIntegerField(_("of"), default=1_000_000)
    document = models.CharField(_("document"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=FactStatus.choices, default=FactStatus.RECORDED)
    poll = models.ForeignKey(Poll, models.PROTECT, null=True, related_name="year_facts", verbose_name=_("poll"))
    entered_by, entered_at = _person(_("entered by")), models.DateTimeField(_("entered at"))
    decided_by, decided_at = _person(_("decided by")), models.DateTimeField(_("decided at"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = YearFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact of the year")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "branch", "kind", "code"],
                condition=Q(status__in=["recorded", "accepted"]),
                name="year_fact_one_live",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("entered_by")) | Q(poll__isnull=False),
                name="year_fact_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.kind} {self.code}"
