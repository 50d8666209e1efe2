"""Accounts: created without rights, deactivated instead of deleted; passwords are handed out once and never stored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from axes.utils import reset as lift_locks
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import change_row, stale
from branchportal.errors import PortalError

from .. import rules
from ..credentials import generate_password
from ..models import Appointment, Member, User
from ..security import passwords, sessions


@dataclass(frozen=True)
class Slip:
    """What is printed for one person: shown once, kept nowhere."""

    user: User
    password: str


def create_account(
    *, actor: User, username: str, name: str, phone: str = "", mail: str | None = None, member: Member | None = None
) -> Slip:
    """A new account with an initial password that must be changed at the first sign-in."""
    require(rules.can_create_account(actor))
    password = generate_password()
    hashed = make_password(password)  # slow on purpose: outside the transaction
    with transaction.atomic():
        if twin := User.objects.filter(username__iexact=username).first():  # capitals alone tell nobody apart
            raise PortalError(_("The account “%(name)s” exists already. Choose another one.") % {"name": twin.username})
        user = User.objects.create(
            username=username, name=name, phone=phone, mail=mail, member=member, password=hashed
        )  # fmt: skip
        audit.record(actor, "account.created", user, after={"username": username, "name": name})
    return Slip(user, password)


def change_account(*, actor: User, account: User, version: int, **values: object) -> User:
    """Correct name, telephone or the member an account belongs to.

    Raises: PortalError when the member's other accounts hold offices that exclude this account's.
    """
    require(rules.can_edit_account(actor, account))
    if member := values.get("member"):
        _require_apart(account, member)
    return change_row(row=account, actor=actor, version=version, action="account.changed", values=values)


def set_account_active(*, actor: User, account: User, version: int, is_active: bool) -> User:
    """Deactivate (every session ends at once) or activate again."""
    require(rules.can_edit_account(actor, account))
    action = "account.activated" if is_active else "account.deactivated"
    with transaction.atomic():
        changed = change_row(row=account, actor=actor, version=version, action=action, values={"is_active": is_active})
        if not is_active:
            sessions.close_others(account, why=sessions.Ending.RIGHTS)
    return changed


def reset_password(*, actor: User, account: User) -> Slip:
    """A new initial password; the old one and all sessions end, a lock is lifted."""
    require(rules.can_reset_password(actor, account))
    password = generate_password()
    hashed = make_password(password)
    with transaction.atomic():
        _store_password(actor, account, hashed, "account.password_reset")
    lift_locks(username=account.username)
    return Slip(account, password)


def issue_passwords(*, actor: User, accounts: Iterable[User], step: Callable[[int], None] | None = None) -> list[Slip]:
    """New initial passwords for many accounts, for the account slips of a unit.

    One hash each, all computed before anything is written; then one short transaction.
    """
    accounts = list(accounts)
    for account in accounts:
        require(rules.can_reset_password(actor, account))
    slips, hashes = [], []
    for done, account in enumerate(accounts, start=1):
        slips.append(Slip(account, generate_password()))
        hashes.append(make_password(slips[-1].password))
        if step:
            step(done)
    with transaction.atomic():
        for account, hashed in zip(accounts, hashes, strict=True):
            _store_password(actor, account, hashed, "account.password_issued")
    return slips


def unlock_account(*, actor: User, account: User) -> None:
    """Lift the lock after too many wrong passwords."""
    require(rules.can_unlock(actor, account))
    lift_locks(username=account.username)
    audit.record(actor, "account.unlocked", account)


def _require_apart(account: User, member: Member) -> None:
    """Two accounts of one person must not hold together what one account may not hold."""
    own = {office.role for office in account.appointments.all() if not office.is_over}
    others = Appointment.objects.filter(user__member=member).exclude(user=account)
    for other in others.exclude(ends_on__lt=timezone.localdate()).select_related("user"):
        if any(rules.excludes(role, other.role) for role in own):
            raise PortalError(
                _("“%(name)s” belongs to the same person and holds “%(held)s”, which excludes an office of this one.")
                % {"name": other.user.username, "held": other.get_role_display()}
            )


def _store_password(actor: User, account: User, hashed: str, action: str) -> None:
    moved = User.objects.filter(pk=account.pk, password=account.password).update(
        password=hashed, must_change_password=True, password_set_at=timezone.now(), version=F("version") + 1
    )
    if not moved:
        raise stale()
    passwords.remember(account, account.password)
    sessions.close_others(account)
    audit.record(actor, action, account)
