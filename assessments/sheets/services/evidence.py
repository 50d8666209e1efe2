"""Evidence: stored once per branch under a random key, attached to rows and claims, removed while they are open."""

import errno
import hashlib
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from branchportal import audit, scanning, uploads
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import indicator_index
from ..choices import ClaimKind, ClaimStatus, ScanState
from ..files import Accepted, FileRefused, accept_file
from ..models import Claim, Evidence, EvidenceLink, Sheet
from ..rules import filling as rules
from .filling import open_leaf

if TYPE_CHECKING:
    from members.models import User

MOST_FILES = 10
MOST_SHEET_BYTES = 200 * 1024 * 1024


class NoRoom(PortalError):  # noqa: N818 - the house names refusals by what they say
    """The disk is full, or nearly (507): nothing was stored."""

    code = "no_room"
    status = 507


def stored_path(evidence: Evidence) -> Path:
    """Where the bytes lie; the key is ours, never the uploader's."""
    return Path(settings.MEDIA_ROOT) / evidence.key


def require_open(sheet: Sheet, actor: "User", at: datetime, *, code: str = "", claim: Claim | None = None) -> None:
    """Whether files of this row or claim may change now. Raises: PermissionDenied; PortalError."""
    if claim is None:
        leaf = open_leaf(sheet, code, actor, at)
        if leaf.evidence == "none":
            raise PortalError(_("“%(name)s” takes no evidence.") % {"name": leaf.name})
    else:
        _ids, is_whole = rules.open_rows(sheet)
        require(rules.can_change_claims(actor, sheet, at, is_whole))
        if claim.kind != ClaimKind.BONUS or claim.status != ClaimStatus.CLAIMED:
            raise StaleState(_("Only an open bonus claim takes files from the branch."))


def upload_evidence(
    *,
    sheet: Sheet,
    upload: UploadedFile,
    actor: "User",
    at: datetime,
    is_declared: bool,
    code: str = "",
    claim: Claim | None = None,
) -> EvidenceLink:
    """Check, scan, store and attach one file; the same content is kept once per branch.

    `is_declared`: the tick that it holds no state secrets. A scanner that is configured but silent leaves the file
    waiting: kept, attached, and opened by nobody until it was checked.
    Raises: PermissionDenied; PortalError without the tick; FileRefused with a sentence; NoRoom. A refused file leaves
    nothing behind.
    """
    require_open(sheet, actor, at, code=code, claim=claim)
    if not is_declared:
        uploads.require_declaration({})
    content = upload.read(settings.MAX_UPLOAD_BYTES + 1)
    accepted = accept_file(upload.name or "", content, settings.MAX_UPLOAD_BYTES)
    digest = hashlib.sha256(accepted.content).hexdigest()
    _refuse_taken_down(accepted.name, digest)
    known = Evidence.objects.filter(branch_id=sheet.branch_id, sha256=digest).first()
    if known is not None and stored_path(known).is_file():
        return attach_evidence(sheet=sheet, evidence=known, actor=actor, at=at, code=code, claim=claim)
    _check_room(sheet, len(accepted.content))
    return _store(sheet, accepted, digest, actor, at, code, claim)


def _refuse_taken_down(name: str, digest: str) -> None:
    """What was taken down once does not come back."""
    if Evidence.objects.filter(sha256=digest).exclude(taken_down_at=None).exists():
        text = _("“%(name)s” was taken down by the security administrator and may not be uploaded again.")
        raise FileRefused(text % {"name": name})


def _scanned(sheet: Sheet, accepted: Accepted, digest: str, actor: "User") -> tuple[str, str]:
    """State and note of the malware check. Raises: FileRefused when something was found; that is on record."""
    if not scanning.is_configured():
        return ScanState.NONE, ""
    found = scanning.scan(accepted.content)
    if found.malware:
        after = {"name": accepted.name, "sha256": digest, "malware": found.malware}
        audit.record(actor, "evidence.refused_malware", sheet, after=after)
        text = _("“%(name)s” carries malware (%(malware)s) and was not stored. Have your computer checked.")
        raise FileRefused(text % {"name": accepted.name, "malware": found.malware})
    return (ScanState.PASSED if found.is_known else ScanState.WAITING), ""


