"""What holds today is written as messages, once each; what holds no longer is marked with its reason.

Repeating it is harmless. Portions of 500 rows, so that SQLite's one writer is never held up for long.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from branchportal import audit
from members.models import User

from ..choices import Matter, Void
from ..facts import Fact, facts
from ..models import Message
from .portions import portions

Key = tuple[int, str, str, int, object, int]


def gather(now: datetime) -> dict[str, int]:
    """Write new messages and mark old ones. Returns counts: `written`, `void`."""
    held = list(facts(now))
    changed: set[int] = set()
    void = _check(held, now, changed)
    written = _write(held, now, changed)
    recount(changed)
    if written or void:
        counts = {"written": written, "void": void}
        audit.record(None, "reminder.gathered", User(pk=0, name="—"), after=counts)
    return {"written": written, "void": void}


def wanted(fact: Fact, now: datetime) -> tuple[str, int] | None:
    """Matter and days before that a fact calls for now; None while its date is far."""
    if fact.until is None:
        return fact.matter, 0
    if fact.until <= now:
        return Matter.OVERDUE, 0
    left = (fact.on - timezone.localdate(now)).days
    near = [days for days in settings.REMIND_DAYS if left <= days]
    return (Matter.DUE, min(near)) if near else None


def _write(held: Iterable[Fact], now: datetime, changed: set[int]) -> int:
    """Insert what nobody was told yet; what was void and holds again is told anew."""
    calls: dict[Key, Fact] = {}
    for fact in held:
        if asked := wanted(fact, now):
            calls[fact.user_id, asked[0], fact.task, fact.subject_id, fact.on, asked[1]] = fact
    known = _known(calls)
    fresh = [key for key in calls if key not in known]
    again = [known[key] for key in calls if known.get(key)]
    for keys in portions(fresh):
        with transaction.atomic():
            Message.objects.bulk_create([_row(key, calls[key], now) for key in keys], ignore_conflicts=True)
    for pks in portions(again):
        Message.objects.filter(pk__in=pks).update(void="", read_at=None)
    changed |= {key[0] for key in calls if key not in known or known[key]}
    return len(fresh) + len(again)


def _known(calls: dict[Key, Fact]) -> dict[Key, int | None]:
    """Messages that are there already; with their own key where they are void."""
    days = {key[4] for key in calls}
    rows = Message.objects.filter(on__in=days).values_list(
        "user_id", "matter", "task", "subject_id", "on", "days", "pk", "void"
    )
    return {tuple(row[:6]): row[6] if row[7] else None for row in rows.iterator(chunk_size=2000)}


def _row(key: Key, fact: Fact, now: datetime) -> Message:
    user, matter, task, subject, on, days = key
    return Message(
        user_id=user, matter=matter, task=task, subject_id=subject, on=on, days=days, label=fact.label[:200],
        number=fact.number, created_at=now,
    )  # fmt: skip


class Standing:
    """What holds now, asked by message: today's state in memory."""

    def __init__(self, held: Iterable[Fact], now: datetime) -> None:
        self.now = now
        self.dates: dict[tuple, datetime | None] = {}
        self.places: set[tuple] = set()
        for fact in held:
            kind = fact.matter if fact.until is None else ""
            self.dates[(*fact.place, kind, fact.on)] = fact.until
            self.places.add((*fact.place, kind))

    def reason_against(self, message: Message) -> str:
        """Why a message holds no longer; "" while it does."""
        is_deadline = message.matter in (Matter.DUE, Matter.OVERDUE)
        place = (message.user_id, message.task, message.subject_id, "" if is_deadline else message.matter)
        if message.matter == Matter.ANSWERED:
            return ""
        if (*place, message.on) not in self.dates:
            return Void.MOVED if is_deadline and place in self.places else Void.SETTLED
        until = self.dates[*place, message.on]
        if message.matter == Matter.DUE and until is not None and until <= self.now:
            return Void.PASSED
        return ""


def _check(held: Iterable[Fact], now: datetime, changed: set[int]) -> int:
    """Mark the messages that hold no longer. Returns how many."""
    return check(Message.objects.filter(void=""), Standing(held, now), changed)


def check(rows: object, standing: Standing, changed: set[int]) -> int:
    """The same for some messages: before mails are released or sent, too."""
    against: dict[str, list[int]] = {}
    for message in rows.iterator(chunk_size=2000):
        if reason := standing.reason_against(message):
            against.setdefault(reason, []).append(message.pk)
            changed.add(message.user_id)
    for reason, pks in against.items():
        for some in portions(pks):
            Message.objects.filter(pk__in=some, void="").update(void=reason)
    return sum(map(len, against.values()))


def recount(users: Iterable[int]) -> None:
    """Bring the number in the top bar in line with the messages of these accounts."""
    unread = Message.objects.filter(user=OuterRef("pk")).unread().order_by().values("user")
    number = Coalesce(Subquery(unread.annotate(number=Count("pk")).values("number")), 0)
    for some in portions(sorted(users)):
        User.objects.filter(pk__in=some).update(unread_count=number)
