"""Trials of a scheme: what they say, who may run them, and that nothing official changes."""

import hashlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.results.models import QuotaDecision, Result, Tally
from assessments.results.services.deciding import decide_tie
from assessments.results.trials import services
from assessments.results.trials.models import TrialRow, TrialRun
from assessments.results.trials.page import sentences_of
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import start_draft
from assessments.sheets.models import Sheet
from branchportal import jobs, worker
from branchportal.errors import InvalidScheme, PortalError, StaleState
from branchportal.models import AuditEntry, Job
from tests.factories.results import BEST, make_approved, make_tally

from .trying import basis_of, edited, rows, run, told

UP = 1_000_000
UNTOUCHED = ("assessments", "branches", "members")
OWN = {"assessments_trialrun", "assessments_trialrow"}


@pytest.fixture
def rating(city, inspector):
    """Three approved sheets of a rating cycle: totals 97, 96 and 88.5; the fourth is exempt."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    make_approved(city.sheet, inspector, marks=BEST, points=10)
    make_approved(city.sibling_sheet, inspector, marks=BEST, points=9)
    make_approved(city.far_sheet, inspector)
    Sheet.objects.filter(pk=city.farther_sheet.pk).update(status="exempt", exempt_reason="成立不足一年")
    return city


@pytest.fixture
def tally(rating, office):
    return make_tally(rating.cycle, office)


@pytest.fixture
def draft(city, office):
    return start_draft(source=city.scheme, number="2", actor=office)


def official_state():
    """Count and digest of every table but those of trials, jobs, audit and sessions."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if model._meta.app_label in UNTOUCHED and table not in OWN:
            rows_there = model._base_manager.order_by("pk").values_list()
            lines = [repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in rows_there]
            found[table] = (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest())
    return found


def test_the_unchanged_version_on_its_own_cycle_moves_nobody(rating, tally, office):
    trial = run(office, rating.scheme, basis_of(rating.cycle, tally))
    found = rows(trial)
    stored = Result.objects.filter(tally=tally)
    assert len(found) == stored.count() == 4
    for result in stored:
        row = found[result.branch_id]
        expected = (result.status, result.total_up, result.rank_all, result.stars)
        assert (row.old_status, row.old_total_up, row.old_rank, row.old_stars) == expected
        assert (row.new_status, row.new_total_up, row.new_rank, row.new_stars) == expected
        assert (row.is_moved, row.causes) == (False, [])
    assert trial.summary["counts"]["moved"] == 0
    assert services.headline(trial.summary) == "没有党支部变动：名次和星级都不变。"


def test_a_lower_line_and_a_wider_quota_raise_a_branch_and_say_why(rating, tally, office, draft):
    assert {row.stars for row in Result.objects.filter(tally=tally)} == {5, 4, None}
    said = {"from-0": "88", "quota-0": "70", "from-1": "87"}
    trial = run(office, draft, basis_of(rating.cycle, tally), said)
    found = rows(trial)
    # 70 % of three are two places: the second branch gets the other one; the third stays behind it
    assert {branch: (row.old_stars, row.new_stars) for branch, row in found.items() if row.is_moved} == {
        rating.sibling.pk: (4, 5)
    }
    assert told(trial, rating.sibling) == ["获得五星名额"]
    assert services.headline(trial.summary) == "1 个支部升星，0 个支部降星，五星由 1 个变为 2 个。"
    assert trial.adjustments == {"from-0": ["90", "88"], "quota-0": ["50", "70"], "from-1": ["80", "87"]}
    assert [line["places"] for line in trial.summary["quotas"][1] if line["stars"] == 5] == [2]


def test_a_raised_line_lowers_a_branch_and_names_the_line(rating, tally, office, draft):
    trial = run(office, draft, basis_of(rating.cycle, tally), {"from-1": "89"})
    row = rows(trial)[rating.far_branch.pk]
    assert (row.old_stars, row.new_stars, row.stars_up, row.old_rank, row.new_rank) == (4, 3, -1, 3, 3)
    assert told(trial, rating.far_branch) == ["四星线由80改为89"]


