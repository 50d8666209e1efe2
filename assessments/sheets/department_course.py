"""What the department's own marks add to the course of a sheet: one line a person and round, from the audit rows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.figures import points_text

from .course import Event
from .preliminary import gives_marks

if TYPE_CHECKING:
    from typing import Any

    from branchportal.models import AuditEntry

    from .models import Sheet

ENTERED, TAKEN_OVER = "sheet.preliminary_mark_entered", "sheet.preliminary_marks_accepted"
ENDS = ("sheet.passed", "sheet.returned", "sheet.withdrawn")  # of a round of the preliminary review


def department_events(sheet: "Sheet") -> list[Event]:
    """Who of the department marked how many indicators when, oldest first; no query where no department marks.

    A line stands at the last mark of its person in its round; of a row marked twice the last mark counts.
    """
    if not gives_marks(sheet):
        return []
    rows = audit.trail(sheet, (ENTERED, TAKEN_OVER, *ENDS)).order_by("pk")
    return [event for one in _rounds(rows) for event in _told(one)]


def _rounds(rows: "Iterable[AuditEntry]") -> "Iterator[list[AuditEntry]]":
    """The rows of marks between two ends of a round."""
    for is_end, found in groupby(rows, key=lambda row: row.action in ENDS):
        if not is_end:
            yield list(found)


def _told(rows: "list[AuditEntry]") -> Iterator[Event]:
    entered: dict[int | None, list[AuditEntry]] = {}
    for row in rows:
        if row.action == ENTERED:
            entered.setdefault(row.actor_id, []).append(row)
    for mine in entered.values():
        last = {row.after["indicator"]: row.after for row in mine}
        label = _("Preliminary review: %(count)d indicators marked by the department") % {"count": len(last)}
        yield Event(mine[-1].at, label, mine[-1].actor, _difference(last.values()))
    for row in rows:
        if row.action == TAKEN_OVER:
            label = _("Preliminary review: %(count)d indicators taken over as the branch assessed them")
            yield Event(row.at, label % {"count": len(row.after["points_up"])}, row.actor)


def _difference(marks: "Iterable[Mapping[str, Any]]") -> str:
    """How many differ from the self-assessment, and by how much on average of those that do."""
    known = [(mark["points_up"], mark["self_up"]) for mark in marks if mark.get("self_up") is not None]
    moved = [points - own for points, own in known if points != own]
    if not moved:
        return _("None of them differs from the self-assessment.")
    mean = points_text(round(sum(moved) / len(moved)), 2)
    sign = "+" if sum(moved) > 0 else ""
    text = _("%(count)d of them differ from the self-assessment, by %(points)s points on average.")
    return text % {"count": len(moved), "points": f"{sign}{mean}"}
