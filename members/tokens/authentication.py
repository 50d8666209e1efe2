"""`Authorization: Bearer …`: who a token stands for, what it opens, and how often it may ask."""

import logging

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from branchportal.counting import count

from ..roles import Scope
from .models import ANY, ApiToken
from .services import use_token

SERVICE = "SERVICE"  # stands in a scope's roles for "somebody whom the portal knows"; no rule asks for it
logger = logging.getLogger(__name__)


class ServiceAccount:
    """Another system: no account, no office, no session. Its scope is that of the one operation it asks for."""

    is_authenticated, is_active, is_anonymous = True, True, False
    must_change_password = False
    pk = id = member_id = None

    def __init__(self, token: ApiToken) -> None:
        self.token = token
        self.scope = Scope(self)

    def __str__(self) -> str:
        return self.token.name

    def narrow_to(self, reading: str) -> bool:
        """Take the rights of one reading, if the token has it: everything, or the subtree of its organization."""
        grants = {grant.reading: grant for grant in self.token.grants.all()}
        if reading == ANY:
            return bool(grants)
        grant = grants.get(reading)
        if grant:
            path = grant.organization.path if grant.organization else ""  # every path begins with nothing
            self.scope = Scope(self, roles={SERVICE}, department_paths=[path])
        return grant is not None

    def assigned_branch_ids(self) -> list[int]:
        return []

    def is_same_person(self, other: object) -> bool:
        return False


class BearerAuthentication(BaseAuthentication):
    """A token decides alone: with a wrong one the session beside it does not help."""

    def authenticate(self, request: Request | HttpRequest) -> tuple[ServiceAccount, ApiToken] | None:
        kind, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = use_token(secret.strip()) if len(secret) < 200 else None
        if token is None:
            logger.warning("A token was refused at %s", request.path)
            raise exceptions.AuthenticationFailed(_("This token is unknown, revoked or expired."))
        return ServiceAccount(token), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SignedInOrToken(BasePermission):
    """Whoever is signed in, by the own rights; a token only where the view names its `service_reading`, and to read."""

    message = gettext_lazy("This token is not made for that. It reads what its rights name, and writes nothing.")

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, ServiceAccount):
            return bool(request.user and request.user.is_authenticated)
        wanted = getattr(view, "service_reading", "")
        return request.method in SAFE_METHODS and request.user.narrow_to(wanted)


class TokenThrottle(SimpleRateThrottle):
    """Requests of one token a minute, over all web processes; people are not counted."""

    scope = "token"

    def allow_request(self, request: Request, view: object) -> bool:
        if self.rate is None or not isinstance(request.user, ServiceAccount):
            return True
        self.now = self.timer()
        stretch = int(self.now // self.duration)
        return count(f"token-{request.user.token.pk}", stretch) <= self.num_requests

    def wait(self) -> float:
        """Seconds until the next stretch begins."""
        return self.duration - self.now % self.duration