def test_points_of_a_first_level_indicator_move_the_total_by_their_share(rating, tally, office, draft):
    trial = run(office, draft, basis_of(rating.cycle, tally), {"points-1": "40", "points-2": "60"})
    row = rows(trial)[rating.far_branch.pk]
    # before 52 of 60 + 36.5 of 40; as tried 52 ÷ 60 × 40 = 34.666667 and 36.5 ÷ 40 × 60 = 54.75
    assert row.new_total_up == 89_416_667
    assert sentences_of(trial).of(row.causes, is_moved=False) == [
        "“服务作用”由40分改为60分：+18.25",
        "“组织建设”由60分改为40分：−17.33",
    ]


def test_the_parts_add_up_to_the_change_of_the_total(rating, tally, office, draft):
    def change(content):
        content["components"] = [{"source": "review", "weight": "0.8"}, {"source": "meeting", "weight": "0.2"}]
        content["indicators"][0]["children"][0]["criteria"][1]["points"] = 2

    trial = run(
        office, edited(draft, office, change), basis_of(rating.cycle, tally), None, {"component:meeting": "full"}
    )
    row = rows(trial)[rating.far_branch.pk]
    # the deduction of 1 becomes 4: −3; 85.5 × −0.2; + 100 × 0.2
    assert row.new_total_up - row.old_total_up == -3 * UP - 17_100_000 + 20 * UP
    assert row.causes[:3] == [
        ["weight", "meeting", 20 * UP],
        ["weight", "review", -17_100_000],
        ["dimension", "1", -3 * UP],
    ]
    assert sentences_of(trial).of(row.causes, is_moved=True)[:2] == [
        "述职评议权重由0%改为20%：+20.00",
        "考评权重由100%改为80%：−17.10",
    ]
    assert trial.summary["mapping"]["parts"][-1]["met"] == 3


def test_assumptions_are_listed_with_the_result(rating, tally, office, draft):
    def change(content):
        content["indicators"][1]["children"][1] |= {
            "rule": "choice",
            "criteria": [{"code": "a", "text": "好", "points": 10}],
        }

    trial = run(office, edited(draft, office, change), basis_of(rating.cycle, tally))
    from assessments.results.trials.words import assumption_lines

    assert assumption_lines(trial.summary["mapping"]) == ["1 项按原得分率折算：2.2 经费使用。"]
    assert trial.summary["counts"]["moved"] == 0


def test_a_veto_that_falls_away_is_a_reason(rating, inspector, office, draft):
    Sheet.objects.filter(pk=rating.farther_sheet.pk).update(status="draft", exempt_reason="")
    make_approved(rating.farther_sheet, inspector, marks=BEST, claims=({"kind": "veto", "item_code": "V1"},))
    tally = make_tally(rating.cycle, office)
    trial = run(office, edited(draft, office, lambda content: content.pop("veto")), basis_of(rating.cycle, tally))
    row = rows(trial)[rating.farther_branch.pk]
    assert (row.old_stars, row.new_stars) == (2, 5)
    assert told(trial, rating.farther_branch)[-1] == "不再适用一票否决“支部书记受撤职以上处分”"


def test_nothing_official_changes(rating, tally, office, draft):
    trial_basis = basis_of(rating.cycle, tally)
    before, audited = official_state(), AuditEntry.objects.count()
    first = run(office, draft, trial_basis, {"from-0": "80"})
    services.delete_trial(trial=first, actor=office)
    run(office, draft, basis_of(rating.cycle, tally), {"from-0": "80"})
    assert official_state() == before
    actions = set(AuditEntry.objects.order_by("pk")[audited:].values_list("action", flat=True))
    assert actions == {"trial.requested", "job.requested", "trial.finished", "trial.deleted"}


def test_equal_trials_have_equal_digests(rating, tally, office, authority, draft):
    said = {"from-0": "85", "quota-0": "100"}
    digests = {run(actor, draft, basis_of(rating.cycle, tally), said).digest for actor in (office, authority)}
    assert len(digests) == 1
    assert run(office, draft, basis_of(rating.cycle, tally), {"from-0": "86"}).digest not in digests


def test_approved_sheets_without_a_tally_are_compared_with_their_own_scheme(rating, office, draft):
    trial = run(office, draft, basis_of(rating.cycle), {"from-1": "89"})
    assert (trial.tally, trial.branch_count) == (None, 4)
    assert (trial.summary["counts"]["stars_down"], Tally.objects.count()) == (1, 0)


