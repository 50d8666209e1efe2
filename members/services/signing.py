"""Signing in and out, and one's own password. Rights come from appointments; this only says who somebody is."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from branchportal import audit

from ..models import User


def sign_in(*, request: HttpRequest, username: str, password: str) -> User | None:
    """Open a session, or return None. Both are written to the audit trail; the lock is django-axes'."""
    user = auth.authenticate(request, username=username, password=password)
    if user is None:
        _record_failure(request, username)
        return None
    auth.login(request, user)
    audit.record(user, "account.signed_in", user, after={"address": address_of(request)})
    return user


def sign_out(*, request: HttpRequest) -> None:
    """End the session; repeating it is harmless."""
    if request.user.is_authenticated:
        audit.record(request.user, "account.signed_out", request.user)
    auth.logout(request)


@transaction.atomic
def change_own_password(*, user: User, password: str) -> User:
    """Set a password that the form has checked. All other sessions of the account end by themselves."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record(user, "account.password_changed", user)
    return user


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: what the outermost of our own proxies saw, without proxies the socket's end.

    What a client writes into X-Forwarded-For itself stands further left and is never believed.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not settings.PROXY_COUNT or len(chain) < settings.PROXY_COUNT:
        return remote
    try:
        return str(ip_address(chain[-settings.PROXY_COUNT]))
    except ValueError:
        return remote


def _record_failure(request: HttpRequest, username: str) -> None:
    """An unknown account is not written out: people type passwords into the wrong field."""
    user = User.objects.filter(username=username).first() or User(pk=0, name="—")
    is_locked = bool(getattr(request, "axes_locked_out", False))
    action = "account.sign_in_locked" if is_locked else "account.sign_in_failed"
    audit.record(None, action, user, after={"address": address_of(request)})
