"""What a closed poll or meeting puts into a sheet, from where it can be followed back. Nobody types these figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from branchportal import audit

from ...schemes.loading import engine_scheme
from ...scoring import Mark as EngineMark
from ...scoring import points_of
from ..choices import FROZEN, Stage, Status
from ..gather import sheet_rows
from ..given import WHOLES
from ..models import Mark, Sheet
from ..reopening.parts import parts_of
from ..reviewed import reviewed_total
from .marking import Entry, write_mark

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Polled:
    """Figures of one poll. `row` or `whole` says where the score goes; `score_up` 0..100, `whole_up` of full marks.

    `is_fact`: conditions read the score itself. `votes`: top and valid answers, for the condition on top votes.
    """

    origin: str  # "poll 12", for the audit trail and beside the mark
    digest: str
    score_up: int
    whole_up: int
    row: str = ""
    whole: str = ""
    is_fact: bool = False
    votes: tuple[int, int] | None = None


def put_polled(*, sheet: Sheet, actor: "User", polled: Polled, at: datetime | None = None) -> bool:
    """Write the figures into a sheet that is not approved yet; call it inside the transaction of the closing.

    Returns whether they were written: not into an approved or exempt sheet, nor where the row is not on the sheet or
    was left sealed when the sheet was reopened in part.
    """
    if sheet.status in (*FROZEN, Status.EXEMPT) or _is_kept(sheet, polled.row):
        return False
    rows = {leaf.code: leaf for leaf in sheet_rows(sheet)}
    if polled.row and polled.row not in rows:
        return False
    changes: dict[str, int] = {}
    if polled.whole:
        changes[WHOLES[polled.whole]] = polled.whole_up
    if polled.is_fact:
        changes["poll_score_up"] = polled.score_up
    if polled.votes:
        changes["top_votes"], changes["counted_votes"] = polled.votes
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(version=F("version") + 1, **changes):
        return False
    sheet.refresh_from_db(fields=["version", *changes])
    if polled.row:
        leaf, mark = rows[polled.row], EngineMark(polled.score_up)
        points_up = points_of(engine_scheme(sheet.scheme_version), leaf.code, mark)
        stands = Mark.objects.filter(sheet=sheet, indicator__code=leaf.code, stage=Stage.POLL)
        version = stands.values_list("version", flat=True).first() or 0
        write_mark(sheet, Stage.POLL, Entry(leaf, mark, points_up, polled.origin), actor, version, at or timezone.now())
    _store_total(sheet)
    after = {"origin": polled.origin, "digest": polled.digest, "score_up": polled.score_up, **changes}
    audit.record(actor, "sheet.poll_counted", sheet, after=after | ({"indicator": polled.row} if polled.row else {}))
    return True


def take_back_polled(*, sheet: Sheet, actor: "User", row: str, whole: str, is_fact: bool, origin: str) -> bool:
    """Take a void poll's figures out of a sheet that is not approved yet. Returns whether it could be done."""
    if sheet.status in (*FROZEN, Status.EXEMPT) or _is_kept(sheet, row):
        return False
    changes: dict[str, None] = {"top_votes": None, "counted_votes": None} if whole != "meeting" else {}
    if whole:
        changes[WHOLES[whole]] = None
    if is_fact:
        changes["poll_score_up"] = None
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(version=F("version") + 1, **changes):
        return False
    sheet.refresh_from_db(fields=["version", *changes])
    if row:
        Mark.objects.filter(sheet=sheet, indicator__code=row, stage=Stage.POLL, reason=origin).delete()
    _store_total(sheet)
    audit.record(actor, "sheet.poll_taken_back", sheet, before={"origin": origin})
    return True


def _is_kept(sheet: Sheet, row: str) -> bool:
    """Whether a reopening in part left this row sealed, or, without a row, everything that is given as a whole."""
    parts = parts_of(sheet)
    return parts.is_partial and (not row or not parts.has_row(row))


def _store_total(sheet: Sheet) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(review_total_up=reviewed_total(sheet))
