"""What is forgotten after its time, and what never is."""

from datetime import timedelta
from pathlib import Path

import pytest
from axes.models import AccessAttempt, AccessLog
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

from branches.models import ImportUpload
from branchportal import audit, audit_verify, environment
from branchportal.models import AuditEntry, Job
from members import retention
from members.models import SignIn, User
from members.tokens.models import ApiToken
from tests.conftest import City

pytestmark = pytest.mark.django_db
NOW = timezone.now()
AGES = (0, 30, 183, 184, 185, 399, 401, 900)


def chain_problems() -> list[str]:
    """What the audit chain says; PostgreSQL links rows at the end of a transaction, so that is brought forward."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return audit_verify.verify().problems


def fill(user: User) -> None:
    """Rows of every age."""
    for age in AGES:
        moment = NOW - timedelta(days=age, minutes=1)
        SignIn.objects.create(user=user, session_key=f"s{age}", began_at=moment, seen_at=moment)
        for model in (AccessAttempt, AccessLog):
            row = model(username=f"u{age}", ip_address="10.0.0.1", user_agent="x", path_info="/")
            if model is AccessAttempt:
                row.get_data = row.post_data = ""
                row.failures_since_start = 1
            row.save()
            model.objects.filter(pk=row.pk).update(attempt_time=moment)
        Job.objects.create(
            task="x", title=f"j{age}", owner=user, status="done", created_at=moment, finished_at=moment,
            file_path=f"jobs/{age}.csv", file_name="a.csv",
        )  # fmt: skip
        ImportUpload.objects.create(
            kind="members", owner=user, file_name="a", digest="", rows={}, status="done", created_at=moment,
            expires_at=moment, report={"new": [{"name": "甲"}]},
        )  # fmt: skip
        ApiToken.objects.create(
            name=f"t{age}", purpose="x", digest=f"{age}", hint="", expires_on=moment.date(), created_by=user,
            created_at=moment,
        )  # fmt: skip
        entry = audit.entry(user, "account.signed_in", user)
        entry.at = moment
        entry.save()


def ages(model: type, field: str, prefix: int = 1) -> set[int]:
    return {int(value[prefix:]) for value in model.objects.values_list(field, flat=True)}


@pytest.mark.parametrize("days", [400, 184, 1])
def test_retention_nothing_younger_than_184_days_is_ever_purged(
    city: City, outsider: User, settings: object, days: int
) -> None:
    settings.SECURITY_LOG_DAYS = days
    fill(outsider)
    Job.objects.create(task="x", title="j999", owner=outsider, status="running", created_at=NOW - timedelta(days=999))
    before = AuditEntry.objects.count()
    retention.keep(NOW)
    kept = {age for age in AGES if age < max(days, 184)}
    assert ages(SignIn, "session_key") == ages(AccessAttempt, "username") == ages(AccessLog, "username") == kept
    assert ages(Job, "title") == kept | {999}
    assert {age for age in ages(ApiToken, "name") if age != max(days, 184)} == {a for a in kept if a != max(days, 184)}
    assert AuditEntry.objects.count() == before + 1
    purged = AuditEntry.objects.get(action="retention.purged")
    assert purged.after["members.signin"] == len(AGES) - len(kept)
    assert not chain_problems()


def test_retention_files_and_reports_go_after_thirty_days(city: City, outsider: User, settings: object) -> None:
    fill(outsider)
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    folder.mkdir(parents=True)
    for age in AGES:
        (folder / f"{age}.csv").write_text("甲")
    retention.keep(NOW)
    assert [path.name for path in folder.iterdir()] == ["0.csv"]
    assert set(Job.objects.exclude(file_path="").values_list("title", flat=True)) == {"j0"}
    assert ImportUpload.objects.exclude(report={}).count() == 1
    assert retention.keep(NOW) == {}
    assert AuditEntry.objects.filter(action="retention.purged").count() == 1


def test_retention_uploads_nobody_confirmed_lose_their_rows(city: City, outsider: User) -> None:
    upload = ImportUpload.objects.create(
        kind="members", owner=outsider, file_name="a", digest="", rows={"rows": [["甲"]]}, status="ready",
        created_at=NOW, expires_at=NOW + timedelta(minutes=30),
    )  # fmt: skip
    retention.keep(NOW + timedelta(minutes=31))
    upload.refresh_from_db()
    assert (upload.status, upload.rows) == ("expired", {})


def test_retention_a_shorter_time_than_the_law_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURITY_LOG_DAYS", "183")
    with pytest.raises(ImproperlyConfigured, match="184"):
        environment.log_days()
    monkeypatch.setenv("SECURITY_LOG_DAYS", "184")
    assert environment.log_days() == 184


def test_retention_runs_every_hour(settings: object) -> None:
    assert "members.retention.keep" in settings.HOURLY
    assert "members.offices.warn_daily" in settings.HOURLY
