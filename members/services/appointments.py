"""Granting and ending offices: dated, never to oneself, never against the separation of the administrators."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch, Organization
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from .. import rules
from ..models import Appointment, User
from ..roles import BRANCH_ROLES, ORGANIZATION_ROLES, PORTAL_ROLES, Role
from ..security import sessions


@transaction.atomic
def grant_appointment(
    *,
    actor: User,
    user: User,
    role: str,
    organization: Organization | None = None,
    branch: Branch | None = None,
    starts_on: date,
    ends_on: date | None = None,
) -> Appointment:
    """Give an office from..to. Refused when it overlaps or contradicts another office of the same person."""
    require(rules.can_appoint(actor, user, role))
    User.objects.select_for_update().get(pk=user.pk)  # one grant per person at a time
    wish = Appointment(
        user=user, role=role, organization=organization, branch=branch, starts_on=starts_on, ends_on=ends_on
    )
    if branch:
        Branch.objects.select_for_update().get(pk=branch.pk)
    if refusal := problem_of(wish, overlapping(wish)):
        raise PortalError(refusal)
    wish.save(force_insert=True)
    sessions.close_others(user, why=sessions.Ending.RIGHTS)
    audit.record(actor, "appointment.granted", wish, after=described(wish))
    return wish


@transaction.atomic
def revoke_appointment(*, actor: User, appointment: Appointment, ends_on: date | None = None) -> None:
    """End an office after `ends_on` (default: yesterday, so that it gives no right from this moment on).

    An office that began today or later has no day left to keep: its row goes, the audit row keeps what it was.
    """
    require(rules.can_revoke(actor, appointment))
    ends_on = ends_on or timezone.localdate() - timedelta(days=1)
    same = Appointment.objects.filter(pk=appointment.pk, ends_on=appointment.ends_on)
    before = described(appointment)
    if ends_on < appointment.starts_on:
        audit.record(actor, "appointment.withdrawn", appointment, before=before)
        moved, _rows = same.delete()
    else:
        moved = same.update(ends_on=ends_on)
        audit.record(actor, "appointment.ended", appointment, before=before, after={"ends_on": ends_on.isoformat()})
    sessions.close_others(appointment.user, why=sessions.Ending.RIGHTS)
    if not moved:
        raise StaleState(_("Somebody else changed this office meanwhile. Reload the page and look again."))


def overlapping(wish: Appointment) -> QuerySet[Appointment]:
    """Offices in the same days that a new one must agree with: the person's own, and the branch's secretary."""
    same_days = Q(ends_on=None) | Q(ends_on__gte=wish.starts_on)
    if wish.ends_on:
        same_days &= Q(starts_on__lte=wish.ends_on)
    person = Q(user=wish.user_id)
    if wish.user.member_id:
        person |= Q(user__member=wish.user.member_id)
    if wish.role == Role.SECRETARY and wish.branch_id:
        person |= Q(role=Role.SECRETARY, branch=wish.branch_id)
    return Appointment.objects.filter(same_days & person).select_related("user", "organization", "branch")


def problem_of(wish: Appointment, others: QuerySet[Appointment] | list[Appointment]) -> str:
    """Why an office cannot be given, as a sentence; "" when it can."""
    if sentence := _problem_of_scope(wish):
        return sentence
    if wish.ends_on and wish.ends_on < wish.starts_on:
        return _("The office ends before it begins. Correct one of the two dates.")
    for other in others:
        if sentence := _problem_beside(wish, other):
            return sentence
    return ""


def _problem_of_scope(wish: Appointment) -> str:
    role = wish.get_role_display()
    if wish.branch and wish.organization:
        return _("An office is held in a branch or in an organization, not in both. Leave one empty.")
    if wish.branch and wish.role not in BRANCH_ROLES:
        return _("“%(role)s” is not held in a branch. Leave the branch empty.") % {"role": role}
    if wish.organization and wish.role not in ORGANIZATION_ROLES:
        return _("“%(role)s” is not held in an organization. Leave the organization empty.") % {"role": role}
    if not wish.branch and not wish.organization and wish.role not in PORTAL_ROLES:
        return _("Say where “%(role)s” is held: choose a branch or an organization.") % {"role": role}
    return ""


def _problem_beside(wish: Appointment, other: Appointment) -> str:
    names = {"name": other.user.name, "held": other.get_role_display(), "wanted": wish.get_role_display()}
    days = {"from": other.starts_on.isoformat(), "to": other.ends_on.isoformat() if other.ends_on else _("no end")}
    is_same_person = wish.user.is_same_person(other.user)
    same_place = (wish.branch_id, wish.organization_id) == (other.branch_id, other.organization_id)
    if is_same_person and other.role == wish.role and same_place:
        return _("%(name)s holds this office already (%(from)s to %(to)s). End it first or choose other dates.") % (
            names | days
        )
    if is_same_person and rules.excludes(other.role, wish.role):
        return _(
            "%(name)s holds “%(held)s”. The three administrators exclude each other and every scoring office, "
            "so “%(wanted)s” needs another person."
        ) % (names)
    if is_same_person and same_place and wish.branch_id and {wish.role, other.role} == BRANCH_ROLES:
        return _(
            "%(name)s holds “%(held)s” in this branch (%(from)s to %(to)s). End it before granting “%(wanted)s”."
        ) % (names | days)
    if not is_same_person and wish.role == other.role == Role.SECRETARY and wish.branch_id == other.branch_id:
        return _("The branch has a secretary in these days: %(name)s (%(from)s to %(to)s). End that office first.") % (
            names | days
        )
    return ""


def described(appointment: Appointment) -> dict:
    """An office as the audit trail keeps it."""
    return {
        "user": appointment.user.username,
        "role": appointment.role,
        "scope": appointment.scope_name,
        "starts_on": appointment.starts_on.isoformat(),
        "ends_on": appointment.ends_on.isoformat() if appointment.ends_on else None,
    }
