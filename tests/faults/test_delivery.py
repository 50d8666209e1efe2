"""T-F10: a job that is delivered again and again has one effect; every task of the registry begins with the claim."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.results.models import Tally
from assessments.results.services.tally import request_tally
from branchportal import jobs, worker
from branchportal.models import AuditEntry, Job
from members.models import User
from tests.factories.members import make_user
from tests.factories.results import make_approved

from .conftest import cycles
from .processes import Portal, wait_for
from .test_redis import are_over, ask
from .world import make_town

worker.app.loader.import_default_modules()
TASKS = sorted(name for name in worker.app.tasks if not name.startswith(("celery.", "faults.", jobs.BEAT_TASK)))


def ring(portal: Portal, job: Job, times: int) -> None:
    with worker.app.connection_for_write(portal.redis.url) as line:
        for _time in range(times):
            worker.app.send_task(job.task, args=[job.pk], connection=line)


def test_f10_one_effect_of_ten_deliveries_at_once_and_ten_more_afterwards(portal: Portal, figures: object) -> None:
    town = make_town(saves=1, submits=0, approvals=0)
    tasks = [ask(town) for _cycle in range(cycles())]
    for job in tasks:
        ring(portal, job, 10)
    wait_for(lambda: are_over(*tasks), "the jobs")
    for job in tasks:
        ring(portal, job, 10)
    last = ask(town)
    ring(portal, last, 1)
    wait_for(lambda: are_over(last), "the job behind all of them")
    effects = AuditEntry.objects.filter(action="fault.effect", object_id__in=[job.pk for job in tasks]).count()
    figures("F10", engine=portal.engine, jobs=len(tasks), deliveries=20 * len(tasks), effects=effects)
    assert effects == len(tasks)
    assert set(Job.objects.filter(pk__in=[job.pk for job in tasks]).values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TASKS)
def test_f10_a_delivery_of_a_job_that_is_not_waiting_does_nothing(name: str) -> None:
    owner = make_user()
    for status in ("running", "done", "failed", "cancelled"):
        job = Job.objects.create(task=name, title="任务", owner=owner, status=status, created_at=timezone.now())
        before = Job.objects.filter(pk=job.pk).values().get()
        with CaptureQueriesContext(connection) as asked:
            worker.app.tasks[name](job.pk)
        assert len(asked) == 1, "more than the claim was asked"
        assert Job.objects.filter(pk=job.pk).values().get() == before


@pytest.mark.django_db
def test_f10_a_tally_that_is_called_twice_is_stored_once(city, inspector, office: User) -> None:
    make_approved(city.sheet, inspector)
    first = request_tally(actor=office, cycle=city.cycle)
    for _time in range(2):
        worker.app.tasks[first.task](first.pk)
    second = request_tally(actor=office, cycle=city.cycle)
    worker.app.tasks[second.task](second.pk)
    assert Tally.objects.count() == 1
    assert [job.status for job in Job.objects.order_by("id")] == ["done", "done"]
