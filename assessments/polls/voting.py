"""Casting a vote: a link is spent and counters grow, in one transaction that leaves no trace of who chose what.

Nobody is asked who they are; nothing is written to the audit trail, the sessions, the job table or the log. The form
of the voter comes without any mark of time. See security notes in `docs/architecture.md`.
"""

import hashlib
import logging
import random
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from branchportal.errors import PortalError, StaleState

from .choices import Status
from .models import Comment, Counter, Miss, Poll, Token, VoterGroup

log = logging.getLogger(__name__)
WINDOW_SECONDS = 600
MOST_MISSES = 30  # from one place in ten minutes; a link that fits is never held up
LONGEST_COMMENT = 500
chance = random.SystemRandom()


class Spent(StaleState):
    """A link that does not fit, was spent, or whose poll is over: one sentence for all of these."""

    code = "spent"


@dataclass(frozen=True)
class Ballot:
    """A link that can be spent now. `text` is the link's secret and is never stored."""

    poll: Poll
    group: VoterGroup
    digest: str
    left: int = 1  # further ballots of the same meeting, this one included


def new_secret() -> str:
    """A link's secret: 256 bits."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str, poll_id: int | None = None) -> str:
    """What is kept of a link. In a meeting one secret opens a ballot a branch, and no two of them can be joined."""
    text = secret if poll_id is None else f"{secret}:{poll_id}"
    return hashlib.sha256(text.encode()).hexdigest()


def find_ballot(secret: str, at: datetime) -> Ballot | None:
    """The ballot that a link opens, or None; a meeting's link opens the next branch not voted on yet."""
    if not 20 <= len(secret) <= 80 or not secret.isascii():
        return None
    meeting, dot, _rest = secret.partition(".")
    if not dot:
        tokens = Token.objects.filter(sha256=digest_of(secret))
    elif meeting.isdigit() and len(meeting) < 12:
        polls = Poll.objects.filter(meeting=int(meeting), status=Status.OPEN).values_list("pk", flat=True)
        tokens = Token.objects.filter(sha256__in=[digest_of(secret, poll) for poll in polls])
    else:
        return None
    open_now = Q(poll__closes_at=None) | Q(poll__closes_at__gt=at)
    rows = tokens.filter(open_now, used=False, poll__status=Status.OPEN)
    found = list(rows.select_related("poll__form", "poll__branch", "poll__cycle", "poll__plan", "group"))
    if not found:
        return None
    token = min(found, key=lambda row: (row.poll.position, row.poll_id))
    return Ballot(token.poll, token.group, token.sha256, len(found))


@transaction.atomic
def vote(*, ballot: Ballot, answers: Mapping[int, int], comment: str = "", at: datetime) -> None:
    """Spend the link and count the answers (option by question). Every counter of the group is rewritten.

    Raises: PortalError where a question is unanswered; Spent where the link was spent or the poll closed meanwhile.
    """
    poll = Poll.objects.select_for_update().filter(pk=ballot.poll.pk, status=Status.OPEN).first()
    if poll is None or (poll.closes_at is not None and poll.closes_at <= at):
        raise spent()
    _check(poll, answers)
    if not Token.objects.filter(poll=poll, sha256=ballot.digest, used=False).update(used=True):
        raise spent()
    chosen = Q(pk__in=[])
    for question, option in answers.items():
        chosen |= Q(question=question, option=option)
    counters = Counter.objects.filter(poll=poll, group=ballot.group)
    counters.update(n=F("n") + Case(When(chosen, then=Value(1)), default=Value(0)))
    text = comment.strip()[:LONGEST_COMMENT]
    rewrite_comments(poll, [text] if text and poll.form.takes_comments else [])
    check_sums(poll)


def _check(poll: Poll, answers: Mapping[int, int]) -> None:
    questions = set(poll.form.questions.values_list("pk", flat=True))
    options = set(poll.form.options.values_list("pk", flat=True))
    if set(answers) != questions or not set(answers.values()) <= options:
        raise PortalError(_("Please answer every question; “don't know” is an answer too."), field="answers")


def rewrite_comments(poll: Poll, new: list[str] | None = None) -> None:
    """Write all comments of a poll anew, under new keys and in chance order."""
    kept = [(row.text, row.review) for row in Comment.objects.filter(poll=poll)]
    rows = [Comment(id=uuid.uuid4(), poll=poll, text=text, review=review) for text, review in kept]
    rows += [Comment(id=uuid.uuid4(), poll=poll, text=text) for text in new or []]
    if not rows:
        return
    chance.shuffle(rows)
    Comment.objects.filter(poll=poll).delete()
    Comment.objects.bulk_create(rows)


def check_sums(poll: Poll) -> None:
    """Σ over the options of each question = spent links, by group. Raises: RuntimeError, which undoes the vote."""
    if wrong := sums_differ(poll):
        log.error("poll %s: counters and spent links differ in %d places", poll.pk, wrong)
        raise RuntimeError("the counters of a poll do not add up")


def sums_differ(poll: Poll) -> int:
    """In how many (group, question) the counters do not add up to the spent links."""
    used = dict(Token.objects.filter(poll=poll, used=True).values_list("group").annotate(k=Count("pk")).order_by())
    sums = Counter.objects.filter(poll=poll).values_list("group", "question").annotate(total=Sum("n")).order_by()
    return sum(total != used.get(group, 0) for group, _question, total in sums)


def spent() -> Spent:
    """One sentence whatever the reason."""
    return Spent(
        _(
            "This link is not valid: it has been used already, the poll is over, or the address is incomplete. "
            "If you have just sent your ballot, it has been counted."
        )
    )


# Wrong links are counted by place; a link that fits is never asked about.


def note_miss(address: str, at: datetime) -> bool:
    """Count a link that nothing fits; returns whether this place has tried too many."""
    place = salted_hmac("polls.miss", address, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
    window = int(at.timestamp()) // WINDOW_SECONDS
    row = Miss.objects.filter(place=place, window=window)
    if (row.values_list("n", flat=True).first() or 0) >= MOST_MISSES:
        return True
    if not row.update(n=F("n") + 1):
        Miss.objects.bulk_create([Miss(place=place, window=window, n=1)], ignore_conflicts=True)
    return False
