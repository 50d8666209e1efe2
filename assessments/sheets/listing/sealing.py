"""Sealing the sheets of an approved list, a portion at a time: read together, judged one by one, written together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.instances import insert_instances

from ...cycles.recusal import Ties
from ...schemes.loading import engine_scheme
from ...scoring import Batch, evaluate
from ...scoring import Mark as EngineMark
from ...scoring.scheme import Indicator
from ..choices import Action, ClaimStatus, Stage
from ..freezing import Frozen, thaw
from ..gather import StoredMark, by_stage, read_rows
from ..models import Claim, Mark, Sheet
from ..querysets import SheetQuerySet
from ..rules.reviewing import person
from ..services.approving import approval, changed, sealed_columns, take_over, told
from ..services.marking import Entry, new_marks
from ..services.review_marks import points_in, taken_over
from ..workflow import next_status
from . import rules
from .models import ApprovalList, ListedSheet

if TYPE_CHECKING:
    from members.models import User

PRELIMINARY = (Stage.SELF, Stage.PRELIMINARY)  # what stands when the department has passed a sheet


@dataclass
class Ready:
    """A sheet that nothing speaks against: the review's marks it gets, and what is sealed."""

    row: ListedSheet
    sheet: Sheet
    entries: list[Entry]
    frozen: Frozen
    total_up: int | None = None


@dataclass(frozen=True)
class Known:
    """What a portion's sheets hold, read together after their rows were taken."""

    sheets: Mapping[int, Sheet]
    marks: Mapping[int, list[StoredMark]]
    claims: Mapping[int, list[Claim]]
    filled: frozenset[int]  # in part by the person who approves
    outside: frozenset[int]  # of the scope of the review


@transaction.atomic
def seal_portion(listed: ApprovalList, pks: Iterable[int], actor: "User", ties: Ties) -> None:
    """Approve these rows of the list; a refusal stands beside its row and leaves nothing else behind."""
    rows = list(listed.rows.filter(pk__in=pks, status=ListedSheet.Status.WAITING))
    known, points, ready = _read([row.sheet_id for row in rows], actor), PointsSeen(), []
    for row in rows:
        try:
            ready.append(_judge(row, known, actor, ties, points))
        except PermissionDenied as refusal:
            row.reason = str(refusal)[:300]
        except PortalError as refusal:
            row.reason = refusal.message[:300]
    _work_out(ready)
    for one in ready:
        if one.total_up is None:
            one.row.reason = _("It has no total yet: a part of it is still missing.")
    _write(listed, [one for one in ready if one.total_up is not None], actor)
    for row in rows:
        row.status = ListedSheet.Status.REFUSED if row.reason else ListedSheet.Status.APPROVED
    ListedSheet.objects.bulk_update([row for row in rows if row.reason], ["status", "reason"])
    listed.rows.filter(pk__in=[row.pk for row in rows if not row.reason]).update(status=ListedSheet.Status.APPROVED)


class PointsSeen:
    """Points of marks, worked out once for each different mark: most branches of a list say the same of a row."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], int] = {}

    def __call__(self, sheet: Sheet, leaf: Indicator, mark: EngineMark) -> int:
        """As `points_in`."""
        said = (mark.value_up, mark.denominator_up, frozenset(mark.counts.items()), mark.waived, mark.not_applicable)
        key = (sheet.scheme_version_id, leaf.code, *said)
        if key not in self._found:
            self._found[key] = points_in(sheet, leaf, mark)
        return self._found[key]


def _read(pks: list[int], actor: "User") -> Known:
    """Take the sheets' rows, so that no mark or claim is written meanwhile, and read what they hold."""
    sheets = Sheet.objects.for_table().select_related("scheme_version", "cycle__plan", "submitted_by", "passed_by")
    sheets = sheets.defer("frozen", "frozen_claims", "scheme_version__content").filter(pk__in=pks).order_by("pk")
    found = {sheet.pk: sheet for sheet in sheets.select_for_update(of=("self",))}
    marks: dict[int, list[StoredMark]] = {}
    versions = {sheet.scheme_version_id: sheet.scheme_version for sheet in found.values()}
    for pk, version in versions.items():
        rows = read_rows(Mark.objects.filter(sheet__in=found, sheet__scheme_version=pk), version)
        for row in rows:
            marks.setdefault(row.sheet_id, []).append(row)
    claims = Claim.objects.filter(sheet__in=found).exclude(status=ClaimStatus.WITHDRAWN).order_by("sheet_id", "pk")
    mine = Mark.objects.filter(person(actor, "entered_by"), sheet__in=found, stage=Stage.SELF)
    return Known(
        found,
        marks,
        {pk: list(some) for pk, some in groupby(claims, key=lambda claim: claim.sheet_id)},
        frozenset(mine.values_list("sheet_id", flat=True).distinct()),
        frozenset(_outside(found)),
    )


