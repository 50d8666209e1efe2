"""Year plans and the cycles in them: created, changed while planned, closed when every sheet is through."""

from datetime import date

from django.apps import apps
from django.db import transaction
from django.db.models import Count, ProtectedError
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import stale
from branchportal.errors import PortalError, StaleState
from members.models import User

from .. import rules
from ..dates import STEP_ORDER, Span, problems, settings_of
from ..models import Cycle, SchemeVersion, Step, YearPlan
from . import sector_schemes
from .choosing import EVERYBODY, Chosen, require_scope
from .sector_schemes import SectorSchemes

UNFINISHED = ("draft", "submitted", "passed", "review", "returned")


@transaction.atomic
def create_plan(
    *,
    actor: User,
    year: int,
    name: str,
    scheme_version: SchemeVersion,
    notice_days: int = 5,
    meeting_after_notice: bool = False,
    sectors: SectorSchemes | None = None,
) -> YearPlan:
    """Begin a year under a published scheme; a year has one plan. `notice_days` 0: ratings need no notice.

    `sectors`: versions of sectors that have one of their own.
    """
    require(rules.can_set_up(actor))
    own = sector_schemes.other_than(scheme_version, sectors or {})
    sector_schemes.require_fit(None, scheme_version, own)
    if YearPlan.objects.filter(year=year).exists():
        raise PortalError(
            _("There is a plan for %(year)s already. Change it, or choose another year.") % {"year": year}
        )
    procedure = {"notice_days": notice_days, "meeting_after_notice": meeting_after_notice}
    plan = YearPlan.objects.create(
        year=year, name=name, scheme_version=scheme_version, is_by_sector=bool(own), **procedure
    )
    sector_schemes.write(plan, own)
    after = {"year": year, "scheme": str(scheme_version), "sectors": sector_schemes.described(own), **procedure}
    audit.record(actor, "plan.created", plan, after=after)
    return plan


@transaction.atomic
def change_plan(
    *,
    actor: User,
    plan: YearPlan,
    version: int,
    name: str,
    scheme_version: SchemeVersion,
    notice_days: int | None = None,
    meeting_after_notice: bool | None = None,
    sectors: SectorSchemes | None = None,
) -> YearPlan:
    """Rename a plan, change how its ratings are decided, or its schemes before its first cycle is opened.

    None: as it stands. A notice that runs keeps its days. Raises: StaleState.
    """
    require(rules.can_set_up(actor))
    rows = YearPlan.objects.filter(pk=plan.pk)
    if not rows.filter(version=version).exists():
        raise stale()
    kept = sector_schemes.standing(plan)
    own = sector_schemes.other_than(scheme_version, kept if sectors is None else sectors)
    if scheme_version.pk != plan.scheme_version_id or own != kept:
        sector_schemes.require_fit(plan, scheme_version, own)
        rows = rows.exclude(cycles__status__in=[Cycle.Status.OPEN, Cycle.Status.CLOSED]).exclude(
            cycles__sheets__isnull=False
        )
    procedure = {
        "notice_days": plan.notice_days if notice_days is None else notice_days,
        "meeting_after_notice": plan.meeting_after_notice if meeting_after_notice is None else meeting_after_notice,
    }
    before = {"name": plan.name, "scheme": str(plan.scheme_version), "sectors": sector_schemes.described(kept)}
    before |= {key: getattr(plan, key) for key in procedure}
    if not rows.exists():
        raise PortalError(_("A cycle of this year has been opened; its scheme stays as it is until the year is over."))
    moved = YearPlan.objects.filter(pk__in=rows.values("pk"), version=version).update(
        name=name, scheme_version=scheme_version, is_by_sector=bool(own), version=version + 1, **procedure
    )
    if not moved:
        raise stale()
    if own != kept:
        sector_schemes.write(plan, own)
    plan.refresh_from_db()
    after = {"name": name, "scheme": str(scheme_version), "sectors": sector_schemes.described(own), **procedure}
    audit.record(actor, "plan.changed", plan, before=before, after=after)
    return plan


@transaction.atomic
def create_cycle(
    *,
    actor: User,
    plan: YearPlan,
    period: str,
    name: str,
    purpose: str,
    days: tuple[date, date],
    spans: dict[str, Span],
    scope: Chosen = EVERYBODY,
) -> Cycle:
    """Plan a period with its dated steps and the scope of its review. It reaches the branches when it is opened."""
    require(rules.can_set_up(actor))
    periods = plan.scheme_version.content["year"]["periods"]
    if period not in periods:
        message = _("The scheme has no period “%(period)s”; it has %(periods)s.")
        raise PortalError(message % {"period": period, "periods": ", ".join(periods)})
    if plan.cycles.filter(period=period).exists():
        raise PortalError(_("This period of the year is there already. Change its dates instead."))
    _require_dates(plan, period, purpose, days, spans)
    require_scope(plan, period, scope)
    cycle = Cycle.objects.create(
        plan=plan, period=period, name=name, purpose=purpose, starts_on=days[0], ends_on=days[1], **scope.columns
    )
    _write_steps(cycle, spans)
    audit.record(actor, "cycle.created", cycle, after=_described(cycle, spans))
    return cycle


