"""A bundle for those who look into an incident: what runs here, how it is doing, what was done, what was logged.

    versions.json     Python, packages, database, engine of the portal, settings that are no secrets
    health.json       the lines of the health page
    audit.jsonl       the audit trail of the last days, one row a line
    chain.json        the end of the audit chain and what its verification says
    attempts.jsonl    failed sign-ins that are still counted
    jobs.jsonl        tasks that failed in those days
    logs/…            the log files that were named, their last 50 MB each
    manifest.json     SHA-256 of all of them

Numbers of people and secrets are blanked as in the log. Nothing is changed but one audit row that tells of the bundle.
"""

import hashlib
import json
import platform
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import distributions
from pathlib import Path

from axes.models import AccessAttempt
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit, audit_verify, health
from .errors import PortalError
from .logs import scrubbed
from .models import AuditEntry, AuditHead, Job

MOST_LOG_BYTES = 50 * 1024 * 1024
SHOWN_SETTINGS = (
    "DEBUG", "DEMO", "ALLOWED_HOSTS", "HTTPS", "BEHIND_HTTPS_PROXY", "PROXY_COUNT", "SECOND_FACTOR", "PASSWORD_PROFILE",
    "EMBEDDED_WORKER", "MAX_UPLOAD_BYTES", "TIME_ZONE", "SESSION_ENGINE",
)  # fmt: skip


@dataclass(frozen=True)
class Bundle:
    """What was written: the file, its SHA-256, audit rows and log files in it."""

    path: Path
    sha256: str
    audit_rows: int
    logs: int


def write_bundle(path: Path, *, days: int, logs: Iterable[Path] = (), now: datetime | None = None) -> Bundle:
    """Write the bundle as a ZIP that only its owner reads. Raises: PortalError when it exists or a log is missing."""
    now, logs = now or timezone.now(), list(logs)
    if missing := [str(log) for log in logs if not log.is_file()]:
        raise PortalError(_("There is no log file %(names)s.") % {"names": ", ".join(missing)})
    since, digests, rows = now - timedelta(days=days), {}, 0
    try:
        path.touch(mode=0o600, exist_ok=False)
    except OSError as fault:
        raise PortalError(_("The bundle could not be written: %(why)s") % {"why": fault}) from fault
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        for name, lines in _members(since, now, logs):
            digest, count = hashlib.sha256(), 0
            with bundle.open(name, "w", force_zip64=True) as member:
                for line in lines:
                    member.write(line)
                    digest.update(line)
                    count += 1
            digests[name] = digest.hexdigest()
            rows = count if name == "audit.jsonl" else rows
        manifest = {"made_at": now.isoformat(), "days": days, "sha256": digests}
        bundle.writestr("manifest.json", json.dumps(manifest, indent=2, sort_keys=True))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    head = AuditHead.objects.first() or AuditHead(pk=1, seq=0)
    audit.record(None, "audit.bundled", head, after={"sha256": sha256, "days": days, "rows": rows}, note="console")
    return Bundle(path, sha256, rows, len(logs))


def _members(since: datetime, now: datetime, logs: list[Path]) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "versions.json", [_json(versions())]
    yield "health.json", (_json(vars(line)) for line in health.checks(now))
    yield "audit.jsonl", _audit_rows(since)
    yield "chain.json", [_json(_chain())]
    yield (
        "attempts.jsonl",
        _rows(AccessAttempt.objects.order_by("pk"), ("attempt_time", "username", "ip_address", "failures_since_start")),
    )
    failed = Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=since).order_by("pk")
    yield "jobs.jsonl", _rows(failed, ("pk", "task", "params", "attempts", "message", "created_at", "finished_at"))
    for number, log in enumerate(logs):
        yield f"logs/{number}-{log.name}", _log_lines(log)


def versions() -> dict[str, object]:
    """What runs here; no secrets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SELECT version()")
        server = cursor.fetchone()[0]
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "database": f"{connection.vendor} {server}",
        "revision": _revision(),
        "packages": {each.metadata["Name"]: each.version for each in distributions()},
        "settings": {name: getattr(settings, name, None) for name in SHOWN_SETTINGS},
    }


def _revision() -> str:
    """The commit that runs, where the repository lies beside the code."""
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()  # noqa: S603
    return ""


def _chain() -> dict[str, object]:
    verdict = audit_verify.verify()
    return {"rows": verdict.rows, "end": verdict.digest, "anchors": verdict.anchors, "problems": verdict.problems}


def _audit_rows(since: datetime) -> Iterator[bytes]:
    rows = AuditEntry.objects.filter(at__gte=since).order_by("pk")
    names = ("pk", "at", "actor__username", "acting_role", "action", "object_type", "object_id", "object_label",
             "before", "after", "note", "request_id")  # fmt: skip
    return _rows(rows, names)


def _rows(rows: object, names: tuple[str, ...]) -> Iterator[bytes]:
    for row in rows.values(*names).iterator(chunk_size=2000):
        yield _json(row)


def _json(row: object) -> bytes:
    """One line, numbers of people and secrets blanked."""
    text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return scrubbed(text).encode("utf-8", "replace") + b"\n"


def _log_lines(log: Path) -> Iterator[bytes]:
    """The end of a log file, blanked line by line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - MOST_LOG_BYTES))
        for line in file:
            yield scrubbed(line.decode("utf-8", "replace")).encode("utf-8", "replace")
