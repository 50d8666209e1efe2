"""Closing: links are rewritten in chance order, the counters get their digest, the figures go where they count."""

import random
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import Job

from ...schemes.loading import engine_scheme
from ...sheets.models import Sheet
from ...sheets.services.polled import Polled, put_polled, take_back_polled
from .. import counting, rules
from ..choices import FactKind, FactStatus, Mode, Status, Verdict
from ..models import Counter, Poll, Roster, Token, YearFact
from ..purging import PURGE
from ..targets import FACTS, MEETING, POLL, YEAR, row_code
from ..voting import check_sums, rewrite_comments
from .running import CLOSE, changed

if TYPE_CHECKING:
    from members.models import User

chance = random.SystemRandom()


@transaction.atomic
def close_poll(*, actor: "User", poll: Poll, at: datetime | None = None) -> Poll:
    """Close an open poll by link and hand its figures on. Raises: PermissionDenied; StaleState."""
    require(rules.can_close(actor, poll))
    return settle(poll, actor, at or timezone.now(), {Status.OPEN})


def settle(poll: Poll, actor: "User", at: datetime, from_states: set[Status], *, closer: "User | None" = None) -> Poll:
    """The common end of polls by link and on paper; call it inside a transaction, after the rule was asked."""
    rows = Poll.objects.select_for_update(of=("self",))
    poll = rows.select_related("form__scheme_version", "branch", "cycle", "plan").get(pk=poll.pk)
    if poll.status not in from_states:
        raise changed()
    if poll.mode == Mode.ONLINE:
        check_sums(poll)
    figures = figures_of(poll)
    Poll.objects.filter(pk=poll.pk).update(
        status=Status.CLOSED,
        closed_by=actor,
        closed_at=at,
        digest=counters_digest(poll),
        verdict=figures.verdict,
        ballots=figures.ballots,
        roster=figures.roster,
        score_up=figures.score_up,
        top_votes=figures.top_votes if figures.score is not None else None,
        counted_votes=figures.counted_votes if figures.score is not None else None,
        version=poll.version + 1,
    )
    poll.refresh_from_db()
    rewrite_tokens(poll)
    rewrite_comments(poll)
    after = {"digest": poll.digest, "ballots": poll.ballots, "verdict": poll.verdict, "score_up": poll.score_up}
    audit.record(actor, "poll.closed", poll, before={"status": min(from_states)}, after=after)
    if figures.score is not None:
        hand_on(poll, figures, actor, at)
    request_purge(actor)
    return poll


def figures_of(poll: Poll) -> counting.Figures:
    """The figures of a poll from its counters."""
    form = poll.form
    questions, options = list(form.questions.all()), list(form.options.all())
    at_question = {question.pk: question.position for question in questions}
    at_option = {option.pk: option.position for option in options}
    cells: dict[int, dict[counting.Cell, int]] = {}
    rows = Counter.objects.filter(poll=poll).values_list("group_id", "question_id", "option_id", "n")
    for group, question, option, n in rows:
        cells.setdefault(group, {})[at_question[question], at_option[option]] = n
    first = min(at_question.values(), default=1)
    groups = [
        counting.Group(
            roster.group.position,
            roster.group.weight_up,
            roster.group.quorum_up,
            roster.number,
            sum(n for (question, _option), n in cells.get(roster.group_id, {}).items() if question == first),
            cells.get(roster.group_id, {}),
        )
        for roster in Roster.objects.filter(poll=poll).select_related("group")
    ]
    choices = [counting.Choice(o.position, o.value_up, o.is_counted, o.is_top) for o in options]
    return counting.count(choices, {q.position: q.weight_up for q in questions}, groups)


def counters_digest(poll: Poll) -> str:
    """SHA-256 over the counters, by positions of group, question and option."""
    rows = Counter.objects.filter(poll=poll).order_by()
    return counting.counters_digest(rows.values_list("group__position", "question__position", "option__position", "n"))


def rewrite_tokens(poll: Poll) -> None:
    """All links of a poll anew, in chance order: nothing tells which was spent first."""
    rows = list(Token.objects.filter(poll=poll).values_list("group_id", "sha256", "used"))
    if not rows:
        return
    chance.shuffle(rows)
    Token.objects.filter(poll=poll).delete()
    Token.objects.bulk_create(Token(poll=poll, group_id=group, sha256=sha, used=used) for group, sha, used in rows)


def hand_on(poll: Poll, figures: counting.Figures, actor: "User", at: datetime) -> None:
    """Where the figures count: the branch's sheet of the cycle, or the facts of the year."""
    if poll.target == YEAR:
        _to_year(poll, actor, at)
        return
    sheet = _sheet_of(poll)
    if sheet is None:
        _remark(poll, _("The branch has no sheet in this cycle; the figure is kept here only."))
    elif poll.target == MEETING and not _is_component(poll, MEETING):
        return
    elif not put_polled(sheet=sheet, actor=actor, polled=polled_of(poll, figures), at=at):
        _remark(
            poll, _("The sheet was approved or exempt already, or does not ask this; the figure is kept here only.")
        )


