"""Paper polls, meetings and facts of a year."""

from datetime import time

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.polls.models import Counter, Meeting, Poll, Scan, Token, YearFact
from assessments.polls.services.links import make_links
from assessments.polls.services.meetings import (
    Speaker,
    close_meeting,
    open_meeting,
    plan_meeting,
    reorder_agenda,
)
from assessments.polls.services.paper import Counted, attach_scan, confirm_counts, enter_counts
from assessments.polls.services.year_facts import decide_fact, record_fact, withdraw_fact
from assessments.polls.voting import find_ballot
from assessments.results.models import Result
from assessments.results.services.tally import run_tally
from assessments.results.verifying import tally_problems
from assessments.results.year_facts import TallyFact
from assessments.sheets.files import FileRefused
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.storing import stored_path
from assessments.sheets.verifying import verify_evidence
from branchportal import guards
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import User
from tests.assessments.sheets.files import office_bytes
from tests.conftest import City
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.polls import ONE_GROUP, cast, make_closed, make_form, make_poll
from tests.factories.results import BEST, make_approved, make_tally
from tests.factories.schemes import SCHEME, make_scheme
from tests.security.world_polls import PDF

pytestmark = pytest.mark.django_db


def _scan(poll: Poll, actor: User, content: bytes = PDF, name: str = "计票单.pdf") -> Scan:
    upload = SimpleUploadedFile(name, content, "application/pdf")
    return attach_scan(actor=actor, poll=poll, upload=upload, at=timezone.now(), is_declared=True)


def _counted(poll: Poll, *rows: tuple[int, int, int, dict[str, int]]) -> dict[int, Counted]:
    """Issued, returned, valid and the numbers by label, for each group in its order."""
    options = {option.label: option.pk for option in poll.form.options.all()}
    question = poll.form.questions.get().pk
    rosters = poll.rosters.order_by("group__position")
    return {
        roster.group_id: Counted(issued, returned, valid, {(question, options[name]): n for name, n in said.items()})
        for roster, (issued, returned, valid, said) in zip(rosters, rows, strict=True)
    }


@pytest.fixture
def paper(city: City, reviewer: User) -> Poll:
    return make_poll(reviewer, city.cycle, city.branch, mode="paper", rosters=(10, 5))


GOOD = ((10, 10, 9, {"好": 6, "较好": 2, "不了解": 1}), (5, 5, 5, {"好": 5}))


def _enter(poll: Poll, actor: User, *rows: tuple) -> Poll:
    return enter_counts(actor=actor, poll=poll, version=poll.version, counted=_counted(poll, *rows))


def test_counts_are_entered_by_one_and_confirmed_by_another(
    city: City, paper: Poll, reviewer: User, office: User
) -> None:
    entered = _enter(paper, reviewer, *GOOD)
    assert (entered.status, entered.score_up) == ("entered", None)
    _scan(entered, reviewer)
    with pytest.raises(PermissionDenied):
        confirm_counts(actor=reviewer, poll=entered, version=entered.version)
    closed = confirm_counts(actor=office, poll=entered, version=entered.version)
    # members: (6 + 2×0.8) ÷ 8 = 95; masses 100: 95×0.6 + 100×0.4 = 97
    assert (closed.status, closed.score_up, closed.ballots, closed.closed_by) == ("closed", 97_000_000, 14, office)
    assert Mark.objects.get(sheet=city.sheet, stage="poll").value_up == 97_000_000
    assert [row.action for row in AuditEntry.objects.filter(object_id=paper.pk, object_type="assessments.poll")][
        -2:
    ] == ["poll.counts_confirmed", "poll.closed"]


def test_without_the_signed_sheet_nothing_is_confirmed(paper: Poll, reviewer: User, office: User) -> None:
    entered = _enter(paper, reviewer, *GOOD)
    with pytest.raises(PortalError) as refusal:
        confirm_counts(actor=office, poll=entered, version=entered.version)
    assert refusal.value.details["field"] == "scan"


def test_more_ballots_back_than_issued_make_the_poll_void(paper: Poll, reviewer: User) -> None:
    void = _enter(paper, reviewer, (8, 9, 9, {"好": 9}), GOOD[1])
    assert (void.status, "党员" in void.void_reason) == ("void", True)
    assert not Counter.objects.filter(poll=paper).exists()