def _outside(pks: Iterable[int]) -> SheetQuerySet:
    return Sheet.objects.filter(pk__in=pks).outside_scope().values_list("pk", flat=True)


def _judge(row: ListedSheet, known: Known, actor: "User", ties: Ties, points: PointsSeen) -> Ready:
    """What would be sealed of one sheet. Raises: PermissionDenied, PortalError with why it is not."""
    sheet = known.sheets[row.sheet_id]
    if sheet.pk not in known.outside:
        raise PortalError(_("The branch was put under review after the list was prepared."))
    if sheet.version != row.sheet_version:
        raise PortalError(_("It was changed after the list was prepared. Put it on a new list."))
    require(rules.can_approve_sheet(actor, sheet, ties, has_filled=sheet.pk in known.filled))
    if next_status(sheet.status, Action.APPROVE_LISTED) is None:
        raise changed()
    stored = known.marks.get(sheet.pk, [])
    marks = by_stage(stored)
    there = marks.get(Stage.REVIEW, {})
    standing = taken_over(sheet, stored, PRELIMINARY, points)
    entries = [entry for code, entry in standing.items() if code not in there]
    marks[Stage.REVIEW.value] = {**there, **{entry.leaf.code: entry.mark for entry in entries}}
    return Ready(row, sheet, entries, sealed_columns(sheet, marks, known.claims.get(sheet.pk, [])))


def _work_out(ready: Iterable[Ready]) -> None:
    """The totals, worked out from what is sealed, as a tally would: all sheets of a scheme version at once."""
    ordered = sorted(ready, key=lambda one: one.sheet.scheme_version_id)
    for _pk, group in groupby(ordered, key=lambda one: one.sheet.scheme_version_id):
        some = list(group)
        version, period = some[0].sheet.scheme_version, some[0].sheet.cycle.period
        thawed = thaw(version, [one.frozen.marks for one in some], [one.frozen.claims for one in some])
        batch = Batch.of(
            engine_scheme(version),
            period,
            thawed.facts,
            marks=thawed.marks,
            given=thawed.given,
            claims=thawed.claims,
            vetoes=thawed.vetoes,
        )
        outcome = evaluate(engine_scheme(version), batch)
        for one, total_up, has_total in zip(some, outcome.total_up, outcome.has_total, strict=True):
            one.total_up = int(total_up) if has_total else None


def _write(listed: ApprovalList, ready: list[Ready], actor: "User") -> None:
    """The marks that stand become the review's, put forward by who prepared the list; then the sheets are sealed."""
    words = _("Approved by list no. %(number)d, prepared by %(name)s: outside the scope of the review, the passed "
              "preliminary marks stood.")  # fmt: skip
    note = words % {"number": listed.number, "name": listed.prepared_by.name}
    now = timezone.now()
    pairs = [new_marks(one.sheet, Stage.REVIEW, one.entries, listed.prepared_by, now) for one in ready]
    insert_instances([mark for marks, _counts in pairs for mark in marks])
    insert_instances([count for _marks, counts in pairs for count in counts], needs_keys=False)
    entries = []
    for one in ready:
        sheet, before = one.sheet, one.sheet.status
        target = str(next_status(before, Action.APPROVE_LISTED))
        changes = {**one.frozen.columns, **approval(target, actor, now), "review_total_up": one.total_up}
        changes["version"] = one.row.sheet_version + 1
        if not Sheet.objects.filter(pk=sheet.pk, status=before, version=one.row.sheet_version).update(**changes):
            raise changed()
        take_over(sheet, **changes)
        after = {**told(sheet), "approval_list": listed.number, "preliminary_stood": True}
        entries.append(audit.entry(actor, "sheet.approved", sheet, before={"status": before}, after=after, note=note))
    audit.record_many(entries)
