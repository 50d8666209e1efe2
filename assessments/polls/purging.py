"""After closing: what dead rows on disk might still tell is written over; later the links themselves are deleted.

PostgreSQL: VACUUM FULL of links, counters and comments, outside any transaction. SQLite: secure_delete, VACUUM, and the
write-ahead log cut to nothing. Both need the tables for themselves for a moment.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, health, jobs
from branchportal.models import Job

from .choices import Status
from .models import Comment, Counter, Miss, Poll, Token
from .voting import WINDOW_SECONDS

TABLES = tuple(model._meta.db_table for model in (Token, Counter, Comment))
OBJECTION_TIME = timedelta(days=30)  # after the last step of the cycle
LINKS_KEPT = timedelta(hours=24)
LATE_AFTER = timedelta(days=1)
PURGE = "polls.purge"
UNDER_WAY = (Job.Status.QUEUED, Job.Status.RUNNING)


def purge(progress: jobs.Progress) -> None:
    """The job: rewrite the tables once for all polls closed since; noted only when nothing earlier is left."""
    waiting = list(waiting_polls().values_list("pk", flat=True))
    progress.start(1, _("Rewriting the tables"))
    if kept := rewrite_on_disk():
        message = _(
            "%(count)d earlier states are held by an older transaction or reader. It is tried again every hour."
        )
        progress.finish(message=message % {"count": kept})
        return
    Poll.objects.filter(pk__in=waiting).update(purged_at=timezone.now())
    progress.finish(message=_("The tables were rewritten for %(count)d closed polls.") % {"count": len(waiting)})


def waiting_polls() -> QuerySet[Poll]:
    """Closed polls whose earlier states may still stand on disk."""
    return Poll.objects.filter(status=Status.CLOSED, purged_at=None)


def rewrite_on_disk() -> int:
    """Rewrite links, counters and comments. Returns how many dead rows had to be kept, because a transaction elsewhere
    may still see them (SQLite: 1 while a reader holds the write-ahead log).

    Raises: RuntimeError inside a transaction, where it cannot be done.
    """
    if connection.in_atomic_block:
        raise RuntimeError("tables are rewritten outside any transaction")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return sum(_vacuumed(cursor, table) for table in TABLES)
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(cursor.fetchone()[0])


def _vacuumed(cursor: CursorWrapper, table: str) -> int:
    """Rewrite a table; PostgreSQL itself tells how many dead rows it kept, whoever holds them."""
    connection.ensure_connection()
    said = connection.connection.notices
    del said[:]
    cursor.execute(f"VACUUM (FULL, VERBOSE) {table}")
    details = [lines[1] for notice in said if len(lines := notice.splitlines()) > 1]
    counts = [int(found.group()) for detail in details if (found := re.search(r"\d+", detail))]
    return sum(counts) if counts else 1  # the figure stands first in every language; silence proves nothing


def retry_purge() -> bool:
    """By the timetable: ask again for what an older transaction held up. Returns whether it was asked for."""
    if not waiting_polls().exists() or Job.objects.filter(task=PURGE, status__in=UNDER_WAY).exists():
        return False
    last = Job.objects.filter(task=PURGE).order_by("-pk").first()
    if last is None:
        return False
    with transaction.atomic():
        jobs.request(PURGE, title=last.title, owner=last.owner)
    return True


def check(now: datetime) -> health.Check:
    """The line of the state page: closed polls of which earlier states stand on disk for more than a day."""
    label = _("Closed polls rewritten on disk")
    late = waiting_polls().filter(closed_at__lt=now - LATE_AFTER)
    count, oldest = late.count(), late.order_by("closed_at").values_list("closed_at", flat=True).first()
    if not count:
        return health.Check("polls", label, health.GOOD, _("nothing waits for more than a day"))
    cure = _("%(count)d polls wait for more than a day: %(holder)s. End what holds them; it is tried again every hour.")
    return health.Check("polls", label, health.WARNING, cure % {"count": count, "holder": _holder()}, oldest)


def _holder() -> str:
    """The oldest transaction beside ours, in words."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, xact_start FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1"
            )
            if found := cursor.fetchone():
                since = timezone.localtime(found[1]).strftime("%Y-%m-%d %H:%M")
                return _("process %(pid)d of the database is in a transaction since %(since)s") % {
                    "pid": found[0], "since": since,
                }  # fmt: skip
    return _("another program reads the database, or the worker stands still")


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