@pytest.mark.parametrize(
    "row",
    [
        (10, 8, 9, {"好": 9}),  # more valid than returned
        (10, 9, 9, {"好": 5, "较好": 3}),  # the choices add up to 8
        (11, 9, 9, {"好": 9}),  # more issued than people
        (0, 0, 0, {}),  # an empty form
    ],
)
def test_counts_that_do_not_add_up_are_refused(paper: Poll, reviewer: User, row: tuple) -> None:
    with pytest.raises(PortalError):
        _enter(paper, reviewer, row, GOOD[1] if row[0] else row)
    assert Poll.objects.get(pk=paper.pk).status == "planned"


def test_counts_may_be_corrected_until_they_are_confirmed(paper: Poll, reviewer: User, office: User) -> None:
    entered = _enter(paper, reviewer, *GOOD)
    stale = entered.version
    again = _enter(entered, office, (10, 10, 10, {"好": 10}), GOOD[1])
    with pytest.raises(StaleState):
        enter_counts(actor=office, poll=again, version=stale, counted=_counted(paper, *GOOD))
    _scan(again, office)
    closed = confirm_counts(actor=reviewer, poll=again, version=again.version)
    assert closed.score_up == 100_000_000


def test_what_is_no_file_is_no_signed_sheet(paper: Poll, reviewer: User) -> None:
    with pytest.raises(FileRefused):
        _scan(paper, reviewer, b"MZ\x90", "计票单.exe")
    with pytest.raises(FileRefused):
        _scan(paper, reviewer, b"<html>", "计票单.pdf")


def test_a_signed_sheet_is_looked_after_like_evidence(
    paper: Poll, reviewer: User, office: User, secadmin: User, sign_in: object
) -> None:
    guards.create()
    entered = _enter(paper, reviewer, *GOOD)
    client, page = sign_in(reviewer), reverse("polls:detail", args=[paper.pk])
    said = {"file": SimpleUploadedFile("计票单.pdf", PDF)}
    refused = client.post(reverse("polls:scan_attach", args=[paper.pk]), said)
    assert (refused.status_code, "请先勾选" in refused.content.decode()) == (422, True)
    with pytest.raises(FileRefused, match="不是扫描件"):
        _scan(entered, reviewer, office_bytes("docx"), "计票单.docx")
    file = _scan(entered, reviewer)
    assert _scan(entered, office) == file  # the same content twice
    for change in ({"sha256": "1" * 64}, {"name": "别的.pdf"}, {"poll": make_poll(office, **_elsewhere(paper))}):
        with pytest.raises(DatabaseError, match="counting sheet"), transaction.atomic():
            Scan.objects.filter(pk=file.pk).update(**change)
    assert verify_evidence().problems == []
    stored_path(file).write_bytes(b"%PDF-1.4 another")
    assert "SHA-256" in verify_evidence().problems[0]

    taking = sign_in(secadmin)
    said = {"file": page, "reason": "含有身份证件"}  # the poll's own address names no file
    assert taking.post(reverse("sheets:take_down"), said).status_code == 422
    said["file"] = reverse("polls:scan", args=[file.pk])
    assert f"polls/{file.pk}" in taking.post(reverse("sheets:take_down"), said, follow=True).content.decode()
    assert client.get(said["file"]).status_code == 403
    assert "已下架" in client.get(page).content.decode()
    with pytest.raises(PortalError):  # what nobody can read confirms nothing
        confirm_counts(actor=office, poll=entered, version=entered.version)
    with pytest.raises(FileRefused, match="下架"):
        _scan(entered, office)


def _elsewhere(poll: Poll) -> dict:
    return {"cycle": make_cycle(poll.form.scheme_version, year=2031), "branch": poll.branch, "mode": "paper"}


