"""Assessment schemes (考评标准): versioned data. A version in use is never edited; it is succeeded."""

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .querysets import SchemeVersionQuerySet


class Scheme(models.Model):
    """The identity that versions share."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("scheme"), max_length=200)

    class Meta:
        verbose_name = _("scheme")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SchemeVersion(models.Model):
    """One version. `content` is the scheme's plain data, the source of all figures.

    A draft may have problems and is changed by `services.drafts` only, each time under its `edition`.
    `services.publishing` puts it forward and publishes it; then indicators and criteria become rows too, so that
    marks can point at them.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", pgettext_lazy("scheme", "awaiting approval")
        PUBLISHED = "published", _("published")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="versions", verbose_name=_("scheme"))
    version = models.CharField(_("version"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    content = models.JSONField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    edition = models.PositiveIntegerField(_("edition"), default=1)
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, related_name="successors")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("put forward at"), null=True)
    proposal_note = models.CharField(_("covering note"), max_length=500, blank=True)
    sent_back_reason = models.CharField(_("reason"), max_length=500, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = SchemeVersionQuerySet.as_manager()
    plan_names: Sequence[str] = ()  # of the year plans that use it, where a list shows them (`usage`)

    class Meta:
        verbose_name = _("scheme version")
        ordering = ["scheme_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "version"], name="scheme_version_unique"),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="scheme_published_has_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class SchemeEdit(models.Model):
    """One state of a draft: who made it, when and by what; `restores` names the edition that an undo went back to."""

    version = models.ForeignKey(SchemeVersion, models.CASCADE, related_name="edits")
    edition = models.PositiveIntegerField(_("edition"))
    content = models.JSONField(_("content"))
    summary = models.CharField(_("change"), max_length=200)
    restores = models.PositiveIntegerField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of a draft")
        ordering = ["-edition"]
        constraints = [models.UniqueConstraint(fields=["version", "edition"], name="scheme_edit_unique")]


class Indicator(models.Model):
    """First, second or third level. Scored ones carry a rule; the others add up their children."""

    scheme_version = models.ForeignKey(SchemeVersion, models.CASCADE, related_name="indicators")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("indicator"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))  # depth first, over the whole version
    level = models.PositiveSmallIntegerField(_("level"))
    points_up = models.BigIntegerField(_("points"))
    rule = models.CharField(_("rule"), max_length=10, blank=True)  # empty: not scored itself

    class Meta:
        verbose_name = _("indicator")
        ordering = ["scheme_version_id", "position"]
        constraints = [models.UniqueConstraint(fields=["scheme_version", "code"], name="indicator_code_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Criterion(models.Model):
    """A clause of the scoring rule (评分细则)."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="criteria")
    code = models.CharField(_("code"), max_length=20)
    text = models.CharField(_("text"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("criterion")
        ordering = ["indicator_id", "position"]
        constraints = [models.UniqueConstraint(fields=["indicator", "code"], name="criterion_code_unique")]

    def __str__(self) -> str:
        return self.text
