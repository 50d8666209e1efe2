"""What polls and report-and-appraisal meetings add to the course of a branch's sheet."""

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from branchportal.models import AuditEntry

from ..sheets.course import Event
from ..sheets.models import Sheet
from .models import Poll


def labels() -> dict[str, str]:
    """Which audit rows are told, in words."""
    return {
        "poll.opened": _("Poll opened"),
        "poll.counts_entered": _("Counts of the paper ballots entered"),
        "poll.counts_confirmed": _("Counts of the paper ballots confirmed"),
        "poll.closed": _("Poll closed"),
        "poll.voided": _("Poll declared void"),
    }


def tell_of_sheet(sheet: Sheet) -> list[Event]:
    """Polls about the sheet's branch in its cycle, those of meetings included, in one query; never a figure."""
    words, polls = labels(), Poll.objects.filter(cycle=sheet.cycle_id, branch=sheet.branch_id)
    this = Poll.objects.filter(pk=OuterRef("object_id"))
    rows = AuditEntry.objects.filter(
        Q(object_type=Poll._meta.label_lower, object_id__in=polls.values("pk")), action__in=list(words)
    ).annotate(paper=Subquery(this.values("form__name")), meeting=Subquery(this.values("meeting__name")))
    return [
        Event(
            row.at,
            words[row.action],
            row.actor,
            "：".join(filter(None, [row.meeting, row.paper, row.note])),
            reverse("polls:detail", args=[row.object_id]),
        )
        for row in rows.select_related("actor").order_by("pk")
    ]