@transaction.atomic
def void_poll(*, actor: "User", poll: Poll, reason: str) -> Poll:
    """Make a poll void with a reason: it counts no more, in an open sheet neither, and may be held again.

    Raises: PermissionDenied; PortalError; StaleState.
    """
    require(rules.can_void(actor, poll))
    reason = reason.strip()
    if len(reason) < 5:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    before = poll.status
    rows = Poll.objects.filter(pk=poll.pk, status=before)
    if not rows.update(status=Status.VOID, void_reason=reason[:200], version=poll.version + 1):
        raise changed()
    YearFact.objects.filter(poll=poll, status=FactStatus.ACCEPTED).update(status=FactStatus.WITHDRAWN)
    audit.record(actor, "poll.voided", poll, before={"status": before}, after={"status": Status.VOID}, note=reason)
    if before == Status.CLOSED and poll.verdict == Verdict.COUNTED and poll.target != YEAR:
        sheet = _sheet_of(poll)
        where = {"row": row_code(poll.target), "whole": poll.target if poll.target in (POLL, MEETING) else ""}
        if sheet is not None:
            take_back_polled(sheet=sheet, actor=actor, is_fact=poll.target == FACTS, origin=origin_of(poll), **where)
    poll.refresh_from_db()
    return poll


def _sheet_of(poll: Poll) -> Sheet | None:
    """The branch's sheet of the poll's cycle, with what scoring it needs."""
    rows = Sheet.objects.current().filter(cycle=poll.cycle_id, branch=poll.branch_id)
    return rows.select_related("branch", "organization", "sector", "cycle", "scheme_version").first()


def origin_of(poll: Poll) -> str:
    """How a poll is named where its figures stand."""
    return _("Poll no. %(number)d") % {"number": poll.pk}


def _is_component(poll: Poll, source: str) -> bool:
    return any(part.source == source for part in engine_scheme(poll.form.scheme_version).components)


def polled_of(poll: Poll, figures: counting.Figures) -> Polled:
    """What goes into the sheet."""
    full_up = engine_scheme(poll.form.scheme_version).full_marks_up
    return Polled(
        origin=origin_of(poll),
        digest=poll.digest,
        score_up=figures.score_up or 0,
        whole_up=figures.whole_up(full_up) or 0,
        row=row_code(poll.target),
        whole=poll.target if poll.target in (POLL, MEETING) else "",
        is_fact=poll.target == FACTS,
        votes=_votes(poll) if poll.target != MEETING else None,
    )


def _votes(poll: Poll) -> tuple[int, int]:
    """Top and valid answers for the condition: of a poll for conditions, else of the component, else the lowest row."""
    rows = Poll.objects.filter(cycle=poll.cycle, branch=poll.branch, status=Status.CLOSED, verdict=Verdict.COUNTED)
    found = list(rows.exclude(target=MEETING).values_list("target", "top_votes", "counted_votes"))
    found.sort(key=lambda row: ((FACTS, POLL).index(row[0]) if row[0] in (FACTS, POLL) else 2, row[1] / row[2]))
    return found[0][1], found[0][2]


def _to_year(poll: Poll, actor: "User", at: datetime) -> None:
    said = {
        "plan": poll.plan, "branch": poll.branch, "document": origin_of(poll),
        "status": FactStatus.ACCEPTED, "poll": poll, "entered_by": actor, "entered_at": at, "decided_by": actor,
        "decided_at": at,
    }  # fmt: skip
    kinds = (FactKind.SCORE, FactKind.TOP_SHARE)
    standing = YearFact.objects.filter(plan=poll.plan, branch=poll.branch, kind__in=kinds, status__in=_LIVE)
    standing.update(status=FactStatus.WITHDRAWN)  # typed by hand before there was a poll
    facts = [
        YearFact(kind=FactKind.SCORE, value_up=poll.score_up, of_up=100_000_000, **said),
        YearFact(kind=FactKind.TOP_SHARE, value_up=poll.top_votes, of_up=poll.counted_votes, **said),
    ]
    for fact in facts:
        fact.save(force_insert=True)
        audit.record(actor, "year_fact.counted", fact, after={"poll": poll.pk, "value_up": fact.value_up})


_LIVE = (FactStatus.RECORDED, FactStatus.ACCEPTED)


def _remark(poll: Poll, text: str) -> None:
    Poll.objects.filter(pk=poll.pk).update(remark=text[:200])
    poll.remark = text[:200]


def request_purge(actor: "User") -> None:
    """Ask for the tables of links, counters and comments to be rewritten on disk, unless that waits already."""
    if not Job.objects.filter(task=PURGE, status=Job.Status.QUEUED).exists():
        jobs.request(PURGE, title=_("Rewrite the tables of closed polls on disk"), owner=actor)


@transaction.atomic
def request_close(*, actor: "User", polls: Iterable[Poll]) -> Job:
    """Close many polls in one job; each is judged by itself when its turn comes."""
    chosen = [poll.pk for poll in polls if rules.can_close(actor, poll)]
    if not chosen:
        raise PortalError(_("None of these polls is open and yours to close."))
    title = _("Close %(count)d polls") % {"count": len(chosen)}
    return jobs.request(CLOSE, title=title, owner=actor, polls=chosen)


def close_polls(progress: jobs.Progress) -> None:
    """The job: one short transaction a poll."""
    wanted = progress.job.params["polls"]
    progress.start(len(wanted), _("Closing the polls"))
    closed = 0
    for done, pk in enumerate(wanted, start=1):
        progress.step(done)
        poll = Poll.objects.select_related("branch__organization").filter(pk=pk).first()
        if poll is not None and rules.can_close(progress.job.owner, poll):
            close_poll(actor=progress.job.owner, poll=poll)
            closed += 1
    progress.finish(message=_("%(count)d polls were closed.") % {"count": closed}, url="/polls/")


def close_due_polls(at: datetime | None = None) -> int:
    """What the timetable closes: open polls past their end, in the name of who opened them. Returns how many."""
    at = at or timezone.now()
    due = Poll.objects.filter(status=Status.OPEN, closes_at__lte=at).select_related("opened_by").order_by("pk")[:500]
    for poll in due:
        with transaction.atomic():
            settle(poll, poll.opened_by, at, {Status.OPEN})
    return len(due)
