"""The job table: one effect per job, progress, cancellation, silence, and a sentence for every end."""

import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from branchportal import jobs, schedules, worker
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry, Job, WorkerBeat
from members.models import User
from tests.factories.members import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user("owner")


def ask(owner: User) -> Job:
    return jobs.request("results.run_tally", title="汇总计分", owner=owner, cycle=1)


def test_a_job_runs_once_however_often_it_is_delivered(owner: User) -> None:
    job, effects = ask(owner), []
    for _delivery in range(3):
        with jobs.working_on(job.pk) as progress:
            if progress:
                progress.start(2)
                effects.append("done")
                progress.finish(message="完成", url="/results/")
    job.refresh_from_db()
    assert (effects, job.status, job.done, job.total, job.message) == (["done"], "done", 2, 2, "完成")
    assert job.result_url == "/results/"


def test_a_refusal_ends_the_job_with_its_sentence(owner: User) -> None:
    job = ask(owner)
    with jobs.working_on(job.pk) as progress:
        progress.start(1)
        raise PortalError("没有可计分的党支部。")
    job.refresh_from_db()
    assert (job.status, job.message) == ("failed", "没有可计分的党支部。")


def fall_over(job: Job) -> Job:
    """One attempt that breaks off, and the end of the pause after it."""
    with jobs.working_on(job.pk) as progress:
        if progress:
            raise RuntimeError("secret detail")
    Job.objects.filter(pk=job.pk).update(not_before=None)
    job.refresh_from_db()
    return job


def test_a_fault_is_tried_three_times_and_then_ends_the_job_without_its_details(owner: User) -> None:
    job = ask(owner)
    assert [fall_over(job).status for _attempt in range(4)] == ["queued", "queued", "failed", "failed"]
    assert (job.attempts, job.fault) == (3, "RuntimeError")
    assert "secret detail" not in job.message


def test_after_a_fault_others_have_their_turn(owner: User) -> None:
    poison, other = ask(owner), ask(owner)
    with jobs.working_on(poison.pk):
        raise RuntimeError
    assert [job.pk for job in jobs.due()] == [other.pk]
    assert [job.pk for job in jobs.due(timezone.now() + timedelta(minutes=1))] == [poison.pk, other.pk]


def test_a_failed_job_can_be_started_again_and_no_other(owner: User) -> None:
    job = ask(owner)
    with pytest.raises(StaleState):
        jobs.retry(job=job, actor=owner)
    for _attempt in range(3):
        fall_over(job)
    jobs.retry(job=job, actor=owner)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.message) == ("queued", 0, "")
    assert AuditEntry.objects.filter(action="job.retried", object_id=job.pk, actor=owner).count() == 1


def test_of_two_dispatchers_one_rings(owner: User) -> None:
    job = ask(owner)
    first, second = jobs.due()[0], jobs.due()[0]
    assert (jobs.take_bell(first), jobs.take_bell(second)) == (True, False)
    jobs.give_back_bell(job)
    assert jobs.due() == [job]


