"""Polls planned, opened and made void, one by one or for all branches of an organization in one job."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch, Organization
from branchportal import audit, jobs
from branchportal.access import require
from branchportal.bulk import insert_rows
from branchportal.errors import PortalError, StaleState
from branchportal.models import Job
from members.models import Member

from ...cycles.models import Cycle, Step, YearPlan
from ...schemes.loading import engine_scheme
from ...sheets.versions import version_in
from .. import rules
from ..choices import Mode, Status
from ..models import Counter, Poll, PollForm, Roster, VoterGroup
from ..targets import MEETING, feeds_year, is_row_due
from .papers import lock_form

if TYPE_CHECKING:
    from members.models import User

START, CLOSE = "polls.start_polls", "polls.close_polls"
MOST_PEOPLE = 5_000  # on one roster
Rosters = Mapping[int, int]  # people by voter group


def step_end(cycle: Cycle | None, at: datetime) -> datetime | None:
    """When the cycle's poll step ends: the end of a poll by default. None without such a step, or once it is over."""
    if cycle is None:
        return None
    rows = Step.objects.filter(cycle=cycle, kind=Step.Kind.POLL, ends_at__gt=at)
    return rows.values_list("ends_at", flat=True).first()


def check_place(form: PollForm, plan: YearPlan, cycle: Cycle | None) -> None:
    """Whether a ballot paper fits a cycle or a year. Raises: PortalError with the cure."""
    if form.scheme_version_id not in [version.pk for version in plan.versions]:
        raise PortalError(
            _("This ballot paper belongs to another scheme version. Copy it for this year."), field="form"
        )
    if feeds_year(form.target) != (cycle is None):
        raise PortalError(
            _("A ballot paper about the year is used for the year, all others for a cycle."), field="cycle"
        )
    if cycle is not None and cycle.status != Cycle.Status.OPEN:
        raise PortalError(_("The cycle is not open."), field="cycle")
    if cycle is not None and not is_row_due(engine_scheme(form.scheme_version), form.target, cycle.period):
        raise PortalError(_("The indicator of this ballot paper is not asked in this cycle."), field="form")


def member_rosters(form: PollForm, branches: Iterable[Branch], stated: Rosters) -> dict[int, dict[int, int]]:
    """People by branch and voter group: of the roll where the paper says so, else as stated."""
    pks = [branch.pk for branch in branches]
    rolls = dict(
        Member.objects.filter(branch__in=pks, is_active=True)
        .values_list("branch")
        .annotate(number=Count("pk"))
        .order_by()
    )
    groups = list(form.groups.all())
    return {
        pk: {
            group.pk: rolls.get(pk, 0) if group.counts_members and group.pk not in stated else stated.get(group.pk, 0)
            for group in groups
        }
        for pk in pks
    }


@transaction.atomic
def plan_poll(
    *,
    actor: "User",
    form: PollForm,
    plan: YearPlan,
    cycle: Cycle | None,
    branch: Branch,
    mode: str,
    rosters: Rosters,
    closes_at: datetime | None = None,
    at: datetime | None = None,
) -> Poll:
    """Plan one poll. `rosters`: people by voter group; groups of the roll of members may be left out.

    `closes_at`: of a poll by link, else the end of the cycle's poll step.

    Raises: PermissionDenied; PortalError; StaleState where the branch has such a poll already.
    """
    require(rules.can_run(actor, branch.organization))
    if form.target == MEETING:
        raise PortalError(_("This ballot paper is used in a report-and-appraisal meeting. Plan the meeting."))
    check_place(form, plan, cycle)
    numbers, at = member_rosters(form, [branch], rosters)[branch.pk], at or timezone.now()
    if mode == Mode.ONLINE:
        closes_at = closes_at or step_end(cycle, at)
    return make_poll(form, plan, cycle, branch, mode, numbers, actor, at, closes_at=closes_at)


def make_poll(
    form: PollForm,
    plan: YearPlan,
    cycle: Cycle | None,
    branch: Branch,
    mode: str,
    rosters: Rosters,
    actor: "User",
    at: datetime,
    **more: object,
) -> Poll:
    """The rows of a planned poll; call it inside a transaction. Raises: PortalError; StaleState."""
    check_rosters(rosters)
    _require_scheme(form, plan, cycle, branch)
    try:
        with transaction.atomic():
            poll = Poll.objects.create(
                form=form, target=form.target, plan=plan, cycle=cycle, branch=branch, mode=mode, created_by=actor,
                created_at=at, **more,
            )  # fmt: skip
    except IntegrityError as error:
        text = _("%(branch)s has such a poll already. Make that one void if it is to be held again.")
        raise StaleState(text % {"branch": branch.name}) from error
    Roster.objects.bulk_create(Roster(poll=poll, group_id=group, number=number) for group, number in rosters.items())
    lock_form(form)
    after = {"form": form.name, "target": form.target, "mode": mode, "rosters": list(rosters.values())}
    audit.record(actor, "poll.planned", poll, after=after)
    return poll


def _require_scheme(form: PollForm, plan: YearPlan, cycle: Cycle | None, branch: Branch) -> None:
    """The ballot paper is of the scheme that measures the branch."""
    version = version_in(cycle, branch) if cycle else plan.version_for(branch.sector_id)
    if form.scheme_version_id != version.pk:
        text = _("%(branch)s is assessed under “%(scheme)s”. Take a ballot paper of that scheme.")
        raise PortalError(text % {"branch": branch.name, "scheme": version}, field="form")


