"""Evidence: stored once per branch under a random key, attached to rows and claims, removed while they are open."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import indicator_index
from ..choices import ClaimKind, ClaimStatus, ScanState
from ..files import Accepted, FileRefused
from ..models import Claim, Evidence, EvidenceLink, Sheet
from ..rules import filling as rules
from ..storing import stored_path
from . import keeping
from .filling import open_leaf

if TYPE_CHECKING:
    from members.models import User

MOST_FILES = 10
MOST_SHEET_BYTES = 200 * 1024 * 1024


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
    accepted, digest = keeping.take_in(upload, is_declared=is_declared)
    known = Evidence.objects.filter(branch_id=sheet.branch_id, sha256=digest).first()
    if known is not None and stored_path(known).is_file():
        return attach_evidence(sheet=sheet, evidence=known, actor=actor, at=at, code=code, claim=claim)
    _check_room(sheet, len(accepted.content))
    return _store(sheet, accepted, digest, actor, at, code, claim)


def _check_room(sheet: Sheet, size: int) -> None:
    attached = Evidence.objects.filter(links__sheet__branch=sheet.branch_id, links__sheet__cycle=sheet.cycle_id)
    total = Evidence.objects.filter(pk__in=attached.values("pk")).aggregate(total=Sum("size"))["total"] or 0
    if total + size > MOST_SHEET_BYTES:
        raise FileRefused(
            _("The files of this sheet would exceed %(limit)d MB. Remove some or make them smaller.")
            % {"limit": MOST_SHEET_BYTES // 1024 // 1024}
        )
    keeping.require_disk(size)


def _store(
    sheet: Sheet, accepted: Accepted, digest: str, actor: "User", at: datetime, code: str, claim: Claim | None
) -> EvidenceLink:
    token = secrets.token_hex(16)
    scan, scan_note = keeping.scanned(sheet, accepted, digest, actor)
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
    keeping.write(path, accepted.content)
    try:
        with transaction.atomic():
            evidence.save(force_insert=True)
            after = {"name": evidence.name, "sha256": digest, "size": evidence.size, "is_declared": True}
            audit.record(actor, "evidence.uploaded", evidence, after=after)
            return attach_evidence(sheet=sheet, evidence=evidence, actor=actor, at=at, code=code, claim=claim)
    except BaseException:
        path.unlink(missing_ok=True)
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
