"""Who may tally, decide, prepare and publish; every refusal names its reason."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..cycles.models import Cycle
from .models import Publication, Tally
from .querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


def can_see_tallies(user: "User") -> Access:
    """Candidates are the business of office, deciding authority and auditor."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    return no(_("Tallies are shown to the assessment office, the deciding authority and the auditor only."))


def can_tally(user: "User", cycle: Cycle | None) -> Access:
    """The assessment office, once the cycle has been opened; a year (`cycle` None) at any time."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office runs a tally."))
    if cycle is not None and cycle.status == Cycle.Status.PLANNED:
        return no(_("The cycle has not been opened yet; there is nothing to tally."))
    return YES


def can_update(user: "User", tally: Tally) -> Access:
    """The assessment office, on a candidate of a cycle."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office updates a tally."))
    if tally.status != Tally.Status.CANDIDATE:
        return no(_("Only a candidate tally can be updated; this one is no candidate any more."))
    return YES


def _being_completed() -> Access:
    return no(_("Sheets changed and this tally was updated; a whole tally must confirm it first. Run the tally again."))


def can_decide(user: "User", tally: Tally) -> Access:
    """The deciding authority, on a candidate with undecided places."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority settles a tie across a quota."))
    if tally.status != Tally.Status.CANDIDATE:
        return no(_("Only a candidate tally can be decided on; this one is no candidate any more."))
    if tally.is_provisional:
        return _being_completed()
    if not tally.undecided_count:
        return no(_("Nothing is undecided in this tally."))
    return YES


def can_prepare(user: "User", tally: Tally) -> Access:
    """The assessment office prepares a candidate that is settled and not prepared already."""
    if not user.scope.has(Role.OFFICE):
        return no(_("Only the assessment office prepares a publication."))
    if tally.status != Tally.Status.CANDIDATE:
        return no(_("Only a candidate tally can be published; run the tally again."))
    if tally.is_provisional:
        return _being_completed()
    if tally.undecided_count:
        return no(_("Ties across a quota are undecided. The deciding authority settles them first."))
    if tally.publications.filter(status=Publication.Status.PREPARED).exists():
        return no(_("A publication of this tally is prepared and waits for the deciding authority."))
    return YES


def can_publish(user: "User", publication: Publication) -> Access:
    """The deciding authority, and another person than the one who prepared it; also when its notice is over."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority decides on a publication."))
    if publication.status not in (Publication.Status.PREPARED, Publication.Status.NOTICE):
        return no(_("This publication has been decided on already."))
    if user.is_same_person(publication.prepared_by):
        return no(_("You prepared this publication yourself. Somebody else of the deciding authority must publish it."))
    return YES


def can_send_back(user: "User", publication: Publication) -> Access:
    """The deciding authority, while the publication waits."""
    if not user.scope.has(Role.AUTHORITY):
        return no(_("Only the deciding authority decides on a publication."))
    if publication.status != Publication.Status.PREPARED:
        return no(_("This publication has been decided on already."))
    return YES
