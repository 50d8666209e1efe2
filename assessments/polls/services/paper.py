"""Paper polls: ballots counted by a teller (计票人), confirmed by a scrutineer (监票人), the signed sheet attached."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError

from ...sheets.files import FileRefused, accept_file
from .. import rules
from ..choices import Status
from ..models import Counter, Poll, Roster, Scan
from .closing import settle
from .running import changed, write_counters

if TYPE_CHECKING:
    from members.models import User

MOST_SCANS = 5


@dataclass(frozen=True)
class Counted:
    """What came back of one voter group: ballots, and how many chose an option, by (question, option)."""

    issued: int
    returned: int
    valid: int
    cells: Mapping[tuple[int, int], int]


@transaction.atomic
def enter_counts(
    *, actor: "User", poll: Poll, version: int, counted: Mapping[int, Counted], at: datetime | None = None
) -> Poll:
    """Enter what was counted, by voter group; more ballots returned than issued make the poll void at once.

    Raises: PermissionDenied; PortalError naming the group whose counts do not add up; StaleState.
    """
    require(rules.can_enter(actor, poll))
    at = at or timezone.now()
    rosters = {roster.group_id: roster for roster in Roster.objects.filter(poll=poll).select_related("group")}
    if set(counted) != set(rosters):
        raise PortalError(_("Enter the counts of every voter group; 0 where nobody voted."))
    over = [rosters[group].group.name for group, said in counted.items() if said.returned > said.issued]
    if not over:
        for group, said in counted.items():
            _check(poll, rosters[group], said)
    rows = Poll.objects.filter(pk=poll.pk, status=poll.status, version=version)
    if not rows.update(status=Status.ENTERED, entered_by=actor, entered_at=at, version=version + 1):
        raise changed()
    if not any(said.issued or said.returned for said in counted.values()):
        text = _("No ballot was issued in any group. Enter how many were; a poll that was not held is made void.")
        raise PortalError(text)
    for group, said in counted.items():
        Roster.objects.filter(poll=poll, group=group).update(
            issued=said.issued, returned=said.returned, valid=min(said.valid, said.returned)
        )
    after = {rosters[group].group.name: [said.issued, said.returned, said.valid] for group, said in counted.items()}
    audit.record(actor, "poll.counts_entered", poll, after=after)
    if over:
        _void(poll, actor, over)
    else:
        Counter.objects.filter(poll=poll).delete()
        write_counters(poll, {(group, *cell): n for group, said in counted.items() for cell, n in said.cells.items()})
    poll.refresh_from_db()
    return poll


def _void(poll: Poll, actor: "User", groups: list[str]) -> None:
    text = _("More ballots came back than were issued (%(groups)s): the poll is void.") % {"groups": "、".join(groups)}
    Poll.objects.filter(pk=poll.pk).update(status=Status.VOID, void_reason=text[:200])
    audit.record(actor, "poll.voided", poll, after={"status": Status.VOID}, note=text)


def _check(poll: Poll, roster: Roster, said: Counted) -> None:
    """Whether a group's counts add up. Raises: PortalError."""
    name, field = roster.group.name, f"group-{roster.group_id}"
    if min(said.issued, said.returned, said.valid, *said.cells.values(), 0) < 0:
        raise PortalError(_("%(group)s: counts are whole numbers from 0 on.") % {"group": name}, field=field)
    if said.issued > roster.number:
        text = _("%(group)s: %(issued)d ballots were issued, but only %(number)d people are on the roster.")
        raise PortalError(text % {"group": name, "issued": said.issued, "number": roster.number}, field=field)
    if said.valid > said.returned:
        text = _("%(group)s: there cannot be more valid ballots (%(valid)d) than returned ones (%(returned)d).")
        raise PortalError(text % {"group": name, "valid": said.valid, "returned": said.returned}, field=field)
    for question in poll.form.questions.all():
        total = sum(n for (asked, _option), n in said.cells.items() if asked == question.pk)
        if total != said.valid:
            text = _(
                "%(group)s, question %(number)d: the choices add up to %(total)d instead of %(valid)d valid ballots."
            )
            values = {"group": name, "number": question.position, "total": total, "valid": said.valid}
            raise PortalError(text % values, field=field)


@transaction.atomic
def confirm_counts(*, actor: "User", poll: Poll, version: int, at: datetime | None = None) -> Poll:
    """Confirm the counts as a second person: the poll is closed and its figures count.

    Raises: PermissionDenied; PortalError while no signed sheet is attached; StaleState.
    """
    require(rules.can_confirm(actor, poll))
    if poll.version != version:
        raise changed()
    if not Scan.objects.filter(poll=poll).exists():
        raise PortalError(_("Attach the signed counting sheet first."), field="scan")
    at = at or timezone.now()
    audit.record(actor, "poll.counts_confirmed", poll, after={"entered_by": poll.entered_by_id})
    return settle(poll, actor, at, {Status.ENTERED})


def attach_scan(*, actor: "User", poll: Poll, upload: UploadedFile, at: datetime | None = None) -> Scan:
    """Store the signed counting sheet; checked like evidence. Raises: PermissionDenied; FileRefused."""
    require(rules.can_enter(actor, poll))
    accepted = accept_file(upload.name or "", upload.read(settings.MAX_UPLOAD_BYTES + 1), settings.MAX_UPLOAD_BYTES)
    if Scan.objects.filter(poll=poll).count() >= MOST_SCANS:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_SCANS})
    token = secrets.token_hex(16)
    scan = Scan(
        poll=poll,
        name=accepted.name,
        key=f"polls/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type,
        size=len(accepted.content),
        sha256=hashlib.sha256(accepted.content).hexdigest(),
        uploaded_by=actor,
        uploaded_at=at or timezone.now(),
    )
    path = stored_path(scan)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(accepted.content)
    part.replace(path)
    try:
        with transaction.atomic():
            scan.save(force_insert=True)
            audit.record(actor, "poll.scan_attached", scan, after={"name": scan.name, "sha256": scan.sha256})
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return scan


def stored_path(scan: Scan) -> Path:
    """Where the bytes lie; the key is ours, never the uploader's."""
    return Path(settings.MEDIA_ROOT) / scan.key
