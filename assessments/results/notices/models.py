"""Who was consulted, what the committee decided, what was shown for how long, who objected and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.models import Branch

from ...cycles.models import Cycle, YearPlan
from ...sheets.reopening.models import Reopening
from ..models import Publication, Tally
from .querysets import ConsultationQuerySet, NoticeQuerySet, ObjectionQuerySet, ReplyQuerySet


def _person(name: str = "+", *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name=name)


class Consultation(models.Model):
    """A list sent to another organ before the notice (征求意见); it outlives a tally that a correction replaces."""

    plan = models.ForeignKey(YearPlan, models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, models.PROTECT, null=True, related_name="+")
    tally = models.ForeignKey(Tally, models.PROTECT, related_name="consultations")
    organ = models.CharField(_("organ"), max_length=60)
    letter = models.CharField(_("number of the letter"), max_length=60, blank=True)
    min_stars = models.PositiveSmallIntegerField(_("from stars"))
    due_on = models.DateField(_("reply by"))
    sent_by, sent_at = _person(), models.DateTimeField(_("sent at"))
    closed_by, closed_at = _person(null=True), models.DateTimeField(_("closed at"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.organ}: {self.tally}"


class ConsultationReply(models.Model):
    """What the organ says of one branch on the list. A hit asks for a veto through the reopening of the sheet."""

    class Opinion(models.TextChoices):
        OPEN = "open", pgettext_lazy("consultation", "no reply yet")
        CLEAR = "clear", pgettext_lazy("consultation", "no objection")
        HIT = "hit", pgettext_lazy("consultation", "something stands against it")

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="replies", db_index=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    stars = models.PositiveSmallIntegerField(_("stars proposed"))
    opinion = models.CharField(_("reply"), max_length=10, choices=Opinion.choices, default=Opinion.OPEN)
    text = models.CharField(_("what it says"), max_length=300, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    replied_on = models.DateField(_("date of the reply"), null=True)
    entered_by, entered_at = _person(null=True), models.DateTimeField(_("entered at"), null=True)
    reopening = models.ForeignKey(Reopening, models.PROTECT, null=True, related_name="+")

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["consultation", "branch"], name="consultation_branch_unique")]

    def __str__(self) -> str:
        return f"{self.branch}: {self.get_opinion_display()}"


class CommitteeMeeting(models.Model):
    """The meeting that decided on a tally (审定会议). Never edited: a mistake is put right by a later record."""

    tally = models.ForeignKey(Tally, models.PROTECT, related_name="meetings")
    held_on = models.DateField(_("held on"))
    expected = models.PositiveSmallIntegerField(_("members of the committee"))
    present = models.PositiveSmallIntegerField(_("present"))
    minutes = models.TextField(_("minutes"))
    document_number = models.CharField(_("number of the ratification"), max_length=60, blank=True)
    recorded_by, recorded_at = _person(), models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("committee meeting")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(present__gte=1, present__lte=F("expected")), name="meeting_present")
        ]

    def __str__(self) -> str:
        return f"{self.tally}: {self.held_on}"


class Notice(models.Model):
    """Provisional results shown for n working days (公示); half open: at `ends_at` it is over."""

    class Audience(models.TextChoices):
        INTERNAL = "internal", pgettext_lazy("notice", "everybody with an account")
        PUBLIC = "public", pgettext_lazy("notice", "everybody, without signing in")

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="notice")
    audience = models.CharField(_("shown to"), max_length=10, choices=Audience.choices, default=Audience.INTERNAL)
    min_stars = models.PositiveSmallIntegerField(_("names branches from stars"))
    days = models.PositiveSmallIntegerField(_("working days"))
    starts_on = models.DateField(_("from"))
    last_on = models.DateField(_("to"))
    ends_at = models.DateTimeField(_("objections before"))
    contact = models.CharField(_("where objections are taken"), max_length=200)
    begun_by, begun_at = _person(), models.DateTimeField(_("begun at"))

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(last_on__gte=F("starts_on")), name="notice_dates_in_order")]

    def __str__(self) -> str:
        return f"{self.publication}: {self.starts_on}–{self.last_on}"


class Objection(models.Model):
    """What somebody says against a provisional result (异议), and the answer of the deciding authority."""

    class Channel(models.TextChoices):
        PORTAL = "portal", pgettext_lazy("objection", "in the portal")
        LETTER = "letter", pgettext_lazy("objection", "by letter")
        TELEPHONE = "telephone", pgettext_lazy("objection", "by telephone")
        VISIT = "visit", pgettext_lazy("objection", "in person")

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("objection", "waiting for an answer")
        UPHELD = "upheld", pgettext_lazy("objection", "upheld")
        REJECTED = "rejected", pgettext_lazy("objection", "not upheld")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="objections", verbose_name=_("branch"))
    channel = models.CharField(_("received"), max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    by_name = models.CharField(_("from whom"), max_length=60, blank=True)  # empty: anonymous
    text = models.TextField(_("objection"))
    received_at = models.DateTimeField(_("received at"))
    entered_by, entered_at = _person(), models.DateTimeField(_("entered at"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    answered_by, answered_at = _person(null=True), models.DateTimeField(_("answered at"), null=True)
    reopening = models.ForeignKey(Reopening, models.PROTECT, null=True, related_name="+")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("entered_by")), name="objection_four_eyes"
            ),
            models.CheckConstraint(condition=Q(status="open") | ~Q(answer=""), name="objection_has_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.branch}: {self.text[:40]}"
