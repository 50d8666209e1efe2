"""A clock that is put forward or back by an hour: deadlines, jobs and the timetable; with a time source of our own."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.sheets.models import Mark
from assessments.sheets.services.filling import save_mark
from branchportal import clock, health, jobs, schedules
from branchportal.models import Job, Schedule, WorkerBeat

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
STEPS = pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])


class Source:
    """A time that runs on by the seconds that are let pass, and can be put forward or back."""

    def __init__(self) -> None:
        self.wall, self.sure = datetime.now(tz=timezone.get_default_timezone()), time.monotonic()

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.sure

    def run(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.sure += seconds

    def step(self, by: timedelta) -> None:
        self.wall += by


@pytest.fixture
def source() -> Iterator[Source]:
    found = Source()
    with (
        patch("django.utils.timezone.now", found.now),
        patch("branchportal.clock.time.monotonic", found.monotonic),
        patch("branchportal.clock.steps", clock.Steps()),
    ):
        yield found


@pytest.fixture
def running(office, source) -> Job:
    """A job that a worker is busy with; every round somebody looks for silent ones."""
    job = jobs.request("results.run_tally", title="汇总计分", owner=office, cycle=1)
    Job.objects.filter(pk=job.pk).update(status="running", started_at=source.wall, heartbeat_at=source.wall, attempts=1)
    assert jobs.reap() == 0
    return job


def status_of(job: Job) -> str:
    return Job.objects.values_list("status", flat=True).get(pk=job.pk)


@STEPS
def test_a_job_under_work_is_not_handed_out_twice(source, running, step) -> None:
    source.run(5)
    source.step(step)
    assert jobs.reap() == 0
    Job.objects.filter(pk=running.pk).update(heartbeat_at=source.wall)  # the next beat of its worker
    for _round in range(60):
        source.run(jobs.SILENT_AFTER.total_seconds() / 20)
        if _round % 5 == 0:
            Job.objects.filter(pk=running.pk).update(heartbeat_at=source.wall)
        assert jobs.reap() == 0
    assert status_of(running) == "running"


@STEPS
def test_a_dead_workers_job_is_handed_out_again_all_the_same(source, running, step) -> None:
    source.step(step)
    assert jobs.reap() == 0
    source.run(jobs.SILENT_AFTER.total_seconds() + 1)
    assert jobs.reap() == 1
    assert status_of(running) == "queued"
    assert [job.pk for job in jobs.due()] == [running.pk]


def test_a_waiting_job_is_not_held_up_by_a_clock_put_back(source, office) -> None:
    job = jobs.request("results.run_tally", title="汇总计分", owner=office, cycle=1)
    assert jobs.take_bell(job)
    Job.objects.filter(pk=job.pk).update(not_before=source.wall + jobs.REST)
    source.step(-HOUR)
    assert [each.pk for each in jobs.due()] == [job.pk]


def test_the_timetable_runs_on_after_a_clock_put_back(source) -> None:
    assert schedules.take("tidy", HOUR)
    source.step(-HOUR)
    assert not schedules.take("tidy", HOUR)  # done a moment ago, whatever the clock says
    source.run(3601)
    assert schedules.take("tidy", HOUR)
    assert not schedules.take("tidy", HOUR)
    assert Schedule.objects.get(name="tidy").ran_at == source.wall


def test_the_timetable_runs_once_after_a_clock_put_forward(source) -> None:
    assert schedules.take("tidy", HOUR)
    source.step(HOUR)
    assert [schedules.take("tidy", HOUR) for _asker in range(3)] == [True, False, False]


@STEPS
def test_the_state_page_tells_of_a_step_for_a_day(source, running, step, monkeypatch) -> None:
    monkeypatch.setattr(clock, "warnings", list)
    line = next(each for each in health.checks() if each.name == "clock")
    assert line.state == health.GOOD
    source.step(step)
    jobs.reap()
    line = next(each for each in health.checks() if each.name == "clock")
    assert (line.state, "时钟跳变" in line.says) == (health.WARNING, True)
    WorkerBeat.objects.filter(name=jobs.STEP).update(at=source.wall - timedelta(hours=25))
    assert next(each for each in health.checks() if each.name == "clock").state == health.GOOD


def test_a_slow_round_is_no_step(source) -> None:
    assert clock.steps.look() == timedelta(0)
    source.run(3600)
    assert clock.steps.look() == timedelta(0)


@pytest.mark.parametrize(("before", "step", "status"), [(1, HOUR, 200), (-1, -HOUR, 403)])
def test_a_deadline_is_judged_by_the_time_of_receipt(
    source, city, secretary, sign_in, monkeypatch, before, step, status
) -> None:
    """A second before or after the deadline; the clock jumps while the request is worked on."""
    client = sign_in(secretary)
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=source.wall + timedelta(seconds=before))

    def stepped(**said: object) -> Mark:
        source.step(step)
        return save_mark(**said)

    monkeypatch.setattr("assessments.sheets.services.filling.save_mark", stepped)
    said = {"version": 0, "value": "5", "note": ""}
    answer = client.post(f"/sheets/{city.sheet.pk}/marks/2.2/", said, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == status
    assert Mark.objects.filter(sheet=city.sheet, indicator__code="2.2").exists() == (status == 200)
