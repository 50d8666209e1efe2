"""Who may run polls, issue links, count, confirm and look through comments, and why not (matrix rows 51 to 58)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from .choices import LIVE, FactStatus, Mode, Status

if TYPE_CHECKING:
    from branches.models import Organization
    from members.models import User

    from .models import Meeting, Poll, PollForm, YearFact

RUNS_ALL = (Role.OFFICE, Role.AUTHORITY)


def _below(path: str, paths: Iterable[str]) -> bool:
    return any(path.startswith(above) for above in paths)


def can_see_polls(user: "User") -> Access:
    """The list is open to whoever may see a poll; it holds only those."""
    seers = (*RUNS_ALL, Role.AUDITOR, Role.DEPARTMENT, Role.SECRETARY, Role.DEPUTY, Role.INSPECTOR, Role.LEADER)
    if user.scope.has(*seers):
        return YES
    return no(_("Polls are shown to the branches, their committees, the inspectors and the assessment office."))


def can_run_somewhere(user: "User") -> Access:
    """Departments for their subtree, office and deciding authority for all; never the branch about itself."""
    if user.scope.has(*RUNS_ALL, Role.DEPARTMENT):
        return YES
    return no(_("Polls are run by the committee above or by the assessment office, never by the branch itself."))


def can_run(user: "User", organization: "Organization") -> Access:
    """Run polls about the branches of an organization."""
    if user.scope.has(*RUNS_ALL) or _below(organization.path, user.scope.department_paths):
        return YES
    return can_run_somewhere(user) and no(_("This organization lies outside your subtree."))


def can_make_forms(user: "User") -> Access:
    """Ballot papers are made by whoever runs polls."""
    return can_run_somewhere(user)


def can_change_form(user: "User", form: "PollForm") -> Access:
    """Until it is in use; afterwards a copy is changed."""
    if form.is_locked:
        return no(_("This ballot paper is in use and stays as it is. Make a copy and change that."))
    return can_make_forms(user)


def can_open(user: "User", poll: "Poll") -> Access:
    """A planned poll by link."""
    if poll.mode != Mode.ONLINE:
        return no(_("A paper poll is not opened; its ballots are counted and entered."))
    if poll.status != Status.PLANNED:
        return no(_("Only a planned poll can be opened; this one is: %(status)s.") % _said(poll))
    return can_run(user, poll.branch.organization)


def can_close(user: "User", poll: "Poll") -> Access:
    """An open poll; its result stands from then on."""
    if poll.status != Status.OPEN:
        return no(_("Only an open poll can be closed; this one is: %(status)s.") % _said(poll))
    return can_run(user, poll.branch.organization)


def can_void(user: "User", poll: "Poll") -> Access:
    """A poll that went wrong, with a reason; it may then be held again."""
    if poll.status not in LIVE:
        return no(_("This poll is void already."))
    return can_run(user, poll.branch.organization)


def can_issue(user: "User", poll: "Poll") -> Access:
    """The department above alone issues links: never the branch, the office or an administrator."""
    if not _below(poll.branch.organization.path, user.scope.department_paths):
        return no(_("Links are issued by the committee above the branch alone."))
    if poll.mode != Mode.ONLINE or poll.status != Status.OPEN:
        return no(_("Links are issued while a poll by link is open; this one is: %(status)s.") % _said(poll))
    return YES


def can_enter(user: "User", poll: "Poll") -> Access:
    """The teller (计票人) of a paper poll."""
    if poll.mode != Mode.PAPER:
        return no(_("This poll is held by link; its votes count themselves."))
    if poll.status not in (Status.PLANNED, Status.ENTERED):
        return no(_("The counts of this poll are settled; it is: %(status)s.") % _said(poll))
    return can_run(user, poll.branch.organization)


def can_confirm(user: "User", poll: "Poll") -> Access:
    """The scrutineer (监票人): another person than the teller."""
    if poll.status != Status.ENTERED:
        return no(_("There are no counts to confirm; the poll is: %(status)s.") % _said(poll))
    if user.is_same_person(poll.entered_by):
        return no(_("You entered these counts yourself. Somebody else must confirm them."))
    return can_run(user, poll.branch.organization)


def can_see_result(user: "User", poll: "Poll") -> Access:
    """After closing, whoever sees the poll; before, nobody."""
    if poll.status != Status.CLOSED:
        return no(_("Results are shown once the poll is closed."))
    return YES


def can_review_comments(user: "User", poll: "Poll") -> Access:
    """A person of the department, after closing, before anyone else reads a word."""
    if not _below(poll.branch.organization.path, user.scope.department_paths):
        return no(_("Comments are looked through by the committee above the branch before anybody reads them."))
    return can_see_result(user, poll)


def can_change_meeting(user: "User", meeting: "Meeting") -> Access:
    """Agenda and closing of a meeting, until it is closed."""
    if meeting.status == meeting.Status.CLOSED:
        return no(_("The meeting is closed; its results stand."))
    return can_run(user, meeting.organization)


def can_see_facts(user: "User") -> Access:
    """Facts of a year: office, deciding authority, auditor."""
    if user.scope.has(*RUNS_ALL, Role.AUDITOR):
        return YES
    return no(_("Facts of the year are kept by the assessment office."))


def can_record_fact(user: "User") -> Access:
    """The office records, the deciding authority too."""
    if user.scope.has(*RUNS_ALL):
        return YES
    return no(_("Only the assessment office records facts of the year."))


def can_decide_fact(user: "User", fact: "YearFact") -> Access:
    """The deciding authority or a colleague of the office, never who entered it."""
    if fact.status != FactStatus.RECORDED:
        return no(_("This has been decided already: %(status)s.") % {"status": fact.get_status_display()})
    if user.is_same_person(fact.entered_by):
        return no(_("You entered this yourself. Somebody else must decide it."))
    return can_record_fact(user)


def can_withdraw_fact(user: "User", fact: "YearFact") -> Access:
    """Take a fact back; tallies that read it keep it. Those of polls go with the poll."""
    if fact.status not in (FactStatus.RECORDED, FactStatus.ACCEPTED) or fact.poll_id:
        return no(_("This cannot be taken back any more."))
    return can_record_fact(user)


def _said(poll: "Poll") -> dict:
    return {"status": poll.get_status_display()}
