"""What somebody is told, and the mails that wait until the office has read them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .choices import MailStatus, Matter, Task, Void
from .querysets import MailQuerySet, MessageQuerySet


class Mail(models.Model):
    """What one person is sent on one day (发件箱): one mail for all messages. Moved by `services.outbox` and `sending`.

    `subject` and `body` are kept when it is claimed for sending: what was sent can be read later. `version` grows with
    each message that joins, so that a release never sends what nobody has read.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mails", verbose_name=_("to"))
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=10, choices=MailStatus.choices, default=MailStatus.WAITING)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("written at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("released or dropped at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True)  # a pause after a fault
    fault = models.CharField(_("fault"), max_length=20, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        ordering = ["-day", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="mail_one_a_day")]
        indexes = [models.Index(fields=["status", "id"], name="mail_status")]

    def __str__(self) -> str:
        return f"{self.user} {self.day}"


class Message(models.Model):
    """One thing a person is told, once: by person, matter, task, subject, date and days before (`facts`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders", verbose_name=_("to"), db_index=False
    )
    matter = models.CharField(_("matter"), max_length=10, choices=Matter.choices)
    task = models.CharField(_("task"), max_length=12, choices=Task.choices)
    subject_id = models.BigIntegerField(_("subject"))
    on = models.DateField(_("date"))  # the deadline's day, or the day on which it happened
    days = models.PositiveSmallIntegerField(_("days before"), default=0)
    label = models.CharField(_("what it is about"), max_length=200)  # names of a branch, a cycle; never of a person
    number = models.PositiveIntegerField(_("how many"), default=1)
    created_at = models.DateTimeField(_("written at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    void = models.CharField(_("holds no longer because"), max_length=10, choices=Void.choices, blank=True, default="")
    mail = models.ForeignKey(Mail, models.SET_NULL, null=True, related_name="messages", verbose_name=_("mail"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "matter", "task", "subject_id", "on", "days"], name="message_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="message_of_user"),
            models.Index(fields=["id"], condition=Q(void=""), name="message_live"),
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} {self.label}"
