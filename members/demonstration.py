"""What the sign-in page of the demonstration offers: one account per role. Shown under `settings.DEMO` only."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Min

from .models import Appointment
from .roles import Role


@dataclass(frozen=True)
class DemoAccount:
    """One line of the box: role, account, where the office is held."""

    role: str
    username: str
    place: str


def demo_accounts() -> list[DemoAccount]:
    """The first account of every role, in the order of the roles."""
    if not settings.DEMO:
        return []
    offices = Appointment.objects.in_force().filter(user__is_active=True)
    lowest = offices.order_by().values("role").annotate(first=Min("id")).values("first")
    first = {office.role: office for office in Appointment.objects.filter(pk__in=lowest).for_table()}
    return [
        DemoAccount(role.label, first[role].user.username, first[role].scope_name) for role in Role if role in first
    ]
