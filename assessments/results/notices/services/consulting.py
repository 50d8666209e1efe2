"""Consultations: a list goes out, replies come in, a hit becomes a veto; and the record of the committee's meeting."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ....sheets.models import Sheet
from ....sheets.reopening.services import record_request
from ...models import Tally
from .. import rules
from ..checks import unasked
from ..models import CommitteeMeeting, Consultation, ConsultationReply

if TYPE_CHECKING:
    from members.models import User

SHORTEST = 5


@transaction.atomic
def send_consultation(
    *,
    tally: Tally,
    actor: "User",
    organ: str,
    min_stars: int,
    due_on: date,
    letter: str = "",
    supplement: bool = False,
    at: datetime | None = None,
) -> Consultation:
    """List every branch with at least `min_stars` for another organ; with `supplement` only those not asked about yet.

    Raises: PermissionDenied; PortalError naming the field.
    """
    require(rules.can_consult(actor, tally))
    at, organ = at or timezone.now(), organ.strip()
    if len(organ) < 2:
        raise PortalError(_("Name the organ that is consulted."), field="organ")
    if due_on < timezone.localdate(at):
        raise PortalError(_("The day for replies lies in the past."), field="due_on")
    listed = dict(tally.results.filter(stars__gte=min_stars).values_list("branch_id", "stars"))
    if supplement:
        new = {branch.pk for branch in unasked(tally)}
        listed = {branch: stars for branch, stars in listed.items() if branch in new}
    if not listed:
        raise PortalError(_("No branch carries so many stars; there is nothing to ask."), field="min_stars")
    found = Consultation.objects.create(
        plan_id=tally.plan_id, cycle_id=tally.cycle_id, tally=tally, organ=organ[:60], letter=letter.strip()[:60],
        min_stars=min_stars, due_on=due_on, sent_by=actor, sent_at=at,
    )  # fmt: skip
    ConsultationReply.objects.bulk_create(
        ConsultationReply(consultation=found, branch_id=branch, stars=stars) for branch, stars in sorted(listed.items())
    )
    audit.record(actor, "consultation.sent", found, after={"organ": organ, "branches": len(listed)})
    return found


@transaction.atomic
def enter_reply(
    *,
    reply: ConsultationReply,
    actor: "User",
    opinion: str,
    replied_on: date,
    text: str = "",
    document: str = "",
    veto_code: str = "",
    sheet: Sheet | None = None,
    at: datetime | None = None,
) -> ConsultationReply:
    """One branch's reply. A hit names the veto of the scheme and asks for `sheet` to be reopened with it.

    `sheet`: of a year, the quarter's sheet that the veto belongs to; of a cycle it is found here.
    """
    require(rules.can_reply(actor, reply.consultation))
    at, text = at or timezone.now(), text.strip()
    _check_day(replied_on, reply.consultation, at)
    if reply.opinion != ConsultationReply.Opinion.OPEN:
        raise _entered()
    reopening = None
    if opinion == ConsultationReply.Opinion.HIT:
        if len(text) < SHORTEST or not document.strip():
            raise PortalError(_("Say what stands against it, and give the number of the document."), field="text")
        reopening = record_request(
            sheet=sheet or _sheet_of(reply), actor=actor, reason=text, veto_code=veto_code, veto_document=document,
            veto_on=replied_on, at=at,
        )  # fmt: skip
    elif opinion != ConsultationReply.Opinion.CLEAR:
        raise PortalError(_("Choose what the organ replied."), field="opinion")
    rows = ConsultationReply.objects.filter(pk=reply.pk, opinion=ConsultationReply.Opinion.OPEN)
    moved = rows.update(
        opinion=opinion, text=text[:300], document=document.strip()[:200], replied_on=replied_on, entered_by=actor,
        entered_at=at, reopening=reopening,
    )  # fmt: skip
    if not moved:
        raise _entered()
    after = {"branch": reply.branch_id, "opinion": opinion}
    audit.record(actor, "consultation.replied", reply.consultation, after=after, note=text)
    reply.refresh_from_db()
    return reply


@transaction.atomic
def clear_the_rest(
    *, consultation: Consultation, actor: "User", replied_on: date, document: str = "", at: datetime | None = None
) -> int:
    """“No objection” for every branch without a reply; returns how many."""
    require(rules.can_reply(actor, consultation))
    at = at or timezone.now()
    _check_day(replied_on, consultation, at)
    rows = consultation.replies.filter(opinion=ConsultationReply.Opinion.OPEN)
    count = rows.update(
        opinion=ConsultationReply.Opinion.CLEAR, replied_on=replied_on, document=document.strip()[:200],
        entered_by=actor, entered_at=at,
    )  # fmt: skip
    audit.record(actor, "consultation.cleared", consultation, after={"branches": count})
    return count


@transaction.atomic
def close_consultation(*, consultation: Consultation, actor: "User", at: datetime | None = None) -> Consultation:
    """End it once every branch has its reply."""
    require(rules.can_reply(actor, consultation))
    waiting = consultation.replies.filter(opinion=ConsultationReply.Opinion.OPEN).count()
    if waiting:
        raise PortalError(_("%(count)d branches have no reply yet. Enter the replies first.") % {"count": waiting})
    moved = Consultation.objects.filter(pk=consultation.pk, closed_at=None).update(
        closed_at=at or timezone.now(), closed_by=actor, version=consultation.version + 1
    )
    if not moved:
        raise StaleState(_("This consultation was closed meanwhile."))
    audit.record(actor, "consultation.closed", consultation)
    consultation.refresh_from_db()
    return consultation


@transaction.atomic
def record_meeting(
    *,
    tally: Tally,
    actor: "User",
    digest: str,
    held_on: date,
    expected: int,
    present: int,
    minutes: str,
    document_number: str = "",
    at: datetime | None = None,
) -> CommitteeMeeting:
    """What the committee decided about the tally with this digest. Raises: as the others; StaleState."""
    require(rules.can_record_meeting(actor, tally))
    at, minutes = at or timezone.now(), minutes.strip()
    if digest != tally.digest:
        raise StaleState(_("The tally was settled anew or replaced meanwhile. Reload the page and look again."))
    if held_on > timezone.localdate(at):
        raise PortalError(_("The date cannot lie in the future."), field="held_on")
    if not 1 <= present <= expected:
        raise PortalError(_("The number present must lie between 1 and the members of the committee."), field="present")
    if 2 * present < expected:
        raise PortalError(
            _("Fewer than half of the committee were present; it could not decide. Check the numbers."), field="present"
        )
    if len(minutes) < SHORTEST:
        raise PortalError(_("Give the decision in at least five characters."), field="minutes")
    meeting = CommitteeMeeting.objects.create(
        tally=tally, held_on=held_on, expected=expected, present=present, minutes=minutes,
        document_number=document_number.strip()[:60], recorded_by=actor, recorded_at=at,
    )  # fmt: skip
    after = {"held_on": held_on.isoformat(), "present": present, "expected": expected, "digest": digest}
    audit.record(actor, "committee.met", tally, after=after, note=minutes)
    return meeting


def _entered() -> StaleState:
    return StaleState(_("The reply about this branch has been entered already. Reload the page."))


def _check_day(day: date, consultation: Consultation, at: datetime) -> None:
    if not timezone.localdate(consultation.sent_at) <= day <= timezone.localdate(at):
        raise PortalError(_("The day of the reply lies between the day of the letter and today."), field="replied_on")


def _sheet_of(reply: ConsultationReply) -> Sheet:
    """The sheet of the branch in the cycle; of a year, that of its latest period."""
    rows = Sheet.objects.current().filter(branch=reply.branch_id, cycle__plan=reply.consultation.plan_id)
    if reply.consultation.cycle_id:
        rows = rows.filter(cycle=reply.consultation.cycle_id)
    found = rows.select_related("scheme_version", "branch", "cycle").order_by("-cycle__starts_on").first()
    if found is None:
        raise PortalError(_("This branch has no sheet that the veto could stand on."))
    return found
