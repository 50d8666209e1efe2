"""How the portal is doing: one line for each thing that must work, for the system administrator and for monitoring.

Nothing here talks to Redis or to another process: whoever works leaves signs of life in the database, and their age
is judged here. So the page answers at once however ill the rest is.
"""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit_chain, audit_verify, clock, guards, jobs, readiness, verifications
from .models import AuditEntry, AuditLink, Job

GOOD, WARNING, BAD = "good", "warning", "bad"
BACKUP = "backup"
LATE = timedelta(seconds=120)  # a job that nobody was told of for so long
DAILY = timedelta(hours=26)  # what is done once a day, with two hours to spare
LEAST_FREE = 0.10  # of a disk


@dataclass(frozen=True)
class Check:
    """One line: `name` stable and English, `label` and `says` for people, `state` one of GOOD, WARNING, BAD."""

    name: str
    label: str
    state: str
    says: str
    at: datetime | None = None


Maker = Callable[[datetime], Check | None]
_registered: list[Maker] = []


def checks(now: datetime | None = None) -> list[Check]:
    """All lines, in the order in which they are shown."""
    now = now or timezone.now()
    makers: tuple[Maker, ...] = (
        _database, _redis, _dispatcher, _worker, _queue, _failures, _disk, _triggers, _migrations, _backup, _anchor,
        _clock, _scores, _files, *_registered,
    )  # fmt: skip
    return [line for make in makers if (line := make(now)) is not None]


def register(maker: Maker) -> None:
    """Let a room add a line of its own; doing it twice is harmless."""
    if maker not in _registered:
        _registered.append(maker)


def worst(lines: Iterable[Check]) -> str:
    """The state of the whole."""
    states = {line.state for line in lines}
    return BAD if BAD in states else WARNING if WARNING in states else GOOD


def _database(now: datetime) -> Check:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    took = _("answers within %(ms)d ms") % {"ms": int((time.monotonic() - began) * 1000)}
    return Check("database", _("Database"), GOOD, f"{connection.vendor}, {took}")


def _heard(name: str, label: str, last: datetime | None, now: datetime, cure: str) -> Check:
    if last is not None and last >= now - jobs.DEAF_AFTER:
        return Check(name, label, GOOD, _("works"), last)
    silence = _("nothing heard of it yet") if last is None else _("silent")
    return Check(name, label, BAD, f"{silence}. {cure}", last)


def _redis(now: datetime) -> Check | None:
    if not settings.REDIS_URL:
        return None
    cure = _("Tasks wait in the database and go on afterwards. Start Redis, or look at REDIS_URL.")
    return _heard("redis", "Redis", jobs.last_beat(jobs.REDIS), now, cure)


def _dispatcher(now: datetime) -> Check | None:
    if not settings.REDIS_URL:
        return None
    cure = _("Tasks wait in the database. Start “./portal worker”, or its dispatcher.")
    return _heard("dispatcher", _("Dispatcher"), jobs.last_beat(jobs.DISPATCHER), now, cure)


def _worker(now: datetime) -> Check:
    cure = _("Tasks wait in the database. Start the worker, or restart it when it runs.")
    return _heard("worker", _("Worker"), jobs.last_work(), now, cure)


def _queue(now: datetime) -> Check:
    waiting = Job.objects.filter(status=Job.Status.QUEUED)
    untold = waiting.filter(published_at=None, attempts=0).order_by("id").values_list("created_at", flat=True).first()
    count = _("%(count)d waiting") % {"count": waiting.count()}
    if untold is not None and untold < now - LATE:
        return Check("queue", _("Tasks waiting"), BAD, f"{count}, {_('the oldest was not handed on in time')}", untold)
    return Check("queue", _("Tasks waiting"), GOOD, count, untold)


def _failures(now: datetime) -> Check:
    failed = Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=now - timedelta(days=1)).count()
    return Check(
        "failures",
        _("Tasks failed within a day"),
        WARNING if failed else GOOD,
        _("%(count)d failed") % {"count": failed},
    )


