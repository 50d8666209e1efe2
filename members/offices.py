"""Separation of the three administrators, looked at from outside the services: what the rows say, and a trigger.

`manage.py check_offices` prints the findings; the same runs once a day and at each start, as warnings in the log.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import combinations

from django.core.cache import cache
from django.utils import timezone

from branchportal.guards import Trigger

from . import rules
from .models import Appointment, User
from .roles import SCORING_ROLES, THREE_OFFICES

log = logging.getLogger(__name__)
EVERY = timedelta(days=1)
OFFICES, ACCOUNTS = Appointment._meta.db_table, User._meta.db_table


def findings() -> list[str]:
    """What contradicts the separation today or later, one plain English sentence a person; empty when all is well."""
    found = [f"{user.username}: is a superuser" for user in User.objects.filter(is_superuser=True).order_by("username")]
    held: dict[object, list[Appointment]] = defaultdict(list)
    rows = Appointment.objects.exclude(ends_on__lt=timezone.localdate()).select_related("user")
    for office in rows.order_by("user__username", "role"):
        member = office.user.member_id
        held[("member", member) if member else ("account", office.user_id)].append(office)
    for offices in held.values():
        for one, other in combinations(offices, 2):
            if rules.excludes(one.role, other.role) and _share_days(one, other):
                found.append(f"{one.user.username} holds {one.role}, {other.user.username} {other.role}: one person")
    return found


def _share_days(one: Appointment, other: Appointment) -> bool:
    return (one.ends_on is None or other.starts_on <= one.ends_on) and (
        other.ends_on is None or one.starts_on <= other.ends_on
    )


def warn() -> list[str]:
    """The findings into the log, as warnings."""
    found = findings()
    for sentence in found:
        log.warning("separation of offices: %s", sentence)
    return found


def warn_daily(now: datetime | None = None) -> bool:
    """The same, called every hour and done once a day by each worker; says whether it did."""
    now = now or timezone.now()
    last = cache.get("offices.warned_at")
    if last is not None and now - last < EVERY:
        return False
    cache.set("offices.warned_at", now, timeout=None)
    warn()
    return True


def guards() -> list[Trigger]:
    """No row of an office is written beside another one that it excludes, in the same days, for the same person."""
    three, scoring = (
        ", ".join(f"'{role.value}'" for role in sorted(roles)) for roles in (THREE_OFFICES, SCORING_ROLES)
    )
    excluded = (
        f"((NEW.role IN ({three}) AND (o.role IN ({scoring}) OR (o.role IN ({three}) AND o.role <> NEW.role)))"
        f" OR (NEW.role IN ({scoring}) AND o.role IN ({three})))"
    )
    same_days = (
        "(o.ends_on IS NULL OR o.ends_on >= NEW.starts_on) AND (NEW.ends_on IS NULL OR NEW.ends_on >= o.starts_on)"
    )
    same_person = (
        f"(o.user_id = NEW.user_id OR EXISTS (SELECT 1 FROM {ACCOUNTS} a"  # noqa: S608 (names of our own tables)
        f" JOIN {ACCOUNTS} b ON a.member_id = b.member_id"
        " WHERE a.id = o.user_id AND b.id = NEW.user_id))"
    )
    condition = (
        f"EXISTS (SELECT 1 FROM {OFFICES} o WHERE o.id <>? NEW.id AND {excluded} AND {same_days} AND {same_person})"  # noqa: S608
    )
    says = "the three administrators exclude each other and every scoring office"
    return [
        Trigger(f"{OFFICES}_apart_{event.lower()}", OFFICES, event, condition, says) for event in ("INSERT", "UPDATE")
    ]
