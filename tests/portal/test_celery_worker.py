"""A real worker process behind a real Redis: the same rows, the same tasks, whatever breaks in between."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.results.services.tally import request_tally
from branchportal import jobs, worker
from branchportal.models import Job
from tests.factories.results import make_approved
from tests.services import CeleryWorker

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 90


def wait_until_done(celery_worker: CeleryWorker, job: Job) -> int:
    """How many attempts it took."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if job.is_over:
            assert (job.status, job.message) == (Job.Status.DONE, job.message)
            return job.attempts
        time.sleep(0.1)
    said = celery_worker.log.read_text()[-3000:]
    pytest.fail(f"The job is still {job.status} after {PATIENCE_SECONDS} s. The worker said:\n{said}")


@pytest.fixture
def tally_job(city, inspector, office) -> Job:
    make_approved(city.sheet, inspector)
    return request_tally(actor=office, cycle=city.cycle)


def test_a_worker_process_does_what_the_dispatcher_rings_for(celery_worker, tally_job):
    assert worker.publish_due() == 1
    assert wait_until_done(celery_worker, tally_job) == 1
    assert worker.publish_due() == 0


def test_a_job_waits_while_the_worker_is_away_and_is_done_once_it_is_back(celery_worker, tally_job):
    celery_worker.stop()
    assert worker.publish_due() == 1
    time.sleep(1)
    tally_job.refresh_from_db()
    assert tally_job.status == Job.Status.QUEUED
    celery_worker.start()
    assert wait_until_done(celery_worker, tally_job) == 1


def test_a_job_whose_bell_was_lost_is_rung_for_again(celery_worker, tally_job):
    long_ago = timezone.now() - jobs.SILENT_AFTER - timedelta(seconds=1)
    Job.objects.filter(pk=tally_job.pk).update(published_at=long_ago)
    assert worker.publish_due() == 1
    assert wait_until_done(celery_worker, tally_job) == 1


def test_a_job_left_over_by_a_killed_worker_is_taken_up_again(celery_worker, tally_job):
    celery_worker.kill()
    long_ago = timezone.now() - jobs.SILENT_AFTER - timedelta(seconds=1)
    Job.objects.filter(pk=tally_job.pk).update(status=Job.Status.RUNNING, heartbeat_at=long_ago, attempts=1)
    assert jobs.reap() == 1
    celery_worker.start()
    assert worker.publish_due() == 1
    assert wait_until_done(celery_worker, tally_job) == 2


def test_two_bells_for_one_job_do_it_once(celery_worker, tally_job):
    celery_worker.stop()
    worker.app.tasks[tally_job.task].apply_async(args=[tally_job.pk])
    worker.app.tasks[tally_job.task].apply_async(args=[tally_job.pk])
    celery_worker.start()
    wait_until_done(celery_worker, tally_job)
    time.sleep(1)
    assert wait_until_done(celery_worker, tally_job) == 1
