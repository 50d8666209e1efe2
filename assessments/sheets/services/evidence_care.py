"""What happens to stored files without their uploader: the late malware check, taking down, clearing away orphans."""

import hashlib
import logging
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, scanning
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ..choices import ScanState
from ..models import Evidence
from ..rules import evidence as rules
from .evidence import stored_path

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
    waiting = Evidence.objects.filter(scan__in=(ScanState.NONE, ScanState.WAITING), taken_down_at=None).order_by("pk")
    decided = 0
    for evidence in list(waiting[:limit]):
        path = stored_path(evidence)
        if not path.is_file():
            continue
        found = scanning.scan(path.read_bytes())
        if not found.is_known:
            break
        _decide(evidence, found.malware)
        decided += 1
    return decided


@transaction.atomic
def _decide(evidence: Evidence, malware: str) -> None:
    state = ScanState.QUARANTINED if malware else ScanState.PASSED
    rows = Evidence.objects.filter(pk=evidence.pk, scan=evidence.scan)
    if rows.update(scan=state, scan_note=malware) and malware:
        audit.record(None, "evidence.quarantined", evidence, after={"sha256": evidence.sha256, "malware": malware})


def same_content(number: int | None = None, sha256: str = "") -> QuerySet[Evidence]:
    """Every stored file with the content of file `number`, or with this digest. Raises: PortalError without one."""
    if number is not None:
        sha256 = Evidence.objects.filter(pk=number).values_list("sha256", flat=True).first() or ""
    rows = Evidence.objects.filter(sha256=sha256.lower()) if sha256 else Evidence.objects.none()
    if not rows.exists():
        raise PortalError(_("No stored file has this number or SHA-256. Copy it from the address or page of the file."))
    return rows


@transaction.atomic
def take_down(*, actor: "User", reason: str, at: datetime, number: int | None = None, sha256: str = "") -> int:
    """Make a content unreadable everywhere: the bytes go, rows, hashes and the digests of sealed sheets stay.

    Returns how many files had it. Raises: PermissionDenied; PortalError for an unknown file or a missing reason;
    StaleState when all of them are down already.
    """
    require(rules.can_take_down(actor))
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    rows = list(same_content(number, sha256).filter(taken_down_at=None))
    if not rows:
        raise StaleState(_("This file has been taken down already."))
    for evidence in rows:
        Evidence.objects.filter(pk=evidence.pk, taken_down_at=None).update(
            taken_down_at=at, taken_down_by=actor, taken_down_reason=reason[:200]
        )
        after = {"sha256": evidence.sha256, "size": evidence.size}
        audit.record(actor, "evidence.taken_down", evidence, after=after, note=reason)
    paths = [stored_path(evidence) for evidence in rows]
    transaction.on_commit(lambda: _unlink(paths))
    return len(rows)


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def remove_orphans(now: float | None = None) -> int:
    """Remove stored bytes that no row names, and half files, once they are an hour old; returns how many."""
    folder, removed = Path(settings.MEDIA_ROOT) / "evidence", 0
    before = (time.time() if now is None else now) - ORPHAN_SECONDS
    old = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime < before]
    for start in range(0, len(old), 500):
        portion = {path.relative_to(settings.MEDIA_ROOT).as_posix(): path for path in old[start : start + 500]}
        known = set(Evidence.objects.filter(key__in=portion, taken_down_at=None).values_list("key", flat=True))
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
