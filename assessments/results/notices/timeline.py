"""What publication, notice and objections add to the course of a sheet, from their audit rows."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from branchportal.models import AuditEntry

from ...schemes.loading import engine_scheme
from ...sheets.course import Event
from ...sheets.models import Sheet
from ...sheets.reopening.parts import told_part
from ..models import Publication
from ..querysets import SHOWN
from .models import Objection


def labels() -> dict[str, str]:
    """Which audit rows are told, in words."""
    return {
        "notice.begun": _("Results on notice"),
        "notice.lengthened": _("Notice lengthened"),
        "notice.withdrawn": _("Notice withdrawn"),
        "publication.published": _("Results published"),
        "publication.superseded": _("Results replaced by a corrected version"),
        "objection.raised": _("Objection raised"),
        "objection.answered": _("Objection answered"),
    }


def tell_of_sheet(sheet: Sheet) -> list[Event]:
    """Publications of the sheet's cycle and year that were shown, and what the branch itself objected; one query."""
    shown = Publication.objects.filter(
        status__in=(*SHOWN, Publication.Status.WITHDRAWN), tally__results__branch=sheet.branch_id
    )
    shown = shown.filter(Q(tally__cycle=sheet.cycle_id) | Q(tally__cycle=None, tally__plan__cycles=sheet.cycle_id))
    own = Objection.objects.filter(branch=sheet.branch_id, channel=Objection.Channel.PORTAL)
    own = own.filter(notice__publication__in=shown)
    about = Q(object_type=Publication._meta.label_lower, object_id__in=shown.values("pk"))
    about |= Q(object_type=Objection._meta.label_lower, object_id__in=own.values("pk"))
    words = labels()
    pages = {Publication._meta.label_lower: "results:publication", Objection._meta.label_lower: "results:objection"}
    found = AuditEntry.objects.filter(about, action__in=list(words)).select_related("actor").order_by("pk")
    return [
        Event(
            row.at,
            _label(words[row.action], row.after, sheet),
            row.actor,
            row.note if row.action == "notice.withdrawn" else "",
            reverse(pages[row.object_type], args=[row.object_id]),
        )
        for row in found
    ]


def _label(text: str, after: dict | None, sheet: Sheet) -> str:
    """The words of a row; an answer names the rows that it opened again."""
    part = told_part(after, engine_scheme(sheet.scheme_version))
    return _("%(event)s; opened again: %(names)s") % {"event": text, "names": part} if part else text
