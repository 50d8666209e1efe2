"""Links: made by the department for people on the roster, shown once in a file, kept only as SHA-256."""

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import Job

from .. import rules
from ..cards import Card, cards_pdf
from ..choices import Status
from ..models import Meeting, Poll, Roster, Token
from ..voting import digest_of, new_secret

if TYPE_CHECKING:
    from members.models import User

ISSUE = "polls.issue_links"
chance = random.SystemRandom()


@transaction.atomic
def request_links(
    *, actor: "User", polls: Sequence[Poll], numbers: Mapping[int, int], is_anew: bool, address: str
) -> Job:
    """Ask for links: `numbers` in all, by voter group. `is_anew`: unused ones made before stop working.

    `polls`: one, or all of a meeting. `address`: where the portal is reached, if PUBLIC_URL is not set.
    Raises: PermissionDenied; PortalError where more are wanted than people are on the roster.
    """
    for poll in polls:
        require(rules.can_issue(actor, poll))
    _check(polls, numbers)
    return jobs.request(
        ISSUE,
        title=_("Links: %(poll)s") % {"poll": polls[0].meeting or polls[0].branch.name},
        owner=actor,
        polls=[poll.pk for poll in polls],
        numbers={str(group): number for group, number in numbers.items()},
        is_anew=is_anew,
        address=settings.PUBLIC_URL or address,
    )


def _check(polls: Sequence[Poll], numbers: Mapping[int, int]) -> None:
    rosters = dict(Roster.objects.filter(poll=polls[0]).values_list("group", "number"))
    if not any(numbers.values()):
        raise PortalError(_("Say how many links are needed."), field="numbers")
    for group, number in numbers.items():
        if not 0 <= number <= rosters.get(group, 0):
            text = _("At most %(most)d links can be made for this group: as many as people are on its roster.")
            raise PortalError(text % {"most": rosters.get(group, 0)}, field="numbers")


def issue_links(progress: jobs.Progress) -> None:
    """The job: make the links and print them. Run again after a fault it makes no link beyond the roster."""
    job = progress.job
    numbers = {int(group): number for group, number in job.params["numbers"].items()}
    cards = make_links(actor=job.owner, polls=job.params["polls"], numbers=numbers, is_anew=job.params["is_anew"])
    if not cards:
        raise PortalError(_("All these links were made before. Make them anew if the file was lost."))
    progress.start(len(cards), _("Printing the links"))
    poll = Poll.objects.select_related("form", "branch", "meeting", "cycle", "plan").get(pk=job.params["polls"][0])
    paper = cards_pdf(poll, cards, address=job.params["address"], has_codes=bool(settings.PUBLIC_URL))
    name = poll.meeting.name if poll.meeting else poll.branch.name
    progress.attach(f"测评链接 {name}.pdf".replace("/", "_"), paper.content)
    progress.finish(message=_("%(count)d links. The file is kept for 24 hours.") % {"count": len(cards)})


@transaction.atomic
def make_links(*, actor: "User", polls: Sequence[int], numbers: Mapping[int, int], is_anew: bool) -> list[Card]:
    """The new links, in chance order; only their SHA-256 is stored.

    Raises: PermissionDenied; PortalError.
    """
    rows = list(
        Poll.objects.select_for_update(of=("self",)).select_related("branch__organization").filter(pk__in=polls)
    )
    for poll in rows:
        require(rules.can_issue(actor, poll))
    _check(rows, numbers)
    meeting = rows[0].meeting_id
    groups = {roster.group_id: roster.group for roster in Roster.objects.filter(poll=rows[0]).select_related("group")}
    cards, tokens = [], []
    for group, number in numbers.items():
        for _again in range(_lacking(rows, group, number, is_anew=is_anew)):
            secret = f"{meeting}.{new_secret()}" if meeting else new_secret()
            cards.append(Card(secret, groups[group].name))
            tokens += [
                Token(poll=poll, group_id=group, sha256=digest_of(secret, poll.pk if meeting else None))
                for poll in rows
            ]
    chance.shuffle(tokens)
    chance.shuffle(cards)
    Token.objects.bulk_create(tokens)
    after = {"links": len(cards), "anew": is_anew}
    audit.record_many([audit.entry(actor, "poll.links_issued", poll, after=after) for poll in rows])
    return sorted(cards, key=lambda card: card.group)


def _lacking(polls: Sequence[Poll], group: int, number: int, *, is_anew: bool) -> int:
    """How many links a group still needs; made anew, its unused ones are deleted first."""
    unused = Token.objects.filter(poll__in=polls, group=group, used=False)
    if is_anew:
        if len(polls) > 1 and Token.objects.filter(poll__in=polls, used=True).exists():
            raise PortalError(_("Somebody has voted in this meeting already; its links cannot be made anew."))
        unused.delete()
    return max(0, number - Token.objects.filter(poll=polls[0], group=group).count())


def open_polls_of(meeting: Meeting) -> list[Poll]:
    """The polls of a meeting that are open, in the order of its agenda."""
    rows = Poll.objects.filter(meeting=meeting, status=Status.OPEN).select_related("branch__organization", "meeting")
    return list(rows.order_by("position", "pk"))
