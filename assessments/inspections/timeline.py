"""The course of visits and rectifications in words, from their audit rows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from branchportal.models import AuditEntry

from ..sheets.course import Event
from ..sheets.models import Sheet
from .choices import VisitStatus
from .models import Rectification, Visit


@dataclass(frozen=True)
class Step:
    """One line: when, what, who, and the reason where there is one."""

    at: datetime
    label: str
    actor: str
    note: str


def labels() -> dict[str, str]:
    """Which audit rows are told, in words."""
    return {
        "visit.planned": _("Visit planned"),
        "visit.assigned": _("Visit given to a team"),
        "visit.scheduled": _("Date of the visit set"),
        "visit.begun": _("Visit begun"),
        "visit.postponed": _("Visit postponed"),
        "visit.cancelled": _("Visit cancelled"),
        "visit.signed": _("Visit record signed"),
        "rectification.opened": _("Rectification asked for"),
        "rectification.deadline_moved": _("Deadline moved"),
        "rectification.answered": _("Rectification answered"),
        "rectification.returned": _("Rectification sent back"),
        "rectification.closed": _("Rectification struck off"),
    }


def inner_labels() -> dict[str, str]:
    """What only those see who see the record while it is written."""
    return {
        "visit.recorded": _("Record changed"),
        "visit.finding_added": _("Finding noted"),
        "visit.finding_removed": _("Finding taken back"),
        "visit.file_added": _("File added"),
        "visit.file_removed": _("File removed"),
        "rectification.file_added": _("Proof added"),
        "rectification.file_removed": _("Proof removed"),
    }


def steps_of(rows: QuerySet[AuditEntry], *, is_whole: bool = True) -> list[Step]:
    """What happened, oldest first, in one query."""
    words = labels() | (inner_labels() if is_whole else {})
    found = rows.filter(action__in=list(words)).select_related("actor").order_by("pk")
    return [Step(row.at, words[row.action], row.actor.name if row.actor else "", row.note) for row in found]


def tell_of_sheet(sheet: Sheet) -> list[Event]:
    """Visits and rectifications of the sheet's branch and cycle, in one query; unsigned surprises are not told."""
    told = Q(plan__is_announced=True) | Q(status=VisitStatus.SIGNED)
    visits = Visit.objects.filter(told, plan__cycle=sheet.cycle_id, branch=sheet.branch_id)
    rows = Rectification.objects.filter(finding__cycle=sheet.cycle_id, finding__branch=sheet.branch_id)
    about = Q(object_type=Visit._meta.label_lower, object_id__in=visits.values("pk"))
    about |= Q(object_type=Rectification._meta.label_lower, object_id__in=rows.values("pk"))
    words = labels()
    addresses = {Visit._meta.label_lower: "visits:visit", Rectification._meta.label_lower: "visits:rectification"}
    found = AuditEntry.objects.filter(about, action__in=list(words)).select_related("actor").order_by("pk")
    return [
        Event(row.at, words[row.action], row.actor, row.note, reverse(addresses[row.object_type], args=[row.object_id]))
        for row in found
    ]
