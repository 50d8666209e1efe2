"""Ballot papers, polls and links."""

from collections.abc import Sequence

from django.utils import timezone

from assessments.polls.models import Poll, PollForm, Roster
from assessments.polls.services.closing import close_poll
from assessments.polls.services.links import make_links
from assessments.polls.services.papers import GroupSaid, OptionSaid, PaperSaid, save_form
from assessments.polls.services.running import open_poll, plan_poll
from assessments.polls.voting import find_ballot, vote

OPTIONS = (
    OptionSaid("好", 1_000_000, is_top=True),
    OptionSaid("较好", 800_000),
    OptionSaid("一般", 600_000),
    OptionSaid("差", 0),
    OptionSaid("不了解", 0, is_counted=False),
)
GROUPS = (GroupSaid("党员", 600_000), GroupSaid("群众", 400_000))
ONE_GROUP = (GroupSaid("党员", 1_000_000),)


def make_form(actor: object, scheme_version: object, target: str = "row:2.4", **changes: object) -> PollForm:
    """A ballot paper with one question, the usual scale and two groups, 60 to 40."""
    said = {"groups": GROUPS, "questions": (("总体评价", 1_000_000),), "options": OPTIONS, **changes}
    paper = PaperSaid(name="党员群众测评表", target=target, **said)
    return save_form(actor=actor, scheme_version=scheme_version, said=paper)


def make_poll(
    actor: object, cycle: object, branch: object, *, form: PollForm | None = None, rosters: Sequence[int] = (30, 30),
    mode: str = "online", target: str = "row:2.4", is_open: bool = True, **changes: object,
) -> Poll:  # fmt: skip
    """A poll about a branch, open unless said otherwise; `rosters` in the order of the groups."""
    form = form or make_form(actor, cycle.plan.scheme_version, target, **changes)
    numbers = dict(zip((group.pk for group in form.groups.all()), rosters, strict=True))
    is_year = form.target == "year"
    poll = plan_poll(
        actor=actor, form=form, plan=cycle.plan, cycle=None if is_year else cycle, branch=branch, mode=mode,
        rosters=numbers,
    )  # fmt: skip
    return open_poll(actor=actor, poll=poll) if is_open and mode == "online" else poll


def make_secrets(actor: object, poll: Poll, *numbers: int) -> list[list[str]]:
    """Links of a poll, a list for each of its groups; `numbers` in the order of the groups, all on the roster else."""
    rosters = list(Roster.objects.filter(poll=poll).select_related("group").order_by("group__position"))
    wanted = numbers or [roster.number for roster in rosters]
    cards = make_links(
        actor=actor,
        polls=[poll.pk],
        numbers={roster.group_id: number for roster, number in zip(rosters, wanted, strict=True)},
        is_anew=False,
    )
    return [[card.secret for card in cards if card.group == roster.group.name] for roster in rosters]


def cast(secret: str, *labels: str, comment: str = "") -> None:
    """Vote with a link: one choice a question, by its label."""
    ballot = find_ballot(secret, timezone.now())
    options = {option.label: option.pk for option in ballot.poll.form.options.all()}
    questions = list(ballot.poll.form.questions.all())
    answers = {question.pk: options[label] for question, label in zip(questions, labels, strict=True)}
    vote(ballot=ballot, answers=answers, comment=comment, at=timezone.now())


def make_closed(actor: object, cycle: object, branch: object, votes: Sequence[Sequence[str]], **known: object) -> Poll:
    """A closed poll; `votes` holds the labels chosen in each group."""
    poll = make_poll(actor, cycle, branch, **known)
    for secrets, labels in zip(make_secrets(actor, poll), votes, strict=True):
        for secret, label in zip(secrets, labels, strict=False):
            cast(secret, label)
    return close_poll(actor=actor, poll=poll)
