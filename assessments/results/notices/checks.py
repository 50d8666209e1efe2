"""What must hold before a notice begins and before results are final, as lines of the check list."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Publication, Tally
from .models import Consultation, ConsultationReply, Notice, Objection


def open_consultations(tally: Tally) -> int:
    """Consultations of the cycle or year that wait for replies."""
    return Consultation.objects.of(tally).filter(closed_at=None).count()


def unasked(tally: Tally) -> list:
    """Branches that carry enough stars for a closed consultation and stood on none: a correction moved them up."""
    asked = Consultation.objects.of(tally)
    lowest = asked.order_by("min_stars").values_list("min_stars", flat=True).first()
    if lowest is None:
        return []
    listed = ConsultationReply.objects.filter(consultation__in=asked).values("branch")
    rows = tally.results.filter(stars__gte=lowest).exclude(branch__in=listed).select_related("branch")
    return [result.branch for result in rows[:200]]


def meeting_of(tally: Tally) -> object | None:
    """The committee meeting that decided on this very tally; the last record counts."""
    return tally.meetings.first()


def notice_of(tally: Tally) -> Notice | None:
    """The running or finished notice of a tally."""
    found = Notice.objects.filter(publication__tally=tally).exclude(publication__status=Publication.Status.WITHDRAWN)
    return found.select_related("publication").first()


def open_objections(tally: Tally) -> int:
    """Objections to this tally's notices that nobody has answered."""
    rows = Objection.objects.filter(notice__publication__tally=tally, status=Objection.Status.OPEN)
    return rows.count()


def pending_corrections(tally: Tally) -> int:
    """Upheld objections and hits whose reopened sheet is not approved again, or whose reopening waits."""
    rows = ConsultationReply.objects.filter(consultation__in=Consultation.objects.of(tally), reopening__status="asked")
    return rows.count()


def days_left(notice: Notice) -> int:
    """Days until the notice's last day; negative when it is over."""
    return (notice.last_on - timezone.localdate()).days


def line(count: int, one: str, none: str) -> tuple[str, bool]:
    """A sentence with its count, and whether it is met."""
    return (one % {"count": count}, False) if count else (none, True)


def before_notice(tally: Tally) -> list[tuple[str, bool]]:
    """Lines that block the beginning of the notice."""
    found = [
        line(
            open_consultations(tally),
            _("%(count)d consultations wait for replies. Enter the replies and close them."),
            _("No consultation is open."),
        ),
        line(
            pending_corrections(tally),
            _("%(count)d vetoes from consultations wait for the deciding authority. Decide on the reopenings first."),
            _("Every hit of a consultation is dealt with."),
        ),
    ]
    if left := unasked(tally):
        names = "、".join(branch.name for branch in left[:5])
        said = _("%(count)d branches on the list were not consulted about: %(names)s. Send a supplement.")
        found.append((said % {"count": len(left), "names": names}, False))
    if not tally.plan.meeting_after_notice:
        found.append(_meeting(tally))
    return found


def before_final(tally: Tally, at: datetime | None = None) -> list[tuple[str, bool]]:
    """Lines that block the final publication at a moment (else now)."""
    notice = notice_of(tally)
    over = notice is not None and notice.ends_at <= (at or timezone.now())
    said = _("The notice is over.") if over else _("The notice has not run to its end.")
    found = [
        (said, over),
        line(
            open_objections(tally),
            _("%(count)d objections wait for an answer of the deciding authority."),
            _("Every objection is answered."),
        ),
    ]
    return [*found, _meeting(tally)]


def _meeting(tally: Tally) -> tuple[str, bool]:
    held = meeting_of(tally) is not None
    if held:
        return _("The committee's meeting is recorded."), True
    return _("The committee's meeting on this tally is not recorded yet."), False
