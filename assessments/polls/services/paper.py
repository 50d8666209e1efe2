"""Paper polls: ballots counted by a teller (计票人), confirmed by a scrutineer (监票人), the signed sheet attached."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.uploads import INLINE

from ...sheets.files import FileRefused
from ...sheets.services import keeping
from ...sheets.storing import stored_path
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
    if not Scan.objects.standing().filter(poll=poll).exists():
        raise PortalError(_("Attach the signed counting sheet first."), field="scan")
    at = at or timezone.now()
    audit.record(actor, "poll.counts_confirmed", poll, after={"entered_by": poll.entered_by_id})
    return settle(poll, actor, at, {Status.ENTERED})


def attach_scan(*, actor: "User", poll: Poll, upload: UploadedFile, at: datetime, is_declared: bool) -> Scan:
    """Store the signed counting sheet (PDF, JPG or PNG), checked like evidence; the same content once a poll.

    `is_declared`: the tick that it holds no state secrets.
    Raises: PermissionDenied; PortalError without the tick; FileRefused with a sentence; NoRoom; StaleState. A refused
    file leaves nothing behind.
    """
    require(rules.can_enter(actor, poll))
    accepted, digest = keeping.take_in(upload, is_declared=is_declared)
    if accepted.content_type not in INLINE:
        text = _(
            "“%(name)s” is no scan. Scan or photograph the signed counting sheet and attach it as PDF, JPG or PNG."
        )
        raise FileRefused(text % {"name": accepted.name})
    if (present := _room_for(poll, digest)) is not None:
        return present
    keeping.require_disk(len(accepted.content))
    scan, scan_note = keeping.scanned(poll, accepted, digest, actor)
    token = secrets.token_hex(16)
    file = Scan(
        poll=poll, name=accepted.name, key=f"{Scan.FOLDER}/{token[:2]}/{token}.{accepted.extension}",
        content_type=accepted.content_type, size=len(accepted.content), sha256=digest, uploaded_by=actor,
        uploaded_at=at, scan=scan, scan_note=scan_note,
    )  # fmt: skip
    path = stored_path(file)
    keeping.write(path, accepted.content)
    try:
        kept = _enter_scan(file, actor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if kept is not file:  # attached by somebody else at this moment
        path.unlink(missing_ok=True)
    return kept


def _room_for(poll: Poll, digest: str) -> Scan | None:
    """The scan that has this content already. Raises: FileRefused when no more may come."""
    rows = Scan.objects.standing().filter(poll=poll)
    present = rows.filter(sha256=digest).first()
    if present is None and rows.count() >= MOST_SCANS:
        raise FileRefused(_("At most %(limit)d files can be attached here.") % {"limit": MOST_SCANS})
    return present


@transaction.atomic
def _enter_scan(file: Scan, actor: "User") -> Scan:
    """Write the row while the counts are still open, under the poll's lock; `_room_for` is asked again there."""
    poll = file.poll
    if not Poll.objects.filter(pk=poll.pk, status=poll.status).update(status=poll.status):
        raise changed()
    if (present := _room_for(poll, file.sha256)) is not None:
        return present
    file.save(force_insert=True)
    after = {"name": file.name, "sha256": file.sha256, "size": file.size, "is_declared": True}
    audit.record(actor, "poll.scan_attached", file, after=after)
    return file
