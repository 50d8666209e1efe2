"""Who may do what with members, accounts and appointments, and why not."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from .roles import (
    BRANCH_ROLES,
    GRANTED_BY_OFFICE,
    POWERS,
    SCORING_ROLES,
    THREE_OFFICES,
    Role,
)

if TYPE_CHECKING:
    from branches.models import Branch

    from .models import Appointment, User


def can_list_members(user: "User") -> Access:
    """Rolls are for the branch itself, its department and the assessment office."""
    if user.scope.has(Role.OFFICE, Role.DEPARTMENT, Role.SECRETARY, Role.DEPUTY):
        return YES
    return no(_("The roll is open to the branch, its department and the assessment office only."))


def can_edit_member(user: "User", branch: "Branch") -> Access:
    """Secretary and deputy their own branch, a department its subtree, the office all."""
    scope = user.scope
    if scope.has(Role.OFFICE) or branch.pk in scope.branch_ids:
        return YES
    if any(branch.organization.path.startswith(path) for path in scope.paths):
        return YES
    return no(_("Members are entered by their own branch, its department or the assessment office."))


def can_list_accounts(user: "User") -> Access:
    """Accounts concern the office, the administrators, and a department for its subtree."""
    if user.scope.has(Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.DEPARTMENT):
        return YES
    return no(_("Accounts are kept by the system administrator and the assessment office."))


def can_create_account(user: "User") -> Access:
    """New accounts come from the office or the system administrator; they carry no rights yet."""
    if user.scope.has(Role.OFFICE, Role.SYSTEM_ADMIN):
        return YES
    return no(_("Accounts are created by the assessment office or the system administrator."))


def can_edit_account(user: "User", account: "User") -> Access:
    """Name, telephone, active or not. The office leaves accounts with portal powers alone; nobody edits himself."""
    if user.is_same_person(account):
        return no(_("Nobody changes or deactivates the own account. Ask another administrator."))
    if user.scope.has(Role.SYSTEM_ADMIN):
        return YES
    if not user.scope.has(Role.OFFICE):
        return no(_("Accounts are changed by the assessment office or the system administrator."))
    if _roles_of(account) & POWERS:
        return no(_("This account has powers of the whole portal. Only the system administrator changes it."))
    return YES


def can_reset_password(user: "User", account: "User") -> Access:
    """A department for branches below it; office and system administrator for accounts without portal powers;
    the security administrator for those. Otherwise a reset would be a way to somebody else's rights."""
    if user.is_same_person(account):
        return no(_("Change your own password on your profile page."))
    scope = user.scope
    has_powers = bool(_roles_of(account) & POWERS)
    if scope.has(Role.SECURITY_ADMIN):
        return YES
    if scope.has(Role.OFFICE, Role.SYSTEM_ADMIN):
        if has_powers:
            return no(_("This account has powers of the whole portal. Only the security administrator resets it."))
        return YES
    if scope.department_paths and _is_below(account, scope.department_paths):
        return YES
    return no(_("Passwords are reset by the department for its own branches, else by the assessment office."))


def can_unlock(user: "User", account: "User") -> Access:
    """Whoever may reset the password may lift a lock."""
    return can_reset_password(user, account)


def can_list_appointments(user: "User") -> Access:
    """The list of offices is for those who grant them."""
    if user.scope.has(Role.OFFICE, Role.SECURITY_ADMIN):
        return YES
    return no(_("Appointments are kept by the security administrator and the assessment office."))


def can_appoint(user: "User", account: "User", role: str) -> Access:
    """The security administrator grants every office, the assessment office those of branches, departments and
    inspection teams; nobody grants to himself."""
    if user.is_same_person(account):
        return no(_("Nobody grants or revokes an office of his own. Ask another administrator."))
    return can_grant_role(user, role)


def can_grant_role(user: "User", role: str) -> Access:
    """Whether this office is the user's to give, whoever gets it."""
    if user.scope.has(Role.SECURITY_ADMIN):
        return YES
    if not user.scope.has(Role.OFFICE):
        return no(_("Offices are granted by the security administrator and the assessment office."))
    if role not in GRANTED_BY_OFFICE:
        return no(_("This office has powers of the whole portal. Only the security administrator grants it."))
    return YES


def can_revoke(user: "User", appointment: "Appointment") -> Access:
    """Whoever may grant an office may end it."""
    return can_appoint(user, appointment.user, appointment.role)


def excludes(held: str, wanted: str) -> bool:
    """Separation of the three administrators (三员分立): none holds two of them, none also scores."""
    if held == wanted:
        return False
    if held in THREE_OFFICES:
        return wanted in THREE_OFFICES or wanted in SCORING_ROLES
    return wanted in THREE_OFFICES and held in SCORING_ROLES


def _roles_of(account: "User") -> set[str]:
    """Offices held today or later."""
    return {office.role for office in account.appointments.all() if not office.is_over}


def _is_below(account: "User", paths: list[str]) -> bool:
    """Whether all offices of an account are those of branches below one of the paths, and there is one."""
    offices = [office for office in account.appointments.all() if not office.is_over]
    return bool(offices) and all(
        office.role in BRANCH_ROLES and any(office.scope_path.startswith(path) for path in paths) for office in offices
    )


def can_read_audit(user: "User") -> Access:
    """The auditor reads the whole trail; the security administrator reads what auditors did."""
    if user.scope.has(Role.AUDITOR, Role.SECURITY_ADMIN):
        return YES
    return no(_("The audit trail is read by the auditor."))


def can_verify_audit(user: "User") -> Access:
    """The auditor has the chain verified."""
    return YES if user.scope.has(Role.AUDITOR) else no(_("The audit trail is verified by the auditor."))


def can_see_security(user: "User") -> Access:
    """Sessions and second factors of others are the security administrator's."""
    if user.scope.has(Role.SECURITY_ADMIN):
        return YES
    return no(_("Sessions and second factors are looked after by the security administrator."))


def can_end_sessions(user: "User", account: "User") -> Access:
    """The security administrator ends sessions of others; one's own are ended on one's own page."""
    if not (allowed := can_see_security(user)):
        return allowed
    if user.is_same_person(account):
        return no(_("End your own sessions on your own page."))
    return YES


def can_reset_factor(user: "User", account: "User") -> Access:
    """The security administrator takes a lost second factor away, never the own one."""
    if not (allowed := can_see_security(user)):
        return allowed
    if user.is_same_person(account):
        return no(_("Nobody resets the own second factor. Ask another security administrator."))
    return YES
