"""The second factor: a code of an authenticator (TOTP), a recovery code, or a certificate that a gateway has checked.

It is asked of everybody who has set one up, and demanded (`SECOND_FACTOR=required`) of every role that writes review
scores, decides or administers. A code is good for one sign-in; five wrong ones block the account's codes for a while.
"""

import secrets
from base64 import b32encode
from binascii import unhexlify
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models import F, Q
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from branchportal import audit
from branchportal.access import require
from branchportal.crypto import keyed_digest, known_digests
from branchportal.errors import PortalError

from .. import rules
from ..roles import BRANCH_ROLES, Role
from .models import RecoveryCode, SecondFactor, SignIn
from .sessions import FRESH, close_others

if TYPE_CHECKING:
    from ..models import User

VERIFIED, ASKED, VERIFIED_AT = "second_factor_given", "second_factor_asked", "second_factor_given_at"
DEMANDED_OF = set(Role) - BRANCH_ROLES
STEP_SECONDS, DRIFT_STEPS, DIGITS = 30, 1, 6
MOST_FAILURES, BLOCKED_FOR = 5, timedelta(minutes=15)
RECOVERY_CODES, CODE_LETTERS = 10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_GROUPS, GROUP_LETTERS = 4, 7  # 28 letters of five bits: 140 bits, so that a plain keyed digest is enough


def is_demanded(user: "User") -> bool:
    """Whether the account's offices of today need a second factor."""
    return settings.SECOND_FACTOR == "required" and user.scope.has(*DEMANDED_OF)


def factor_of(user: "User") -> SecondFactor | None:
    """The confirmed factor of an account."""
    return SecondFactor.objects.filter(user=user).exclude(Q(confirmed_at=None) & Q(certificate="")).first()


@receiver(user_logged_in)
def remember_whether_asked(request: HttpRequest, user: "User", **kwargs: object) -> None:
    """At the password: note in the session whether this account has a factor to be asked for."""
    request.session[ASKED] = factor_of(user) is not None


def step_needed(request: HttpRequest) -> str:
    """What a signed-in session must still do: "" (nothing), "code" (give the factor) or "setup" (make one)."""
    if request.session.get(VERIFIED):
        return ""
    if request.session.get(ASKED, True):
        return "" if _has_certificate(request) else "code"
    return "setup" if is_demanded(request.user) else ""


def is_asked_again(request: HttpRequest) -> bool:
    """Whether what guards the account changes only with its factor: it has one, and that was given a while ago.

    A certificate is passed on with every request, so whoever brings it is not asked.
    """
    if timezone.now().timestamp() - request.session.get(VERIFIED_AT, 0) < FRESH.total_seconds():
        return False
    return factor_of(request.user) is not None and not _has_certificate(request)


@transaction.atomic
def begin_setup(user: "User") -> SecondFactor:
    """A secret that is not confirmed yet; asking again before confirming gives the same one."""
    factor, _created = SecondFactor.objects.get_or_create(user=user)
    if factor.confirmed_at:
        raise PortalError(
            _("This account has an authenticator already. If it is lost, the security administrator takes it away.")
        )
    if not factor.secret:
        factor.secret = secrets.token_hex(20)
        factor.save(update_fields=["secret"])
    return factor


@transaction.atomic
def confirm_setup(*, request: HttpRequest, code: str) -> list[str]:
    """Confirm the secret with its first code; the session counts as verified. Gives the recovery codes, once.

    Raises: PortalError for a wrong code.
    """
    factor = begin_setup(request.user)
    step = _matching_step(factor, code)
    if step is None:
        raise PortalError(_("This code does not fit. Check the clock of the phone and type the code shown now."))
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now(), last_step=step, failures=0)
    codes = _new_recovery_codes(factor)
    audit.record(request.user, "account.factor_set_up", request.user)
    close_others(request.user, keep=request.session.stored_key)
    _verified(request)
    return codes


def give_code(*, request: HttpRequest, code: str) -> None:
    """Finish signing in, or show once more who it is, with a code of the authenticator or a recovery code.

    Raises: PortalError with a sentence while blocked, or for a wrong code.
    """
    factor = SecondFactor.objects.filter(user=request.user).exclude(confirmed_at=None).first()
    if factor is None:
        raise PortalError(_("This account has no authenticator. Sign in with the certificate, or have it reset."))
    _take_try(factor)
    if not (_use_code(factor, code) or _use_recovery_code(factor, code)):
        audit.record(request.user, "account.factor_failed", request.user)
        raise PortalError(_("This code does not fit, or was used already. Wait for the next one."))
    SecondFactor.objects.filter(pk=factor.pk).update(failures=0)
    _verified(request)


