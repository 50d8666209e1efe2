"""What happens to stored files without their uploader: the late malware check, taking down, clearing away orphans."""

import hashlib
import logging
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, scanning
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ..choices import ScanState
from ..rules import evidence as rules
from ..storing import StoredFile, kinds, stored_path

if TYPE_CHECKING:
    from members.models import User

log = logging.getLogger(__name__)
ORPHAN_SECONDS = 3600  # younger files may belong to an upload that is being stored
SHORTEST_REASON = 5


def scan_waiting(limit: int = 500) -> int:
    """Check files that wait, and those stored before a scanner was configured; returns how many are decided.

    Stops at the first silence of the scanner. Called every hour; harmless when repeated.
    """
    if not scanning.is_configured():
        return 0
    decided = 0
    for kind in kinds():
        waiting = kind.objects.filter(scan__in=(ScanState.NONE, ScanState.WAITING), taken_down_at=None).order_by("pk")
        for file in list(waiting[: limit - decided]):
            path = stored_path(file)
            if not path.is_file():
                continue
            found = scanning.scan(path.read_bytes())
            if not found.is_known:
                return decided
            _decide(file, found.malware)
            decided += 1
    return decided


@transaction.atomic
def _decide(file: StoredFile, malware: str) -> None:
    state = ScanState.QUARANTINED if malware else ScanState.PASSED
    rows = type(file).objects.filter(pk=file.pk, scan=file.scan)
    if rows.update(scan=state, scan_note=malware) and malware:
        audit.record(None, "evidence.quarantined", file, after={"sha256": file.sha256, "malware": malware})


def same_content(number: int | None = None, sha256: str = "", folder: str = "evidence") -> list[StoredFile]:
    """Every stored file with the content of file `number` of a kind, or with this digest.

    Raises: PortalError without one.
    """
    if number is not None:
        kind = next(kind for kind in kinds() if folder == kind.FOLDER)
        sha256 = kind.objects.filter(pk=number).values_list("sha256", flat=True).first() or ""
    found = [file for kind in kinds() for file in kind.objects.filter(sha256=sha256.lower())] if sha256 else []
    if not found:
        raise PortalError(_("No stored file has this number or SHA-256. Copy it from the address or page of the file."))
    return found


@transaction.atomic
def take_down(
    *, actor: "User", reason: str, at: datetime, number: int | None = None, sha256: str = "", folder: str = "evidence"
) -> int:
    """Make a content unreadable everywhere: the bytes go, rows, hashes and the digests of sealed sheets stay.

    Returns how many files had it. Raises: PermissionDenied; PortalError for an unknown file or a missing reason;
    StaleState when all of them are down already.
    """
    require(rules.can_take_down(actor))
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    rows = [file for file in same_content(number, sha256, folder) if file.taken_down_at is None]
    if not rows:
        raise StaleState(_("This file has been taken down already."))
    for file in rows:
        type(file).objects.filter(pk=file.pk, taken_down_at=None).update(
            taken_down_at=at, taken_down_by=actor, taken_down_reason=reason[:200]
        )
        after = {"sha256": file.sha256, "size": file.size}
        audit.record(actor, "evidence.taken_down", file, after=after, note=reason)
    paths = [stored_path(file) for file in rows]
    transaction.on_commit(lambda: _unlink(paths))
    return len(rows)


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def remove_orphans(now: float | None = None) -> int:
    """Remove stored bytes that no row names, and half files, once they are an hour old; returns how many."""
    before, removed = (time.time() if now is None else now) - ORPHAN_SECONDS, 0
    for kind in kinds():
        folder = Path(settings.MEDIA_ROOT) / kind.FOLDER
        old = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime < before]
        for start in range(0, len(old), 500):
            portion = {path.relative_to(settings.MEDIA_ROOT).as_posix(): path for path in old[start : start + 500]}
            known = set(kind.objects.filter(key__in=portion, taken_down_at=None).values_list("key", flat=True))
            for key in portion.keys() - known:
                portion[key].unlink(missing_ok=True)
                log.info("removed the orphan %s", key)
                removed += 1
    return removed


def digest_of(path: Path) -> str:
    """The SHA-256 of a stored file, read in portions."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hourly() -> None:
    """The care of one hour (`settings.HOURLY`): late checks and orphans."""
    scan_waiting()
    remove_orphans(timezone.now().timestamp())