class TestMeeting:
    @pytest.fixture
    def cycle(self, city: City) -> object:
        """A cycle whose scheme takes the meeting as 20 of 100."""
        parts = [{"source": "review", "weight": "0.8"}, {"source": "meeting", "weight": "0.2"}]
        scheme = make_scheme(code="spoken", components=parts)
        return make_cycle(scheme, year=2028)

    def _plan(self, city: City, cycle: object, actor: User, mode: str) -> Meeting:
        form = make_form(actor, cycle.plan.scheme_version, target="meeting", groups=ONE_GROUP)
        agenda = [Speaker(city.sibling, "孙书记", time(9, 0)), Speaker(city.branch, "赵书记", time(9, 15))]
        return plan_meeting(
            actor=actor, form=form, cycle=cycle, organization=city.committee, name="述职评议会",
            held_on=timezone.localdate(), place="会议室", mode=mode, rosters={form.groups.get().pk: 6}, agenda=agenda,
        )  # fmt: skip

    def test_typed_in_counts_reach_the_component_of_each_branch(
        self, city: City, cycle: object, reviewer: User, office: User
    ) -> None:
        sheets = [make_sheet(cycle, branch) for branch in (city.sibling, city.branch)]
        meeting = self._plan(city, cycle, reviewer, "paper")
        for poll, good in zip(meeting.polls.order_by("position"), (6, 3), strict=True):
            entered = _enter(poll, reviewer, (6, 6, 6, {"好": good, "一般": 6 - good}))
            _scan(entered, reviewer)
            if poll.branch == city.sibling:
                with pytest.raises(PortalError):
                    close_meeting(actor=reviewer, meeting=meeting)
            confirm_counts(actor=office, poll=entered, version=entered.version)
        close_meeting(actor=reviewer, meeting=meeting)
        found = [Sheet.objects.get(pk=sheet.pk).whole_meeting_up for sheet in sheets]
        assert found == [100_000_000, 80_000_000]
        assert [Sheet.objects.get(pk=sheet.pk).top_votes for sheet in sheets] == [None, None]

    def test_one_link_opens_the_ballots_about_all_branches_in_order(
        self, city: City, cycle: object, reviewer: User
    ) -> None:
        meeting = self._plan(city, cycle, reviewer, "online")
        assert open_meeting(actor=reviewer, meeting=meeting) == 2
        polls = [poll.pk for poll in meeting.polls.order_by("position")]
        group = meeting.form.groups.get().pk
        cards = make_links(actor=reviewer, polls=polls, numbers={group: 6}, is_anew=False)
        secret = cards[0].secret
        assert (len(cards), Token.objects.count()) == (6, 12)
        ballot = find_ballot(secret, timezone.now())
        assert (ballot.poll.branch, ballot.left) == (city.sibling, 2)
        cast(secret, "好")
        ballot = find_ballot(secret, timezone.now())
        assert (ballot.poll.branch, ballot.left) == (city.branch, 1)
        cast(secret, "较好")
        assert find_ballot(secret, timezone.now()) is None
        assert close_meeting(actor=reviewer, meeting=meeting) == 2

    def test_the_agenda_is_put_in_order(self, city: City, cycle: object, reviewer: User) -> None:
        meeting = self._plan(city, cycle, reviewer, "paper")
        first, second = meeting.polls.order_by("position")
        lines = {first.pk: (2, "孙书记", None), second.pk: (1, "赵副书记", time(8, 30))}
        reorder_agenda(actor=reviewer, meeting=meeting, version=meeting.version, lines=lines)
        order = list(meeting.polls.order_by("position").values_list("branch__name", "speaker"))
        assert order == [(city.branch.name, "赵副书记"), (city.sibling.name, "孙书记")]
        with pytest.raises(StaleState):
            reorder_agenda(actor=reviewer, meeting=meeting, version=meeting.version, lines=lines)

    def test_a_branch_of_others_is_not_put_on_the_agenda(self, city: City, cycle: object, office: User) -> None:
        form = make_form(office, cycle.plan.scheme_version, target="meeting", groups=ONE_GROUP)
        with pytest.raises(PortalError, match="不属于"):
            plan_meeting(
                actor=office, form=form, cycle=cycle, organization=city.committee, name="会", mode="paper", place="",
                held_on=timezone.localdate(), rosters={form.groups.get().pk: 6}, agenda=[Speaker(city.far_branch)],
            )  # fmt: skip
        assert not Meeting.objects.exists()