def _check_room(sheet: Sheet, size: int) -> None:
    attached = Evidence.objects.filter(links__sheet__branch=sheet.branch_id, links__sheet__cycle=sheet.cycle_id)
    total = Evidence.objects.filter(pk__in=attached.values("pk")).aggregate(total=Sum("size"))["total"] or 0
    if total + size > MOST_SHEET_BYTES:
        raise FileRefused(
            _("The files of this sheet would exceed %(limit)d MB. Remove some or make them smaller.")
            % {"limit": MOST_SHEET_BYTES // 1024 // 1024}
        )
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(folder)
    if disk.free - size < settings.LEAST_FREE_SHARE * disk.total:
        raise _no_room()


def _no_room() -> NoRoom:
    return NoRoom(
        _("The disk of the portal is nearly full, so no files are taken in. The system administrator is told.")
    )


def _store(
    sheet: Sheet, accepted: Accepted, digest: str, actor: "User", at: datetime, code: str, claim: Claim | None
) -> EvidenceLink:
    token = secrets.token_hex(16)
    scan, scan_note = _scanned(sheet, accepted, digest, actor)
    evidence = Evidence(
        branch_id=sheet.branch_id,
        name=accepted.name,
        key=f"evidence/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type,
        size=len(accepted.content),
        sha256=digest,
        uploaded_by=actor,
        uploaded_at=at,
        scan=scan,
        scan_note=scan_note,
    )
    path = stored_path(evidence)
    _write(path, accepted.content)
    try:
        with transaction.atomic():
            evidence.save(force_insert=True)
            after = {"name": evidence.name, "sha256": digest, "size": evidence.size, "is_declared": True}
            audit.record(actor, "evidence.uploaded", evidence, after=after)
            return attach_evidence(sheet=sheet, evidence=evidence, actor=actor, at=at, code=code, claim=claim)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(path: Path, content: bytes) -> None:
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


@transaction.atomic
def attach_evidence(
    *, sheet: Sheet, evidence: Evidence, actor: "User", at: datetime, code: str = "", claim: Claim | None = None
) -> EvidenceLink:
    """Let a stored file of the branch support a row or a claim; attaching it twice changes nothing."""
    require_open(sheet, actor, at, code=code, claim=claim)
    if evidence.branch_id != sheet.branch_id:
        raise PortalError(_("This file belongs to another branch."))
    if evidence.taken_down_at is not None or evidence.scan == ScanState.QUARANTINED:
        raise FileRefused(_("“%(name)s” is closed and cannot be attached.") % {"name": evidence.name})
    target = {"claim": claim} if claim else {"indicator": indicator_index(sheet.scheme_version).indicators[code]}
    links = EvidenceLink.objects.filter(sheet=sheet, **target)
    present = links.filter(evidence=evidence).first()
    if present is not None:
        return present
    if links.count() >= MOST_FILES:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_FILES})
    _hold(sheet)
    try:
        with transaction.atomic():
            link = EvidenceLink.objects.create(sheet=sheet, evidence=evidence, linked_by=actor, linked_at=at, **target)
    except IntegrityError:  # attached elsewhere at this moment
        return links.get(evidence=evidence)
    after = {"evidence": evidence.sha256, "indicator": code, "claim": claim.pk if claim else None}
    audit.record(actor, "evidence.attached", link, after=after)
    return link


def detach_evidence(*, link: EvidenceLink, sheet: Sheet, actor: "User", at: datetime) -> None:
    """Take a file off a row or claim; a file that then supports nothing is deleted, bytes included."""
    index = indicator_index(sheet.scheme_version)
    code = index.indicator_codes[link.indicator_id] if link.indicator_id else ""
    require_open(sheet, actor, at, code=code, claim=link.claim)
    evidence = link.evidence
    with transaction.atomic():
        _hold(sheet)
        before = {"evidence": evidence.sha256, "name": evidence.name, "indicator": code, "claim": link.claim_id}
        audit.record(actor, "evidence.removed", link, before=before)
        link.delete()
        if not EvidenceLink.objects.filter(evidence=evidence).exists():
            path = stored_path(evidence)
            audit.record(actor, "evidence.deleted", evidence, before={"sha256": evidence.sha256})
            evidence.delete()
            transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _hold(sheet: Sheet) -> None:
    """Take the sheet's row, so that no submission overtakes the change of its files."""
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(status=sheet.status):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