@transaction.atomic
def change_cycle(
    *,
    actor: User,
    cycle: Cycle,
    version: int,
    name: str,
    purpose: str,
    days: tuple[date, date],
    spans: dict[str, Span],
    scope: Chosen = EVERYBODY,
) -> Cycle:
    """Change a planned cycle as a whole; once it is open its dates stay. Raises: StaleState."""
    require(rules.can_change_cycle(actor, cycle))
    _require_dates(cycle.plan, cycle.period, purpose, days, spans)
    require_scope(cycle.plan, cycle.period, scope)
    before = _described(cycle, {step.kind: Span(step.starts_at, step.ends_at) for step in cycle.steps.all()})
    moved = Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.PLANNED, version=version).update(
        name=name, purpose=purpose, starts_on=days[0], ends_on=days[1], version=version + 1, **scope.columns
    )
    if not moved:
        raise stale()
    cycle.refresh_from_db()
    cycle.steps.all().delete()
    _write_steps(cycle, spans)
    audit.record(actor, "cycle.changed", cycle, before=before, after=_described(cycle, spans))
    return cycle


def _require_dates(plan: YearPlan, period: str, purpose: str, days: tuple[date, date], spans: dict[str, Span]) -> None:
    if days[1] < days[0]:
        raise PortalError(_("The period ends before it begins."))
    wrong = problems(spans, days[0], settings_of(plan, period, purpose))
    if wrong:
        kind = next(kind for kind in STEP_ORDER if kind in wrong)
        raise PortalError(
            _("Step “%(step)s”: %(problem)s") % {"step": Step.Kind(kind).label, "problem": wrong[kind]}, fields=wrong
        )


def _write_steps(cycle: Cycle, spans: dict[str, Span]) -> None:
    Step.objects.bulk_create(
        Step(cycle=cycle, kind=kind, starts_at=spans[kind].starts_at, ends_at=spans[kind].ends_at)
        for kind in STEP_ORDER
        if kind in spans
    )


def _described(cycle: Cycle, spans: dict[str, Span]) -> dict:
    steps = {kind: f"{span.starts_at.isoformat()}/{span.ends_at.isoformat()}" for kind, span in spans.items()}
    days = f"{cycle.starts_on}/{cycle.ends_on}"
    said = {"name": cycle.name, "period": cycle.period, "purpose": cycle.purpose, "days": days, "steps": steps}
    return said | {"scope": Chosen.of(cycle).said}


@transaction.atomic
def close_cycle(*, actor: User, cycle: Cycle) -> Cycle:
    """End a cycle. Sheets still on their way are named by number; nothing is cut off silently."""
    require(rules.can_set_up(actor))
    unfinished = sheets_by_status(cycle)
    left = sum(unfinished.get(status, 0) for status in UNFINISHED)
    if left:
        message = _("%(count)d sheets of this cycle are neither approved nor exempt. Finish or exempt them first.")
        raise PortalError(message % {"count": left})
    moved = Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.OPEN).update(status=Cycle.Status.CLOSED)
    if not moved:
        raise StaleState(_("Only an open cycle can be closed. Reload the page."))
    cycle.refresh_from_db()
    audit.record(actor, "cycle.closed", cycle, before={"status": "open"}, after={"status": "closed"})
    return cycle


@transaction.atomic
def delete_cycle(*, actor: User, cycle: Cycle, version: int) -> None:
    """Take back a cycle that was planned by mistake and never opened. Raises: StaleState."""
    require(rules.can_change_cycle(actor, cycle))
    audit.record(actor, "cycle.deleted", cycle, before={"name": cycle.name, "period": cycle.period})
    try:
        gone, _rows = Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.PLANNED, version=version).delete()
    except ProtectedError as held:
        raise PortalError(_("The cycle has sheets or assignments already. Remove the assignments first.")) from held
    if not gone:
        raise StaleState(_("The cycle was changed or opened meanwhile. Reload the page and look again."))


def sheets_by_status(cycle: Cycle) -> dict[str, int]:
    """How many sheets of a cycle stand where; sheets lie to the right of cycles, so the model is asked for by name."""
    sheet = apps.get_model("assessments", "Sheet")
    rows = sheet.objects.filter(cycle=cycle).exclude(status="superseded").values_list("status")
    return dict(rows.annotate(number=Count("pk")).order_by())
