"""What the sign-in page of the demonstration offers; the seeder says which accounts and which password."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class DemoAccount:
    """One line of the box: role, account, where the office is held or by whom."""

    role: str
    username: str
    place: str


def demo_accounts() -> list[DemoAccount]:
    """The accounts that the start command prints; none outside a demonstration."""
    if not settings.DEMO:
        return []
    return [DemoAccount(*line) for line in import_string(settings.DEMO_SHOWN[0])()]


def demo_password() -> str:
    """Their common password."""
    return import_string(settings.DEMO_SHOWN[1]) if settings.DEMO else ""
