"""The year before last: two halves under three schemes, one tally over all; only a part of each half was reviewed.

In the first half that part was a drawn sample, in the second the candidates for five stars; the others' passed marks
stood and were approved by list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import numpy as np
from django.db import transaction

from branches.models import Sector
from branchportal import guards

from ..cycles.models import Cycle, Team, YearPlan
from ..cycles.services import sector_schemes
from ..inspections import sampling
from ..inspections.scoping.candidates import Preliminary
from ..inspections.scoping.services import draw_sample, sample_size, store_candidates
from ..inspections.services.plans import population_of
from ..schemes.loading import engine_scheme, layout_of
from ..schemes.models import SchemeVersion
from ..sheets.choices import ClaimKind, ClaimStatus, Status
from . import calendar, claims, play, ratings, schemes, scoped
from .calendar import HalfYear
from .city import City, add_teams
from .marks import Marks, Organs, keep_own_rows, make_marks, qualities
from .quarters import Play, evaluate_quarter, freezer, open_quarter, own_slots

ORGANS = ("has_committee", "has_groups", "has_shared_premises")
PERCENT, STARS = 20, 5
ENTERPRISES, SCHOOLS = ("soe", "two_new"), ("school", "hospital")


@dataclass
class Group:
    """The branches under one scheme in a half, by their positions in the city, with what they entered."""

    version: SchemeVersion
    at: Sequence[int]
    city: City  # with these branches only
    course: Play
    marks: Marks
    plans: list[claims.Plan]
    found: list[Preliminary] = field(default_factory=list)


def add_year(city: City, year: int, seed: int) -> YearPlan:
    """The year with its plan, both halves and the published annual rating. Random streams of its own."""
    plan = _plan(city, year)
    teams = add_teams(city, plan)
    random, numbers = Random(seed + year), np.random.default_rng(seed + year)
    unit_of = np.unique([branch.unit_id for branch in city.branches], return_inverse=True)[1]
    halves = calendar.halves(year)
    for half, quality in zip(halves, qualities(numbers, unit_of, len(halves)), strict=True):
        with transaction.atomic():
            cycle = _half(city, plan, half, teams, quality, random, numbers)
        ratings.tally_quarter(city, cycle, half, publish=True)
    ratings.publish_plainly(city, plan, halves[-1])
    return plan


def _plan(city: City, year: int) -> YearPlan:
    organs, enterprises, schools = (
        schemes.publish(city, data(year)) for data in (schemes.of_organs, schemes.of_enterprises, schemes.of_schools)
    )
    plan = YearPlan.objects.create(
        year=year,
        name=f"{year}年度市直机关党支部分领域考评方案",
        scheme_version=organs,
        notice_days=5,
        is_by_sector=True,
    )
    own = dict.fromkeys(ENTERPRISES, enterprises) | dict.fromkeys(SCHOOLS, schools)
    sector_schemes.write(plan, {Sector.objects.get(code=code): version for code, version in own.items()})
    return plan


def _half(
    city: City,
    plan: YearPlan,
    half: HalfYear,
    teams: list[Team],
    quality: np.ndarray,
    random: Random,
    numbers: np.random.Generator,
) -> Cycle:
    """One half written as it ended: sheets, who was under review, and the lists of the others."""
    cycle = open_quarter(plan, half, "progress", teams, city)
    is_sample = half.number == 1
    scope = {"review_scope": "sample", "sample_percent": PERCENT}
    if not is_sample:
        scope = {"review_scope": "candidates", "candidate_stars": STARS}
    Cycle.objects.filter(pk=cycle.pk).update(**scope)
    cycle.refresh_from_db()
    course = play.finished(Random(plan.year), random, len(city.branches), 0, Status.APPROVED)
    groups = [
        _group(city, half, version, at, course, quality, random, numbers) for version, at in _by_version(city, plan)
    ]
    inside = _sampled(cycle, city, course, half) if is_sample else _candidates(groups, half)
    listed = scoped.plan_lists(city, [b for b in city.branches if b.code not in inside], teams)
    with guards.lifted():
        for group in groups:
            _write(cycle, half, group, listed, random)
    _settle(cycle, half, city, groups)
    with guards.lifted():
        scoped.write_lists(cycle, listed, scoped.listed_at(half))
    return cycle


def _by_version(city: City, plan: YearPlan) -> Iterable[tuple[SchemeVersion, list[int]]]:
    found: dict[SchemeVersion, list[int]] = {version: [] for version in plan.versions}
    for at, branch in enumerate(city.branches):
        found[plan.version_for(branch.sector_id)].append(at)
    return found.items()


def _group(
    city: City,
    half: HalfYear,
    version: SchemeVersion,
    at: Sequence[int],
    course: Play,
    quality: np.ndarray,
    random: Random,
    numbers: np.random.Generator,
) -> Group:
    """The marks and claims that the branches of one scheme enter, with their preliminary results."""
    branches = [city.branches[position] for position in at]
    scheme, layout = engine_scheme(version), layout_of(version)
    organs = Organs(*(np.array([getattr(branch, name) for branch in branches]) for name in ORGANS))
    marks = make_marks(numbers, layout, quality[at], organs)
    keep_own_rows(marks, scheme, layout, np.array([branch.sector.code for branch in branches]))
    part = _part(course, at, len(own_slots(layout, scheme, branches[0].sector.code)))
    plans = claims.draw(random, scheme, part, list(quality[at]), {4: scheme.veto[0].code})
    return Group(version, at, replace(city, branches=branches), part, marks, plans)


def _part(course: Play, at: Sequence[int], rows: int) -> Play:
    """The same course for some of the positions, whose sheets have so many rows of their own."""
    status = [course.status[position] for position in at]
    half_filled = np.array([state == Status.DRAFT for state in status])
    filled = np.where(half_filled, rows // 2, rows)
    late = {number for number, position in enumerate(at) if position in course.late}
    return Play(status, filled, np.where(half_filled, 0, rows), late=late)


def _sampled(cycle: Cycle, city: City, course: Play, half: HalfYear) -> set[str]:
    """Codes of the branches that the draw will give: seed and list are known beforehand."""
    takes_part = {b.code for b, status in zip(city.branches, course.status, strict=True) if status != Status.EXEMPT}
    people = [(code, group) for code, group in population_of(cycle) if code in takes_part]
    drawn = sampling.draw(people, sample_size(cycle, len(people)), _seed(half), stratified=True)
    return {one.code for one in drawn}


def _seed(half: HalfYear) -> str:
    return half.step("preliminary")[0].strftime("%Y%m%d")


def _candidates(groups: Iterable[Group], half: HalfYear) -> set[str]:
    """Codes of the branches whose preliminary total opens the stars, or that have none; the others claim no bonus."""
    inside: set[str] = set()
    for group in groups:
        chosen = {one.code for one in _preliminary(group, half) if one.stars is None or one.stars >= STARS}
        codes = [branch.code for branch in group.city.branches]
        group.plans = [plan for plan in group.plans if codes[plan.at] in chosen or plan.kind != ClaimKind.BONUS]
        group.found = _preliminary(group, half)
        inside |= chosen
    return inside


def _preliminary(group: Group, half: HalfYear) -> list[Preliminary]:
    """What the branches' own marks come to, as the portal computes it: every claim counts, no veto does yet."""
    own, review = (layout_of(group.version).stage_index(stage) for stage in ("self", "review"))
    marks = group.marks.marks.copy()
    marks[:, review] = marks[:, own]
    counted = [replace(plan, status=ClaimStatus.ACCEPTED) for plan in group.plans if plan.kind != ClaimKind.VETO]
    standing = Marks(marks, group.marks.given, {})
    _batch, outcome = evaluate_quarter(group.version, half, group.city, standing, *claims.for_engine(counted))
    found = []
    for at, branch in enumerate(group.city.branches):
        status = group.course.status[at]
        if status == Status.EXEMPT:
            continue
        known = status != Status.DRAFT
        total, stars = int(outcome.total_up[at]), max(0, int(outcome.stars_score[at]))
        found.append(Preliminary(branch.code, branch.pk, total if known else None, stars if known else None))
    return found


