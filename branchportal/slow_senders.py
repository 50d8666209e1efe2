"""Senders that drip their request byte by byte hold a thread each; a handful of them would silence the portal.

Gunicorn waits for a started request without end. Here a connection may be waited for a moment, and longer the more it
has sent; beyond that only half of the threads may wait at a time, and nobody longer than a slow line takes. Behind
nginx, which collects requests first, none of this is ever met.
"""

import errno
import threading
import time
from functools import partial

from gunicorn import util
from gunicorn.http.unreader import SocketUnreader

QUICK_SECONDS, QUICK_BYTES = 1.0, 200_000  # waiting that everybody may cause, and bytes that earn a further second
LONGEST_SECONDS, LEAST_BYTES = 15.0, 10_000  # the same for those who are waited for in turn
FAREWELL_SECONDS = 0.2  # of 2, for which Gunicorn stands still as a whole: once for each sender that goes on sending
_known, _close_graceful = SocketUnreader.chunk, util.close_graceful


class Patience:
    """How many threads may wait for slow senders at a time."""

    def __init__(self, most: int) -> None:
        self._places = threading.BoundedSemaphore(most)

    def chunk(self, unreader: SocketUnreader, size_hint: int | None = None) -> bytes:
        """The next bytes of a connection. Raises: ConnectionResetError for one that is too slow."""
        if getattr(unreader, "is_given_up", False):
            raise _reset()
        waited, received = getattr(unreader, "waited", 0.0), getattr(unreader, "received", 0)
        quick = QUICK_SECONDS + received / QUICK_BYTES - waited
        longest = LONGEST_SECONDS + received / LEAST_BYTES - waited
        began = time.monotonic()
        try:
            data = self._received(unreader, size_hint, quick, longest)
        except ConnectionResetError:
            unreader.is_given_up = True  # whatever else asks for the rest of the request
            raise
        finally:
            unreader.waited = waited + time.monotonic() - began
        unreader.received = received + len(data)
        return data

    def _received(self, unreader: SocketUnreader, size_hint: int | None, quick: float, longest: float) -> bytes:
        if quick > 0:
            try:
                return _within(unreader, size_hint, quick)
            except _TooSlow:
                longest -= quick
        if longest <= 0 or not self._places.acquire(blocking=False):
            raise _reset()
        try:
            return _within(unreader, size_hint, longest)
        except _TooSlow as fault:
            raise _reset() from fault
        finally:
            self._places.release()


class _TooSlow(Exception):  # noqa: N818 - never leaves this module
    """Nothing came in the time that was left."""


def _within(unreader: SocketUnreader, size_hint: int | None, seconds: float) -> bytes:
    """One `recv`; a shorter time that was set before (while a refused body is thrown away) stays as it is."""
    line = unreader.sock
    before = line.gettimeout()
    if before is not None and before <= seconds:
        return _known(unreader, size_hint)
    line.settimeout(seconds)
    try:
        return _known(unreader, size_hint)
    except TimeoutError as fault:
        raise _TooSlow from fault
    finally:
        line.settimeout(before)


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the sender was too slow")


def install(threads: int) -> None:
    """Guard the threads of this web process."""
    patience = Patience(max(1, threads // 2))
    util.close_graceful = partial(_close_graceful, timeout=FAREWELL_SECONDS)
    SocketUnreader.chunk = lambda unreader, size_hint=None: patience.chunk(unreader, size_hint)
