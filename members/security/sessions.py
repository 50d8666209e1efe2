"""How long a session lasts, who has which open, and ending them.

The limits are judged by the request's receipt time. A session begins with the password; saving in the background
keeps it from being idle but never makes it last longer than its longest time.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from branchportal import audit
from branchportal.access import require

from .. import rules
from ..roles import THREE_OFFICES
from .addresses import address_of
from .models import SignIn

if TYPE_CHECKING:
    from ..models import User

BEGAN, SEEN, IDLE = "signed_in_at", "seen_at", "idle_seconds"
LEAST_LOG_DAYS = 184  # six natural months at their longest
FRESH = timedelta(minutes=5)  # password or code was given so lately that it is not asked for again
NOTE_EVERY = 60  # seconds between two notes that a session is in use
Ending = SignIn.Ending


@receiver(user_logged_in)
def begin(request: HttpRequest, user: "User", **kwargs: object) -> None:
    """Note the beginning in the session and in the list of sessions."""
    now = timezone.now()
    is_office = user.scope.has(*THREE_OFFICES)
    request.session[BEGAN] = request.session[SEEN] = now.timestamp()
    request.session[IDLE] = settings.IDLE_SECONDS_OFFICES if is_office else settings.IDLE_SECONDS
    SignIn.objects.create(
        user=user,
        session_key=request.session.stored_key,
        began_at=now,
        seen_at=now,
        address=address_of(request)[:45],
        device=request.META.get("HTTP_USER_AGENT", "")[:200],
    )


def why_over(request: HttpRequest, now: datetime) -> str:
    """Why the session of this request has ended by itself ("" while it goes on)."""
    moment = now.timestamp()
    began = request.session.get(BEGAN)
    if began is None or moment - began >= settings.LONGEST_SESSION_SECONDS:
        return Ending.TOO_LONG
    if moment - request.session.get(SEEN, began) >= request.session.get(IDLE, settings.IDLE_SECONDS):
        return Ending.IDLE
    return ""


def touch(request: HttpRequest, now: datetime) -> None:
    """Note that the session is in use, once a minute at most."""
    moment = now.timestamp()
    if moment - request.session.get(SEEN, 0) >= NOTE_EVERY:
        request.session[SEEN] = moment
        SignIn.objects.filter(session_key=request.session.stored_key).update(seen_at=now)


def close(session_keys: list[str], why: str) -> int:
    """Take sessions away and note why; says how many were open."""
    open_ones = SignIn.objects.filter(session_key__in=session_keys, ended_at=None)
    count = open_ones.update(ended_at=timezone.now(), ended_why=why)
    Session.objects.filter(session_key__in=session_keys).delete()
    return count


def open_sessions(user: "User") -> list[SignIn]:
    """Sessions of an account that can still be used, the latest first."""
    now = timezone.now()
    since = now - timedelta(seconds=settings.LONGEST_SESSION_SECONDS)
    rows = user.sign_ins.filter(ended_at=None, began_at__gt=since)
    alive = set(Session.objects.filter(expire_date__gt=now).filter(session_key__in=rows.values("session_key"))
                .values_list("session_key", flat=True))  # fmt: skip
    return [row for row in rows if row.session_key in alive]


@transaction.atomic
def end_own(*, user: "User", keep: str) -> int:
    """End all sessions of one's own account but the one in use (`keep`: its key); says how many."""
    keys = [row.session_key for row in open_sessions(user) if row.session_key != keep]
    count = close(keys, Ending.ENDED)
    audit.record(user, "account.sessions_ended", user, after={"sessions": count})
    return count


@transaction.atomic
def end_sessions(*, actor: "User", account: "User") -> int:
    """The security administrator ends all sessions of an account; says how many. Raises: PermissionDenied."""
    require(rules.can_end_sessions(actor, account))
    count = close([row.session_key for row in open_sessions(account)], Ending.ENDED)
    audit.record(actor, "account.sessions_ended", account, after={"sessions": count})
    return count


def close_others(user: "User", keep: str = "", *, why: str = Ending.CREDENTIALS) -> int:
    """After new credentials or rights: every other session of the account is over; says how many."""
    keys = user.sign_ins.filter(ended_at=None).exclude(session_key=keep).values_list("session_key", flat=True)
    return close(list(keys), why)
