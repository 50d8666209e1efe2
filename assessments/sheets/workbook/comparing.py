"""What a file would change: for every row the portal now, the file, and whether the portal moved since the download."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from branchportal.errors import InvalidMark

from ...schemes.loading import engine_scheme
from ...scoring import Mark as EngineMark
from ...scoring.scheme import Indicator
from ..gather import StoredMark, sheet_rows
from ..models import Sheet
from ..values import Said, mark_text, read_said
from .judging import FileRow
from .layout import content_check

Kind = Literal["change", "conflict", "newer", "closed", "refused"]


@dataclass(frozen=True)
class Difference:
    """One row where file and portal differ.

    `change`: the portal is as it was at the download. `conflict`: both moved on. `newer`: only the portal did.
    `closed`: the row is not open. `refused`: the rule does not take the value any more; `reason` says why.
    `version` is that of the portal's mark as it is shown, 0 for none.
    """

    leaf: Indicator
    kind: Kind
    current: StoredMark | None
    said: Said | None
    reason: str = ""

    @property
    def code(self) -> str:
        return self.leaf.code

    @property
    def version(self) -> int:
        return self.current.version if self.current else 0

    @property
    def is_open(self) -> bool:
        """Whether it can be taken over at all."""
        return self.kind in ("change", "conflict", "newer")

    @property
    def is_proposed(self) -> bool:
        """Whether the page proposes to take it over: where the portal moved on, it keeps its own."""
        return self.kind == "change"

    @property
    def now(self) -> str:
        return full_text(self.leaf, self.current.mark if self.current else None, self.current)

    @property
    def then(self) -> str:
        return full_text(self.leaf, self.said.mark if self.said else None, self.said)


def full_text(leaf: Indicator, mark: EngineMark | None, said: Said | StoredMark | None) -> str:
    """A mark in words, with the reasons of its waivers."""
    text = mark_text(leaf, mark)
    reasons = "; ".join(reason for _code, reason in sorted(said.waivers.items())) if said else ""
    return _("%(text)s; reason of the waiver: %(reasons)s") % {"text": text, "reasons": reasons} if reasons else text


def compare(
    sheet: Sheet, rows: Mapping[str, FileRow], stored: Iterable[StoredMark], open_codes: frozenset[str] | None
) -> list[Difference]:
    """The rows where file and portal differ, in the order of the sheet; blank rows never differ.

    `open_codes`: the rows open in a returned sheet; None: all are.
    """
    own = {row.code: row for row in stored if row.stage == "self"}
    found = []
    for leaf in sheet_rows(sheet):
        row = rows.get(leaf.code)
        if row is not None and (difference := _difference(sheet, leaf, row, own.get(leaf.code), open_codes)):
            found.append(difference)
    return found


def _difference(
    sheet: Sheet, leaf: Indicator, row: FileRow, current: StoredMark | None, open_codes: frozenset[str] | None
) -> Difference | None:
    try:
        said = said_of(sheet, leaf, row, current)
    except InvalidMark as refusal:
        return Difference(leaf, "refused", current, None, refusal.message)
    if said is None or (current and is_same(current, said)):
        return None
    if open_codes is not None and leaf.code not in open_codes:
        return Difference(leaf, "closed", current, said)
    if (current.version if current else 0) == row.version:
        return Difference(leaf, "change", current, said)
    is_untouched = row.check == content_check(said.mark, said.note, said.waivers)
    return Difference(leaf, "newer" if is_untouched else "conflict", current, said)


def said_of(sheet: Sheet, leaf: Indicator, row: FileRow, current: StoredMark | None) -> Said | None:
    """What the file says of a row; None where it says nothing. A blank never takes a value away: beside a note, the
    value stays as it stands in the portal. Raises: InvalidMark."""
    note = row.data.get("note", "")
    if not row.is_blank:
        return read_said(engine_scheme(sheet.scheme_version), leaf, sheet, row.data)
    if not note:
        return None
    if current is None:
        return Said(None, None, note)
    return Said(current.mark, current.points_up, note, current.waivers)


def is_same(current: StoredMark, said: Said) -> bool:
    """Whether the portal says the same already."""
    return (current.mark, current.note, dict(current.waivers)) == (said.mark, said.note, dict(said.waivers))
