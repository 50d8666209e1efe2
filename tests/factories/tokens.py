"""Tokens of other systems."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from members.models import User
from members.tokens.models import ApiToken, Reading
from members.tokens.services import create_token


def make_token(actor: User, *readings: str, below: object = None, name: str = "数据平台") -> tuple[ApiToken, str]:
    """A token with these readings (all when none is named), narrowed down to an organization where that is possible."""
    grants = {
        reading: below if reading in ("units.read", "sheets.read", "results.read") else None
        for reading in readings or Reading.values
    }
    return create_token(
        actor=actor, name=name, purpose="对接", expires_on=timezone.localdate() + timedelta(days=90), grants=grants
    )


def bearer(secret: str) -> Client:
    """A client that sends the token with each request."""
    return Client(headers={"authorization": f"Bearer {secret}"})
