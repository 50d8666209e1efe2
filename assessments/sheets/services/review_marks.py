"""Review marks: accept what the branch said, or change it with a reason; polls filled in for it. One row at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import InvalidMark

from ...schemes.loading import engine_scheme
from ...scoring import Mark as EngineMark
from ...scoring import MarkError, NumberError, parse_up, points_of
from ...scoring.scheme import Indicator
from ..choices import Stage
from ..flags import note_flags
from ..gather import GIVEN_RULES, StoredMark, is_filled_by_branch, read_marks, read_rows, sheet_rows
from ..models import Mark, Sheet
from ..reopening.parts import parts_of
from ..review_page import build_page
from ..reviewed import reviewed_total
from ..rules import reviewing as rules
from ..rules.offices import offices
from ..values import mark_text, read_said, require_form, sentence
from .approving import changed
from .marking import Entry, write_mark, write_new_marks

if TYPE_CHECKING:
    from members.models import User

LEAST_REASON = 5
ENTERED = {Stage.REVIEW: "sheet.review_mark_entered", Stage.PRELIMINARY: "sheet.preliminary_mark_entered"}


@dataclass
class BulkReport:
    """What "accept the rest" did: codes accepted, and code → why not."""

    accepted: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def points_in(sheet: Sheet, leaf: Indicator, mark: EngineMark) -> int:
    """Points of a mark under the sheet's scheme, in micro-points. Raises: InvalidMark where its rule forbids it."""
    try:
        return points_of(engine_scheme(sheet.scheme_version), leaf.code, mark)
    except MarkError as error:
        problem = error.problems[0]
        raise InvalidMark(sentence(leaf, problem.code, problem.path, problem.value, problem.params)) from error


def row_of(sheet: Sheet, code: str) -> Indicator:
    """A due row of the sheet. Raises: InvalidMark when the sheet has no such row."""
    for leaf in sheet_rows(sheet):
        if leaf.code == code:
            return leaf
    raise InvalidMark(_("This sheet has no indicator %(code)s. Reload the page.") % {"code": code})


@transaction.atomic
def save_review_mark(
    *, sheet: Sheet, actor: "User", code: str, version: int, data: Mapping[str, str], at: datetime | None = None
) -> Mark:
    """Enter the review mark of one indicator from its input fields (`values.read_said`) and `reason`.

    `reason`: needed where the points differ from the self-assessed ones. `version` is the mark's, 0 where there is
    none yet.
    Raises: PermissionDenied; InvalidMark; StaleState with both values when somebody else changed the row.
    """
    require(rules.can_mark(actor, sheet))
    leaf = row_of(sheet, code)
    require(offices(actor, sheet).can_mark_row(leaf))
    entry, own_up = typed_entry(sheet, leaf, data)
    return enter(sheet, Stage.REVIEW, entry, actor, version, at, said={"self_up": own_up})


def typed_entry(sheet: Sheet, leaf: Indicator, data: Mapping[str, str]) -> tuple[Entry, int | None]:
    """What a reviewer typed of a row, and the branch's own points beside it.

    Raises: InvalidMark for a mark that the rule does not allow, for the form of another row, and without a reason where
    the points differ.
    """
    if not is_filled_by_branch(leaf):
        raise InvalidMark(_("“%(name)s” is filled in from outside.") % {"name": leaf.name})
    require_form(leaf, sheet, data)
    said = read_said(engine_scheme(sheet.scheme_version), leaf, sheet, data)
    if said.mark is None:
        raise InvalidMark(_("“%(name)s”: enter your points, or accept those of the branch.") % {"name": leaf.name})
    mark, waivers, points_up = said.mark, said.waivers, said.points_up
    reason = (data.get("reason") or "").strip()
    own = read_marks(sheet, (Stage.SELF,)).get(Stage.SELF, {}).get(leaf.code)
    own_up = None if own is None else points_in(sheet, leaf, own)
    if points_up != own_up and len(reason) < LEAST_REASON:
        message = _(
            "“%(name)s”: your points differ from those of the branch. Give a reason of at least five characters."
        )
        raise InvalidMark(message % {"name": leaf.name}, field="reason")
    return Entry(leaf, mark, points_up, reason, waivers), own_up


def enter(
    sheet: Sheet,
    stage: str,
    entry: Entry,
    actor: "User",
    version: int,
    at: datetime | None = None,
    *,
    said: Mapping[str, object],
) -> Mark:
    """Write a reviewer's mark with its audit row; call it inside a transaction, after its rule was asked.

    Raises: StaleState with both values when somebody else changed the row.
    """
    _hold(sheet)
    row, before = write_mark(sheet, stage, entry, actor, version, at)
    after = {"indicator": entry.leaf.code, "mark": mark_text(entry.leaf, entry.mark), "points_up": entry.points_up}
    waived = {} if "accepted" in said else _waived(entry.waivers)
    audit.record(actor, ENTERED[stage], sheet, before=before, after={**after, **said, **waived}, note=entry.reason)
    if stage == Stage.REVIEW or sheet.begun_at:
        _store_total(sheet)
    return row


def _waived(waivers: Mapping[str, str]) -> dict[str, object]:
    return {"waived": dict(waivers)} if waivers else {}


@transaction.atomic
def accept_mark(*, sheet: Sheet, actor: "User", code: str, version: int, at: datetime | None = None) -> Mark:
    """Take over what the branch said of one indicator, waivers included."""
    require(rules.can_mark(actor, sheet))
    leaf = row_of(sheet, code)
    require(offices(actor, sheet).can_mark_row(leaf))
    return enter(sheet, Stage.REVIEW, own_entry(sheet, leaf), actor, version, at, said={"accepted": True})