def _write(cycle: Cycle, half: HalfYear, group: Group, listed: Mapping[int, scoped.Listing], random: Random) -> None:
    """The sheets of one scheme's branches; of those on a list the branch's own marks stood."""
    outside = [at for at, branch in enumerate(group.city.branches) if branch.pk in listed]
    own, review = (layout_of(group.version).stage_index(stage) for stage in ("self", "review"))
    group.marks.marks[outside, review] = group.marks.marks[outside, own]
    for changed in group.marks.changed.values():
        changed[outside] = False
    plans = [plan for plan in group.plans if plan.at not in outside or plan.kind != ClaimKind.BONUS]
    found = claims.for_engine(plans)
    batch, outcome = evaluate_quarter(group.version, half, group.city, group.marks, *found)
    writer = scoped.ScopedWriter(group.city, cycle, half, group.marks, group.course, random, outcome, group.version)
    writer.listed = listed
    when = f"{cycle.plan.year}{cycle.period}"
    writer.write(freezer(group.version, when, batch, group.marks, claims.sealed(plans, half)))
    claims.write_claims(writer, plans)


def _settle(cycle: Cycle, half: HalfYear, city: City, groups: Iterable[Group]) -> None:
    """The list of branches under review, made by the portal's own services."""
    office, at = city.people["office1"], half.step("preliminary")[1] + timedelta(days=1)
    if half.number == 1:
        draw_sample(actor=office, cycle=cycle, seed=_seed(half), at=half.step("preliminary")[0] + timedelta(days=2))
        return
    found = sorted((one for group in groups for one in group.found), key=lambda one: one.code)
    store_candidates(actor=office, cycle=cycle, found=found, at=at)
