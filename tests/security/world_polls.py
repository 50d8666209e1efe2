"""Polls in every state, a paper poll that was counted, a meeting, ballot papers and a fact of the year."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.cycles.models import Assignment, Cycle
from assessments.polls.models import Poll, PollForm
from assessments.polls.services.closing import close_poll
from assessments.polls.services.meetings import Speaker, open_meeting, plan_meeting
from assessments.polls.services.paper import Counted, attach_scan, enter_counts
from assessments.polls.services.year_facts import record_fact
from branches.models import Branch
from members.models import User
from tests.conftest import City
from tests.factories.assessments import make_cycle
from tests.factories.polls import ONE_GROUP, make_form, make_poll

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n"  # noqa: E501
STATES = {"planned": "Q1", "open": "Q2", "closed": "Q3", "paper": "Q4"}  # a cycle of their own, without sheets


def shared(city: City, office: User) -> dict[str, int]:
    """Ballot papers belong to nobody: one that may be changed, one in use."""
    form = make_form(office, city.scheme)
    return {"ballot paper": make_form(office, city.scheme).pk, "ballot paper in use": _used(form).pk}


def _used(form: PollForm) -> PollForm:
    PollForm.objects.filter(pk=form.pk).update(is_locked=True)
    return form


def of_branch(city: City, branch: Branch, office: User) -> dict[str, int]:
    """Everything about one branch; run by the office, reviewed by the team that reviews the branch elsewhere."""
    cycles = {state: _cycle(city, period) for state, period in STATES.items()}
    team = Assignment.objects.filter(cycle=city.cycle, branch=branch).values_list("team", flat=True).first()
    for cycle in cycles.values() if team else ():
        Assignment.objects.get_or_create(cycle=cycle, branch=branch, defaults={"team_id": team})
    known = {"rosters": (5,), "groups": ONE_GROUP}
    planned = make_poll(office, cycles["planned"], branch, is_open=False, **known)
    opened = make_poll(office, cycles["open"], branch, **known)
    closed = close_poll(actor=office, poll=make_poll(office, cycles["closed"], branch, **known))
    paper = make_poll(office, cycles["paper"], branch, mode="paper", **known)
    upload = SimpleUploadedFile("计票单.pdf", PDF, "application/pdf")
    scan = attach_scan(actor=office, poll=paper, upload=upload, at=timezone.now(), is_declared=True)
    fact = record_fact(
        actor=office, plan=city.cycle.plan, branch=branch, item="score:", value_up=90_000_000, document="文件1号"
    )
    Assignment.objects.filter(cycle=cycles["paper"]).exists()
    return {
        "poll planned": planned.pk,
        "poll open": opened.pk,
        "poll closed": closed.pk,
        "paper poll": _counted(paper, office).pk,
        "scan": scan.pk,
        "meeting": _meeting(city, cycles["open"], branch, office),
        "fact": fact.pk,
    }


def _cycle(city: City, period: str) -> Cycle:
    found = Cycle.objects.filter(plan__year=2024, period=period).first()
    return found or make_cycle(city.scheme, year=2024, period=period)


def _counted(poll: Poll, office: User) -> Poll:
    question, option = poll.form.questions.get(), poll.form.options.first()
    counted = {roster.group_id: Counted(5, 5, 5, {(question.pk, option.pk): 5}) for roster in poll.rosters.all()}
    return enter_counts(actor=office, poll=poll, version=poll.version, counted=counted, at=timezone.now())


def _meeting(city: City, cycle: Cycle, branch: Branch, office: User) -> int:
    """A meeting by link with this branch alone on its agenda, its poll open."""
    form = make_form(office, city.scheme, target="meeting", groups=ONE_GROUP)
    meeting = plan_meeting(
        actor=office, form=form, cycle=cycle, organization=branch.organization, name="述职评议会",
        held_on=timezone.localdate(), place="", mode="online", rosters={form.groups.get().pk: 5},
        agenda=[Speaker(branch)],
    )  # fmt: skip
    open_meeting(actor=office, meeting=meeting)
    return meeting.pk