def own_entry(sheet: Sheet, leaf: Indicator) -> Entry:
    """What the branch said of a row, as it is taken over. Raises: InvalidMark where it said nothing."""
    entry = entries_of(sheet).get(leaf.code)
    if entry is None:
        message = _("“%(name)s”: the branch has not filled this in; enter your points.")
        raise InvalidMark(message % {"name": leaf.name})
    return entry


@transaction.atomic
def accept_untouched(*, sheet: Sheet, actor: "User", at: datetime | None = None) -> BulkReport:
    """Accept every row that nobody has reviewed yet and that nothing speaks against; the report says what was done.

    Left for a look of one's own: flagged rows (`flags`), rows without the evidence that the scheme asks for, rows of
    another office.
    """
    require(rules.can_mark(actor, sheet))
    doubts = standing_doubts(sheet, actor)
    _hold(sheet)
    report, entries = BulkReport(), []
    done, said = read_marks(sheet, (Stage.REVIEW,)).get(Stage.REVIEW, {}), entries_of(sheet)
    for leaf in sheet_rows(sheet):
        if leaf.code in done:
            report.skipped[leaf.code] = _("reviewed already")
        elif not is_filled_by_branch(leaf):
            report.skipped[leaf.code] = _("filled in from outside")
        elif leaf.code not in said:
            report.skipped[leaf.code] = _("not filled in by the branch")
        elif leaf.code in doubts:
            report.skipped[leaf.code] = doubts[leaf.code]
        else:
            entries.append(said[leaf.code])
    if entries:
        write_new_marks(sheet, Stage.REVIEW, entries, actor, at)
        report.accepted = [entry.leaf.code for entry in entries]
        points = {entry.leaf.code: entry.points_up for entry in entries}
        audit.record(actor, "sheet.review_marks_accepted", sheet, after={"points_up": points})
        _store_total(sheet)
    return report


def standing_doubts(sheet: Sheet, actor: "User") -> dict[str, str]:
    """Why a row is not accepted in bulk, by its code: flags, missing evidence, another office's."""
    page, mine = build_page(sheet, actor), offices(actor, sheet)
    note_flags(sheet, page)
    found = {}
    for row in page.rows:
        access = mine.can_mark_row(row.leaf)
        if not access:
            found[row.code] = access.reason
        elif row.leaf.evidence == "required" and not row.evidence:
            found[row.code] = _("the evidence that the scheme asks for is missing")
        elif row.flags:
            found[row.code] = row.flags[0]
    return found


def entries_of(sheet: Sheet) -> dict[str, Entry]:
    """The branch's own marks with their waivers, by indicator code, as they would be taken over."""
    rows = Mark.objects.filter(sheet=sheet, stage=Stage.SELF)
    return taken_over(sheet, read_rows(rows, sheet.scheme_version), (Stage.SELF,))


def taken_over(
    sheet: Sheet,
    rows: Iterable[StoredMark],
    stages: Sequence[str],
    points: Callable[[Sheet, Indicator, EngineMark], int] = points_in,
) -> dict[str, Entry]:
    """Stored marks of these stages (later ones before earlier ones) as they would be taken over, by indicator code.

    Rows with a note alone are left out. `points`: the points of a mark, for callers with many sheets.
    """
    scheme, found = engine_scheme(sheet.scheme_version), {}
    for row in sorted((row for row in rows if row.stage in stages), key=lambda row: stages.index(row.stage)):
        if row.mark is not None:
            leaf = scheme.by_code[row.code]
            found[row.code] = Entry(leaf, row.mark, points(sheet, leaf, row.mark), "", row.waivers)
    return found


@transaction.atomic
def fill_poll(*, sheet: Sheet, actor: "User", code: str, version: int, value: str, at: datetime | None = None) -> Mark:
    """Enter the result of a poll, 0 to 100, which the branch does not fill in itself."""
    require(rules.can_fill_poll(actor, sheet))
    leaf = row_of(sheet, code)
    if leaf.rule not in GIVEN_RULES:
        raise InvalidMark(_("“%(name)s” is filled in by the branch itself.") % {"name": leaf.name})
    require(parts_of(sheet).can_change_row(leaf))
    mark = _read_poll(leaf, value)
    points_up = points_in(sheet, leaf, mark)
    _hold(sheet)
    stage = Stage.POLL if leaf.rule == "poll" else Stage.EXTERNAL
    row, before = write_mark(sheet, stage, Entry(leaf, mark, points_up), actor, version, at)
    after = {"indicator": code, "mark": mark_text(leaf, mark), "points_up": points_up}
    audit.record(actor, "sheet.poll_entered", sheet, before=before, after=after)
    return row


def _read_poll(leaf: Indicator, value: str) -> EngineMark:
    text = (value or "").strip()
    if not text:
        raise InvalidMark(sentence(leaf, "required", "value", "", {}))
    try:
        return EngineMark(parse_up(text))
    except NumberError as error:
        raise InvalidMark(sentence(leaf, error.code, "value", text[:40], {})) from error


def _hold(sheet: Sheet) -> None:
    """Take the sheet's row, still where the rule saw it; its version grows, so nobody approves what he has not seen."""
    if not Sheet.objects.filter(pk=sheet.pk, status=sheet.status).update(version=F("version") + 1):
        raise changed()
    sheet.refresh_from_db(fields=["version"])


def _store_total(sheet: Sheet) -> None:
    total_up = reviewed_total(sheet)
    Sheet.objects.filter(pk=sheet.pk).update(review_total_up=total_up)
    sheet.review_total_up = total_up
