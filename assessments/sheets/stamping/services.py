"""Attaching the scan of a signed and stamped score form to its sheet, and withdrawing one. Marks and digest stay."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.uploads import INLINE

from ..files import FileRefused
from ..models import Sheet
from ..services import keeping
from ..storing import stored_path
from . import rules
from .models import StampedForm

if TYPE_CHECKING:
    from members.models import User

MOST_SCANS = 20  # with those withdrawn: rows are never deleted
SHORTEST_REASON = 5
ACCEPT = ".pdf,.jpg,.jpeg,.png"


def attach_stamped(
    *, sheet: Sheet, upload: UploadedFile, actor: "User", at: datetime, is_declared: bool
) -> StampedForm:
    """Check and keep one scan (PDF, JPG or PNG); the same content once a sheet, a second time changes nothing.

    `is_declared`: the tick that it holds no state secrets.
    Raises: PermissionDenied; PortalError without the tick; FileRefused with a sentence; NoRoom; StaleState. A refused
    file leaves nothing behind.
    """
    require(rules.can_attach(actor, sheet))
    accepted, digest = keeping.take_in(upload, is_declared=is_declared)
    if accepted.content_type not in INLINE:
        text = _("“%(name)s” is no scan. Scan or photograph the stamped form and attach it as PDF, JPG or PNG.")
        raise FileRefused(text % {"name": accepted.name})
    rows = StampedForm.objects.filter(sheet=sheet)
    present = rows.standing().filter(sha256=digest).first()
    if present is not None:
        return present
    if rows.count() >= MOST_SCANS:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_SCANS})
    keeping.require_disk(len(accepted.content))
    scan, scan_note = keeping.scanned(sheet, accepted, digest, actor)
    token = secrets.token_hex(16)
    file = StampedForm(
        sheet=sheet, name=accepted.name, key=f"{StampedForm.FOLDER}/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type, size=len(accepted.content), sha256=digest, uploaded_by=actor,
        uploaded_at=at, scan=scan, scan_note=scan_note,
    )  # fmt: skip
    path = stored_path(file)
    keeping.write(path, accepted.content)
    try:
        _enter(file, actor)
    except IntegrityError:  # attached by somebody else at this moment
        path.unlink(missing_ok=True)
        return rows.standing().get(sha256=digest)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return file


@transaction.atomic
def _enter(file: StampedForm, actor: "User") -> None:
    sheet = file.sheet
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(status=sheet.status):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
    file.save(force_insert=True)
    after = {"file": file.pk, "name": file.name, "sha256": file.sha256, "size": file.size, "is_declared": True}
    audit.record(actor, "sheet.stamped_attached", sheet, after=after, note=file.name)


@transaction.atomic
def withdraw_stamped(*, file: StampedForm, actor: "User", at: datetime, reason: str) -> StampedForm:
    """Say that a scan does not stand any more, with a reason; row and bytes stay, for whoever may see the sheet.

    Raises: PermissionDenied; PortalError without a reason; StaleState when it is withdrawn already.
    """
    require(rules.can_withdraw(actor, file))
    reason = reason.strip()[:200]
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    said = {"withdrawn_by": actor, "withdrawn_at": at, "withdrawn_reason": reason}
    if not StampedForm.objects.filter(pk=file.pk, withdrawn_at=None).update(**said):
        raise StaleState(_("This scan was withdrawn already."))
    before = {"file": file.pk, "name": file.name, "sha256": file.sha256}
    note = f"{file.name}：{reason}"
    audit.record(actor, "sheet.stamped_withdrawn", file.sheet, before=before, note=note)
    file.refresh_from_db()
    return file
