"""What all apps share in the database: the audit trail and the job table."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .crypto import EncryptedField


class AuditEntry(models.Model):
    """One change, written by `audit.record` in the transaction of the change. Never altered: triggers refuse it."""

    at = models.DateTimeField(_("time"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("actor")
    )
    acting_role = models.CharField(_("acting role"), max_length=20, blank=True)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("object type"), max_length=40)
    object_id = models.BigIntegerField(_("object"))
    object_label = models.CharField(_("object name"), max_length=200, blank=True)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    note = models.TextField(_("note"), blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="audit_object")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"


class AuditLink(models.Model):
    """The place of one audit row in the chain; written by a trigger when the row's transaction ends, never altered.

    `digest` is the SHA-256 of the digest before it, `seq` and the row's content: see `audit_chain`.
    """

    seq = models.BigIntegerField(_("number"), primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="link")
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.digest}"


class AuditHead(models.Model):
    """The end of the chain: one row, locked while a link is added."""

    seq = models.BigIntegerField(_("number"))
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.digest}"


class Job(models.Model):
    """A piece of background work: the queue of record. Moved only by `jobs.py`."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    task = models.CharField(_("task"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    params = models.JSONField(_("parameters"), default=dict)  # ids only, passed on to the task
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs", verbose_name=_("owner"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    message = models.TextField(_("message"), blank=True)
    cursor = models.BigIntegerField(_("cursor"), default=0)
    result_url = models.CharField(_("result page"), max_length=200, blank=True)
    file_path = models.CharField(_("file"), max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    fault = models.CharField(_("fault"), max_length=100, blank=True)  # kind of the last fault; never says a figure
    not_before = models.DateTimeField(_("not before"), null=True)  # a pause after a fault
    is_cancel_requested = models.BooleanField(_("cancellation requested"), default=False)
    created_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("handed on at"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="job_open", condition=Q(status__in=["queued", "running"])),
            models.Index(fields=["owner", "-id"], name="job_owner"),
            models.Index(fields=["status", "-id"], name="job_status"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED, self.Status.CANCELLED)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


class WorkerBeat(models.Model):
    """The last sign of life of what works unseen: worker, dispatcher, Redis, backup. `health.py` judges its age."""

    name = models.CharField(_("worker"), max_length=60, primary_key=True)
    at = models.DateTimeField(_("last sign of life"))

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """When something that is due by the clock was last begun: whoever moves `ran_at` on does it, nobody else."""

    name = models.CharField(_("name"), max_length=120, primary_key=True)
    ran_at = models.DateTimeField(_("last begun"))

    def __str__(self) -> str:
        return self.name


class RepeatedRequest(models.Model):
    """A change that arrived under a key of its sender's, with the answer given: kept a day, see `idempotency.py`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(_("key"), max_length=80)
    digest = models.CharField(_("SHA-256"), max_length=64)  # of method, address and what was sent
    at = models.DateTimeField(_("time"), db_index=True)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    kind = models.CharField(_("type"), max_length=100, blank=True)
    location = models.CharField(_("address"), max_length=500, blank=True)
    answer = EncryptedField(_("answer"), default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="repeated_request_unique")]

    def __str__(self) -> str:
        return self.key


class RequestCount(models.Model):
    """How often somebody asked in the present stretch of time, over all web processes: see `counting.py`."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    stretch = models.BigIntegerField(_("stretch of time"))  # which one since 1970
    count = models.PositiveIntegerField(_("requests"), default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.count}"
