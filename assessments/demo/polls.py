"""Polls of the demonstration: one closed, one open, one on paper that waits for its scrutineer, one meeting half done.

All go through the services that people use, a few dozen votes in all; the polls are about branches of one committee.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

from branches.models import Branch
from branchportal.models import Job
from members.models import Appointment, User
from members.roles import Role

from ..cycles.models import Cycle
from ..polls.choices import Mode
from ..polls.models import Meeting, Poll, PollForm, Roster, Token
from ..polls.services.closing import PURGE, close_poll
from ..polls.services.comments import review_comments
from ..polls.services.meetings import Speaker, plan_meeting
from ..polls.services.paper import Counted, attach_scan, confirm_counts, enter_counts
from ..polls.services.papers import GroupSaid, OptionSaid, PaperSaid, save_form
from ..polls.services.running import open_poll, plan_poll
from ..polls.targets import MEETING, ROW, targets
from ..polls.voting import digest_of, find_ballot, new_secret, vote
from ..sheets.choices import EDITABLE, Status
from ..sheets.models import Sheet
from .city import City
from .evidence import small_pdf

COMMITTEE = "W001"
OPTIONS = (
    OptionSaid("好", 1_000_000, is_top=True),
    OptionSaid("较好", 800_000),
    OptionSaid("一般", 600_000),
    OptionSaid("差", 0),
    OptionSaid("不了解", 0, is_counted=False),
)
GROUPS = (
    GroupSaid("党员", 600_000, 666_667, counts_members=True),
    GroupSaid("群众", 400_000, 100_000),
)
QUESTIONS = (
    ("政治功能和组织生活质量", 300_000),
    ("党员先锋模范作用发挥", 300_000),
    ("服务群众、为民办实事成效", 400_000),
)
SPOKEN = (("述职内容实事求是、问题找得准", 500_000), ("抓党建工作实绩", 500_000))
COMMENTS = ("建议多到窗口一线听取意见。", "主题党日形式可以再丰富一些。", "为民办实事看得见，继续保持。")
LIKELY = (0.62, 0.25, 0.08, 0.01, 0.04)


def add_polls(city: City, cycle: Cycle, at: datetime) -> int:
    """Add all of them to the running cycle; `at` is now. Returns how many polls there are."""
    random = Random(cycle.pk)
    department, office = User.objects.get(username="c001"), city.people["office1"]
    paper, spoken = _papers(office, cycle, at)
    branches = _branches(cycle)
    known = {"plan": cycle.plan, "cycle": cycle, "form": paper}
    ends = at + timedelta(days=6)
    closed, voting, counted = branches[:3]
    poll = plan_poll(actor=department, branch=closed, mode=Mode.ONLINE, rosters=_masses(paper), closes_at=ends,
                     at=at - timedelta(days=5), **known)  # fmt: skip
    _votes(open_poll(actor=department, poll=poll, at=at - timedelta(days=5)), random, at, 0.9, COMMENTS)
    close_poll(actor=department, poll=poll, at=at - timedelta(hours=20))
    shown = {str(comment.pk): "shown" for comment in poll.comments.all()[:2]}
    review_comments(actor=department, poll=Poll.objects.get(pk=poll.pk), decisions=shown)
    poll = plan_poll(actor=department, branch=voting, mode=Mode.ONLINE, rosters=_masses(paper), closes_at=ends,
                     at=at - timedelta(days=1), **known)  # fmt: skip
    _votes(open_poll(actor=department, poll=poll, at=at - timedelta(days=1)), random, at, 0.5, ())
    poll = plan_poll(actor=department, branch=counted, mode=Mode.PAPER, rosters=_masses(paper), at=at, **known)
    _count(poll, department, random, at)
    _meeting(spoken, cycle, department, office, branches, random, at)
    Job.objects.filter(task=PURGE).delete()  # a database seeded whole has no earlier states on disk
    Poll.objects.filter(status="closed").update(purged_at=at)
    return Poll.objects.filter(cycle=cycle).count()


def _papers(office: User, cycle: Cycle, at: datetime) -> tuple[PollForm, PollForm]:
    version = cycle.plan.scheme_version
    row = next(target for target, _label in targets(version) if target.startswith(ROW))
    about = "请根据该党支部本季度的工作情况如实测评。"
    polled = PaperSaid("党员群众满意度测评表", row, about, True, GROUPS, QUESTIONS, OPTIONS)
    there = (GroupSaid("党员代表", 700_000), GroupSaid("群众代表", 300_000))
    spoken = PaperSaid(
        "支部书记述职评议测评表", MEETING, "请对述职人抓基层党建工作作出评价。", False, there, SPOKEN, OPTIONS
    )
    made = [save_form(actor=office, scheme_version=version, said=said, at=at) for said in (polled, spoken)]
    return made[0], made[1]


def _branches(cycle: Cycle) -> list[Branch]:
    """Branches of the committee, those whose sheet is still being filled in or looked at first."""
    early = (*EDITABLE, Status.SUBMITTED)
    sheets = Sheet.objects.filter(cycle=cycle, organization__code=COMMITTEE).select_related("branch__organization")
    found = sorted(sheets, key=lambda sheet: (sheet.status not in early, sheet.branch.code))
    return [sheet.branch for sheet in found]


def _masses(form: PollForm) -> dict[int, int]:
    return {form.groups.get(name="群众").pk: 24}


def _votes(poll: Poll, random: Random, at: datetime, share: float, comments: Iterable[str]) -> None:
    """Links for everybody on the roster, `share` of them spent."""
    said = list(comments)
    for roster in Roster.objects.filter(poll=poll):
        secrets = [new_secret() for _person in range(roster.number)]
        Token.objects.bulk_create(
            Token(poll=poll, group_id=roster.group_id, sha256=digest_of(secret)) for secret in sorted(secrets)
        )
        for secret in secrets[: round(share * roster.number)]:
            ballot = find_ballot(secret, at)
            if ballot is not None:
                comment = said.pop() if said and random.random() < 0.3 else ""
                vote(ballot=ballot, answers=_answers(poll, random), comment=comment, at=at)


def _answers(poll: Poll, random: Random) -> dict[int, int]:
    options = [option.pk for option in poll.form.options.all()]
    return {question.pk: random.choices(options, LIKELY)[0] for question in poll.form.questions.all()}


def _count(poll: Poll, teller: User, random: Random, at: datetime) -> None:
    """Counts of paper ballots, with the signed sheet attached."""
    counted = {}
    for roster in Roster.objects.filter(poll=poll):
        returned = max(1, roster.number - random.randint(0, 2))
        valid = max(1, returned - random.randint(0, 1))
        cells: dict[tuple[int, int], int] = {}
        for _ballot in range(valid):
            for cell in _answers(poll, random).items():
                cells[cell] = cells.get(cell, 0) + 1
        counted[roster.group_id] = Counted(roster.number, returned, valid, cells)
    poll = enter_counts(actor=teller, poll=poll, version=poll.version, counted=counted, at=at)
    scan = SimpleUploadedFile("计票单.pdf", small_pdf(poll.pk), "application/pdf")
    attach_scan(actor=teller, poll=poll, upload=scan, at=at, is_declared=True)


def _meeting(
    form: PollForm, cycle: Cycle, department: User, office: User, branches: list[Branch], random: Random, at: datetime
) -> Meeting:
    """Five secretaries report; two have been voted on and confirmed, the third waits for its scrutineer."""
    offices = Appointment.objects.in_force().filter(role=Role.SECRETARY, branch__in=[b.pk for b in branches])
    names = dict(offices.values_list("branch", "user__name"))
    agenda = [
        Speaker(branch, names.get(branch.pk, ""), time(9 + at_minute // 60, at_minute % 60))
        for branch, at_minute in zip(sorted(branches, key=lambda b: b.code)[:5], range(0, 75, 15), strict=False)
    ]
    numbers = zip(form.groups.all(), (25, 10), strict=True)
    meeting = plan_meeting(
        actor=department, form=form, cycle=cycle, organization=branches[0].organization,
        name=f"{cycle.plan.year}年度党支部书记抓基层党建述职评议会", held_on=at.date(), place="机关三楼会议室",
        mode=Mode.PAPER, rosters={group.pk: number for group, number in numbers}, agenda=agenda,
        at=at - timedelta(days=3),
    )  # fmt: skip
    for done, poll in enumerate(meeting.polls.order_by("position")[:3], start=1):
        _count(poll, department, random, at)
        if done < 3:
            entered = Poll.objects.select_related("branch__organization").get(pk=poll.pk)
            confirm_counts(actor=office, poll=entered, version=entered.version, at=at)
    return meeting
