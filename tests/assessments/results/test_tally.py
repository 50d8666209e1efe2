"""A tally: figures, ranks, reasons, digest, and what a repetition does."""

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from assessments.cycles.models import Cycle
from assessments.results import gather
from assessments.results.computing import compute
from assessments.results.models import Result, SectorMedian, Tally
from assessments.results.services.tally import request_tally
from assessments.sheets.models import Sheet
from branchportal import jobs, worker
from branchportal.errors import Cancelled, StaleState
from branchportal.models import AuditEntry, Job
from tests.factories.results import BEST, make_approved, make_tally

UP = 1_000_000


@pytest.fixture
def rating(city, inspector):
    """A rating cycle: one five-star branch, one with a veto, one exempt, one still a draft."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    make_approved(city.sheet, inspector, marks=BEST)
    make_approved(
        city.sibling_sheet,
        inspector,
        marks=BEST,
        points=10,
        claims=({"kind": "veto", "item_code": "V1"}, {"kind": "bonus", "item_code": "B1", "level": "省级"}),
    )
    Sheet.objects.filter(pk=city.far_sheet.pk).update(status="exempt", exempt_reason="成立不足一年")
    city.cycle.refresh_from_db()
    return city


def rows(tally):
    return {result.branch_id: result for result in Result.objects.filter(tally=tally)}


def test_a_tally_scores_ranks_and_names_its_reasons(rating, office):
    tally = make_tally(rating.cycle, office)
    found = rows(tally)
    best, vetoed = found[rating.branch.pk], found[rating.sibling.pk]
    # 20 + 20 + 20 + 8 + 9.5 + 10 + 9 = 96.5; the vetoed one 97 + 3 bonus
    assert (best.total_up, best.stars, best.grade, best.rank_all, best.position) == (96_500_000, 5, "五星", 2, 2)
    assert (vetoed.total_up, vetoed.bonus_up, vetoed.rank_all, vetoed.stars) == (100 * UP, 3 * UP, 1, 2)
    assert (vetoed.stars_opened, vetoed.stars_limited, vetoed.is_vetoed) == (5, 2, True)
    assert vetoed.reasons == [{"code": "veto", "item": "V1"}]
    exempt, missing = found[rating.far_branch.pk], found[rating.farther_branch.pk]
    assert (exempt.status, exempt.total_up, exempt.rank_all) == ("exempt", None, None)
    assert exempt.reasons == [{"code": "exempt", "text": "成立不足一年"}]
    assert (missing.status, missing.reasons) == ("missing", [{"code": "not_approved", "status": "draft"}])
    assert [missing.position, exempt.position] == [3, 4]
    assert (tally.branch_count, tally.rated_count, tally.missing_count, tally.number) == (4, 2, 1, 1)
    assert SectorMedian.objects.filter(tally=tally, sector=None).count() == 2


def test_an_accepted_penalty_counts(rating, office, inspector):
    make_approved(rating.farther_sheet, inspector, claims=({"kind": "penalty", "item_code": "P1"},))
    found = rows(make_tally(rating.cycle, office))[rating.farther_branch.pk]
    assert (found.penalty_up, found.total_up) == (2 * UP, 86_500_000)  # 88.5 - 2


def test_a_branch_without_a_sheet_is_missing_by_name(rating, office):
    Sheet.objects.filter(pk=rating.farther_sheet.pk).delete()
    found = rows(make_tally(rating.cycle, office))[rating.farther_branch.pk]
    assert (found.status, found.sheet_id, found.reasons) == ("missing", None, [{"code": "no_sheet"}])


def test_a_progress_cycle_grants_no_stars(rating, office):
    Cycle.objects.filter(pk=rating.cycle.pk).update(purpose="progress")
    found = rows(make_tally(rating.cycle, office))[rating.branch.pk]
    assert (found.status, found.stars_limited, found.stars, found.grade) == ("rated", 5, None, "")


def test_the_same_inputs_give_the_same_tally(rating, office):
    first = make_tally(rating.cycle, office)
    again = make_tally(rating.cycle, office)
    assert again == first
    assert Tally.objects.count() == 1


def test_changed_inputs_discard_the_candidate(rating, office, inspector):
    first = make_tally(rating.cycle, office)
    make_approved(rating.farther_sheet, inspector)
    second = make_tally(rating.cycle, office)
    first.refresh_from_db()
    assert (first.status, second.status, second.number) == ("discarded", "candidate", 2)
    assert first.digest != second.digest
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"tally.stored", "tally.discarded"}


def test_a_discarded_candidate_is_shown_to_no_branch(rating, office, secretary, inspector):
    make_tally(rating.cycle, office)
    make_approved(rating.farther_sheet, inspector)
    make_tally(rating.cycle, office)
    assert Result.objects.visible_to(secretary).count() == 0
    assert Result.objects.visible_to(office).count() == 8


def test_the_digest_does_not_depend_on_the_order_of_rows(rating):
    inputs = gather.cycle_inputs(rating.cycle)
    shuffled = gather.inputs_of(rating.cycle, list(reversed(inputs.entries)))
    assert compute(shuffled).digest == compute(inputs).digest


def test_language_and_zone_do_not_change_the_digest(rating, office):
    digests = set()
    for language, zone in (("zh-hans", "Asia/Shanghai"), ("en", "UTC"), ("en", "America/New_York")):
        with translation.override(language), timezone.override(zone):
            digests.add(compute(gather.cycle_inputs(rating.cycle)).digest)
    assert len(digests) == 1


def test_odd_text_survives_the_way_into_the_database(rating, office):
    odd = 'quotes " and \\N, comma,\nline; 引号“”\\'
    Sheet.objects.filter(pk=rating.far_sheet.pk).update(exempt_reason=odd)
    found = rows(make_tally(rating.cycle, office))[rating.far_branch.pk]
    assert found.reasons == [{"code": "exempt", "text": odd}]


def test_the_command_tallies_and_says_the_digest(rating):
    out = StringIO()
    call_command("tally", f"{rating.cycle.plan.year}{rating.cycle.period}", stdout=out)
    assert out.getvalue().splitlines()[-1] == Tally.objects.get().digest
    for text in ("2026Q9", "1999", "Q4"):
        with pytest.raises(CommandError):
            call_command("tally", text, stdout=out)


def test_stored_inputs_give_the_stored_digest(rating, office):
    tally = make_tally(rating.cycle, office)
    computed = compute(gather.stored_inputs(tally))
    assert (computed.digest, computed.inputs_digest) == (tally.digest, tally.inputs_digest)


def test_only_the_office_asks_for_a_tally(rating, authority, secretary):
    for user in (authority, secretary):
        with pytest.raises(PermissionDenied):
            request_tally(actor=user, cycle=rating.cycle)
    assert Job.objects.count() == 0


def test_a_second_request_is_told_that_one_runs(rating, office):
    request_tally(actor=office, cycle=rating.cycle)
    with pytest.raises(StaleState, match=r"已在运行|running"):
        request_tally(actor=office, cycle=rating.cycle)
    assert Job.objects.count() == 1


def test_the_worker_finishes_what_was_asked_for(rating, office):
    job = request_tally(actor=office, cycle=rating.cycle)
    assert worker.run_due_here() == 1
    job.refresh_from_db()
    tally = Tally.objects.get()
    assert (job.status, job.done, job.result_url) == ("done", job.total, f"/results/{tally.pk}/")
    assert tally.created_by == office


def test_a_job_delivered_twice_makes_one_tally(rating, office):
    from assessments.results.tasks import run_tally

    job = request_tally(actor=office, cycle=rating.cycle)
    run_tally(job.pk)
    run_tally(job.pk)
    Job.objects.filter(pk=job.pk).update(status="queued")  # as after a worker that died between its commit and the end
    run_tally(job.pk)
    assert Tally.objects.count() == 1
    assert Result.objects.count() == 4


@pytest.mark.parametrize("step", ["reading", "computing", "writing", "last portion"])
def test_a_tally_cancelled_at_any_step_leaves_nothing(rating, office, monkeypatch, step):
    """A person cancels while the real worker is there; after the last portion of rows, before they are committed."""
    from assessments.results.services import tally as service

    job = request_tally(actor=office, cycle=rating.cycle)
    names = {"reading": "cycle_inputs", "computing": "compute", "writing": "store", "last portion": "insert_columns"}
    original = getattr(service, names[step])

    def cancelled_meanwhile(*args, **kwargs):
        if step != "last portion":
            jobs.cancel(job=job, actor=office)
            return original(*args, **kwargs)
        heed = kwargs.pop("after_portion")
        return original(*args, **kwargs, after_portion=lambda: (jobs.cancel(job=job, actor=office), heed()))

    with monkeypatch.context() as patch:
        patch.setattr(service, names[step], cancelled_meanwhile)
        worker.run_due_here()
    job.refresh_from_db()
    assert (job.status, Tally.objects.count(), Result.objects.count()) == ("cancelled", 0, 0)
    assert not AuditEntry.objects.filter(action="tally.stored").exists()
    assert Cancelled.code == "cancelled"
    again = request_tally(actor=office, cycle=rating.cycle)
    worker.run_due_here()
    again.refresh_from_db()
    assert (again.status, Tally.objects.count(), Result.objects.count()) == ("done", 1, 4)


def test_a_tally_says_what_it_is_doing_and_how_far_it_is(rating, office, monkeypatch):
    said = []
    original = jobs.Progress._write

    def write(self, **fields):
        original(self, **fields)
        said.append((self.job.done, self.job.total, self.job.message))

    request_tally(actor=office, cycle=rating.cycle)
    monkeypatch.setattr(jobs.Progress, "_write", write)
    worker.run_due_here()
    assert said[:3] == [
        (0, 12, "正在读取已审定的评分表"),
        (4, 12, "正在计算 4 个党支部"),
        (8, 12, "正在写入结果"),
    ]


def test_a_worker_that_dies_while_writing_leaves_nothing(rating, office, monkeypatch):
    from assessments.results.services import tally as service

    def die(*_given):
        raise OSError("the worker was killed")

    job = request_tally(actor=office, cycle=rating.cycle)
    with monkeypatch.context() as patch:
        patch.setattr(service, "store_rows", die)
        worker.run_due_here()
    assert (Tally.objects.count(), Result.objects.count()) == (0, 0)
    Job.objects.filter(pk=job.pk).update(status="queued", published_at=None, not_before=None)
    worker.run_due_here()
    assert (Tally.objects.count(), Result.objects.count()) == (1, 4)
