"""Scans of signed and stamped score forms: rows are added and withdrawn, never changed and never deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..storing import StoredFile
from .querysets import StampedFormQuerySet


class StampedForm(StoredFile):
    """A scan of the sheet's score form, signed and stamped; kept outside the web root under a random key.

    It is no part of the sheet's digest and may come after the approval. Written by `services`, whose withdrawal fills
    the three columns once; the row and its bytes stay.
    """

    FOLDER = "stamped"

    sheet = models.ForeignKey("assessments.Sheet", models.PROTECT, related_name="stamped", verbose_name=_("sheet"))
    name = models.CharField(_("file name"), max_length=200)
    key = models.CharField(_("storage key"), max_length=100, unique=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawn by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_reason = models.CharField(_("reason for the withdrawal"), max_length=200, blank=True)

    objects = StampedFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("stamped score form")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason=""),
                name="stamped_form_withdrawn_with_reason",
            ),
            models.UniqueConstraint(
                fields=["sheet", "sha256"], condition=Q(withdrawn_at=None), name="stamped_form_once_on_sheet"
            ),
        ]

    def __str__(self) -> str:
        return self.name
