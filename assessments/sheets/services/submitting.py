"""Handing the self-assessment over, and taking it back: the receipt names the moment and the digest."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ..checklist import CheckList, check_list
from ..choices import Action, Stage, Status
from ..gather import StoredMark, by_stage, read_claims, read_rows
from ..models import Claim, EvidenceLink, Mark, Remark, Sheet
from ..preview import preview
from ..rules import filling as rules
from ..workflow import next_status
from .reviewing import skip_preliminary

if TYPE_CHECKING:
    from members.models import User

FORMAT = 1
MOST_PRESENT = 10_000


class NotReady(PortalError):  # noqa: N818 - the house names refusals by what they say
    """The sheet has gaps; `details["gaps"]` lists them."""

    code = "not_ready"


@transaction.atomic
def submit_sheet(
    *,
    sheet: Sheet,
    actor: "User",
    version: int,
    meeting_on: date | None,
    meeting_present: int | None,
    is_truthful: bool,
    at: datetime,
) -> Sheet:
    """Hand the self-assessment over to the department. A returned sheet closes its open remarks.

    `sheet` comes from `for_filling()`; `at` is the receipt time.
    Raises: PermissionDenied; NotReady with the gaps; PortalError for the meeting; StaleState.
    """
    require(rules.can_submit(actor, sheet, at))
    _check_meeting(sheet, meeting_on, meeting_present, is_truthful, at)
    before, target = sheet.status, next_status(sheet.status, Action.SUBMIT)
    lock = Sheet.objects.filter(pk=sheet.pk, status=before, version=version)
    if not lock.update(version=version + 1):  # takes the row before the marks are read: no save comes in between
        raise StaleState(_("The sheet was changed meanwhile. Read the check list again before submitting."))
    rows = read_rows(Mark.objects.filter(sheet=sheet), sheet.scheme_version)
    claims = read_claims(sheet)
    links = list(EvidenceLink.objects.filter(sheet=sheet).select_related("evidence", "indicator"))
    seen = preview(sheet, marks=by_stage(rows), claims=claims)
    found = check_list(sheet, seen=seen, rows=rows, claims=claims, links=links, last_points={})
    _refuse_gaps(found)
    Sheet.objects.filter(pk=sheet.pk).update(
        status=target,
        submitted_by=actor,
        submitted_at=at,
        meeting_on=meeting_on,
        meeting_present=meeting_present,
        filled_count=seen.filled,
        due_count=seen.asked,
        self_total_up=seen.stored_total_up,
    )
    Remark.objects.filter(sheet=sheet, is_open=True).update(is_open=False)
    digest = content_digest(sheet, rows, claims, links)
    after = {"status": target, "digest": digest, "self_total_up": seen.stored_total_up}
    audit.record(actor, "sheet.submitted", sheet, before={"status": before}, after=after)
    sheet.status, sheet.version, sheet.submitted_at, sheet.submitted_by = target, version + 1, at, actor
    return skip_preliminary(sheet=sheet, at=at)


def _check_meeting(sheet: Sheet, meeting_on: date | None, present: int | None, is_truthful: bool, at: datetime) -> None:
    if meeting_on is None or present is None:
        raise PortalError(_("Enter the day of the meeting that discussed this sheet and how many were present."))
    if meeting_on > timezone.localdate(at):
        raise PortalError(_("The meeting cannot lie in the future."), field="meeting_on")
    if meeting_on < sheet.cycle.starts_on:
        text = _("The meeting must fall into this cycle, which began on %(day)s.")
        raise PortalError(text % {"day": sheet.cycle.starts_on.isoformat()}, field="meeting_on")
    if not 1 <= present <= MOST_PRESENT:
        raise PortalError(_("The number of people present must be at least 1."), field="meeting_present")
    if not is_truthful:
        raise PortalError(_("Confirm that what is stated here is true."), field="is_truthful")


def _refuse_gaps(found: CheckList) -> None:
    if not found.gaps:
        return
    first = found.gaps[0]
    text = _("The sheet cannot be submitted yet: %(count)d points are open, the first is “%(name)s”: %(text)s")
    raise NotReady(
        text % {"count": len(found.gaps), "name": first.name, "text": first.text},
        gaps=[{"code": point.code, "name": point.name, "text": point.text} for point in found.gaps],
    )


@transaction.atomic
def withdraw_sheet(*, sheet: Sheet, actor: "User", version: int, at: datetime) -> Sheet:
    """Take a first submission back before the deadline, as long as the department has not acted."""
    was_returned = Remark.objects.filter(sheet=sheet).exists()
    require(rules.can_withdraw(actor, sheet, at, was_returned))
    moved = Sheet.objects.filter(pk=sheet.pk, status=Status.SUBMITTED, version=version).update(
        status=next_status(Status.SUBMITTED, Action.WITHDRAW),
        version=version + 1,
        submitted_by=None,
        submitted_at=None,
    )
    if not moved:
        raise StaleState(_("The department has begun meanwhile, so the sheet stays submitted."))
    sheet.refresh_from_db(fields=["status", "version", "submitted_at"])
    audit.record(actor, "sheet.withdrawn", sheet, before={"status": Status.SUBMITTED}, after={"status": sheet.status})
    return sheet


def content_digest(
    sheet: Sheet, rows: Iterable[StoredMark], claims: Iterable[Claim], links: Iterable[EvidenceLink]
) -> str:
    """SHA-256 over canonical JSON of what the branch declares: marks, notes, claims, evidence; no database ids."""
    claims = list(claims)
    position = {claim.pk: at for at, claim in enumerate(claims)}
    content = {
        "format": FORMAT,
        "branch": sheet.branch.code,
        "period": f"{sheet.cycle.plan.year}{sheet.cycle.period}",
        "scheme": sheet.scheme_version.digest,
        "marks": [_mark_row(row) for row in sorted(rows, key=lambda each: each.code) if row.stage == Stage.SELF],
        "claims": [
            [
                claim.kind,
                claim.item_code,
                claim.level,
                claim.matter,
                claim.document,
                str(claim.happened_on or ""),
                claim.count,
            ]
            for claim in claims
        ],
        "evidence": sorted(
            [
                link.indicator.code if link.indicator else f"claim {position.get(link.claim_id, '')}",
                link.evidence.sha256,
            ]
            for link in links
        ),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _mark_row(row: StoredMark) -> list[object]:
    mark = row.mark
    if mark is None:
        return [row.code, None, row.note]
    counts = sorted(mark.counts.items())
    return [row.code, mark.not_applicable, mark.value_up, mark.denominator_up, counts, sorted(mark.waived), row.note]
