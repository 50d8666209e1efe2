"""What all stored files share: the malware check and being taken down. Rooms further right register theirs."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import ScanState


class StoredFile(models.Model):
    """A file kept outside the web root under a random key; `services.evidence_care` looks after it."""

    FOLDER = ""  # first part of its keys, and its kind in the address

    scan = models.CharField(
        _("check for malware"), max_length=12, choices=ScanState.choices, default=ScanState.NONE, blank=True,
        db_default="",
    )  # fmt: skip
    scan_note = models.CharField(_("what was found"), max_length=200, blank=True, default="", db_default="")
    taken_down_at = models.DateTimeField(_("taken down at"), null=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken down by")
    )
    taken_down_reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether the bytes may be handed out: not once taken down, nor before a configured scanner passed."""
        may_be_unscanned = self.scan == ScanState.NONE and not settings.CLAMD_SOCKET
        return self.taken_down_at is None and (self.scan == ScanState.PASSED or may_be_unscanned)

    @property
    def state_text(self) -> str:
        """Why the file cannot be opened, as a word beside its name; empty where it can."""
        if self.taken_down_at is not None:
            return _("taken down")
        return "" if self.is_open else (self.get_scan_display() if self.scan else ScanState.WAITING.label)

    @property
    def number_text(self) -> str:
        """Its number among the files of its kind: 123, visits/123."""
        return str(self.pk) if self.FOLDER == "evidence" else f"{self.FOLDER}/{self.pk}"


_kinds: list[type[StoredFile]] = []


def register(kind: type[StoredFile]) -> None:
    """Let the files of a model be looked after; doing it twice is harmless."""
    if kind not in _kinds:
        _kinds.append(kind)


def kinds() -> list[type[StoredFile]]:
    """Every model of stored files."""
    return list(_kinds)


def stored_path(file: StoredFile) -> Path:
    """Where the bytes lie; the key is ours, never the uploader's."""
    return Path(settings.MEDIA_ROOT) / file.key
