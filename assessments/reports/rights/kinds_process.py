"""Polls, visits, rectifications, tallies, results, publications, objections: what is asked of whom."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branchportal.access import Access
from members.models import User

from ...inspections import rules as visiting
from ...inspections.models import Finding, Rectification, Visit
from ...polls import rules as polling
from ...polls.models import Poll
from ...results import rules as tallying
from ...results.models import Publication, Result, Tally
from ...results.notices import rules as noticing
from ...results.notices.models import Notice, Objection
from ...results.querysets import SHOWN
from .asking import NOBODY, About, Sample
from .kinds import Act, Kind
from .kinds_sheets import STRANGER


def _polls() -> QuerySet:
    return Poll.objects.exclude(status="void")


def _visits() -> QuerySet:
    return Visit.objects.filter(status="signed")


def _rectifications() -> QuerySet:
    return Rectification.objects.filter(finding__visit=None) | Rectification.objects.filter(
        finding__visit__status="signed"
    )


def _results() -> QuerySet:
    return Result.objects.filter(tally__status__in=SHOWN)


def _candidates() -> QuerySet:
    return Tally.objects.filter(status="candidate")


def _published() -> QuerySet:
    return Publication.objects.filter(status__in=("published", "superseded", "notice"))


def _objections() -> QuerySet:
    return Objection.objects.filter(channel="portal")


def _poll(about: About, **state: object) -> Poll:
    return Poll(branch=about.sheet.branch, entered_by=STRANGER, **state)


def _visit(about: About) -> Visit:
    return Visit(branch=about.sheet.branch, team_id=about.team, status="in_progress")


def _rectification(about: About, status: str) -> Rectification:
    sheet = about.sheet
    finding = Finding(branch=sheet.branch, organization=sheet.organization, cycle=sheet.cycle)
    return Rectification(finding=finding, status=status, answered_by=STRANGER)


def _tally(undecided: int) -> Tally:
    return Tally(pk=NOBODY, status="candidate", undecided_count=undecided, digest="0" * 64)


def _notice(about: About) -> Notice:
    day = timedelta(days=1)
    return Notice(publication=Publication(status="notice"), begun_at=about.at - day, ends_at=about.at + day)


def _enter(user: User, about: About) -> Access:
    return polling.can_enter(user, _poll(about, mode="paper", status="planned"))


def _issue(user: User, about: About) -> Access:
    return polling.can_issue(user, _poll(about, mode="online", status="open"))


def _confirm(user: User, about: About) -> Access:
    return polling.can_confirm(user, _poll(about, mode="paper", status="entered"))


def _object(user: User, about: About) -> Access:
    return noticing.can_object(user, _notice(about), about.sheet.branch, about.at)


def _publish(user: User, about: About) -> Access:
    return tallying.can_publish(user, Publication(status="prepared", prepared_by=STRANGER))


def _reply(user: User, about: About) -> Access:
    return noticing.can_answer(user, Objection(status="open", entered_by=STRANGER))


KINDS = (
    Kind(
        "polls", _("Polls and their results"), Sample(_polls, "branch_id", "", "branch__organization__path"),
        Poll.objects.visible_to,
        writes=(Act(_("issue links"), _issue), Act(_("enter paper ballots"), _enter)),
        decides=(Act(_("confirm counts"), _confirm),),
    ),
    Kind(
        "visits", _("Signed visits"), Sample(_visits, "branch_id", "plan__cycle_id", "organization__path"),
        Visit.objects.visible_to,
        writes=(
            Act(pgettext_lazy("rights", "plan"), lambda user, about: visiting.can_plan(user)),
            Act(pgettext_lazy("rights", "record"), lambda user, about: visiting.can_record(user, _visit(about))),
        ),
        decides=(Act(pgettext_lazy("rights", "sign"), lambda user, about: visiting.can_sign(user, _visit(about))),),
    ),
    Kind(
        "rectifications", _("Rectifications"),
        Sample(_rectifications, "finding__branch_id", "finding__cycle_id", "finding__organization__path"),
        Rectification.objects.visible_to,
        writes=(
            Act(_("ask for one"), lambda user, about: visiting.can_ask(user, _rectification(about, "open").finding)),
            Act(
                pgettext_lazy("rights", "answer"),
                lambda user, about: visiting.can_answer(user, _rectification(about, "open")),
            ),
        ),
        decides=(
            Act(_("strike off"), lambda user, about: visiting.can_check(user, _rectification(about, "answered"))),
        ),
    ),
    Kind(
        "tallies", _("Tallies not yet shown"), Sample(_candidates), Tally.objects.visible_to,
        writes=(Act(_("run a tally"), lambda user, about: tallying.can_tally(user, None)),),
        decides=(Act(_("settle ties"), lambda user, about: tallying.can_decide(user, _tally(1))),),
    ),
    Kind(
        "results", _("Results shown"), Sample(_results, "branch_id", "", "branch__organization__path"),
        Result.objects.visible_to,
    ),
    Kind(
        "publications", _("Publications"), Sample(_published), Publication.objects.visible_to,
        writes=(Act(_("prepare"), lambda user, about: tallying.can_prepare(user, _tally(0))),),
        decides=(Act(pgettext_lazy("rights", "publish"), _publish),),
    ),
    Kind(
        "objections", _("Objections of branches"),
        Sample(_objections, "branch_id", "", "branch__organization__path"), Objection.objects.visible_to,
        writes=(
            Act(_("raise"), _object),
            Act(_("register"), lambda user, about: noticing.can_register(user, _notice(about))),
        ),
        decides=(Act(pgettext_lazy("rights", "answer"), _reply),),
    ),
)  # fmt: skip
