"""The job table: one effect per job, progress, cancellation, silence, and a sentence for every end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from branchportal import jobs, worker
from branchportal.errors import PortalError
from branchportal.models import Job
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


def test_a_fault_ends_the_job_without_its_details(owner: User) -> None:
    job = ask(owner)
    with jobs.working_on(job.pk):
        raise RuntimeError("secret detail")
    job.refresh_from_db()
    assert job.status == "failed"
    assert "secret detail" not in job.message


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
