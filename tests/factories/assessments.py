"""Cycles, sheets and teams."""

from datetime import timedelta

from django.utils import timezone

from assessments.cycles.models import Assignment, Cycle, Step, Team, TeamMembership, YearPlan
from assessments.schemes.loading import indicator_index
from assessments.sheets.models import Mark, MarkCount, Sheet

MICRO = 1_000_000
# A complete self-assessment of the small scheme: 19 + 15 + 18 + 8 + 9.5 + 10 (+ poll 9) = 88.5
FULL_MARKS = {
    "1.1": {"counts": {"b": 2}},
    "1.2": {"counts": {"fair": 1}},
    "1.3": {"value": 98, "denominator": 100},
    "2.1": {"counts": {"a": 4}},
    "2.2": {"value": "9.5"},
    "2.3": {"na": True},
}


def make_cycle(
    scheme_version: object, *, year: int = 2026, period: str = "Q4", status: str = "open", **fields: object
) -> Cycle:
    """An open cycle: self-assessment since ten days and ten more; the later steps follow."""
    plan, _created = YearPlan.objects.get_or_create(
        year=year, defaults={"name": f"{year}年度考评方案", "scheme_version": scheme_version}
    )
    today = timezone.localdate()
    fields.setdefault("starts_on", today - timedelta(days=60))
    fields.setdefault("ends_on", today + timedelta(days=30))
    fields.setdefault("name", f"{year}年第{period[-1]}季度")
    cycle = Cycle.objects.create(plan=plan, period=period, status=status, **fields)
    start = timezone.now() - timedelta(days=10)
    for kind, begins, ends in (("self", 0, 20), ("preliminary", 0, 25), ("review", 0, 35), ("ratification", 35, 40)):
        Step.objects.create(
            cycle=cycle, kind=kind, starts_at=start + timedelta(days=begins), ends_at=start + timedelta(days=ends)
        )
    return cycle


def make_sheet(cycle: Cycle, branch: object, **fields: object) -> Sheet:
    """A draft of the branch in the cycle (due: the six rows that the branch fills in itself)."""
    fields.setdefault("due_count", 6)
    return Sheet.objects.create(
        cycle=cycle,
        branch=branch,
        scheme_version=cycle.version_for(branch.sector_id),
        organization=branch.organization,
        sector=branch.sector,
        unit=branch.unit,
        **fields,
    )


def make_marks(sheet: Sheet, user: object, stage: str = "self", marks: dict | None = None) -> None:
    """Mark rows of a stage, FULL_MARKS unless given; points_up is left to the engine."""
    index = indicator_index(sheet.scheme_version)
    for code, said in (FULL_MARKS if marks is None else marks).items():
        mark = Mark.objects.create(
            sheet=sheet,
            indicator=index.indicators[code],
            stage=stage,
            state="na" if said.get("na") else "marked",
            value_up=None if "value" not in said else int(float(said["value"]) * MICRO),
            denominator_up=None if "denominator" not in said else said["denominator"] * MICRO,
            entered_by=user,
            entered_at=timezone.now(),
        )
        for criterion, number in said.get("counts", {}).items():
            MarkCount.objects.create(mark=mark, criterion=index.criteria[code, criterion], value_up=number * MICRO)


def make_team(
    cycle: Cycle, *branches: object, members: tuple = (), leader: object = None, name: str = "第一考评组"
) -> Team:
    """A team with its assignments in the cycle."""
    team = Team.objects.create(plan=cycle.plan, name=name)
    for user in members:
        TeamMembership.objects.create(team=team, user=user)
    if leader:
        TeamMembership.objects.create(team=team, user=leader, is_leader=True)
    Assignment.objects.bulk_create(Assignment(cycle=cycle, team=team, branch=branch) for branch in branches)
    return team
