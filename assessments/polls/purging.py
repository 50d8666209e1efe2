"""After closing: what dead rows on disk might still tell is written over; later the links themselves are deleted.

PostgreSQL: VACUUM FULL of links, counters and comments, outside any transaction. SQLite: secure_delete, VACUUM, and the
write-ahead log cut to nothing. Both need the tables for themselves for a moment.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.models import Job

from .choices import Status
from .models import Comment, Counter, Miss, Poll, Token
from .voting import WINDOW_SECONDS

TABLES = tuple(model._meta.db_table for model in (Token, Counter, Comment))
OBJECTION_TIME = timedelta(days=30)  # after the last step of the cycle
LINKS_KEPT = timedelta(hours=24)


def purge(progress: jobs.Progress) -> None:
    """The job: rewrite the tables once for all polls closed since, and note it."""
    waiting = list(Poll.objects.filter(status=Status.CLOSED, purged_at=None).values_list("pk", flat=True))
    progress.start(1, _("Rewriting the tables"))
    rewrite_on_disk()
    Poll.objects.filter(pk__in=waiting).update(purged_at=timezone.now())
    progress.finish(message=_("The tables were rewritten for %(count)d closed polls.") % {"count": len(waiting)})


def rewrite_on_disk() -> None:
    """Rewrite links, counters and comments. Raises: RuntimeError inside a transaction, where it cannot be done."""
    if connection.in_atomic_block:
        raise RuntimeError("tables are rewritten outside any transaction")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"VACUUM FULL {table}")
        else:
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_links(now: datetime | None = None) -> int:
    """Delete the links of polls whose time for objections is over, old counts of wrong links and files of links."""
    now = now or timezone.now()
    Miss.objects.filter(window__lt=int(now.timestamp()) // WINDOW_SECONDS - 6).delete()
    _forget_files(now)
    rows = Poll.objects.filter(status__in=[Status.CLOSED, Status.VOID], forgotten_at=None)
    ends = rows.annotate(last=Max("cycle__steps__ends_at")).values_list("pk", "last", "closed_at", "created_at")
    over = [
        pk
        for pk, last, closed_at, created_at in ends
        if max(moment for moment in (last, closed_at, created_at) if moment) + OBJECTION_TIME < now
    ]
    for pk in over:
        with transaction.atomic():
            count, _kinds = Token.objects.filter(poll=pk).delete()
            Poll.objects.filter(pk=pk).update(forgotten_at=now)
            poll = Poll.objects.select_related("branch", "form").get(pk=pk)
            audit.record(None, "poll.links_forgotten", poll, after={"links": count})
    return len(over)


def _forget_files(now: datetime) -> None:
    old = Job.objects.filter(task="polls.issue_links", finished_at__lt=now - LINKS_KEPT).exclude(file_path="")
    for job in old:
        (Path(settings.MEDIA_ROOT) / job.file_path).unlink(missing_ok=True)
    old.update(file_path="")
