"""Planning, opening and closing: where the figures go, and who may do what."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.polls.models import Counter, Poll, Token
from assessments.polls.services.closing import close_due_polls, close_poll, void_poll
from assessments.polls.services.links import make_links, request_links
from assessments.polls.services.running import open_poll, plan_poll, request_start, start_polls
from assessments.polls.targets import targets
from assessments.polls.voting import find_ballot
from assessments.schemes.loading import engine_scheme
from assessments.scoring import evaluate
from assessments.scoring.conditions import top_share
from assessments.sheets.gather import sheet_batch
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.services.review_marks import fill_poll
from assessments.sheets.views.filling_submit import timeline
from branchportal import jobs
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry, Job
from members.models import User
from tests.conftest import City
from tests.factories.members import make_member
from tests.factories.polls import GROUPS, ONE_GROUP, cast, make_closed, make_form, make_poll, make_secrets
from tests.factories.schemes import SCHEME, make_scheme

pytestmark = pytest.mark.django_db

TOPS = [["好"] * 8 + ["较好"] * 2, ["较好"] * 5]  # members 96, masses 80: 96×0.6 + 80×0.4 = 89.6


def test_a_closed_poll_fills_the_row_of_the_sheet(city: City, reviewer: User) -> None:
    poll = make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
    mark = Mark.objects.get(sheet=city.sheet, stage="poll")
    assert (poll.verdict, poll.score_up, poll.ballots, poll.top_votes, poll.counted_votes) == (
        "counted", 89_600_000, 15, 8, 15,
    )  # fmt: skip
    assert (mark.value_up, mark.points_up, mark.reason) == (89_600_000, 8_960_000, f"测评第{poll.pk}号")
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    assert (sheet.top_votes, sheet.counted_votes, sheet.poll_score_up) == (8, 15, None)
    row = AuditEntry.objects.get(action="sheet.poll_counted")
    assert row.after["digest"] == poll.digest


def test_the_audit_trail_tells_of_opening_and_closing_only(city: City, reviewer: User) -> None:
    poll = make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
    actions = list(AuditEntry.objects.filter(object_type="assessments.poll", object_id=poll.pk).order_by("pk"))
    assert [row.action for row in actions] == ["poll.planned", "poll.opened", "poll.links_issued", "poll.closed"]


def test_the_course_of_the_sheet_tells_of_the_poll_without_its_figures(city: City, reviewer: User) -> None:
    make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
    told = [(step["label"], step["actor"]) for step in timeline(Sheet.objects.get(pk=city.sheet.pk))]
    assert told[:2] == [("民主测评开始", reviewer), ("民主测评结束", reviewer)]
    assert "89.6" not in str(timeline(city.sheet))
    assert not timeline(city.sibling_sheet)


def test_conditions_read_the_share_of_top_votes(city: City, reviewer: User) -> None:
    """8 of 15 answers are top ones: below 0.6, above 0.5."""
    make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
    sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    batch = sheet_batch(sheet)
    share = top_share(engine_scheme(sheet.scheme_version), batch)
    assert [bool(share.reaches(limit)[0]) for limit in (500_000, 533_333, 533_334, 600_000)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_poll_can_be_a_component_given_as_a_whole(city: City, reviewer: User) -> None:
    parts = [{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}]
    version = make_scheme(code="whole", components=parts)
    Sheet.objects.filter(pk=city.sheet.pk).update(scheme_version=version)
    city.cycle.plan.__class__.objects.filter(pk=city.cycle.plan_id).update(scheme_version=version)
    cycle = city.cycle.__class__.objects.select_related("plan__scheme_version").get(pk=city.cycle.pk)
    make_closed(reviewer, cycle, city.branch, [["好"] * 2 + ["较好"]], rosters=(5,), target="poll", groups=ONE_GROUP)
    sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    assert sheet.whole_poll_up == 93_333_333  # (2 + 0.8) ÷ 3, on the scale of 100 full marks
    outcome = evaluate(engine_scheme(version), sheet_batch(sheet))
    assert outcome.components_up[0].tolist()[1] == 93_333_333


def test_a_poll_for_conditions_gives_no_points(city: City, reviewer: User) -> None:
    make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5), target="facts")
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    assert (sheet.poll_score_up, sheet.whole_poll_up) == (89_600_000, None)
    assert not Mark.objects.filter(sheet=sheet, stage="poll").exists()


def test_an_approved_sheet_is_left_alone_and_said_so(city: City, reviewer: User) -> None:
    Sheet.objects.filter(pk=city.sheet.pk).update(status="exempt")
    poll = make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
    assert (poll.score_up, bool(poll.remark)) == (89_600_000, True)
    assert not Mark.objects.filter(sheet=city.sheet).exists()


def test_typing_by_hand_is_refused_where_a_poll_exists(city: City, reviewer: User) -> None:
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    make_poll(reviewer, city.cycle, city.branch)
    with pytest.raises(PermissionDenied, match="测评"):
        fill_poll(sheet=sheet, actor=reviewer, code="2.4", version=0, value="100")
    sibling = Sheet.objects.for_filling().get(pk=city.sibling_sheet.pk)
    Sheet.objects.filter(pk=sibling.pk).update(status="submitted")
    sibling.status = "submitted"
    assert fill_poll(sheet=sibling, actor=reviewer, code="2.4", version=0, value="90").value_up == 90_000_000


def test_a_void_poll_takes_its_figures_back_and_can_be_held_again(city: City, reviewer: User) -> None:
    form = make_form(reviewer, city.scheme)
    poll = make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5), form=form)
    with pytest.raises(StaleState):
        make_poll(reviewer, city.cycle, city.branch, form=form)
    void_poll(actor=reviewer, poll=poll, reason="发票对象有误")
    assert not Mark.objects.filter(sheet=city.sheet, stage="poll").exists()
    assert Sheet.objects.get(pk=city.sheet.pk).top_votes is None
    again = make_closed(reviewer, city.cycle, city.branch, [["好"] * 10, ["好"] * 5], rosters=(10, 5), form=form)
    assert Mark.objects.get(sheet=city.sheet, stage="poll").value_up == again.score_up == 100_000_000


def test_too_few_ballots_give_no_figure(city: City, reviewer: User) -> None:
    groups = (GROUPS[0].__class__("党员", 1_000_000, 666_667),)
    poll = make_closed(reviewer, city.cycle, city.branch, [["好"] * 6], rosters=(10,), groups=groups)
    assert (poll.verdict, poll.score_up, poll.ballots, poll.roster) == ("no_quorum", None, 6, 10)
    assert not Mark.objects.filter(sheet=city.sheet).exists()


def test_what_is_past_its_end_closes_by_itself(city: City, reviewer: User) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, rosters=(10, 5))
    [members, _masses] = make_secrets(reviewer, poll)
    cast(members[0], "好")
    Poll.objects.filter(pk=poll.pk).update(closes_at=timezone.now())
    assert find_ballot(members[1], timezone.now()) is None
    assert close_due_polls() == 1
    assert Poll.objects.get(pk=poll.pk).status == "closed"
    assert close_due_polls() == 0


def test_all_branches_of_an_organization_in_one_task(city: City, reviewer: User) -> None:
    form = make_form(reviewer, city.scheme, groups=(GROUPS[0].__class__("党员", 1_000_000, 0, True),))
    for branch in (city.branch, city.branch, city.sibling):
        make_member(branch)
    known = {"form": form, "plan": city.cycle.plan, "cycle": city.cycle, "mode": "online", "rosters": {}}
    job = request_start(actor=reviewer, organization=city.committee, closes_at=None, **known)
    with jobs.working_on(job.pk) as progress:
        start_polls(progress)
    polls = Poll.objects.filter(status="open").order_by("branch__code")
    assert [(poll.branch, poll.rosters.get().number) for poll in polls] == [(city.branch, 2), (city.sibling, 1)]
    assert Counter.objects.filter(n=0).count() == 2 * 5
    again = request_start(actor=reviewer, organization=city.committee, closes_at=None, **known)
    with jobs.working_on(again.pk) as progress:
        start_polls(progress)
    assert (Poll.objects.count(), Job.objects.get(pk=again.pk).status) == (2, "done")


def test_a_branch_without_anybody_entitled_is_left_out_and_named(city: City, reviewer: User) -> None:
    form = make_form(reviewer, city.scheme, groups=(GROUPS[0].__class__("党员", 1_000_000, 0, True),))
    make_member(city.branch)
    job = request_start(
        actor=reviewer, organization=city.committee, closes_at=None, form=form, plan=city.cycle.plan,
        cycle=city.cycle, mode="online", rosters={},
    )  # fmt: skip
    with jobs.working_on(job.pk) as progress:
        start_polls(progress)
    job.refresh_from_db()
    assert (Poll.objects.count(), city.sibling.name in job.message) == (1, True)


class TestRights:
    def test_the_branch_never_polls_about_itself(
        self, city: City, secretary: User, deputy: User, reviewer: User
    ) -> None:
        form = make_form(reviewer, city.scheme)
        for user in (secretary, deputy):
            with pytest.raises(PermissionDenied):
                plan_poll(
                    actor=user, form=form, plan=city.cycle.plan, cycle=city.cycle, branch=city.branch, mode="online",
                    rosters={},
                )  # fmt: skip

    def test_a_department_stays_in_its_subtree(self, city: City, reviewer: User) -> None:
        form = make_form(reviewer, city.scheme)
        with pytest.raises(PermissionDenied):
            make_poll(reviewer, city.cycle, city.far_branch, form=form)

    def test_links_come_from_the_department_alone(
        self, city: City, reviewer: User, office: User, authority: User, secretary: User
    ) -> None:
        poll = make_poll(office, city.cycle, city.branch)
        numbers = {roster.group_id: 1 for roster in poll.rosters.all()}
        for user in (office, authority, secretary):
            with pytest.raises(PermissionDenied):
                request_links(actor=user, polls=[poll], numbers=numbers, is_anew=False, address="")
        request_links(actor=reviewer, polls=[poll], numbers=numbers, is_anew=False, address="")

    def test_never_more_links_than_people(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch, rosters=(3, 0))
        group = poll.rosters.get(number=3).group_id
        with pytest.raises(PortalError):
            make_links(actor=reviewer, polls=[poll.pk], numbers={group: 4}, is_anew=False)
        make_links(actor=reviewer, polls=[poll.pk], numbers={group: 3}, is_anew=False)
        assert make_links(actor=reviewer, polls=[poll.pk], numbers={group: 3}, is_anew=False) == []
        with pytest.raises(DatabaseError), transaction.atomic():
            Token.objects.create(poll=poll, group_id=group, sha256="0" * 64)

    def test_made_anew_the_unused_ones_stop_working(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch, rosters=(3, 0))
        [first, _none] = make_secrets(reviewer, poll)
        cast(first[0], "好")
        group = poll.rosters.get(number=3).group_id
        fresh = make_links(actor=reviewer, polls=[poll.pk], numbers={group: 3}, is_anew=True)
        assert len(fresh) == 2
        assert [find_ballot(secret, timezone.now()) for secret in first] == [None, None, None]
        assert all(find_ballot(card.secret, timezone.now()) for card in fresh)


class TestGuards:
    """What the database refuses, whoever writes."""

    def _refused(self, act: object) -> bool:
        try:
            with transaction.atomic():
                act()
        except DatabaseError:
            return True
        return False

    def test_t_p4_a_spent_link_is_never_unspent(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch, rosters=(3, 0))
        cast(make_secrets(reviewer, poll)[0][0], "好")
        spent = Token.objects.filter(poll=poll, used=True)
        assert self._refused(lambda: spent.update(used=False))
        assert self._refused(lambda: spent.update(sha256="1" * 64))
        assert self._refused(spent.delete)

    def test_counters_of_an_open_poll_grow_by_one(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch, rosters=(3, 0))
        rows = Counter.objects.filter(poll=poll)
        assert self._refused(lambda: rows.update(n=2))
        assert not self._refused(lambda: rows.update(n=1))
        assert self._refused(lambda: rows.update(n=0))

    def test_a_closed_poll_keeps_everything(self, city: City, reviewer: User) -> None:
        poll = make_closed(reviewer, city.cycle, city.branch, TOPS, rosters=(10, 5))
        rows, polls = Counter.objects.filter(poll=poll), Poll.objects.filter(pk=poll.pk)
        assert self._refused(lambda: rows.update(n=0))
        assert self._refused(lambda: rows.all().delete())
        assert self._refused(lambda: polls.update(score_up=1))
        assert self._refused(lambda: polls.update(status="open"))
        assert self._refused(lambda: poll.rosters.update(number=99))
        assert self._refused(lambda: polls.delete())

    def test_a_ballot_paper_in_use_stays(self, city: City, reviewer: User) -> None:
        poll = make_poll(reviewer, city.cycle, city.branch)
        assert self._refused(lambda: poll.form.options.update(value_up=1))
        assert self._refused(lambda: poll.form.questions.all().delete())
        assert self._refused(lambda: poll.form.__class__.objects.filter(pk=poll.form_id).update(name="另一张"))


def test_a_poll_is_opened_and_closed_once(city: City, reviewer: User) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, is_open=False)
    stale = Poll.objects.get(pk=poll.pk)
    open_poll(actor=reviewer, poll=poll)
    with pytest.raises((StaleState, DatabaseError)), transaction.atomic():
        open_poll(actor=reviewer, poll=stale)
    again = Poll.objects.get(pk=poll.pk)
    close_poll(actor=reviewer, poll=Poll.objects.get(pk=poll.pk))
    with pytest.raises(StaleState):
        close_poll(actor=reviewer, poll=again)


def test_a_scheme_without_poll_has_targets_for_conditions(city: City) -> None:
    assert [value for value, _label in targets(city.scheme)] == ["row:2.4", "facts", "year", "meeting"]
    assert SCHEME["code"] == "small"
