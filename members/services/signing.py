"""Signing in and out, and one's own password. Rights come from appointments; this only says who somebody is."""

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.errors import PortalError

from ..models import User
from ..security import factor, guessing, passwords, sessions
from ..security.addresses import address_of

GIVEN = "password_given_at"


def sign_in(*, request: HttpRequest, username: str, password: str) -> User | None:
    """Open a session, or return None. Both are written to the audit trail; the lock is django-axes'."""
    user = auth.authenticate(request, username=username, password=password)
    if user is None:
        _record_failure(request, username)
        return None
    auth.login(request, user)
    if passwords.is_too_old(user):
        User.objects.filter(pk=user.pk).update(must_change_password=True)
    audit.record(user, "account.signed_in", user, after={"address": address_of(request)})
    return user


def is_password_asked(request: HttpRequest) -> bool:
    """Whether what guards the account changes only with its password: it was given a while ago."""
    given = request.session.get(GIVEN) or request.session.get(sessions.BEGAN, 0)
    return timezone.now().timestamp() - given >= sessions.FRESH.total_seconds()


def confirm(*, request: HttpRequest, password: str, code: str) -> None:
    """Let the person of a session show once more who it is: by password, and by the second factor where one is bound.

    Wrong passwords and codes count as at signing in. Raises: PortalError for what is missing or wrong.
    """
    if is_password_asked(request):
        if not is_own_password(request=request, password=password):
            raise PortalError(_("Type the password of your account: what guards the account changes only with it."))
        request.session[GIVEN] = timezone.now().timestamp()
    if factor.is_asked_again(request):
        if not code.strip():
            raise PortalError(_("Type a code of your authenticator too: what guards the account changes only with it."))
        factor.give_code(request=request, code=code)


def is_own_password(*, request: HttpRequest, password: str) -> bool:
    """Whether this is the password of the session's account; wrong ones are written down and lock as at signing in."""
    name = request.user.get_username()
    if auth.authenticate(request, username=name, password=password) is not None:
        return True
    _record_failure(request, name)
    return False


def sign_out(*, request: HttpRequest) -> None:
    """End the session; repeating it is harmless."""
    if request.user.is_authenticated:
        audit.record(request.user, "account.signed_out", request.user)
        sessions.close([request.session.stored_key], sessions.Ending.SIGNED_OUT)
    auth.logout(request)


@transaction.atomic
def change_own_password(*, user: User, password: str, keep: str = "") -> User:
    """Set a password that the form has checked. All sessions of the account end but one (`keep`: its key)."""
    passwords.remember(user, user.password)
    user.set_password(password)
    user.must_change_password, user.password_set_at = False, timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_set_at"])
    sessions.close_others(user, keep=keep)
    audit.record(user, "account.password_changed", user)
    return user


def _record_failure(request: HttpRequest, username: str) -> None:
    """An unknown account is not written out: people type passwords into the wrong field."""
    user = User.objects.filter(username=username).first() or User(pk=0, name="—")
    is_locked = bool(getattr(request, "axes_locked_out", False))
    action = "account.sign_in_locked" if is_locked else "account.sign_in_failed"
    audit.record(None, action, user, after={"address": address_of(request)})
    if user.pk and not is_locked:
        guessing.tell_of_siege(user)
