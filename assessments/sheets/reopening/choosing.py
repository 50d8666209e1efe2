"""What somebody who opens a sheet in part can tick, and what of it a text names."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ...schemes.loading import engine_scheme
from ..gather import sheet_rows
from ..models import Sheet
from .parts import CLAIMS


@dataclass(frozen=True)
class Group:
    """A first-level indicator with the sheet's rows below it: code and words of each."""

    name: str
    rows: list[tuple[str, str]]


def row_groups(sheet: Sheet) -> list[Group]:
    """What may be opened: the sheet's rows below their first-level indicators, then bonus claims and records."""
    due = {leaf.code for leaf in sheet_rows(sheet)}
    groups = []
    for dimension in engine_scheme(sheet.scheme_version).indicators:
        rows = [(leaf.code, f"{leaf.code} {leaf.name}") for leaf in dimension.leaves if leaf.code in due]
        if rows:
            groups.append(Group(f"{dimension.code} {dimension.name}", rows))
    return [*groups, Group(_("Beside the indicators"), [(CLAIMS, _("bonus claims and records"))])]


def named_rows(sheet: Sheet, text: str) -> list[str]:
    """Codes of the sheet's rows that a text names, by code or by name: what a form ticks beforehand, no more.

    “2.2” counts, in “12.2”, “2.21” or “2.2分” it does not; a code without a point counts as “第7项” or “第7条” only.
    """
    rows = sheet_rows(sheet)
    return [leaf.code for leaf in rows if (len(leaf.name) > 2 and leaf.name in text) or _names(text, leaf.code)]


def _names(text: str, code: str) -> bool:
    bare = re.escape(code)
    if code.isdigit():
        return re.search(rf"第\s*{bare}\s*[项条]", text) is not None
    return re.search(rf"(?<![0-9A-Za-z.]){bare}(?![0-9A-Za-z]|\.[0-9]|\s*(?:个?百?分(?!项)|%|％))", text) is not None