@transaction.atomic
def renew_recovery_codes(*, user: "User") -> list[str]:
    """New recovery codes instead of the old ones, shown once. Raises: PortalError without an authenticator."""
    factor = SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()
    if factor is None:
        raise PortalError(_("Set up an authenticator first."))
    audit.record(user, "account.recovery_codes_renewed", user)
    return _new_recovery_codes(factor)


@transaction.atomic
def reset_factor(*, actor: "User", account: "User") -> None:
    """The security administrator takes a lost factor away; all sessions of the account end.

    Raises: PermissionDenied.
    """
    require(rules.can_reset_factor(actor, account))
    SecondFactor.objects.filter(user=account).delete()
    audit.record(actor, "account.factor_reset", account)
    close_others(account)


@transaction.atomic
def set_certificate(*, actor: "User", account: "User", certificate: str) -> None:
    """Name the certificate (as the gateway passes it on) that counts as the account's second factor; "" takes it away.

    Raises: PermissionDenied; PortalError when another account has it.
    """
    require(rules.can_reset_factor(actor, account))
    certificate = certificate.strip()
    others = SecondFactor.objects.filter(certificate=certificate).exclude(user=account)
    if certificate and others.exists():
        raise PortalError(_("Another account has this certificate. One certificate belongs to one account."))
    SecondFactor.objects.update_or_create(user=account, defaults={"certificate": certificate})
    audit.record(actor, "account.certificate_set", account, after={"is_set": bool(certificate)})
    close_others(account)


def address_for(factor: SecondFactor) -> str:
    """The otpauth:// address that an authenticator reads from the QR code."""
    issuer = str(settings.PORTAL_NAME)
    secret = b32encode(unhexlify(factor.secret)).decode()
    return f"otpauth://totp/{quote(f'{issuer}:{factor.user.username}')}?" + urlencode(
        {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    )


def _verified(request: HttpRequest) -> None:
    request.session[VERIFIED], request.session[VERIFIED_AT] = True, timezone.now().timestamp()
    SignIn.objects.filter(session_key=request.session.stored_key).update(is_verified=True)


def _has_certificate(request: HttpRequest) -> bool:
    """Whether the gateway in front has checked this account's certificate."""
    if not settings.CERTIFICATE_HEADER:
        return False
    shown = request.META.get(settings.CERTIFICATE_HEADER, "").strip()
    if not shown or not SecondFactor.objects.filter(user=request.user, certificate=shown).exists():
        return False
    _verified(request)
    return True


def _matching_step(factor: SecondFactor, code: str) -> int | None:
    """The 30 seconds that the code belongs to, if it is one of now."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp = TOTP(unhexlify(factor.secret), STEP_SECONDS, digits=DIGITS)
    totp.time = timezone.now().timestamp()
    return totp.t() if totp.verify(int(digits), DRIFT_STEPS, min_t=factor.last_step + 1) else None


def _use_code(factor: SecondFactor, code: str) -> bool:
    step = _matching_step(factor, code)
    if step is None:
        return False
    fresh = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return bool(fresh.update(last_step=step))


def _use_recovery_code(factor: SecondFactor, code: str) -> bool:
    plain = "".join(code.split()).replace("-", "").upper()
    digests = known_digests(f"{factor.pk}:{plain}", "recovery code")
    unused = RecoveryCode.objects.filter(factor=factor, digest__in=digests, used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    audit.record(factor.user, "account.recovery_code_used", factor.user)
    return True


def _new_recovery_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    codes = [[_letters(GROUP_LETTERS) for _group in range(CODE_GROUPS)] for _code in range(RECOVERY_CODES)]
    rows = [RecoveryCode(factor=factor, digest=_digest(factor, "".join(groups))) for groups in codes]
    RecoveryCode.objects.bulk_create(rows)
    return ["-".join(groups) for groups in codes]


def _letters(count: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(count))


def _digest(factor: SecondFactor, code: str) -> str:
    return keyed_digest(f"{factor.pk}:{code}", "recovery code")


def _take_try(factor: SecondFactor) -> None:
    """Count a try before it is judged, so that many at one moment are no more than five. Raises: PortalError."""
    now, rows = timezone.now(), SecondFactor.objects.filter(pk=factor.pk)
    rows.filter(Q(failed_at=None) | Q(failed_at__lte=now - BLOCKED_FOR)).update(failures=0)
    if not rows.filter(failures__lt=MOST_FAILURES).update(failures=F("failures") + 1, failed_at=now):
        raise PortalError(
            _("Too many wrong codes. Wait %(minutes)d minutes, or ask the security administrator.")
            % {"minutes": BLOCKED_FOR.seconds // 60}
        )
