"""Making and revoking tokens of other systems."""

import hashlib
import secrets
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Organization
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ..models import User
from . import rules
from .models import LIMITED, ApiGrant, ApiToken, Reading

LONGEST = timedelta(days=365)
PREFIX = "bpt_"  # by it a token is recognised in texts and blanked


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256, as hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def create_token(
    *, actor: User, name: str, purpose: str, expires_on: date, grants: dict[str, Organization | None]
) -> tuple[ApiToken, str]:
    """A new token of 256 random bits and its row; the token itself exists in this answer only.

    `grants` maps each reading to the organization whose subtree it is limited to, or None for all.
    Raises: PortalError for no reading, a limit that the reading cannot have, a wrong day, a name in use.
    """
    require(rules.can_keep_tokens(actor))
    if problem := _problem(name, expires_on, grants):
        raise PortalError(problem)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        purpose=purpose,
        digest=digest_of(secret),
        hint=secret[: len(PREFIX) + 4],
        expires_on=expires_on,
        created_by=actor,
        created_at=timezone.now(),
    )
    rows = [ApiGrant(token=token, reading=reading, organization=limit) for reading, limit in sorted(grants.items())]
    ApiGrant.objects.bulk_create(rows)
    audit.record(
        actor,
        "token.created",
        token,
        after={"purpose": purpose, "expires_on": expires_on.isoformat(), "readings": [str(row) for row in rows]},
    )
    return token, secret


def _problem(name: str, expires_on: date, grants: dict[str, Organization | None]) -> str:
    today = timezone.localdate()
    if not grants or not set(grants) <= set(Reading.values):
        return _("Choose what the token may read.")
    if any(limit and reading not in LIMITED for reading, limit in grants.items()):
        return _("Only branches, sheets and results can be limited to an organization.")
    if not today < expires_on <= today + LONGEST:
        return _("A token is valid for a year at most, and from tomorrow on at least. Choose another day.")
    if ApiToken.objects.filter(name=name, revoked_at=None).exists():
        return _("A token of this name is not yet revoked. Revoke it first, or choose another name.")
    return ""


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> None:
    """End a token: the next request with it is refused. Raises: StaleState when it is revoked already."""
    require(rules.can_keep_tokens(actor))
    moved = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=actor)
    if not moved:
        raise StaleState(_("This token has been revoked already. Reload the page."))
    audit.record(actor, "token.revoked", token, before={"expires_on": token.expires_on.isoformat()})


def use_token(secret: str) -> ApiToken | None:
    """The token in force that this is, or None; notes the day of its use, once a day."""
    today = timezone.localdate()
    found = ApiToken.objects.in_force(today).prefetch_related("grants__organization")
    token = found.filter(digest=digest_of(secret)).first()
    if token and token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token
