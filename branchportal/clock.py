"""Whether the clocks can be trusted: the application's against the database's, this machine's against the network's.

Deadlines are judged by the application's clock, so a wrong one moves them. Health page and log warn; nothing stops.
"""

import ctypes
import ctypes.util
import logging
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
LARGEST_DIFFERENCE = timedelta(seconds=2)
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
TIMEX_BYTES = 512  # larger than the kernel's struct timex


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
