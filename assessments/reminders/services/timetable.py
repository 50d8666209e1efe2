"""What happens by the clock, without anybody: gather, group, release where a setting wants it, send, forget."""

from datetime import datetime, timedelta

from django.utils import timezone

from branchportal import mailing

from ..models import Mail, Message
from . import gathering, grouping, outbox, sending
from .portions import portions

KEPT = timedelta(days=400)


def hourly(now: datetime | None = None) -> dict[str, int]:
    """Called every hour; repeating it is harmless. Mail is written only where a server is set. Returns counts."""
    now = now or timezone.now()
    done = gathering.gather(now)
    if mailing.is_set():
        done["mails"] = grouping.group_mails(now)
        outbox.cancel_empty(list(Mail.objects.waiting().values_list("pk", flat=True)), now)
        sending.settle_unsure(now)
        outbox.auto_release(now)
        sending.request_due(now)
    forget_old(now)
    return done


def forget_old(now: datetime) -> None:
    """Messages and mails are no records: after 400 days they go, in portions."""
    for model in (Message, Mail):
        pks = list(model.objects.filter(created_at__lt=now - KEPT).order_by("pk").values_list("pk", flat=True)[:5000])
        for some in portions(pks):
            model.objects.filter(pk__in=some).delete()
