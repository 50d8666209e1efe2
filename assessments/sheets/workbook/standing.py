"""What stands in the portal, of several sheets at once: the other side of every comparison."""

from collections import defaultdict
from collections.abc import Iterable

from ..choices import Stage, Status
from ..gather import StoredMark, read_rows
from ..models import Mark, Remark, Sheet
from .layout import open_codes


def self_marks(sheets: Iterable[Sheet]) -> dict[int, list[StoredMark]]:
    """The self marks of each sheet by its id: one query for each scheme version (usually one)."""
    by_version: dict[int, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        by_version[sheet.scheme_version_id].append(sheet)
    found: dict[int, list[StoredMark]] = defaultdict(list)
    for same in by_version.values():
        rows = Mark.objects.filter(sheet__in=[sheet.pk for sheet in same], stage=Stage.SELF)
        for row in read_rows(rows, same[0].scheme_version):
            found[row.sheet_id].append(row)
    return found


def open_rows_of(sheets: Iterable[Sheet]) -> dict[int, frozenset[str] | None]:
    """Codes of the rows that are open, by sheet id; None: all are. At most one query."""
    sheets = list(sheets)
    returned = [sheet.pk for sheet in sheets if sheet.status == Status.RETURNED]
    ids: dict[int, list[int]] = defaultdict(list)
    if returned:
        remarks = Remark.objects.filter(sheet__in=returned, is_open=True, indicator__isnull=False)
        for sheet_id, indicator_id in remarks.values_list("sheet_id", "indicator_id"):
            ids[sheet_id].append(indicator_id)
    return {sheet.pk: open_codes(sheet, ids[sheet.pk]) for sheet in sheets}
