"""One mail for all that a person is told on a day: rows of the outbox, which nothing leaves without a release."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ..choices import MailStatus
from ..models import Mail, Message
from .portions import portions

FRESH = timedelta(days=3)  # when a mail server is set up, nobody is flooded with what is long past
ON_ITS_WAY = (MailStatus.RELEASED, MailStatus.SENDING)


def group_mails(now: datetime) -> int:
    """Put unmailed messages of people with an address into their mail that waits, or into a new one.

    Who has been sent a mail today, or has one on its way, gets the next one tomorrow. Returns how many mails changed.
    """
    unmailed = Q(mail=None) | Q(mail__status=MailStatus.CANCELLED)
    rows = Message.objects.filter(unmailed, void="", read_at=None, created_at__gt=now - FRESH, user__is_active=True)
    by_user: dict[int, list[int]] = defaultdict(list)
    for user, pk in rows.filter(user__mail__isnull=False).order_by("pk").values_list("user_id", "pk"):
        by_user[user].append(pk)
    changed = 0
    for users in portions(sorted(by_user)):
        with transaction.atomic():
            changed += _group(users, by_user, now)
    return changed


def _group(users: list[int], by_user: dict[int, list[int]], now: datetime) -> int:
    today = timezone.localdate(now)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Mail.objects.filter(user__in=users)
    busy = rows.filter(Q(status__in=ON_ITS_WAY) | Q(sent_at__gte=midnight) | Q(day=today) & ~_joinable())
    busy_users = set(busy.values_list("user_id", flat=True))
    open_mails = {mail.user_id: mail for mail in rows.filter(_joinable(), Q(status="waiting") | Q(day=today))}
    changed = 0
    for user in users:
        if user in busy_users:
            continue
        mail = open_mails.get(user) or Mail(user_id=user, day=today, created_at=now)
        if mail.pk is None:
            mail.save(force_insert=True)
        elif not Mail.objects.filter(_joinable(), pk=mail.pk, version=mail.version).update(
            status=MailStatus.WAITING, version=F("version") + 1, reason=""
        ):
            continue  # released or dropped at this moment: the next hour finds it
        Message.objects.filter(pk__in=by_user[user]).update(mail=mail)
        changed += 1
    return changed


def _joinable() -> Q:
    return Q(status__in=(MailStatus.WAITING, MailStatus.CANCELLED))
