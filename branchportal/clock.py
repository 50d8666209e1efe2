"""Whether the clocks can be trusted: the application's against the database's, this machine's against the network's.

Deadlines are judged by the application's clock, so a wrong one moves them. Health page and log warn; nothing stops.
"""

import ctypes
import ctypes.util
import logging
import time
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
LARGEST_DIFFERENCE = timedelta(seconds=2)
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
TIMEX_BYTES = 512  # larger than the kernel's struct timex
LARGEST_STEP = timedelta(seconds=20)  # between two looks; less is a slow disk or a clock that is being slewed


class Steps:
    """Whether this process saw the clock jump, by comparing it with one that never does."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._seen_at: float | None = None

    def look(self) -> timedelta:
        """How far the clock jumped since the last look (0 for a clock that runs on)."""
        now, sure = timezone.now(), time.monotonic()
        last, self._last = self._last, (now, sure)
        if last is None:
            return timedelta(0)
        step = now - last[0] - timedelta(seconds=sure - last[1])
        if abs(step) <= LARGEST_STEP:
            return timedelta(0)
        self._seen_at = sure
        log.warning("the clock of this machine jumped by %s seconds", round(step.total_seconds(), 1))
        return step

    def is_fresh(self, within: timedelta) -> bool:
        """Whether a jump was seen so lately that times written before it say nothing yet."""
        return self._seen_at is not None and time.monotonic() - self._seen_at < within.total_seconds()


steps = Steps()


def difference() -> timedelta:
    """How far the application's clock is ahead of the database's; SQLite has no other clock than ours."""
    with connection.cursor() as cursor:
        before = timezone.now()
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
            there = datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
        else:
            cursor.execute("SELECT clock_timestamp()")
            there = cursor.fetchone()[0]
    return before + (timezone.now() - before) / 2 - there


def is_synchronised() -> bool | None:
    """What the kernel says of this machine's clock; None where it cannot be asked."""
    try:
        library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        state = library.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))  # modes 0: only asks
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != UNSYNCHRONISED


def warnings() -> list[str]:
    """What is wrong with the clocks, as sentences for the health page; empty when nothing is known to be."""
    found = []
    ahead = difference()
    if abs(ahead) > LARGEST_DIFFERENCE:
        text = _(
            "The clocks of portal and database differ by %(seconds)s seconds. Let both follow the same time server."
        )
        found.append(text % {"seconds": round(abs(ahead).total_seconds(), 1)})
    if is_synchronised() is False:
        found.append(
            _("This machine's clock follows no time server. Set up chrony or systemd-timesyncd: deadlines go by it.")
        )
    return found


def log_warnings() -> None:
    """Write the warnings to the log, once at the start of a process."""
    for sentence in warnings():
        log.warning(sentence)
