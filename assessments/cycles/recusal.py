"""Who must not review or visit which branch (回避): the one place that says so.

One's own branch, a branch whose member one was, and one in or above which an office is or was held: within the last
twelve months, by person, whatever account is used.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal.models import AuditEntry
from members.models import Appointment, Member, User

if TYPE_CHECKING:
    from branches.querysets import BranchQuerySet

LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Conflict:
    """One pair that must not meet, with the reason as a sentence."""

    branch: Branch
    user: User
    reason: str


@dataclass
class Ties:
    """What binds one person: branches of today, branches left within the year, offices held within the year."""

    branch_ids: set[int]
    left_ids: set[int]
    offices: list[Appointment]

    def reason(self, user: User, branch: Branch, path: str = "") -> str:
        """Why this person keeps out of this branch; empty when nothing stands against it.

        `path`: of the organization above, where it is another one than the branch's of today.
        """
        path = path or branch.organization.path
        if branch.pk in self.branch_ids:
            return _("%(name)s is a member of this branch.") % {"name": user.name}
        if branch.pk in self.left_ids:
            return _("%(name)s was a member of this branch within the last twelve months.") % {"name": user.name}
        for office in self.offices:
            above = office.organization_id and path.startswith(office.organization.path)
            if office.branch_id == branch.pk or above:
                message = _("%(name)s holds an office there (%(role)s) or held it within the last twelve months.")
                return message % {"name": user.name, "role": office.get_role_display()}
        return ""


def conflicts(users: Iterable[User], branch_ids: "Iterable[int] | BranchQuerySet") -> list[Conflict]:
    """Every forbidden pair between these people and these branches, in four queries whatever their number."""
    people = {user.pk: user for user in users}
    if not people:
        return []
    branches = list(Branch.objects.filter(pk__in=branch_ids).select_related("organization"))
    found = ties_of(people.values())
    return [
        Conflict(branch, people[pk], reason)
        for branch in branches
        for pk in people
        if (reason := found[pk].reason(people[pk], branch))
    ]


def bar(user: User, branch: Branch) -> str:
    """Why the person keeps out of one branch (with its organization at hand); empty when nothing does. Two queries."""
    return ties_of([user])[user.pk].reason(user, branch)


def ties_of(users: Iterable[User]) -> dict[int, Ties]:
    """The ties of each of these people by key; all accounts of a member count as the same person."""
    people = list(users)
    since = timezone.localdate() - LOOK_BACK
    members = {user.member_id: user.pk for user in people if user.member_id}
    offices = _offices(people, since)
    own: dict[int, set[int]] = defaultdict(set)
    left: dict[int, set[int]] = defaultdict(set)
    accounts = {user.member_id: [each.pk for each in people if each.member_id == user.member_id] for user in people}
    for pk, branch_id in Member.objects.filter(pk__in=members).values_list("pk", "branch_id"):
        for account in accounts[pk]:
            own[account].add(branch_id)
    for pk, branch_id in _left(members, since):
        for account in accounts.get(pk, []):
            left[account].add(branch_id)
    return {user.pk: Ties(own[user.pk], left[user.pk], offices[user.pk]) for user in people}


def _offices(people: list[User], since: date) -> dict[int, list[Appointment]]:
    """Offices of branches and organizations held since that day, by account; those of other accounts included."""
    of_person = Q(user__in=[user.pk for user in people])
    of_person |= Q(user__member__in=[user.member_id for user in people if user.member_id])
    rows = Appointment.objects.filter(of_person, Q(ends_on=None) | Q(ends_on__gte=since))
    held = list(rows.exclude(branch=None, organization=None).select_related("organization", "user"))
    return {
        user.pk: [
            office
            for office in held
            if office.user_id == user.pk or (user.member_id and office.user.member_id == user.member_id)
        ]
        for user in people
    }


def _left(members: Iterable[int], since: date) -> list[tuple[int, int]]:
    """(member, branch) pairs that ended within the look-back: the audit trail knows every move of a roll."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(
        object_type=Member._meta.label_lower,
        object_id__in=list(members),
        action__startswith="member.",
        at__gte=timezone.now() - LOOK_BACK,
    )
    found = []
    for pk, before in rows.values_list("object_id", "before"):
        text = str((before or {}).get("branch") or "")
        key = text[text.rfind("(") + 1 : -1] if text.endswith(")") else ""  # "name (key)" as `changing.plain` writes it
        if key.isdigit():
            found.append((pk, int(key)))
    return found
