"""Tokens of service accounts: other systems read over the API, never a person's rights."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Organization


class Reading(models.TextChoices):
    """What a token may be made for. Nothing of it writes, nothing of it names a person."""

    UNITS = "units.read", _("branches and organizations")
    SCHEMES = "schemes.read", _("schemes in use")
    SHEETS = "sheets.read", _("sheets from their submission on")
    RESULTS = "results.read", _("published results")
    HEALTH = "health.read", _("state of the portal")


LIMITED = (Reading.UNITS, Reading.SHEETS, Reading.RESULTS)  # readings that can be narrowed down to a subtree
ANY = "any"  # the description of the API is open to whoever holds a token


class ApiTokenQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None) -> Self:
        """Neither revoked nor expired on that day (default: today in Shanghai)."""
        return self.filter(revoked_at=None, expires_on__gte=on or timezone.localdate())

    def for_table(self) -> Self:
        """Rows with makers and grants, in three queries."""
        return self.select_related("created_by", "revoked_by").prefetch_related("grants__organization")


class ApiToken(models.Model):
    """A token; only its SHA-256 is kept. Made and revoked by `tokens.services`, never changed otherwise."""

    name = models.CharField(_("service"), max_length=60)
    purpose = models.CharField(_("purpose"), max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(_("begins with"), max_length=10)
    expires_on = models.DateField(_("valid until"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    last_used_on = models.DateField(_("last used on"), null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(revoked_at=None), name="api_token_name_once"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_token_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_on < timezone.localdate()

    @property
    def is_in_force(self) -> bool:
        """Whether it opens anything today."""
        return self.revoked_at is None and not self.is_expired


class ApiGrant(models.Model):
    """One reading of a token, for all or for the subtree of an organization."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="grants")
    reading = models.CharField(_("may read"), max_length=20, choices=Reading.choices)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("right of an API token")
        ordering = ["token_id", "reading"]
        constraints = [models.UniqueConstraint(fields=["token", "reading"], name="api_grant_once")]

    def __str__(self) -> str:
        return f"{self.reading},S {self.organization.code}" if self.organization else self.reading
