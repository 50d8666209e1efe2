"""T-F1, T-F17: a worker that dies in the middle leaves nothing half done, and the next one comes to the same (R2)."""

import random
import time

import pytest

from assessments.cycles.models import Cycle
from assessments.reports.services import request_ranking
from assessments.results.computing import Computed, compute
from assessments.results.gather import cycle_inputs
from assessments.results.models import Result, Tally
from assessments.results.services.tally import request_tally
from assessments.sheets.models import Sheet
from branchportal import jobs
from branchportal.models import Job
from members.models import User
from members.roles import Role
from tests.factories.many import correct_sheet, make_many
from tests.factories.members import appoint, make_user

from .conftest import BOTH, is_full, long_cycles
from .processes import Portal, wait_for
from .test_redis import are_over
from .visitor import Visitor, session_of

BRANCHES = 700
POINTS = ("claimed", "read", "computed", "writing", "stored", "said")


@pytest.fixture
def office(portal: Portal) -> User:
    return appoint(make_user("office"), Role.OFFICE)


@pytest.fixture
def cycle(portal: Portal) -> Cycle:
    return make_many(BRANCHES).cycle


def expected(cycle: Cycle) -> Computed:
    """What the engine makes of the sheets as they stand, worked out here."""
    fresh = Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)
    return compute(cycle_inputs(fresh, lean=True))


@BOTH
def test_f1_a_tally_comes_to_the_same_wherever_its_worker_was_killed(
    portal: Portal, cycle: Cycle, office: User, figures: object
) -> None:
    chance, times, attempts, same = random.Random(20261121), [], [], 0
    for number in range(long_cycles()):
        correct_sheet(Sheet.objects.filter(cycle=cycle, status="approved").order_by("branch__code")[number], penalty=1)
        wanted = expected(cycle)
        job = _kill_in_the_middle(portal, cycle, office, number, chance)
        times.append(wait_for(lambda job=job: are_over(job), "the tally"))
        job.refresh_from_db()
        tally = Tally.objects.get(cycle=cycle, inputs_digest=wanted.inputs_digest)  # one, and no more
        assert (job.status, Result.objects.filter(tally=tally).count()) == ("done", BRANCHES), job.message
        assert Tally.objects.filter(cycle=cycle, status=Tally.Status.CANDIDATE).count() == 1
        attempts.append(job.attempts)
        same += tally.digest == wanted.digest
    figures(
        "R2", cycles=long_cycles(), same_hash=same, slowest_seconds=round(max(times), 1), attempts=max(attempts),
        silent_seconds=portal.env.get("JOB_SILENT_SECONDS", 60),
    )  # fmt: skip
    assert same == long_cycles()
    assert max(attempts) <= jobs.MAX_ATTEMPTS
    assert max(times) <= 120 or not is_full()


def _kill_in_the_middle(portal: Portal, cycle: Cycle, office: User, number: int, chance: random.Random) -> Job:
    """In turn: a child of the pool at a named point; the whole worker after a random moment, and started again."""
    if number % 2 == 0:
        portal.stop_point.write_text(POINTS[number // 2 % len(POINTS)])
        job = request_tally(actor=office, cycle=cycle)
        wait_for(lambda: not portal.stop_point.exists(), "the stop point")
        return job
    job = request_tally(actor=office, cycle=cycle)
    wait_for(lambda: Job.objects.exclude(status="queued").filter(pk=job.pk).exists(), "the beginning", pause=0.01)
    time.sleep(chance.uniform(0, 0.8))
    portal.worker.kill()
    portal.restart_worker()
    return job


@BOTH
def test_f17_no_half_file_is_ever_offered(portal: Portal, cycle: Cycle, office: User, figures: object) -> None:
    request_tally(actor=office, cycle=cycle)
    wait_for(lambda: Tally.objects.exists(), "the tally")
    tally, chance = Tally.objects.get(), random.Random(7)
    reader, offered, half = Visitor(portal.port, session=session_of(office)), 0, 0
    for number in range(long_cycles()):
        job = request_ranking(actor=office, tally=tally, kind=("pdf", "xlsx")[number % 2])
        wait_for(lambda job=job: Job.objects.exclude(status="queued").filter(pk=job.pk).exists(), "the beginning")
        time.sleep(chance.uniform(0, 1.5))
        portal.worker.kill()
        half += not _is_whole_or_absent(reader, job)
        portal.restart_worker()
        wait_for(lambda job=job: are_over(job), "the file")
        offered += reader.get(f"/tasks/{job.pk}/file/").status == 200
        half += not _is_whole_or_absent(reader, job)
    figures("F17", kills=long_cycles(), whole_files=offered, half_files=half)
    assert (offered, half) == (long_cycles(), 0)


def _is_whole_or_absent(reader: Visitor, job: Job) -> bool:
    answer = reader.get(f"/tasks/{job.pk}/file/")
    if answer.status == 404:
        return True
    is_pdf = answer.body.startswith(b"%PDF") and answer.body.rstrip().endswith(b"%%EOF")
    return is_pdf or (answer.body.startswith(b"PK") and b"PK\x05\x06" in answer.body[-100:])