def check_rosters(rosters: Rosters) -> None:
    """Raises: PortalError where nobody is entitled or a number is absurd."""
    if not any(rosters.values()):
        raise PortalError(_("Say how many people are entitled to vote; nobody is on the roster."), field="rosters")
    if any(not 0 <= number <= MOST_PEOPLE for number in rosters.values()):
        raise PortalError(
            _("A roster holds at most %(most)d people in each group.") % {"most": MOST_PEOPLE}, field="rosters"
        )


@transaction.atomic
def open_poll(*, actor: "User", poll: Poll, closes_at: datetime | None = None, at: datetime | None = None) -> Poll:
    """Open a planned poll by link: all its counters stand from now on, at zero."""
    require(rules.can_open(actor, poll))
    at = at or timezone.now()
    closes_at = closes_at or poll.closes_at
    if closes_at is not None and closes_at <= at:
        raise PortalError(_("The poll would end before it begins. Give a later end."), field="closes_at")
    write_counters(poll)
    rows = Poll.objects.filter(pk=poll.pk, status=Status.PLANNED)
    if not rows.update(
        status=Status.OPEN, opened_by=actor, opened_at=at, closes_at=closes_at, version=poll.version + 1
    ):
        raise changed()
    poll.refresh_from_db()
    audit.record(actor, "poll.opened", poll, after={"status": Status.OPEN, "closes_at": str(closes_at or "")})
    return poll


def write_counters(poll: Poll, numbers: Mapping[tuple[int, int, int], int] | None = None) -> None:
    """All counters of a poll, by (group, question, option); at zero where nothing is said."""
    form, said = poll.form, numbers or {}
    groups, questions, options = (list(rows.all()) for rows in (form.groups, form.questions, form.options))
    insert_rows(
        Counter,
        ("poll", "group", "question", "option", "n"),
        [
            (poll.pk, group.pk, question.pk, option.pk, said.get((group.pk, question.pk, option.pk), 0))
            for group in groups
            for question in questions
            for option in options
        ],
    )


def changed() -> StaleState:
    """The sentence for a step that somebody else overtook."""
    return StaleState(_("The poll was changed meanwhile. Reload the page and try again."))


@transaction.atomic
def request_start(
    *,
    actor: "User",
    form: PollForm,
    plan: YearPlan,
    cycle: Cycle | None,
    organization: Organization,
    mode: str,
    rosters: Rosters,
    closes_at: datetime | None,
) -> Job:
    """Ask for polls about all branches of an organization: planned, and by link opened too, in one job."""
    require(rules.can_run(actor, organization))
    check_place(form, plan, cycle)
    if form.target == MEETING:
        raise PortalError(_("This ballot paper is used in a report-and-appraisal meeting. Plan the meeting."))
    if mode == Mode.ONLINE:
        closes_at = closes_at or step_end(cycle, timezone.now())
    return jobs.request(
        START,
        title=_("Polls: %(form)s, %(organization)s") % {"form": form.name, "organization": organization.name},
        owner=actor,
        form=form.pk,
        plan=plan.pk,
        cycle=cycle.pk if cycle else None,
        organization=organization.pk,
        mode=mode,
        rosters={str(group): number for group, number in rosters.items()},
        closes_at=closes_at.isoformat() if closes_at else "",
    )


def start_polls(progress: jobs.Progress) -> None:
    """The job: one short transaction a branch; branches that have such a poll already are left alone."""
    params, actor = progress.job.params, progress.job.owner
    form = PollForm.objects.get(pk=params["form"])
    plan = YearPlan.objects.get(pk=params["plan"])
    cycle = Cycle.objects.get(pk=params["cycle"]) if params["cycle"] else None
    organization = Organization.objects.get(pk=params["organization"])
    require(rules.can_run(actor, organization))
    branches = list(Branch.objects.within(organization).filter(is_active=True).select_related("organization"))
    taken = set(_standing(plan, cycle, form.target, branches))
    stated = {int(group): number for group, number in params["rosters"].items()}
    closes_at = datetime.fromisoformat(params["closes_at"]) if params["closes_at"] else None
    rosters = member_rosters(form, branches, stated)
    progress.start(len(branches), _("Planning the polls"))
    made, refused = 0, []
    for done, branch in enumerate(branches, start=1):
        progress.step(done)
        if branch.pk in taken:
            continue
        try:
            _start_one(actor, form, plan, cycle, branch, params["mode"], rosters[branch.pk], closes_at)
        except PortalError as error:
            refused.append(f"{branch.name}：{error.message}")
        else:
            made += 1
    text = _("%(made)d polls made, %(taken)d branches had one already.") % {"made": made, "taken": len(taken)}
    if refused:
        text += " " + _("Left out: %(names)s") % {"names": "；".join(refused[:5])}
    progress.finish(message=text, url=f"/polls/?cycle={cycle.pk}" if cycle else "/polls/")


def _standing(plan: YearPlan, cycle: Cycle | None, target: str, branches: Sequence[Branch]) -> Iterable[int]:
    place = Q(cycle=cycle) if cycle else Q(cycle__isnull=True, plan=plan)
    rows = Poll.objects.filter(place, target=target, branch__in=[branch.pk for branch in branches])
    return rows.exclude(status=Status.VOID).values_list("branch", flat=True)


@transaction.atomic
def _start_one(
    actor: "User", form: PollForm, plan: YearPlan, cycle: Cycle | None, branch: Branch, mode: str, rosters: Rosters,
    closes_at: datetime | None,
) -> None:  # fmt: skip
    poll = make_poll(form, plan, cycle, branch, mode, rosters, actor, timezone.now(), closes_at=closes_at)
    if mode == Mode.ONLINE:
        open_poll(actor=actor, poll=poll)


def groups_of(form: PollForm) -> list[VoterGroup]:
    """The voter groups of a ballot paper in their order."""
    return list(form.groups.all())