def test_decisions_on_ties_apply_while_they_fit(rating, inspector, office, authority, draft):
    Sheet.objects.filter(pk=rating.farther_sheet.pk).update(status="draft", exempt_reason="")
    make_approved(rating.farther_sheet, inspector, marks=BEST, points=9)  # 97, 96, 96, 88.5 for two places
    tally = make_tally(rating.cycle, office)
    tally = decide_tie(tally=tally, actor=authority, digest=tally.digest, key="5-organ",
                       granted={rating.sibling.pk}, reason="上年度群众测评更好")  # fmt: skip
    same = run(office, rating.scheme, basis_of(rating.cycle, tally))
    assert (same.summary["counts"]["moved"], same.summary["decisions"]) == (0, [1, 1])
    wide = run(office, draft, basis_of(rating.cycle, tally), {"quota-0": "75"})
    assert (wide.summary["decisions"], rows(wide)[rating.farther_branch.pk].new_stars) == ([1, 0], 5)
    assert QuotaDecision.objects.count() == 1


def test_a_tally_that_does_not_follow_from_its_sheets_is_refused(rating, tally, office, draft):
    Tally.objects.filter(pk=tally.pk).update(digest="0" * 64)
    trial = run(office, draft, basis_of(rating.cycle, Tally.objects.get(pk=tally.pk)))
    job = Job.objects.get(pk=trial.job_id)
    assert (job.status, trial.is_finished, TrialRow.objects.count()) == ("failed", False, 0)
    assert "publication_verify" in job.message


def test_a_cycle_without_approved_sheets_is_refused_in_a_sentence(city, office, draft):
    trial = run(office, draft, basis_of(city.cycle))
    assert Job.objects.get(pk=trial.job_id).message.startswith("所选周期没有已审定的评分表")


def test_branches_of_other_sectors_have_no_total_and_are_counted(rating, tally, office, draft):
    from assessments.results.trials.words import carried_lines

    trial = run(
        office, edited(draft, office, lambda content: content.update(sectors=["school"])), basis_of(rating.cycle, tally)
    )
    assert {row.new_status for row in rows(trial).values()} == {"missing", "exempt"}
    assert carried_lines(trial.summary["mapping"]) == ["试算的标准不适用于 3 个党支部所属的领域，这些党支部没有总分。"]
    assert (trial.summary["counts"]["status"], rows(trial)[rating.branch.pk].position) == (3, 1)


def test_figures_beyond_the_limit_are_refused_by_name(rating, tally, office, draft):
    def change(content):
        leaf = content["indicators"][1]["children"][0]
        leaf |= {"ceiling": "none", "criteria": [{"code": "a", "text": "每办1件", "points": 1000000}]}

    trial = run(office, edited(draft, office, change), basis_of(rating.cycle, tally))
    message = Job.objects.get(pk=trial.job_id).message
    assert "2.1" in message
    assert rating.branch.code in message


def test_a_scheme_with_problems_is_refused_with_all_of_them(rating, office, draft):
    with pytest.raises(InvalidScheme) as refusal:
        services.request_trial(actor=office, version=draft, basis=basis_of(rating.cycle), said={"points-1": "70"})
    assert [problem.code for problem in refusal.value.details["problems"]] == ["sum_full_marks"]
    with pytest.raises(PortalError, match="不是数字"):
        services.request_trial(actor=office, version=draft, basis=basis_of(rating.cycle), said={"from-0": "九十"})
    assert (TrialRun.objects.count(), Job.objects.count()) == (0, 0)


def test_other_periods_are_refused_in_a_sentence(rating, office, draft):
    halves = edited(draft, office, lambda content: content["year"].update(periods=["H1", "H2"]))
    with pytest.raises(PortalError, match="Q4"):
        services.request_trial(actor=office, version=halves, basis=basis_of(rating.cycle))


def test_only_office_and_authority_run_trials(rating, authority, auditor, secretary, inspector, sysadmin):
    for user in (auditor, secretary, inspector, sysadmin):
        with pytest.raises(PermissionDenied):
            services.request_trial(actor=user, version=rating.scheme, basis=basis_of(rating.cycle))
    trial = run(authority, rating.scheme, basis_of(rating.cycle))
    for user, count in ((auditor, 1), (secretary, 0), (inspector, 0), (sysadmin, 0)):
        assert TrialRun.objects.visible_to(user).count() == count
        assert TrialRow.objects.visible_to(user).exists() == bool(count)
    with pytest.raises(PermissionDenied):
        services.delete_trial(trial=trial, actor=auditor)