def test_a_long_silent_step_is_no_silence(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    beaten = threading.Event()

    def see(**fields: object) -> int:
        beaten.set()
        return 1

    monkeypatch.setattr(jobs, "SILENT_AFTER", timedelta(milliseconds=30))
    job = ask(owner)
    with jobs.working_on(job.pk):
        monkeypatch.setattr(jobs, "_mine", lambda job: mock.Mock(update=see))
        assert beaten.wait(60)
        monkeypatch.undo()


def test_a_worker_counts_as_long_as_a_beat_or_a_job_of_it_is_seen(owner: User, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert jobs.is_worker_silent()
    jobs.beat(jobs.DISPATCHER)
    assert jobs.is_worker_silent(), "the dispatcher alone does nothing"
    Job.objects.filter(pk=ask(owner).pk).update(status="running", heartbeat_at=timezone.now())
    assert not jobs.is_worker_silent(), "busy with a job"
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    jobs.beat(jobs.WORKER)
    assert not jobs.is_worker_silent()
    WorkerBeat.objects.update(at=timezone.now() - timedelta(seconds=91))
    assert jobs.is_worker_silent()


def test_a_schedule_fires_once_an_hour_and_a_fault_holds_up_no_other(owner: User) -> None:
    start = timezone.now()
    fired = [schedules.take("a", timedelta(hours=1), start + timedelta(minutes=at)) for at in range(0, 130, 10)]
    assert fired.count(True) == 3
    names = ["branchportal.nowhere.nothing", "django.utils.timezone.now"]
    assert (schedules.run_due(names), schedules.run_due(names)) == (2, 0)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(owner: User) -> None:
    waiting, running = ask(owner), ask(owner)
    jobs.cancel(job=waiting, actor=owner)
    with jobs.working_on(running.pk) as progress:
        progress.start(10)
        jobs.cancel(job=running, actor=owner)
        progress.step(10)
        pytest.fail("the step goes on after the cancellation")
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert (waiting.status, running.status) == ("cancelled", "cancelled")
    with jobs.working_on(waiting.pk) as progress:
        assert progress is None


def test_a_silent_job_is_handed_out_again_and_given_up_after_three_attempts(owner: User) -> None:
    job = ask(owner)
    for attempt in (1, 2, 3):
        Job.objects.filter(pk=job.pk, status="queued").update(
            status="running", attempts=attempt, heartbeat_at=timezone.now() - timedelta(minutes=5)
        )
        assert jobs.reap() == 1
        job.refresh_from_db()
    assert (job.status, job.attempts) == ("failed", 3)


def test_a_worker_that_was_given_up_cannot_end_the_job_of_the_next(owner: User) -> None:
    job = ask(owner)
    with jobs.working_on(job.pk) as late:
        late.start(1)
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
        jobs.reap()
        Job.objects.filter(pk=job.pk).update(status="running", started_at=timezone.now() + timedelta(seconds=1))
    job.refresh_from_db()
    assert job.status == "running"


def test_a_request_only_writes_a_row_and_the_dispatcher_finds_it(owner: User) -> None:
    job = ask(owner)
    assert [due.pk for due in jobs.due()] == [job.pk]
    Job.objects.filter(pk=job.pk).update(published_at=timezone.now())
    assert jobs.due() == []
    Job.objects.filter(pk=job.pk).update(published_at=timezone.now() - timedelta(minutes=2))
    assert [due.pk for due in jobs.due()] == [job.pk]


def test_the_page_says_when_nobody_works(owner: User, sign_in: object) -> None:
    job = ask(owner)
    client = sign_in(owner)
    assert "后台进程当前未运行" in client.get(f"/tasks/{job.pk}/").content.decode()
    jobs.beat("embedded")
    assert "后台进程当前未运行" not in client.get(f"/tasks/{job.pk}/").content.decode()


def test_tasks_of_others_are_like_missing_ones(owner: User, sign_in: object) -> None:
    job, client = ask(owner), sign_in(make_user("other"))
    said = "此页面不存在，或您无权查看。"
    for address in (f"/tasks/{job.pk}/", f"/tasks/{job.pk}/file/", "/tasks/99999/"):
        answer = client.get(address)
        assert (answer.status_code, said in answer.content.decode(), job.title in answer.content.decode()) == (
            404,
            True,
            False,
        )
    assert client.post(f"/tasks/{job.pk}/cancel/").status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"


def test_an_unknown_task_name_does_not_stop_the_others(owner: User) -> None:
    jobs.request("gone.task", title="旧任务", owner=owner)
    ran = worker.run_due_here()
    assert ran == 1
    assert Job.objects.get(task="gone.task").status == "failed"


def test_slips_with_passwords_are_forgotten_by_the_hourly_round(owner: User, settings: object) -> None:
    job = jobs.request("reports.account_slips", title="账号条", owner=owner)
    folder = jobs.files_folder()
    (folder / "slips.pdf").write_bytes(b"%PDF-")
    ended = timezone.now() - timedelta(hours=25)
    Job.objects.filter(pk=job.pk).update(status="done", finished_at=ended, file_path="jobs/slips.pdf")
    worker.tidy()
    assert not (folder / "slips.pdf").exists()
    assert Job.objects.get(pk=job.pk).file_path == ""
