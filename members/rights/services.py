"""Rights of a person over what is kept of him: a copy, and erasure, asked for by one and carried out by another."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.crypto import keyed_digest
from branchportal.errors import PortalError, StaleState
from branchportal.personal import without_numbers
from branchportal.tables import xlsx_bytes

from ..models import Member, PasswordRecord, RecoveryCode, SecondFactor, SignIn, User
from ..security import sessions
from . import holdings, rules
from .models import Erasure

LOGS_KEPT = timedelta(days=184)  # six natural months at their longest: the law keeps logs, whoever asks
SHORTEST, LONGEST = 4, 200
Status = Erasure.Status


@transaction.atomic
def own_file(*, user: User) -> bytes:
    """A workbook with all that is kept of one's own person."""
    audit.record(user, "account.data_exported", user, after={"own": True})
    return _workbook(user.member, holdings.accounts_of(user.member, user), is_own=True)


@transaction.atomic
def person_file(*, actor: User, member: Member) -> bytes:
    """The same for a person on the roll: without sign-ins and trail, numbers masked. Raises: PermissionDenied."""
    require(rules.can_export(actor, member))
    audit.record(actor, "member.data_exported", member, after={"own": rules.is_self(actor, member)})
    return _workbook(member, holdings.accounts_of(member), is_own=rules.is_self(actor, member))


def _workbook(member: Member | None, accounts: list[User], *, is_own: bool) -> bytes:
    with translation.override("zh-hans"):
        return xlsx_bytes(holdings.tables(member, accounts, is_own=is_own))


def request_erasure(*, actor: User, member: Member, reason: str) -> Erasure:
    """Ask for erasure. Raises: PermissionDenied; PortalError without a reason or when it is asked for already."""
    require(rules.can_request(actor, member))
    reason = _sentence(reason)
    try:
        with transaction.atomic():
            wish = Erasure.objects.create(member=member, reason=reason, requested_by=actor, requested_at=timezone.now())
            audit.record(actor, "member.erasure_requested", member, note=reason)
    except IntegrityError as twice:
        raise PortalError(_("Erasure is asked for already. The assessment office decides.")) from twice
    return wish


@transaction.atomic
def refuse_erasure(*, actor: User, erasure: Erasure, note: str) -> Erasure:
    """Say why it cannot be. Raises: PermissionDenied; StaleState when it was decided meanwhile."""
    require(rules.can_decide(actor, erasure))
    note = _sentence(note)
    _decide(actor, erasure, Status.REFUSED, note, {})
    audit.record(actor, "member.erasure_refused", erasure.member, note=note)
    return erasure


@transaction.atomic
def carry_out(*, actor: User, erasure: Erasure, note: str) -> Erasure:
    """Delete what may go; what must stay keeps a pseudonym. The report on the row says which and why.

    Raises: PermissionDenied; PortalError while the person holds an office; StaleState when it was decided meanwhile.
    """
    require(rules.can_decide(actor, erasure))
    note = _sentence(note)
    member = Member.objects.select_for_update().select_related("branch__organization").get(pk=erasure.member_id)
    accounts = holdings.accounts_of(member)
    if any(not office.is_over for account in accounts for office in account.appointments.all()):
        raise PortalError(_("The person still holds an office. End it first under “Appointments”, then erase."))
    deleted = _delete_credentials(accounts) | _pseudonymize(member, accounts)
    kept = [
        {"kind": kind, "field": field, "count": count}
        for label, kind, field, count in holdings.kept_rows(member, accounts)
        if label not in ("members.User", "members.Erasure")
    ]
    _decide(actor, erasure, Status.DONE, note, {"deleted": deleted, "kept": kept})
    member.refresh_from_db()
    audit.record(actor, "member.erased", member, after={"deleted": deleted}, note=note)
    return erasure


def pseudonym_of(member: Member) -> str:
    """The same for a person each time, and no way back without the portal's secret."""
    return f"已注销-{keyed_digest(str(member.pk), 'pseudonym')[:8].upper()}"


def _delete_credentials(accounts: list[User]) -> dict[str, int]:
    """Passwords, factors, open sessions at once; the list of sessions where the law keeps it no longer."""
    found = {"sessions": 0, "reminders": 0, "mails": 0}
    for account in accounts:
        found["sessions"] += sessions.close_others(account, why=sessions.Ending.RIGHTS)
        found["reminders"] += account.reminders.all().delete()[0]
        found["mails"] += account.mails.all().delete()[0]
    old = SignIn.objects.filter(user__in=accounts, began_at__lt=timezone.now() - LOGS_KEPT)
    codes = RecoveryCode.objects.filter(factor__user__in=accounts)
    for name, rows in {
        "sign_ins": old, "recovery_codes": codes, "second_factors": SecondFactor.objects.filter(user__in=accounts),
        "earlier_passwords": PasswordRecord.objects.filter(user__in=accounts),
    }.items():  # fmt: skip
        found[name] = rows.count()
        rows.delete()
    return found


def _pseudonymize(member: Member, accounts: list[User]) -> dict[str, int]:
    """Names, numbers, dates and telephone of the person out of roll, accounts and the contacts of the branch."""
    name, pseudonym = member.name, pseudonym_of(member)
    for account in accounts:
        account.username, account.name = f"erased-{account.pk}", pseudonym
        account.phone, account.mail, account.unread_count = "", None, 0
        account.is_active, account.must_change_password = False, True
        account.set_unusable_password()
        account.version += 1
        account.save()
    Member.objects.filter(pk=member.pk).update(
        name=pseudonym, number=f"X{member.pk}", joined_on=None, post="", kind=Member.Kind.FULL, is_active=False,
        version=member.version + 1,
    )  # fmt: skip
    contacts = Branch.objects.filter(pk=member.branch_id, contact=name).update(contact="", phone="")
    return {"accounts": len(accounts), "roll": 1, "contacts": contacts}


def _decide(actor: User, erasure: Erasure, status: str, note: str, report: dict) -> None:
    moved = Erasure.objects.filter(pk=erasure.pk, status=Status.ASKED).update(
        status=status, decided_by=actor, decided_at=timezone.now(), decision_note=note, report=report
    )
    if not moved:
        raise StaleState(_("Somebody else decided this meanwhile. Reload the page and look again."))
    erasure.refresh_from_db()


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise PortalError(
            _("Give a reason of %(least)d to %(most)d characters.") % {"least": SHORTEST, "most": LONGEST}
        )
    return without_numbers(text)
