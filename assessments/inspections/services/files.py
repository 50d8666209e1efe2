"""Photos and papers of visits, proofs of rectifications: checked and stored like evidence, under keys of our own."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require

from ...schemes.loading import indicator_index
from ...sheets.files import FileRefused
from ...sheets.services import keeping
from ...sheets.storing import stored_path
from .. import rules
from ..checklist import version_of
from ..models import Rectification, Visit, VisitFile
from .visits import hold

if TYPE_CHECKING:
    from members.models import User

MOST_FILES = 30


def add_visit_file(
    *, visit: Visit, upload: UploadedFile, actor: "User", at: datetime, is_declared: bool, code: str = ""
) -> VisitFile:
    """A photo or paper of the visit, of one indicator where `code` names it.

    `is_declared`: the tick that it holds no state secrets. Raises: PermissionDenied; PortalError; FileRefused; NoRoom.
    """
    require(rules.can_record(actor, visit))
    indicator = indicator_index(version_of(visit)).indicators.get(code) if code else None
    return _store(upload, actor, at, is_declared, visit=visit, indicator=indicator)


def add_proof(*, row: Rectification, upload: UploadedFile, actor: "User", at: datetime, is_declared: bool) -> VisitFile:
    """A proof that something was put right. Raises: PermissionDenied; PortalError; FileRefused; NoRoom."""
    require(rules.can_answer(actor, row))
    return _store(upload, actor, at, is_declared, rectification=row)


def _store(upload: UploadedFile, actor: "User", at: datetime, is_declared: bool, **target: object) -> VisitFile:
    owner = {name: value for name, value in target.items() if name != "indicator"}
    if VisitFile.objects.filter(**owner).count() >= MOST_FILES:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_FILES})
    accepted, digest = keeping.take_in(upload, is_declared=is_declared)
    present = VisitFile.objects.filter(sha256=digest, **target).first()
    if present is not None:
        return present
    keeping.require_disk(len(accepted.content))
    about = target.get("visit") or target["rectification"]
    scan, scan_note = keeping.scanned(about, accepted, digest, actor)
    token = secrets.token_hex(16)
    file = VisitFile(
        name=accepted.name, key=f"visits/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type, size=len(accepted.content), sha256=digest, uploaded_by=actor,
        uploaded_at=at, scan=scan, scan_note=scan_note, **target,
    )  # fmt: skip
    path = stored_path(file)
    keeping.write(path, accepted.content)
    try:
        with transaction.atomic():
            if file.visit is not None:
                hold(file.visit)
            file.save(force_insert=True)
            after = {"name": file.name, "sha256": digest, "size": file.size, "is_declared": True}
            audit.record(actor, f"{about._meta.model_name}.file_added", about, after=after)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return file


def remove_file(*, file: VisitFile, actor: "User") -> None:
    """Take a file off while its visit is recorded or its rectification is the branch's turn; bytes go too."""
    if file.visit is not None:
        require(rules.can_record(actor, file.visit))
    else:
        require(rules.can_answer(actor, file.rectification))
    about, path = file.visit or file.rectification, stored_path(file)
    with transaction.atomic():
        if file.visit is not None:
            hold(file.visit)
        before = {"name": file.name, "sha256": file.sha256}
        audit.record(actor, f"{about._meta.model_name}.file_removed", about, before=before)
        file.delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