def test_the_same_trial_does_not_run_twice_at_a_time(rating, office):
    services.request_trial(actor=office, version=rating.scheme, basis=basis_of(rating.cycle))
    with pytest.raises(StaleState):
        services.request_trial(actor=office, version=rating.scheme, basis=basis_of(rating.cycle))


def test_a_job_delivered_twice_keeps_one_set_of_rows(rating, office):
    from assessments.results.trials.tasks import run_trial

    trial = run(office, rating.scheme, basis_of(rating.cycle))
    Job.objects.filter(pk=trial.job_id).update(status="queued")
    run_trial(trial.job_id)
    assert TrialRow.objects.count() == 4


def test_a_cancelled_trial_leaves_no_rows(rating, office, monkeypatch):
    trial = services.request_trial(actor=office, version=rating.scheme, basis=basis_of(rating.cycle))
    original = jobs.Progress.start

    def start(self, total, message=""):
        original(self, total, message)
        jobs.cancel(job=trial.job, actor=office)

    monkeypatch.setattr(jobs.Progress, "start", start)
    worker.run_due_here()
    trial.refresh_from_db()
    assert (trial.is_finished, TrialRow.objects.count(), Job.objects.get(pk=trial.job_id).status) == (
        False,
        0,
        "cancelled",
    )


def test_a_trial_deleted_while_it_waits_ends_quietly(rating, office):
    trial = services.request_trial(actor=office, version=rating.scheme, basis=basis_of(rating.cycle))
    job = trial.job_id
    services.delete_trial(trial=trial, actor=office)
    worker.run_due_here()
    assert Job.objects.get(pk=job).status == "cancelled"
    assert TrialRow.objects.count() == 0


def test_adjustments_go_into_the_draft_by_a_second_step(rating, office, authority, draft):
    trial = run(office, draft, basis_of(rating.cycle), {"from-0": "91", "quota-0": "", "cap": "8"})
    draft.refresh_from_db()
    assert (draft.edition, draft.content["bands"][0]["from"]) == (1, 90)
    with pytest.raises(PermissionDenied):
        services.adopt_adjustments(trial=trial, actor=authority)
    saved = services.adopt_adjustments(trial=trial, actor=office)
    assert (saved.edition, saved.content["bands"][0], saved.content["bonus"]["cap"]) == (
        2, {"stars": 5, "grade": "五星", "from": "91"}, "8",
    )  # fmt: skip
    assert saved.status == SchemeVersion.Status.DRAFT
    assert AuditEntry.objects.filter(action="trial.adopted").count() == 1


def test_adjustments_of_an_older_state_of_the_draft_are_refused(rating, office, draft):
    trial = run(office, draft, basis_of(rating.cycle), {"from-0": "91"})
    edited(draft, office, lambda content: content["bands"][1].update({"from": 81}))
    with pytest.raises(StaleState):
        services.adopt_adjustments(trial=TrialRun.objects.get(pk=trial.pk), actor=office)


def test_a_published_version_takes_no_adjustments(rating, office):
    trial = run(office, rating.scheme, basis_of(rating.cycle), {"from-0": "91"})
    with pytest.raises(PermissionDenied, match="草案"):
        services.adopt_adjustments(trial=trial, actor=office)


def test_a_trial_outlives_its_draft_and_is_forgotten_in_time(rating, office, draft, settings):
    trial = run(office, draft, basis_of(rating.cycle))
    SchemeVersion.objects.filter(pk=draft.pk).delete()
    trial.refresh_from_db()
    assert (trial.version, trial.label, len(rows(trial))) == (None, "测试用考评标准 2", 4)
    assert services.forget_old_trials() == 0
    TrialRun.objects.update(started_at=timezone.now() - timedelta(days=settings.TRIAL_DAYS, seconds=5))
    assert services.forget_old_trials() == 1
    assert TrialRow.objects.count() == 0
    assert "assessments.results.trials.services.forget_old_trials" in settings.HOURLY
