"""Nightly verifications and what came of the last one: an audit row each, beside the head of the audit chain.

    last("scores.verified").after    {"count": 5600, "wrong": 0, "problems": [], "seconds": 4.2}; None before the first

The health page reads `states()`. A verification runs in a thread of its own, so that jobs need not wait for it.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import close_old_connections
from django.utils import timezone

from . import audit
from .models import AuditEntry, AuditHead

log = logging.getLogger(__name__)
KNOWN = ("scores.verified", "evidence.verified")
NIGHT = range(1, 5)  # hours in Shanghai
EVERY = timedelta(hours=20)
OVERDUE = timedelta(hours=30)
SHOWN = 20
_running = threading.Lock()


class Verdict(Protocol):
    """What a verification returns."""

    count: int
    problems: list[str]


@dataclass(frozen=True)
class State:
    """The last result of one verification, for the health page."""

    action: str
    at: datetime | None
    count: int = 0
    wrong: int = 0

    @property
    def is_well(self) -> bool:
        """Whether it found nothing wrong; one that never ran is no proof of anything."""
        return self.at is not None and not self.wrong


def last(action: str) -> AuditEntry | None:
    """The audit row of the last verification of a kind."""
    rows = AuditEntry.objects.filter(object_type=AuditHead._meta.label_lower, action=action)
    return rows.order_by("-id").first()


def states() -> list[State]:
    """The last results of all kinds that run by night."""
    found = []
    for action in KNOWN:
        row = last(action)
        found.append(State(action, row.at, row.after["count"], row.after["wrong"]) if row else State(action, None))
    return found


def run(action: str, verify: Callable[[], Verdict]) -> Verdict:
    """Verify and keep the result as an audit row; what is wrong is logged as an error, too."""
    begun = time.monotonic()
    verdict = verify()
    after = {
        "count": verdict.count,
        "wrong": len(verdict.problems),
        "problems": verdict.problems[:SHOWN],
        "seconds": round(time.monotonic() - begun, 1),
    }
    head = AuditHead.objects.first() or AuditHead(pk=1, seq=0)
    audit.record(None, action, head, after=after)
    for problem in verdict.problems[:SHOWN]:
        log.error("%s: %s", action, problem)
    return verdict


def is_due(action: str, now: datetime) -> bool:
    """By night, once; by day only when the last one is more than thirty hours old."""
    row = last(action)
    if timezone.localtime(now).hour in NIGHT:
        return row is None or row.at < now - EVERY
    return row is not None and row.at < now - OVERDUE


def nightly(
    verifications: Mapping[str, Callable[[], Verdict]],
    now: datetime | None = None,
    start: Callable[[Callable[[], None]], object] | None = None,
) -> list[str]:
    """Start what is due, one after another in one thread; the names of what was started."""
    now = now or timezone.now()
    due = [action for action in verifications if is_due(action, now)]
    if due and _running.acquire(blocking=False):
        (start or _apart)(lambda: _work_off({action: verifications[action] for action in due}))
        return due
    return []


def _work_off(due: Mapping[str, Callable[[], Verdict]]) -> None:
    try:
        for action, verify in due.items():
            try:
                run(action, verify)
            except Exception:
                log.exception("%s broke off", action)
    finally:
        _running.release()


def _apart(work: Callable[[], None]) -> None:
    def body() -> None:
        try:
            work()
        finally:
            close_old_connections()

    threading.Thread(target=body, name="verifications", daemon=True).start()
