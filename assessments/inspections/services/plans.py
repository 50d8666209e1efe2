"""Visit plans: making them, drawing branches once, adding branches by hand, giving visits to teams."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.changing import change_row
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Assignment, Cycle, Team
from ...cycles.recusal import ties_of
from .. import rules, sampling
from ..choices import VISIT_MOVES, Method
from ..models import Visit, VisitPlan

if TYPE_CHECKING:
    from members.models import User

DRAWING = (Method.ALL, Method.RANDOM, Method.STRATIFIED)
LONGEST_SEED = 40


@dataclass
class Outcome:
    """What a bulk step did: visits made or moved, and which branches were left out and why."""

    done: int = 0
    refused: list[tuple[Branch, str]] = field(default_factory=list)


@transaction.atomic
def make_plan(
    *, actor: "User", cycle: Cycle, name: str, aim: str, days: tuple[date, date], is_announced: bool
) -> VisitPlan:
    """A plan without branches yet. Raises: PermissionDenied; PortalError for a name taken or days in disorder."""
    require(rules.can_plan(actor))
    if cycle.status == Cycle.Status.CLOSED:
        raise PortalError(_("The cycle is closed; no visits are planned in it."), field="cycle")
    _check(cycle, name, days)
    plan = VisitPlan.objects.create(
        cycle=cycle, name=name.strip(), aim=aim.strip(), starts_on=days[0], ends_on=days[1], is_announced=is_announced,
        made_by=actor, made_at=timezone.now(),
    )  # fmt: skip
    after = {"cycle": cycle.name, "name": plan.name, "from": days[0].isoformat(), "to": days[1].isoformat()}
    audit.record(actor, "visit_plan.made", plan, after=after | {"announced": is_announced})
    return plan


@transaction.atomic
def change_plan(
    *, actor: "User", plan: VisitPlan, version: int, name: str, aim: str, days: tuple[date, date], is_announced: bool
) -> VisitPlan:
    """Name, aim, days. Raises: PermissionDenied; PortalError; StaleState."""
    require(rules.can_change_plan(actor, plan))
    _check(plan.cycle, name, days, but=plan.pk)
    values = {"name": name.strip(), "aim": aim.strip(), "starts_on": days[0], "ends_on": days[1]}
    values["is_announced"] = is_announced
    return change_row(row=plan, actor=actor, version=version, action="visit_plan.changed", values=values)


def _check(cycle: Cycle, name: str, days: tuple[date, date], but: int = 0) -> None:
    if days[1] < days[0]:
        raise PortalError(_("The visits end before they begin."), field="ends_on")
    if VisitPlan.objects.filter(cycle=cycle, name=name.strip()).exclude(pk=but).exists():
        raise PortalError(_("There is a plan of this name in the cycle already."), field="name")


def population_of(cycle: Cycle) -> list[tuple[str, str]]:
    """Active branches with the group they are drawn from: sector and stars of the last published year."""
    stars = _last_stars()
    rows = Branch.objects.filter(is_active=True).order_by("code").values_list("pk", "code", "sector__name")
    return [(code, f"{sector} · {_star_words(stars.get(pk))}") for pk, code, sector in rows]


def _star_words(stars: int | None) -> str:
    return "未定星" if not stars else f"{'一二三四五'[stars - 1]}星"  # part of a kept list, so no translation


def _last_stars() -> dict[int, int]:
    """Stars by branch of the newest published year; results stand in a room further right."""
    tally = apps.get_model("assessments", "Tally").objects.filter(status="published", cycle=None)
    newest = tally.order_by("-plan__year", "-pk").first()
    if newest is None:
        return {}
    return dict(newest.results.exclude(stars=None).values_list("branch_id", "stars"))


@transaction.atomic
def draw_branches(*, actor: "User", plan: VisitPlan, version: int, method: str, wanted: int, seed: str) -> Outcome:
    """Draw the branches of a plan; seed, method and the list drawn from are kept, so that anybody can repeat it.

    An empty `seed` is drawn by the portal. Visits go to the team that reviews the branch, if it has no tie to it.
    Raises: PermissionDenied; PortalError for a number that cannot be; StaleState when somebody else drew meanwhile.
    """
    require(rules.can_draw(actor, plan))
    if method not in DRAWING:
        raise PortalError(_("Choose how the branches are drawn."), field="method")
    seed = seed.strip() or str(secrets.randbelow(10**9)).zfill(9)
    if len(seed) > LONGEST_SEED:
        raise PortalError(_("The seed has at most 40 characters."), field="seed")
    people = population_of(plan.cycle)
    wanted = len(people) if method == Method.ALL else wanted
    if not 1 <= wanted <= len(people):
        message = _("Between 1 and %(most)d branches can be drawn.")
        raise PortalError(message % {"most": len(people)}, field="wanted")
    drawn = sampling.draw(people, wanted, seed, stratified=method == Method.STRATIFIED)
    text = sampling.pack(people)
    said = {"method": method, "wanted": wanted, "seed": seed, "population": text, "drawn_by": actor}
    rows = VisitPlan.objects.filter(pk=plan.pk, version=version, drawn_at=None)
    if not rows.update(**said, drawn_at=timezone.now(), version=version + 1):
        raise StaleState(_("The plan was changed meanwhile. Reload the page and try again."))
    plan.refresh_from_db()
    digest = hashlib.sha256(text.encode()).hexdigest()
    after = {"method": method, "wanted": wanted, "seed": seed, "of": len(people), "population_sha256": digest}
    audit.record(actor, "visit_plan.drawn", plan, after=after)
    branches = {row.code: row for row in Branch.objects.filter(code__in=[each.code for each in drawn])}
    return _add(actor, plan, [(branches[each.code], each.stratum, each.place) for each in drawn])


@transaction.atomic
def add_branches(*, actor: "User", plan: VisitPlan, branches: Iterable[Branch]) -> Outcome:
    """Branches chosen by hand. Those that stand on the plan already are named and left out."""
    require(rules.can_change_plan(actor, plan))
    rows = list(branches)
    there = set(plan.visits.filter(branch__in=rows).values_list("branch_id", flat=True))
    outcome = _add(actor, plan, [(branch, "", None) for branch in rows if branch.pk not in there])
    outcome.refused += [(branch, _("It stands on this plan already.")) for branch in rows if branch.pk in there]
    return outcome


def _add(actor: "User", plan: VisitPlan, chosen: list[tuple[Branch, str, int | None]]) -> Outcome:
    """Make the visits, each given to the team that reviews the branch unless one of it has a tie to the branch."""
    branches = {row.pk: row for row in Branch.objects.filter(pk__in=[branch.pk for branch, _s, _p in chosen])
                .select_related("organization")}  # fmt: skip
    teams = dict(Assignment.objects.filter(cycle=plan.cycle_id, branch__in=branches).values_list("branch_id", "team"))
    barred = _barred(set(teams.values()), list(branches.values()))
    rows = []
    for branch, stratum, place in chosen:
        team = teams.get(branch.pk)
        team = None if (team, branch.pk) in barred else team
        organization = branches[branch.pk].organization_id
        rows.append(Visit(plan=plan, branch=branch, organization_id=organization, team_id=team, stratum=stratum,
                          place=place))  # fmt: skip
    made = Visit.objects.bulk_create(rows, batch_size=500)
    audit.record_many(
        audit.entry(actor, "visit.planned", row, after={"plan": plan.name, "team": row.team_id}) for row in made
    )
    return Outcome(done=len(made))


def _barred(teams: set[int], branches: list[Branch]) -> dict[tuple[int, int], str]:
    """(team, branch) pairs in which a member of the team has a tie to the branch, with the reason."""
    rows = Team.objects.filter(pk__in=teams).prefetch_related("memberships__user")
    members = {team.pk: [each.user for each in team.memberships.all()] for team in rows}
    ties = ties_of({user.pk: user for users in members.values() for user in users}.values())
    found = {}
    for team, users in members.items():
        for user in users:
            for branch in branches:
                if reason := ties[user.pk].reason(user, branch):
                    found[team, branch.pk] = reason
    return found


@transaction.atomic
def assign_team(*, actor: "User", plan: VisitPlan, team: Team, visits: Iterable[Visit]) -> Outcome:
    """Give visits to a team; own branches of its members and visits that have begun are named and left out."""
    require(rules.can_change_plan(actor, plan))
    if team.plan_id != plan.cycle.plan_id:
        raise PortalError(_("The team belongs to another year."))
    if not team.memberships.exists():
        raise PortalError(_("The team “%(team)s” has no members yet.") % {"team": team.name})
    rows = [visit for visit in visits if visit.team_id != team.pk]
    barred = _barred({team.pk}, [visit.branch for visit in rows])
    outcome, entries = Outcome(), []
    for visit in rows:
        access = rules.can_assign(actor, visit)
        if reason := barred.get((team.pk, visit.branch_id)) or ("" if access else access.reason):
            outcome.refused.append((visit.branch, reason))
            continue
        moved = Visit.objects.filter(pk=visit.pk, version=visit.version, status__in=VISIT_MOVES["schedule"][0])
        if not moved.update(team=team, version=visit.version + 1):
            outcome.refused.append((visit.branch, _("It was changed meanwhile.")))
            continue
        outcome.done += 1
        before = {"team": visit.team.name if visit.team else None}
        entries.append(audit.entry(actor, "visit.assigned", visit, before=before, after={"team": team.name}))
    audit.record_many(entries)
    return outcome
