"""The demonstration city, seeded whole: deterministic but for the day it is seeded on."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import numpy as np
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from branchportal import guards
from branchportal.bulk import keep_vacuum_away

from ..cycles.models import YearPlan
from ..schemes.loading import engine_scheme, layout_of
from ..schemes.models import SchemeVersion
from ..sheets.choices import Status
from . import (
    calendar,
    claims,
    drafts,
    earlier,
    mixed,
    pilot,
    play,
    polls,
    procedure,
    ratings,
    reminders,
    schemes,
    stamped,
    traces,
    visits,
)
from .city import City, add_accounts, add_members, add_teams, build_tree
from .marks import Marks, Organs, keep_own_rows, make_marks, qualities
from .quarters import SheetWriter, evaluate_quarter, freezer, open_quarter, own_slots

SEED = 20260101
ORGANS = ("has_committee", "has_groups", "has_shared_premises")
Say = Callable[[str], None]


def seed(today: date, say: Say) -> City:
    """Fill an empty, migrated database. `say` hears a line per step."""
    random, numbers = Random(SEED), np.random.default_rng(SEED)
    last, done, running = calendar.quarters(today)
    with transaction.atomic():
        keep_vacuum_away(*apps.get_app_config("assessments").get_models())
        call_command("loaddata", settings.BASE_DIR / "fixtures" / "sectors.json", verbosity=0)
        city = build_tree(random)
        say(f"{len(city.branches)} 个党支部、{add_members(city, random)} 名党员")
        add_accounts(city, random, since=date(last[0].year - 1, 1, 1))
        version = schemes.publish(city, schemes.standing())
        plans = {year: _plan(year, version) for year in (last[0].year, running.year)}
        teams = {year: add_teams(city, plan) for year, plan in plans.items()}
        began = calendar.halves(last[0].year - 1)[0].step("self")[0]
        traces.write_set_up(city, began - timedelta(days=60))
        say("考评标准、考评组、任职")
    before = earlier.import_earlier(city, last[0].year - 1, seed=SEED, at=began - timedelta(days=30))
    say(f"{before.new_count} 条历年结果（原始数据）")
    halves = mixed.add_year(city, last[0].year - 1, SEED)
    say(f"{halves.name}：{len(halves.versions)} 套考评标准、抽查和候选支部审核、名单审定")
    periods = [*last, *done, running]
    unit_of = np.unique([b.unit_id for b in city.branches], return_inverse=True)[1]
    quality = qualities(numbers, unit_of, len(periods))
    organs = Organs(*(np.array([getattr(branch, name) for branch in city.branches]) for name in ORGANS))
    sectors = np.array([branch.sector.code for branch in city.branches])
    for at, quarter in enumerate(periods):
        plan = plans[quarter.year]
        marks = make_marks(numbers, layout_of(version), quality[at], organs)
        keep_own_rows(marks, engine_scheme(version), layout_of(version), sectors)
        is_running, is_rating = quarter is running, bool(done) and quarter is done[-1]
        is_shown = len(done) > 1 and quarter is done[-2]
        with transaction.atomic():
            keep_vacuum_away(*apps.get_app_config("assessments").get_models())
            purpose = "rating" if is_rating or is_shown else "progress"
            cycle = open_quarter(plan, quarter, purpose, teams[plan.year], city)
            _write_quarter(city, cycle, quarter, marks, quality[at], random, is_running=is_running, is_rating=is_rating)
        if not is_running:
            ratings.tally_quarter(city, cycle, quarter, publish=not (is_rating or is_shown))
        if is_shown:
            ratings.show_quarter(city, cycle, quarter, timezone.now())
        if quarter is last[-1]:
            ratings.publish_year(city, plan, quarter, cycle)
        say(f"{quarter.name}：{ratings.describe(cycle)}")
    traces.write_claims()
    with transaction.atomic():
        procedure.grant_extension(city, cycle, timezone.now())
        procedure.merge_branches(city, timezone.now())
    with transaction.atomic():
        say(f"{visits.write_visits(city, today)} 次实地考察及整改")
    with transaction.atomic():
        say(f"{polls.add_polls(city, cycle, timezone.now())} 次民主测评和述职评议测评")
    with transaction.atomic():
        say(f"{stamped.add_scans(timezone.now())} 份盖章评分表扫描件")
    told, waiting = reminders.write_reminders(city, timezone.now())
    say(f"{told} 条提醒、{waiting} 封待发邮件")
    draft = drafts.add_draft(city, version, running.year + 1)
    trial = drafts.try_draft(city, draft, plans[last[0].year])
    say(f"下一年度考评标准草案 {draft.version}，试算 {trial.branch_count} 个党支部")
    with transaction.atomic():
        tried = pilot.add_pilot(city, running.year + 1, calendar.pilot(running, today), timezone.now())
        say(f"{tried.cycle.name}：{tried.branches} 个党支部，初审评分计入总分，{tried.on_lists} 份在清单上待审定")
    return city


def _plan(year: int, version: SchemeVersion) -> YearPlan:
    name = f"{year}年度市直机关“五强”党支部考评方案"
    return YearPlan.objects.create(year=year, name=name, scheme_version=version, notice_days=5)


def _write_quarter(
    city: City,
    cycle: object,
    quarter: object,
    marks: Marks,
    quality: np.ndarray,
    random: Random,
    *,
    is_running: bool,
    is_rating: bool,
) -> None:
    version = cycle.plan.scheme_version
    scheme = engine_scheme(version)
    own_rows = len(own_slots(layout_of(version), scheme, "organ"))  # every sector has as many
    count = len(city.branches)
    vetoes: dict[int, str] = {}
    if is_running:
        course = play.running(random, count, own_rows)
    else:
        course = play.finished(Random(SEED + cycle.plan.year), random, count, own_rows, Status.APPROVED)
        vetoes = {17: scheme.veto[0].code, 301: scheme.veto[-1].code}
    plans = claims.draw(random, scheme, course, list(quality), vetoes)
    if is_rating:
        plans = ratings.make_tie(city, version, quarter, marks, plans, course)
    batch, outcome = evaluate_quarter(version, quarter, city, marks, *claims.for_engine(plans))
    writer = SheetWriter(city, cycle, quarter, marks, course, random, outcome, version)
    freeze = freezer(version, f"{cycle.plan.year}{cycle.period}", batch, marks, claims.sealed(plans, quarter))
    with guards.lifted():  # history is written as it ended, not step by step
        writer.write(freeze)
        claims.write_claims(writer, plans)
        claims.write_indicator_evidence(writer, random, 0.15 if is_running else 0.02)
        claims.write_remarks(writer, random)


def today() -> date:
    """The day of seeding in Shanghai."""
    return timezone.localdate()
