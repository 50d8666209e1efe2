"""T-F2, T-F3, T-F4: Redis stopped, hung, flushed. Requests never notice; what waits runs afterwards (R3, R4)."""

import time
from collections.abc import Callable

import pytest

from branchportal import jobs
from branchportal.models import Job

from .conftest import POSTGRES, is_full
from .ledger import Ledger
from .processes import Portal, wait_for
from .visitor import Visitor
from .world import Town, make_town

AWAY = 60 if is_full() else 6  # seconds
BACKLOG = 20
LIMIT = 1.5  # seconds, p95: the figure; looser where others use the machine too


def ask(town: Town, task: str = "faults.leave_a_trace", **params: object) -> Job:
    return jobs.request(task, title="故障测试", owner=town.office, **params)


def are_over(*tasks: Job) -> bool:
    over = [Job.Status.DONE, Job.Status.FAILED, Job.Status.CANCELLED]
    return Job.objects.filter(pk__in=[job.pk for job in tasks], status__in=over).count() == len(tasks)


def _while_away(portal: Portal, go: Callable, come: Callable, figures: Callable, code: str) -> None:
    town = make_town(saves=12, submits=4 * AWAY, approvals=4 * AWAY)
    ledger = Ledger(portal.port, town, rate=10)
    go()
    try:
        with ledger.at_work():
            waiting = [ask(town) for _at in range(BACKLOG)]
            time.sleep(AWAY)
    finally:
        come()
    empty_after = wait_for(lambda: are_over(*waiting), "the backlog")
    verdict = ledger.compare()
    faults = [entry for entry in ledger.entries if entry.status not in (200, 302)]
    figures(
        code, seconds_away=AWAY, requests=len(ledger.entries), not_answered=len(faults), p95=round(ledger.p95(), 3),
        slowest=round(ledger.slowest()[-1], 3), backlog_empty_after=round(empty_after, 1), lost=len(verdict.lost),
        doubled=len(verdict.doubled),
    )  # fmt: skip
    assert not faults
    assert verdict.is_clean, verdict
    assert {job.status for job in Job.objects.filter(pk__in=[job.pk for job in waiting])} == {Job.Status.DONE}
    assert empty_after < 60 or not is_full()
    assert ledger.p95() <= LIMIT or not is_full()


@POSTGRES
def test_f2_while_redis_is_stopped_every_request_is_answered(portal: Portal, figures: Callable) -> None:
    _while_away(portal, portal.redis.kill, portal.redis.start, figures, "R3")


@POSTGRES
def test_f3_while_redis_hangs_every_request_is_answered(portal: Portal, figures: Callable) -> None:
    _while_away(portal, portal.redis.freeze, portal.redis.resume, figures, "R3")


@POSTGRES
def test_f4_a_flushed_redis_loses_no_job_and_logs_nobody_out(portal: Portal, figures: Callable) -> None:
    town = make_town(saves=1, submits=0, approvals=0)
    running = ask(town, "faults.sleep", seconds=3)
    portal.worker.freeze()  # so that the jobs are told of, and still in Redis when it is flushed
    try:
        queued = [ask(town) for _at in range(BACKLOG)]
        wait_for(lambda: not Job.objects.filter(published_at=None).exists(), "all bells")
        portal.redis.flush()
    finally:
        portal.worker.resume()
    took = wait_for(lambda: are_over(running, *queued), "the jobs whose bells were flushed")
    done = Job.objects.filter(pk__in=[job.pk for job in queued], status=Job.Status.DONE).count()
    figures("R4", jobs=BACKLOG, run=done, seconds=round(took, 1))
    assert done == BACKLOG
    assert took < 120 or not is_full()
    for session in (town.secretary, town.sysadmin):
        assert Visitor(portal.port, session=session).get("/tasks/").status == 200


@POSTGRES
def test_f3_a_worker_hears_after_redis_was_twice_too_slow_for_it(portal: Portal, figures: Callable) -> None:
    """Each hang takes an acknowledgement; `tests/portal/test_hands.py` tries the same without servers."""
    if not is_full():
        pytest.skip("takes a minute: by FAULT_FULL")
    town = make_town(saves=1, submits=0, approvals=0)
    for _hang in range(2):  # as many as the pool has processes
        busy = ask(town, "faults.sleep", seconds=4)
        wait_for(lambda busy=busy: Job.objects.filter(pk=busy.pk, status="running").exists(), "the beginning")
        time.sleep(1.5)
        portal.redis.freeze()
        try:
            wait_for(lambda busy=busy: are_over(busy), "the end")
            time.sleep(8)  # longer than an acknowledgement waits
        finally:
            portal.redis.resume()
    later = ask(town)
    figures("F3", heard_again_after=round(wait_for(lambda: are_over(later), "a job after the hangs"), 1))
