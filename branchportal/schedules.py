"""What is due by the clock: a row each. Whoever moves it on does the work, so two dispatchers do it once."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.module_loading import import_string

from .models import Schedule

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)


def take(name: str, every: timedelta, now: datetime | None = None) -> bool:
    """Whether the caller is the one who does `name` now; true at most once in `every`, however many ask.

    A row of the future was written before a clock was put back: it counts from now on, or nothing would be done.
    """
    now = now or timezone.now()
    Schedule.objects.filter(name=name, ran_at__gt=now).update(ran_at=now)
    if Schedule.objects.filter(name=name, ran_at__lte=now - every).update(ran_at=now):
        return True
    return Schedule.objects.get_or_create(name=name, defaults={"ran_at": now})[1]


def run_due(names: Iterable[str], every: timedelta = HOUR) -> int:
    """Call the functions of these dotted names that are due; a fault of one is logged and holds up no other."""
    ran = 0
    for name in names:
        if not take(name, every):
            continue
        ran += 1
        try:
            import_string(name)()
        except Exception:
            log.exception("%s failed; it is tried again when it is due", name)
    return ran
