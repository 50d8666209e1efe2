"""The offices that give rights, and what one user's offices of today add up to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .models import Appointment, User


class Role(TextChoices):
    """Codes follow the permission matrix; labels are the field's own words."""

    SECRETARY = "SEC", _("branch secretary")
    DEPUTY = "DEPUTY", _("deputy or clerk")
    DEPARTMENT = "DEPT", _("department reviewer")
    INSPECTOR = "INSP", _("inspector")
    LEADER = "LEAD", _("team leader")
    OFFICE = "OPERATOR", _("assessment office")
    AUTHORITY = "ORG", _("deciding authority")
    SYSTEM_ADMIN = "ADMIN", _("system administrator")
    SECURITY_ADMIN = "SECADM", _("security administrator")
    AUDITOR = "AUDIT", _("auditor")


BRANCH_ROLES = {Role.SECRETARY, Role.DEPUTY}
ORGANIZATION_ROLES = {Role.DEPARTMENT, Role.DEPUTY}
PORTAL_ROLES = {
    Role.INSPECTOR,
    Role.LEADER,
    Role.OFFICE,
    Role.AUTHORITY,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDITOR,
}
THREE_OFFICES = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}
SCORING_ROLES = set(Role) - THREE_OFFICES
POWERS = THREE_OFFICES | {Role.OFFICE, Role.AUTHORITY}  # granted by the security administrator only
GRANTED_BY_OFFICE = set(Role) - POWERS
SEES_ALL_BRANCHES = {Role.OFFICE, Role.AUTHORITY, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}


@dataclass
class Scope:
    """What a user's appointments of today give: roles, own branches, subtrees. Read once per request."""

    user: "User"
    roles: set[str] = field(default_factory=set)
    secretary_of: set[int] = field(default_factory=set)
    deputy_of: set[int] = field(default_factory=set)
    department_paths: list[str] = field(default_factory=list)
    clerk_paths: list[str] = field(default_factory=list)

    @property
    def branch_ids(self) -> set[int]:
        """Branches the user fills in for by name."""
        return self.secretary_of | self.deputy_of

    @property
    def paths(self) -> list[str]:
        """Subtrees the user sees as department reviewer or clerk."""
        return self.department_paths + self.clerk_paths

    @property
    def is_portal_wide(self) -> bool:
        """Whether all branches are visible (not their sheets: see the sheet's own queryset)."""
        return bool(self.roles & SEES_ALL_BRANCHES)

    @property
    def is_inspector(self) -> bool:
        return bool(self.roles & {Role.INSPECTOR, Role.LEADER})

    @property
    def is_office(self) -> bool:
        """Whether the assessment office's work is the user's today (rooms to the left know no role names)."""
        return Role.OFFICE in self.roles

    def has(self, *roles: str) -> bool:
        """Whether one of these offices is held today."""
        return bool(self.roles & set(roles))

    def assigned_branch_ids(self) -> object:
        """A subquery: branches assigned to the user's inspection teams (empty for others)."""
        return self.user.assigned_branch_ids()


def read_scope(user: "User") -> Scope:
    """One query over today's appointments."""
    return scope_of(user, user.appointments.in_force().select_related("organization"))


def scope_of(user: "User", offices: Iterable["Appointment"]) -> Scope:
    """What these offices add up to; each with its organization read. The only place where an office becomes a right."""
    scope = Scope(user)
    for office in offices:
        scope.roles.add(office.role)
        if office.branch_id and office.role == Role.SECRETARY:
            scope.secretary_of.add(office.branch_id)
        elif office.branch_id:
            scope.deputy_of.add(office.branch_id)
        elif office.organization_id and office.role == Role.DEPARTMENT:
            scope.department_paths.append(office.organization.path)
        elif office.organization_id and office.role == Role.DEPUTY:
            scope.clerk_paths.append(office.organization.path)
    return scope
