"""The text that the office copies into a work group, and the call list behind it (单位, 支部, 联系人, 电话, 缺项).

The text goes to many people and names no numbers. The list shows them masked until somebody opens it with a reason.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branchportal.personal import masked

from ..cycles.models import Cycle, Step
from ..schemes.loading import engine_scheme, indicator_index
from ..sheets.choices import EDITABLE, Stage, Status
from ..sheets.gather import due_rows, is_required
from ..sheets.models import Mark, Sheet
from .board import deadlines

NAMED = 5  # more names than these make a message nobody reads


@dataclass(frozen=True)
class Call:
    """One line of the call list."""

    unit: str
    branch: str
    contact: str
    phone: str
    missing: str


def calls(cycle: Cycle, rows: list[Sheet], *, is_open: bool = False) -> list[Call]:
    """The call list of these sheets, in two queries whatever their number; numbers in full where it was opened."""
    unfilled = _unfilled(cycle, rows)
    return [
        Call(
            row.unit.name,
            row.branch.name,
            row.branch.contact,
            row.branch.phone if is_open else masked(row.branch.phone),
            _missing(row, unfilled.get(row.pk)),
        )
        for row in rows
    ]


def _unfilled(cycle: Cycle, rows: list[Sheet]) -> dict[int, list[str]]:
    """Names of the indicators that the branch has still to fill in, by sheet."""
    open_sheets = [row for row in rows if row.status in EDITABLE]
    filled: dict[int, set[int]] = defaultdict(set)
    marks = Mark.objects.filter(stage=Stage.SELF, sheet__in=[row.pk for row in open_sheets])
    for sheet_id, indicator_id in marks.values_list("sheet_id", "indicator_id"):
        filled[sheet_id].add(indicator_id)
    versions = {version.pk: version for version in cycle.plan.versions}
    due: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for row in open_sheets:
        key = row.scheme_version_id, row.sector.code
        if key not in due:
            version = versions[row.scheme_version_id]
            scheme, index = engine_scheme(version), indicator_index(version)
            asked = filter(is_required, due_rows(scheme, row.sector.code, cycle.period))
            due[key] = [(index.indicators[leaf.code].pk, leaf.name) for leaf in asked]
    return {
        row.pk: [name for pk, name in due[row.scheme_version_id, row.sector.code] if pk not in filled[row.pk]]
        for row in open_sheets
    }


def _missing(row: Sheet, unfilled: list[str] | None) -> str:
    if unfilled is None:
        return row.get_status_display()
    if not unfilled:
        returned = row.status == Status.RETURNED
        return _("returned, to be corrected") if returned else _("all filled in, not submitted yet")
    names = "、".join(unfilled[:NAMED])
    if len(unfilled) > NAMED:
        return _("%(count)d indicators: %(names)s and others") % {"count": len(unfilled), "names": names}
    return _("%(count)d indicators: %(names)s") % {"count": len(unfilled), "names": names}


def reminder_text(cycle: Cycle, lines: list[Call], now: datetime) -> str:
    """A message for a work group: what is due when, and who is called upon."""
    deadline = deadlines(cycle).get(Step.Kind.SELF)
    head = _(
        "%(cycle)s: as of %(now)s these %(count)d branches have not finished. The self-assessment ends %(deadline)s."
    )
    shown = {"cycle": cycle.name, "now": _moment(now), "count": len(lines), "deadline": _moment(deadline)}
    body = [
        _("%(number)d. %(unit)s, %(branch)s (%(contact)s): %(missing)s")
        % {"number": number, **call.__dict__, "contact": call.contact or _("no contact")}
        for number, call in enumerate(lines, 1)
    ]
    return "\n".join([head % shown, *body, _("Please finish it as soon as possible. Assessment office")])


def call_list(lines: list[Call]) -> str:
    """The same as rows with tabs: pasted into a spreadsheet it falls into columns."""
    head = [_("Unit"), _("Branch"), _("Contact"), _("Telephone"), _("Missing")]
    rows = [[call.unit, call.branch, call.contact, call.phone, call.missing] for call in lines]
    return "\n".join("\t".join(cells) for cells in [head, *rows])


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else "—"
