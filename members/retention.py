"""What is forgotten after its time, and what never is. Called every hour; each removal leaves an audit row of counts.

The audit trail is not among it. Sign-ins, refusals and looks at personal data stand in the same chain as the changes
of scores, which is kept for the records' life: a chain that was cut would prove nothing. So “at least 184 days”
(网络安全法: six natural months at their longest) holds for it anyway. The other security logs go after
`SECURITY_LOG_DAYS`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone

from branches.imports.services import expire_uploads
from branches.models import ImportUpload
from branchportal import audit
from branchportal.models import Job

from .models import ApiToken, SignIn, User
from .security.sessions import LEAST_LOG_DAYS

FILE_DAYS = 30  # files that tasks made, reports of imports: whoever asked has fetched them
PORTION = 2000
OVER = (Job.Status.DONE, Job.Status.FAILED, Job.Status.CANCELLED)


def keep(now: datetime | None = None) -> dict[str, int]:
    """Remove what is over; says how many rows of each kind. Repeating it is harmless."""
    now = now or timezone.now()
    expire_uploads(now=now)
    Session.objects.filter(expire_date__lt=now).delete()
    found: dict[str, int] = {}
    for name, remove in _removals(now):
        if count := remove():
            found[name] = count
    if found:
        audit.record(None, "retention.purged", User(pk=0, name="—"), after=found)
    return found


def log_days() -> int:
    """How long security logs are kept: the setting, never less than the law wants."""
    return max(settings.SECURITY_LOG_DAYS, LEAST_LOG_DAYS)


def _removals(now: datetime) -> Iterator[tuple[str, Callable[[], int]]]:
    logs, files = now - timedelta(days=log_days()), now - timedelta(days=FILE_DAYS)
    for model, moment in (
        (SignIn, "began_at"), (AccessAttempt, "attempt_time"), (AccessFailureLog, "attempt_time"),
        (AccessLog, "attempt_time"),
    ):  # fmt: skip
        rows = model.objects.filter(**{f"{moment}__lt": logs})
        yield model._meta.label_lower, lambda rows=rows: _delete(rows)
    expired = ApiToken.objects.filter(expires_on__lt=logs.date())
    yield "members.apitoken", lambda: _delete(expired)
    yield "job files", lambda: _forget_files(files)  # before their rows
    yield "branchportal.job", lambda: _delete(_jobs_to_go(logs))
    yield "import reports", lambda: _forget_reports(files)


def _delete(rows: models.QuerySet) -> int:
    """Delete in portions, so that nobody waits for one long statement."""
    count = 0
    while keys := list(rows.values_list("pk", flat=True)[:PORTION]):
        with transaction.atomic():
            rows.model._base_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def _jobs_to_go(before: datetime) -> models.QuerySet[Job]:
    """Jobs that are over so long and that no record still names as its own."""
    rows = Job.objects.filter(status__in=OVER, finished_at__lt=before)
    for relation in Job._meta.related_objects + tuple(_hidden_relations(Job)):
        if relation.on_delete is models.PROTECT:
            named = relation.related_model._base_manager.exclude(**{relation.field.name: None})
            rows = rows.exclude(pk__in=named.values(relation.field.name))
    return rows


def _hidden_relations(model: type[models.Model]) -> Iterator[models.ForeignObjectRel]:
    for field in model._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToOneRel) and field.hidden:
            yield field


def _forget_files(before: datetime) -> int:
    """Files of tasks: exports with names of people do not lie about for ever. The row says that it was there."""
    rows = Job.objects.filter(status__in=OVER, finished_at__lt=before).exclude(file_path="")
    count = 0
    for job in rows.iterator(chunk_size=PORTION):
        (Path(settings.MEDIA_ROOT) / job.file_path).unlink(missing_ok=True)
        count += Job.objects.filter(pk=job.pk).update(file_path="", file_name="")
    return count


def _forget_reports(before: datetime) -> int:
    """Names and cells in the reports of trial runs; the counts and the audit rows stay."""
    rows = ImportUpload.objects.filter(created_at__lt=before).exclude(report={})
    return rows.update(report={})
