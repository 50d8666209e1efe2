"""T-F19, T-F20, T-F21, T-F23: a deaf worker shows, two dispatchers do things once, poison and hunger end well."""

import resource
import time

import pytest

from branchportal import jobs
from branchportal.models import AuditEntry, Job, Schedule, WorkerBeat

from .conftest import POSTGRES, QUICK, is_full
from .processes import Portal, wait_for
from .test_redis import are_over, ask
from .visitor import Visitor
from .world import Town, make_town

DEAF = 88 if is_full() else int(QUICK["WORKER_DEAF_SECONDS"])


@pytest.fixture
def town(portal: Portal) -> Town:
    return make_town(saves=1, submits=1, approvals=1)


def effects(*tasks: Job) -> int:
    return AuditEntry.objects.filter(action="fault.effect", object_id__in=[job.pk for job in tasks]).count()


@POSTGRES
def test_f19_a_deaf_worker_is_red_in_time_and_green_again_afterwards(
    portal: Portal, town: Town, figures: object
) -> None:
    admin = Visitor(portal.port, session=town.sysadmin)

    def is_red() -> bool:
        return 'data-check="worker" data-state="bad"' in admin.get("/system/").text

    for process in (portal.dispatcher, portal.worker):  # what the test before left in their queues is not of interest
        process.stop()
    portal.start()
    try:
        wait_for(lambda: WorkerBeat.objects.filter(name=jobs.WORKER).exists(), "the first sign of life")
    except TimeoutError:
        pytest.fail(f"no sign of life:\n{portal.dispatcher.last_words()}\n{portal.worker.last_words()}")
    wait_for(lambda: not is_red(), "a worker that is heard")
    portal.worker.freeze()
    try:
        red = wait_for(is_red, "red", pause=0.5)
    finally:
        portal.worker.resume()
    green = wait_for(lambda: not is_red(), "green again", pause=0.5)
    figures("F19", limit=DEAF, red_after=round(red, 1), green_after=round(green, 1))
    assert red <= DEAF + 5 or not is_full()


@POSTGRES
def test_f20_of_two_dispatchers_each_schedule_and_each_bell_is_one_s(
    portal: Portal, town: Town, figures: object
) -> None:
    portal.dispatcher.stop()
    Schedule.objects.all().delete()
    pair = [portal.another_dispatcher(name) for name in ("first", "second")]
    try:
        for dispatcher in pair:
            dispatcher.start(FAULT_COUNT="1")
        tasks = [ask(town) for _at in range(40)]
        wait_for(lambda: are_over(*tasks), "the jobs")
        wait_for(lambda: AuditEntry.objects.filter(action="portal.tidied").exists(), "the schedule")
        time.sleep(3)
    finally:
        for dispatcher in pair:
            dispatcher.stop()
            dispatcher.kill()
        portal.dispatcher.start()
    fired = AuditEntry.objects.filter(action="portal.tidied").count()
    figures("F20", schedules_fired=fired, jobs=len(tasks), effects=effects(*tasks))
    assert fired == 1
    assert effects(*tasks) == len(tasks)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


@POSTGRES
def test_f21_poison_ends_as_failed_and_holds_up_no_other(portal: Portal, town: Town, figures: object) -> None:
    raising, killing = ask(town, "faults.raise_always"), ask(town, "faults.kill_process")
    delays = []
    while not are_over(raising, killing):
        other, began = ask(town), time.monotonic()
        try:
            wait_for(lambda other=other: are_over(other), "a healthy job beside the poison")
        except TimeoutError:
            pytest.fail(f"{list(Job.objects.values())}\n{portal.dispatcher.last_words()}\n{portal.worker.last_words()}")
        delays.append(time.monotonic() - began)
        assert sum(delays) < 400, Job.objects.filter(pk__in=[raising.pk, killing.pk]).values()
        time.sleep(1)
    raising.refresh_from_db()
    killing.refresh_from_db()
    figures("F21", attempts=(raising.attempts, killing.attempts), longest_delay_of_others=round(max(delays), 1))
    assert [(job.status, job.attempts) for job in (raising, killing)] == [("failed", 3)] * 2
    assert "secret detail" not in raising.message
    page = Visitor(portal.port, session=town.sysadmin).get("/system/tasks/?state=failed").text
    assert ("RuntimeError" in page, "worker lost" in page) == (True, True)
    assert max(delays) <= 30 or not is_full()


@POSTGRES
def test_f23_a_worker_without_memory_fails_the_job_and_no_page(portal: Portal, town: Town) -> None:
    for child in portal.worker.children():
        resource.prlimit(child, resource.RLIMIT_AS, (1500 * 2**20, 1500 * 2**20))
    hungry, other = ask(town, "faults.take_memory"), ask(town)
    admin, statuses = Visitor(portal.port, session=town.sysadmin), set()

    def is_tried() -> bool:
        statuses.add(admin.get("/tasks/").status)
        return are_over(other) and Job.objects.exclude(fault="").filter(pk=hungry.pk).exists()

    wait_for(is_tried, "both jobs", pause=0.3)
    hungry.refresh_from_db()
    assert (hungry.fault in ("MemoryError", "worker lost"), statuses) == (True, {200})
    jobs.cancel(job=hungry, actor=town.office)
