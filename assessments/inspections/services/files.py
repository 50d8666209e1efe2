"""Photos and papers of visits, proofs of rectifications: checked and stored like evidence, under keys of our own."""

import hashlib
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require

from ...schemes.loading import indicator_index
from ...sheets.files import FileRefused, accept_file
from .. import rules
from ..checklist import version_of
from ..models import Rectification, Visit, VisitFile
from .visits import hold

if TYPE_CHECKING:
    from members.models import User

MOST_FILES = 30


def stored_path(file: VisitFile) -> Path:
    """Where the bytes lie."""
    return Path(settings.MEDIA_ROOT) / file.key


def add_visit_file(*, visit: Visit, upload: UploadedFile, actor: "User", at: datetime, code: str = "") -> VisitFile:
    """A photo or paper of the visit, of one indicator where `code` names it. Raises: PermissionDenied; FileRefused."""
    require(rules.can_record(actor, visit))
    indicator = indicator_index(version_of(visit)).indicators.get(code) if code else None
    return _store(upload, actor, at, visit=visit, indicator=indicator)


def add_proof(*, row: Rectification, upload: UploadedFile, actor: "User", at: datetime) -> VisitFile:
    """A proof that something was put right. Raises: PermissionDenied; FileRefused."""
    require(rules.can_answer(actor, row))
    return _store(upload, actor, at, rectification=row)


def _store(upload: UploadedFile, actor: "User", at: datetime, **target: object) -> VisitFile:
    owner = {name: value for name, value in target.items() if name != "indicator"}
    if VisitFile.objects.filter(**owner).count() >= MOST_FILES:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_FILES})
    content = upload.read(settings.MAX_UPLOAD_BYTES + 1)
    accepted = accept_file(upload.name or "", content, settings.MAX_UPLOAD_BYTES)
    digest = hashlib.sha256(accepted.content).hexdigest()
    present = VisitFile.objects.filter(sha256=digest, **target).first()
    if present is not None:
        return present
    token = secrets.token_hex(16)
    file = VisitFile(
        name=accepted.name, key=f"visits/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type, size=len(accepted.content), sha256=digest, uploaded_by=actor,
        uploaded_at=at, **target,
    )  # fmt: skip
    path = stored_path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(accepted.content)
    part.replace(path)
    try:
        with transaction.atomic():
            if file.visit is not None:
                hold(file.visit)
            file.save(force_insert=True)
            after = {"name": file.name, "sha256": digest, "size": file.size}
            about = file.visit or file.rectification
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
