"""Working days of the People's Republic: statutory holidays and exchanged weekends, from a kept library.

The calendar of a year is announced late in the year before; until the library knows it, its statutory days count and a
city names the exchanged days itself (`EXTRA_HOLIDAYS`, `EXTRA_WORKDAYS`: ISO dates, separated by commas).
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from django.conf import settings
from django.utils import timezone


@lru_cache(maxsize=1)
def _china() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")


def is_working_day(day: date) -> bool:
    """Whether offices work: no weekend, no holiday, or a weekend day worked in exchange."""
    text = day.isoformat()
    if text in settings.EXTRA_WORKDAYS:
        return True
    return text not in settings.EXTRA_HOLIDAYS and _china().is_working_day(day)


def last_day(start: date, days: int) -> date:
    """The day on which the n-th working day from `start` (counted itself, if worked) ends. `days` ≥ 1."""
    day, left = start, days
    while True:
        left -= is_working_day(day)
        if left <= 0:
            return day
        day += timedelta(days=1)


def working_days_between(start: date, last: date) -> int:
    """How many working days lie from `start` to `last`, both counted."""
    return sum(is_working_day(start + timedelta(days=at)) for at in range((last - start).days + 1))


def end_of(day: date) -> datetime:
    """The moment after a day in Shanghai: deadlines are half open."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
