"""The department's own marks: one row at a time until it passes the sheet; the rest is taken over then."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from branchportal import audit
from branchportal.access import require

from ...scoring.scheme import Indicator
from ..choices import Stage
from ..gather import read_marks
from ..models import Mark, Sheet
from ..preliminary import component_up
from ..reopening.parts import parts_of
from ..rules import reviewing as rules
from .approving import changed
from .marking import write_new_marks
from .review_marks import enter, entries_of, own_entry, row_of, typed_entry

if TYPE_CHECKING:
    from members.models import User


@transaction.atomic
def save_preliminary_mark(
    *, sheet: Sheet, actor: "User", code: str, version: int, data: Mapping[str, str], at: datetime | None = None
) -> Mark:
    """Enter the department's mark of one indicator from its input fields (`values.read_said`) and `reason`.

    `reason`: needed where the points differ from the self-assessed ones. `version` is the mark's, 0 where there is
    none yet.
    Raises: PermissionDenied; InvalidMark; StaleState with both values when somebody else changed the row.
    """
    require(rules.can_mark_preliminary(actor, sheet))
    entry, own_up = typed_entry(sheet, _open_row(sheet, code), data)
    return enter(sheet, Stage.PRELIMINARY, entry, actor, version, at, said={"self_up": own_up})


@transaction.atomic
def accept_preliminary_mark(
    *, sheet: Sheet, actor: "User", code: str, version: int, at: datetime | None = None
) -> Mark:
    """Take over what the branch said of one indicator, waivers included. Raises: as `save_preliminary_mark`."""
    require(rules.can_mark_preliminary(actor, sheet))
    entry = own_entry(sheet, _open_row(sheet, code))
    return enter(sheet, Stage.PRELIMINARY, entry, actor, version, at, said={"accepted": True})


def _open_row(sheet: Sheet, code: str) -> Indicator:
    """A row of the sheet that a reopening in part did not leave sealed."""
    leaf = row_of(sheet, code)
    require(parts_of(sheet).can_change_row(leaf))
    return leaf


def take_over_rest(sheet: Sheet, actor: "User", version: int, at: datetime | None = None) -> int | None:
    """Rows without a mark of the department get the branch's; the component that all come to, in micro-points.

    Part of passing: call it inside its transaction. It takes the sheet's row, whose version grows by one.
    Raises: StaleState; PortalError for a figure beyond the engine's limits.
    """
    rows = Sheet.objects.filter(pk=sheet.pk, status=sheet.status, version=version)
    if not rows.update(version=version + 1):  # takes the row before the marks are read: no save comes in between
        raise changed()
    sheet.version = version + 1
    done = read_marks(sheet, (Stage.PRELIMINARY,)).get(Stage.PRELIMINARY, {})
    entries = [entry for code, entry in entries_of(sheet).items() if code not in done]
    if entries:
        write_new_marks(sheet, Stage.PRELIMINARY, entries, actor, at)
        points = {entry.leaf.code: entry.points_up for entry in entries}
        audit.record(actor, "sheet.preliminary_marks_accepted", sheet, after={"points_up": points})
    return component_up(sheet, read_marks(sheet))
