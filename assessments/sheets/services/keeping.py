"""What every upload of a file goes through before it is kept: the tick, its kind, the malware check, room on the disk.

Evidence of sheets and files of visits are taken in here; `evidence_care` looks after them from then on.
"""

import errno
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import gettext as _

from branchportal import audit, scanning, uploads
from branchportal.errors import PortalError

from ..choices import ScanState
from ..files import Accepted, FileRefused, accept_file
from ..storing import kinds

if TYPE_CHECKING:
    from members.models import User


class NoRoom(PortalError):  # noqa: N818 - the house names refusals by what they say
    """The disk is full, or nearly (507): nothing was stored."""

    code = "no_room"
    status = 507


def take_in(upload: UploadedFile, *, is_declared: bool) -> tuple[Accepted, str]:
    """The checked content of an upload and its SHA-256. `is_declared`: the tick that it holds no state secrets.

    Raises: PortalError without the tick; FileRefused with a sentence.
    """
    if not is_declared:
        uploads.require_declaration({})
    content = upload.read(settings.MAX_UPLOAD_BYTES + 1)
    accepted = accept_file(upload.name or "", content, settings.MAX_UPLOAD_BYTES)
    digest = hashlib.sha256(accepted.content).hexdigest()
    _refuse_taken_down(accepted.name, digest)
    return accepted, digest


def _refuse_taken_down(name: str, digest: str) -> None:
    """What was taken down once does not come back."""
    if any(kind.objects.filter(sha256=digest).exclude(taken_down_at=None).exists() for kind in kinds()):
        text = _("“%(name)s” was taken down by the security administrator and may not be uploaded again.")
        raise FileRefused(text % {"name": name})


def scanned(about: models.Model, accepted: Accepted, digest: str, actor: "User") -> tuple[str, str]:
    """State and note of the malware check. Raises: FileRefused when something was found; on record beside `about`."""
    if not scanning.is_configured():
        return ScanState.NONE, ""
    found = scanning.scan(accepted.content)
    if found.malware:
        after = {"name": accepted.name, "sha256": digest, "malware": found.malware}
        audit.record(actor, "evidence.refused_malware", about, after=after)
        text = _("“%(name)s” carries malware (%(malware)s) and was not stored. Have your computer checked.")
        raise FileRefused(text % {"name": accepted.name, "malware": found.malware})
    return (ScanState.PASSED if found.is_known else ScanState.WAITING), ""


def require_disk(size: int) -> None:
    """Whether so many bytes may come. Raises: NoRoom."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(folder)
    if disk.free - size < settings.LEAST_FREE_SHARE * disk.total:
        raise _no_room()


def _no_room() -> NoRoom:
    return NoRoom(
        _("The disk of the portal is nearly full, so no files are taken in. The system administrator is told.")
    )


def write(path: Path, content: bytes) -> None:
    """The bytes, aside first, so that no half file is ever found. Raises: NoRoom on a full disk, with nothing left."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
        part.replace(path)
    except OSError as fault:
        part.unlink(missing_ok=True)
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room() from fault
        raise
