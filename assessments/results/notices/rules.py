"""Who may do what on the way from a tally to its publication; every refusal names its reason."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..models import Publication, Tally
from ..rules import can_publish
from .models import Consultation, Notice, Objection

if TYPE_CHECKING:
    from branches.models import Branch
    from members.models import User


def requires_notice(tally: Tally) -> bool:
    """A year and a rating cycle go through meeting and notice, unless the year's plan names no days for it."""
    is_rating = tally.cycle is None or tally.cycle.purpose == "rating"
    return is_rating and tally.plan.notice_days > 0


def can_consult(user: "User", tally: Tally) -> Access:
    """The office sends lists, once nothing is undecided and before the notice."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office consults other organs and records committee meetings."))
    if tally.status != Tally.Status.CANDIDATE or tally.is_provisional:
        return no(_("This is possible for a candidate tally only, before its notice begins."))
    if tally.undecided_count:
        return no(_("Ties across a quota are undecided. The deciding authority settles them first."))
    return YES


def can_record_meeting(user: "User", tally: Tally) -> Access:
    """The office, before the results are final."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office consults other organs and records committee meetings."))
    if tally.status not in (Tally.Status.CANDIDATE, Tally.Status.NOTICE):
        return no(_("These results are final; no further meeting is recorded for them."))
    if tally.undecided_count:
        return no(_("Ties across a quota are undecided. The deciding authority settles them first."))
    return YES


def can_reply(user: "User", consultation: Consultation) -> Access:
    """The office enters replies until the consultation is closed."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office enters the replies."))
    if consultation.closed_at:
        return no(_("This consultation is closed; its replies stay as they are."))
    return YES


def can_begin(user: "User", publication: Publication) -> Access:
    """As publishing: the deciding authority, another person than the preparer; only where a notice is due."""
    if publication.status == Publication.Status.NOTICE:
        return no(_("The notice has begun already."))
    if not (access := can_publish(user, publication)):
        return access
    if not requires_notice(publication.tally):
        return no(_("These results need no notice; they are published at once."))
    return YES


def can_extend(user: "User", notice: Notice) -> Access:
    """The deciding authority may lengthen a running notice; nobody shortens one."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority lengthens a notice."))
    if notice.publication.status != Publication.Status.NOTICE:
        return no(_("This notice is over."))
    return YES


def can_withdraw(user: "User", notice: Notice) -> Access:
    """The deciding authority takes a running notice back, with a reason."""
    return can_extend(user, notice)


def is_running(notice: Notice, at: datetime) -> bool:
    return notice.publication.status == Publication.Status.NOTICE and notice.begun_at <= at < notice.ends_at


def can_object(user: "User", notice: Notice, branch: "Branch", at: datetime | None = None) -> Access:
    """The secretary of a branch, on its own result, from the beginning of the notice until its end."""
    if branch.pk not in user.scope.secretary_of:
        return no(_("The secretary of a branch raises its objection. Others write to the address in the notice."))
    if not is_running(notice, at or timezone.now()):
        return no(_("Objections were possible until %(day)s. Afterwards write to the work committee.") % {
            "day": notice.last_on
        })  # fmt: skip
    return YES


def can_register(user: "User", notice: Notice) -> Access:
    """The office registers what came by letter, telephone or in person, also a little after the end."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office registers objections that came on paper or by telephone."))
    if notice.publication.status != Publication.Status.NOTICE:
        return no(_("This notice is over and its results are settled; register a new objection with the next one."))
    return YES


def can_answer(user: "User", objection: Objection) -> Access:
    """The deciding authority, never the person who raised or entered it."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority answers an objection."))
    if objection.status != Objection.Status.OPEN:
        return no(_("This objection has been answered already."))
    if user.is_same_person(objection.entered_by):
        return no(_("You entered this objection yourself. Somebody else of the deciding authority must answer it."))
    return YES