class TestFactsOfTheYear:
    BANDS = (
        {"stars": 5, "grade": "五星", "from": 80, "requires": [{"poll_min": 90}, {"poll_top_share": "0.8"}]},
        {"stars": 4, "grade": "四星", "from": 60},
        {"stars": 2, "grade": "二星", "from": 0},
    )

    def _year(self, city: City, inspector: User) -> object:
        """A year of one quarter with an approved sheet and a published-like tally; its bands ask for a poll."""
        year = {"periods": ["Q1"], "method": "mean", "missing": "block", "bands": list(self.BANDS)}
        scheme = make_scheme(code="yearly", year=year, bands=SCHEME["bands"][1:])
        cycle = make_cycle(scheme, year=2029, period="Q1")
        make_approved(make_sheet(cycle, city.branch, submitted_at=timezone.now()), inspector, marks=BEST, points="10")
        make_tally(cycle, inspector)
        return Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)

    def _stars(self, plan: object) -> int:
        """The best branch's stars; the tally verifies."""
        tally = run_tally(actor=None, plan=plan)
        assert list(tally_problems(tally)) == []
        return Result.objects.exclude(total_up=None).get(tally=tally).stars

    def test_a_poll_about_the_year_opens_the_star(self, city: City, inspector: User, reviewer: User) -> None:
        cycle = self._year(city, inspector)
        assert self._stars(cycle.plan) == 4
        make_closed(
            reviewer, cycle, city.branch, [["好"] * 9 + ["较好"]], rosters=(10,), target="year", groups=ONE_GROUP
        )
        facts = list(YearFact.objects.order_by("kind").values_list("kind", "value_up", "of_up", "status"))
        assert facts == [("score", 98_000_000, 100_000_000, "accepted"), ("top_share", 9, 10, "accepted")]
        assert self._stars(cycle.plan) == 5
        assert TallyFact.objects.count() == 2

    def test_facts_by_hand_count_once_a_second_person_accepted(
        self, city: City, inspector: User, office: User, authority: User
    ) -> None:
        cycle = self._year(city, inspector)
        known = {"actor": office, "plan": cycle.plan, "branch": city.branch, "document": "县委〔2029〕3号"}
        facts = [
            record_fact(item="score:", value_up=95_000_000, **known),
            record_fact(item="top_share:", value_up=900_000, **known),
        ]
        assert self._stars(cycle.plan) == 4
        with pytest.raises(PermissionDenied):
            decide_fact(actor=office, fact=facts[0], version=1, accept=True)
        for fact in facts:
            decide_fact(actor=authority, fact=fact, version=1, accept=True)
        assert self._stars(cycle.plan) == 5
        veto = record_fact(item="veto:V1", value_up=None, **known)
        decide_fact(actor=authority, fact=veto, version=1, accept=True)
        assert self._stars(cycle.plan) == 4 - 2  # at most two stars under this veto

    def test_a_tally_keeps_the_facts_it_read(self, city: City, inspector: User, office: User, authority: User) -> None:
        cycle = self._year(city, inspector)
        known = {"actor": office, "plan": cycle.plan, "branch": city.branch, "document": "县委〔2029〕3号"}
        fact = record_fact(item="score:", value_up=95_000_000, **known)
        fact = decide_fact(actor=authority, fact=fact, version=1, accept=True)
        tally = run_tally(actor=None, plan=cycle.plan)
        withdraw_fact(actor=office, fact=fact, version=fact.version)
        assert list(tally_problems(tally)) == []
        assert run_tally(actor=None, plan=cycle.plan).digest != tally.digest

    def test_typed_figures_give_way_to_a_poll(self, city: City, inspector: User, office: User, reviewer: User) -> None:
        cycle = self._year(city, inspector)
        known = {"actor": office, "plan": cycle.plan, "branch": city.branch, "document": "文"}
        record_fact(item="score:", value_up=50_000_000, **known)
        make_closed(reviewer, cycle, city.branch, [["好"] * 5], rosters=(5,), target="year", groups=ONE_GROUP)
        assert YearFact.objects.get(status="accepted", kind="score").value_up == 100_000_000
        with pytest.raises(StaleState):
            record_fact(item="score:", value_up=50_000_000, **known)

    @pytest.mark.parametrize(("item", "value_up"), [("score:", 101_000_000), ("top_share:", 1_000_001), ("flag:X", 1)])
    def test_absurd_facts_are_refused(self, city: City, office: User, item: str, value_up: int) -> None:
        with pytest.raises(PortalError):
            record_fact(
                actor=office, plan=city.cycle.plan, branch=city.branch, item=item, value_up=value_up, document="文"
            )
