"""Reminders of the demonstration: messages of today, and an outbox that waits for the office's word."""

from datetime import datetime, timedelta

from django.db.models import Q

from members.models import User

from ..cycles.models import Cycle, Step
from ..reminders.choices import MailStatus, Matter
from ..reminders.models import Mail, Message
from ..reminders.services.gathering import gather, recount
from ..reminders.services.grouping import group_mails
from ..sheets.choices import Status
from ..sheets.models import Sheet
from .city import City

WITH_ADDRESS = ("s00101", "s00102", "d00101", "c001", "inspector21", "leader2")
MORE = 40
LEAVE = (MailStatus.DROPPED, "该支部已电话通知")


def write_reminders(city: City, now: datetime) -> tuple[int, int]:
    """Messages as the hourly run writes them, and mails to those who gave an address. Returns how many of each."""
    counts = gather(now)
    if not Message.objects.filter(user__username="s00101", matter=Matter.DUE).exists():
        _tell_of_deadline("s00101", now)
    _give_addresses()
    mails = group_mails(now)
    dropped = Mail.objects.order_by("-pk").first()
    if dropped and mails > 1:
        Mail.objects.filter(pk=dropped.pk).update(
            status=LEAVE[0], reason=LEAVE[1], decided_by=city.people["office2"], decided_at=now
        )
    return counts["written"], mails


def _give_addresses() -> None:
    """Invented addresses, under a domain that no mail reaches (RFC 2606), of the known accounts and some others."""
    named = Q(username__in=WITH_ADDRESS)
    told = Message.objects.order_by().values("user").distinct()
    others = User.objects.filter(pk__in=told).exclude(named).order_by("pk")[:MORE]
    accounts = [*User.objects.filter(named), *others]
    for user in accounts:
        user.mail = f"{user.username}@binhe.example"
    User.objects.bulk_update(accounts, ["mail"])


def _tell_of_deadline(username: str, now: datetime) -> None:
    """The first secretary finds a message on any day of seeding: the step's end, told early."""
    sheet = Sheet.objects.filter(
        cycle__status=Cycle.Status.OPEN, status=Status.DRAFT, branch__appointments__user__username=username
    ).select_related("branch", "cycle")
    user, found = User.objects.get(username=username), sheet.first()
    ends = Step.objects.filter(cycle=found.cycle_id, kind=Step.Kind.SELF).first() if found else None
    if found is None or ends is None:
        return
    Message.objects.create(
        user=user, matter="due", task="self", subject_id=found.pk, on=(found.extended_until or ends.ends_at).date(),
        days=3, label=f"{found.branch.name} · {found.cycle.name}", created_at=now - timedelta(hours=1),
    )  # fmt: skip
    recount({user.pk})
