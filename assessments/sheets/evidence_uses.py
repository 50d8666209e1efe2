"""Where the same content is attached elsewhere: a hint for the branch, a flag for those who review. Never a refusal."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .models import Evidence, EvidenceLink, Sheet

if TYPE_CHECKING:
    from members.models import User

MOST_PLACES = 3
MOST_USES = 500


def note_own_uses(sheet: Sheet, links: Iterable[EvidenceLink]) -> None:
    """Set `used_elsewhere` of each link's file: other cycles of the own branch, by one query."""
    places: dict[str, dict[str, None]] = defaultdict(dict)
    rows = _uses(sheet).filter(sheet__branch=sheet.branch_id)
    for sha256, cycle in rows.values_list("evidence__sha256", "sheet__cycle__name")[:MOST_USES]:
        places[sha256][cycle] = None
    for file in [link.evidence for link in links]:
        file.used_elsewhere = _text(list(places[file.sha256]))


def note_uses(sheet: Sheet, files: Iterable[Evidence], user: "User") -> None:
    """Set `used_elsewhere` of each file: branch and cycle where the reader sees that sheet, else only that it is so.

    At most two queries.
    """
    fields = ("evidence__sha256", "sheet_id", "sheet__branch_id", "sheet__branch__name", "sheet__cycle__name")
    rows = list(_uses(sheet).values_list(*fields).distinct()[:MOST_USES])
    seen = set()
    if rows:
        seen = set(Sheet.objects.visible_to(user).filter(pk__in={row[1] for row in rows}).values_list("pk", flat=True))
    places: dict[str, dict[str, None]] = defaultdict(dict)
    for sha256, sheet_id, branch_id, branch, cycle in rows:
        if sheet_id in seen:
            place = f"{branch}（{cycle}）"
        else:
            place = _("another quarter of this branch") if branch_id == sheet.branch_id else _("another branch")
        places[sha256][place] = None
    for file in files:
        file.used_elsewhere = _text(list(places[file.sha256]))


def _uses(sheet: Sheet) -> QuerySet[EvidenceLink]:
    """Links of the sheet's contents outside this branch's sheet of this cycle."""
    here = EvidenceLink.objects.filter(sheet=sheet).values("evidence__sha256")
    links = EvidenceLink.objects.filter(evidence__sha256__in=here)
    return links.exclude(sheet__branch=sheet.branch_id, sheet__cycle=sheet.cycle_id).order_by("sheet_id")


def _text(places: list[str]) -> str:
    """“Also attached: A, B, C and 4 more”, or nothing."""
    if not places:
        return ""
    shown = "、".join(places[:MOST_PLACES])
    if len(places) > MOST_PLACES:
        text = _("Also attached: %(places)s and %(count)d more")
        return text % {"places": shown, "count": len(places) - MOST_PLACES}
    return _("Also attached: %(places)s") % {"places": shown}