def _disk(now: datetime) -> Check:
    shares = {str(path): free_share(path) for path in _folders()}
    path, least = min(shares.items(), key=lambda pair: pair[1])
    says = _("%(percent)d %% free at %(path)s") % {"percent": int(least * 100), "path": path}
    return Check("disk", _("Free disk"), GOOD if least >= LEAST_FREE else BAD, says)


def _folders() -> list[Path]:
    found = [Path(settings.MEDIA_ROOT), Path(settings.AUDIT_ANCHORS).parent]
    if connection.vendor == "sqlite":
        found.append(Path(str(connection.settings_dict["NAME"])).parent)
    return found


def free_share(path: Path) -> float:
    """The free share of the disk that holds the path, or would hold it: 0 to 1."""
    there = next((each for each in (path, *path.absolute().parents) if each.is_dir()), Path("/"))
    usage = shutil.disk_usage(there)
    return usage.free / usage.total


def _triggers(now: datetime) -> Check:
    gaps = [*guards.missing(), *(fault.msg for fault in audit_chain.check_trigger(None, ["default"]))]
    says = _("%(count)d stand") % {"count": len(guards.names()) + 1}
    if gaps:
        says = _("Missing: %(names)s. Run: manage.py migrate") % {"names": guards.some(gaps)}
    return Check("triggers", _("Guards of settled rows"), BAD if gaps else GOOD, says)


def _migrations(now: datetime) -> Check:
    waiting = readiness.waiting_migrations()
    says = _("all applied")
    if waiting:
        says = _("Not applied: %(names)s. Run: manage.py migrate") % {"names": ", ".join(waiting[:5])}
    return Check("migrations", _("Migrations"), BAD if waiting else GOOD, says)


def _backup(now: datetime) -> Check:
    last = jobs.last_beat(BACKUP)
    if last is None:
        return Check("backup", _("Last backup"), WARNING, _("None yet. Run manage.py backup every night."))
    late = last < now - DAILY
    says = _("More than a day ago. Look at the nightly job.") if late else _("in time")
    return Check("backup", _("Last backup"), BAD if late else GOOD, says, last)


def _anchor(now: datetime) -> Check:
    last = audit_verify.last_anchored()
    oldest = AuditLink.objects.order_by("seq").values_list("entry__at", flat=True).first()
    if oldest is None or (last is None and oldest >= now - DAILY) or (last is not None and last >= now - DAILY):
        return Check("anchor", _("Last anchor of the audit trail"), GOOD, _("in time"), last)
    cure = _("More than a day ago. Look at AUDIT_ANCHORS and at the worker.")
    return Check("anchor", _("Last anchor of the audit trail"), BAD, cure, last)


def _clock(now: datetime) -> Check:
    found = clock.warnings()
    stepped = jobs.last_beat(jobs.STEP)
    if stepped is not None and stepped > now - timedelta(days=1):
        said = {"at": timezone.localtime(stepped).strftime("%Y-%m-%d %H:%M")}
        found.append(_("The clock jumped, noticed at %(at)s. Check what was handed in around deadlines then.") % said)
    return Check("clock", _("Clocks"), WARNING if found else GOOD, " ".join(found) or _("agree"))


def _scores(now: datetime) -> Check:
    return _verified("scores", _("Settled scores verified"), verifications.last("scores.verified"), now)


def _files(now: datetime) -> Check:
    return _verified("evidence", _("Stored files verified"), verifications.last("evidence.verified"), now)


def _verified(name: str, label: str, row: AuditEntry | None, now: datetime) -> Check:
    """The last nightly verification of a kind: wrong is bad, none or an old one a warning."""
    if row is None:
        return Check(name, label, WARNING, _("not yet; it runs by night"))
    found = row.after or {}
    if found.get("wrong"):
        says = _("%(wrong)d of %(count)d are wrong. Read the audit trail of that moment.") % found
        return Check(name, label, BAD, says, row.at)
    if row.at < now - DAILY - timedelta(hours=4):
        return Check(name, label, WARNING, _("More than a day ago. Look at the worker."), row.at)
    return Check(name, label, GOOD, _("%(count)d right") % found, row.at)
