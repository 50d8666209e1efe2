"""The system administrator's pages: what works and what does not, everybody's tasks, and never a score."""

from collections import namedtuple
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from branchportal import guards, health, jobs, verifications
from branchportal.models import AuditEntry, Job, WorkerBeat
from members.models import User

pytestmark = pytest.mark.django_db
REDIS = "redis://127.0.0.1:1/0"  # nobody listens there, and nobody asks
Usage = namedtuple("Usage", "total used free")


def state_of(name: str) -> str:
    return next(line.state for line in health.checks() if line.name == name)


@pytest.fixture
def running(db: None, settings: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal with Redis in which everything gave a sign of life just now."""
    settings.REDIS_URL = REDIS
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors")
    for name in (jobs.WORKER, jobs.DISPATCHER, jobs.REDIS, health.BACKUP):
        jobs.beat(name)
    for action in verifications.KNOWN:
        verifications.run(action, lambda: SimpleNamespace(count=1, problems=[]))
    monkeypatch.setattr("branchportal.clock.warnings", list)  # the clock of this machine is not what is tried


def ask(owner: User, **fields: object) -> Job:
    job = jobs.request("results.run_tally", title="汇总计分：2026年第四季度", owner=owner, cycle=1)
    Job.objects.filter(pk=job.pk).update(**fields)
    return job


def test_all_is_well(running: None, sysadmin: User, sign_in: object) -> None:
    lines = health.checks()
    assert (health.worst(lines), [line.name for line in lines if line.state != health.GOOD]) == ("good", [])
    page = sign_in(sysadmin).get("/system/").content.decode()
    assert "一切正常" in page


@pytest.mark.parametrize("name", ["worker", "dispatcher", "redis"])
def test_f19_what_is_silent_for_ninety_seconds_is_red(running: None, name: str) -> None:
    now = timezone.now()
    WorkerBeat.objects.filter(name=name).update(at=now - timedelta(seconds=85))
    assert state_of(name) == health.GOOD
    WorkerBeat.objects.filter(name=name).update(at=now - timedelta(seconds=91))
    assert state_of(name) == health.BAD
    WorkerBeat.objects.filter(name=name).delete()
    assert state_of(name) == health.BAD


def test_a_busy_worker_is_not_silent(running: None, sysadmin: User) -> None:
    WorkerBeat.objects.filter(name="worker").delete()
    ask(sysadmin, status="running", heartbeat_at=timezone.now())
    assert state_of("worker") == health.GOOD


def test_less_than_a_tenth_of_the_disk_is_red(running: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((11, health.GOOD), (9, health.BAD)):
        monkeypatch.setattr("shutil.disk_usage", lambda path, free=free: Usage(100, 100 - free, free))
        assert state_of("disk") == state


def test_a_job_that_nobody_was_told_of_is_red_after_two_minutes(running: None, sysadmin: User) -> None:
    job = ask(sysadmin)
    assert state_of("queue") == health.GOOD
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=121))
    assert state_of("queue") == health.BAD


def test_backup_and_anchor_are_a_day_old_at_most(running: None, sysadmin: User) -> None:
    ask(sysadmin)
    WorkerBeat.objects.filter(name="backup").update(at=timezone.now() - timedelta(hours=27))
    assert state_of("backup") == health.BAD
    late = timezone.now() + timedelta(hours=27)
    if connection.vendor == "postgresql":  # links the rows of the audit trail as the transaction ends
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert next(line.state for line in health.checks(late) if line.name == "anchor") == health.BAD


def test_missing_guards_are_red(running: None) -> None:
    guards.drop()
    try:
        assert state_of("triggers") == health.BAD
    finally:
        guards.create()


def test_without_redis_there_is_only_the_worker(settings: object) -> None:
    settings.REDIS_URL = ""
    names = [line.name for line in health.checks()]
    assert "redis" not in names
    assert "dispatcher" not in names
    jobs.beat(jobs.EMBEDDED)
    assert state_of("worker") == health.GOOD


def test_the_red_line_says_what_to_do(running: None, sysadmin: User, sign_in: object) -> None:
    WorkerBeat.objects.filter(name="worker").delete()
    page = sign_in(sysadmin).get("/system/").content.decode()
    assert 'data-check="worker" data-state="bad"' in page
    assert "启动" in page


def test_everybodys_tasks_without_messages(running: None, sysadmin: User, office: User, sign_in: object) -> None:
    ask(office, status="failed", fault="RuntimeError", message="甲支部得分 93.75", attempts=3)
    page = sign_in(sysadmin).get("/system/tasks/").content.decode()
    assert "汇总计分：2026年第四季度" in page
    assert (office.name in page, "RuntimeError" in page, "93.75" in page) == (True, True, False)


def rows_of(client: Client, address: str) -> int:
    return client.get(address).content.decode().count('class="row-title"')


def test_pages_of_fifty_and_the_filter(running: None, sysadmin: User, office: User, sign_in: object) -> None:
    for at in range(60):
        ask(office, status="failed" if at < 3 else "done")
    client = sign_in(sysadmin)
    first = client.get("/system/tasks/")
    assert first.content.decode().count('class="row-title"') == 50
    assert rows_of(client, f"/system/tasks/?before={first.context['next']}") == 10
    assert rows_of(client, "/system/tasks/?state=failed") == 3
    assert rows_of(client, "/system/tasks/?state=nonsense&before=x") == 50


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_asks_the_same_however_long(
    count: int, running: None, sysadmin: User, office: User, sign_in: object, django_assert_num_queries: object
) -> None:
    for _at in range(count):
        ask(office)
    client = sign_in(sysadmin)
    client.get("/system/tasks/")
    with django_assert_num_queries(6):  # session, account, its offices, tasks, beats, jobs that run
        client.get("/system/tasks/")


def test_start_again_and_stop_leave_a_trace(running: None, sysadmin: User, office: User, sign_in: object) -> None:
    failed, waiting = ask(office, status="failed", attempts=3), ask(office)
    client = sign_in(sysadmin)
    assert client.post(f"/system/tasks/{failed.pk}/retry/").status_code == 302
    assert client.post(f"/system/tasks/{waiting.pk}/stop/").status_code == 302
    failed.refresh_from_db()
    waiting.refresh_from_db()
    assert (failed.status, failed.attempts, waiting.status) == ("queued", 0, "cancelled")
    traced = AuditEntry.objects.filter(actor=sysadmin).values_list("action", "object_id")
    assert {("job.retried", failed.pk), ("job.cancel_requested", waiting.pk)} <= set(traced)
    assert client.post(f"/system/tasks/{waiting.pk}/retry/").status_code == 409


@pytest.mark.parametrize("address", ["/system/", "/system/tasks/"])
def test_nobody_else_sees_them(address: str, office: User, auditor: User, sign_in: object) -> None:
    for user in (office, auditor):
        assert sign_in(user).get(address).status_code == 403


def test_the_simple_page_tells_nothing(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
