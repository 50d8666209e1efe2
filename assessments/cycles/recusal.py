"""Who must not review which branch (回避): one's own, and one where an office is or was held within twelve months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from members.models import Appointment, User

LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Conflict:
    """One pair that must not meet, with the reason as a sentence."""

    branch: Branch
    user: User
    reason: str


def conflicts(users: Iterable[User], branch_ids: Iterable[int] | QuerySet) -> list[Conflict]:
    """Every forbidden pair between these people and these branches, in three queries whatever their number."""
    people = {user.pk: user for user in users}
    if not people:
        return []
    branches = list(Branch.objects.filter(pk__in=branch_ids).select_related("organization"))
    own = dict(User.objects.filter(pk__in=people, member__isnull=False).values_list("pk", "member__branch_id"))
    since = timezone.localdate() - LOOK_BACK
    offices = list(
        Appointment.objects.filter(Q(ends_on=None) | Q(ends_on__gte=since), user__in=people)
        .filter(Q(branch__isnull=False) | Q(organization__isnull=False))
        .select_related("organization")
    )
    return [
        Conflict(branch, people[pk], reason)
        for branch in branches
        for pk in people
        if (reason := _reason(branch, people[pk], own.get(pk), offices))
    ]


def _reason(branch: Branch, user: User, own_branch_id: int | None, offices: list[Appointment]) -> str:
    if own_branch_id == branch.pk:
        return _("%(name)s is a member of this branch.") % {"name": user.name}
    for office in offices:
        if office.user_id != user.pk:
            continue
        here = office.branch_id == branch.pk
        above = office.organization_id and branch.organization.path.startswith(office.organization.path)
        if here or above:
            message = _("%(name)s holds an office there (%(role)s) or held it within the last twelve months.")
            return message % {"name": user.name, "role": office.get_role_display()}
    return ""
