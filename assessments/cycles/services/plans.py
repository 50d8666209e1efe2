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
from ..dates import STEP_ORDER, Span, problems
from ..models import Cycle, SchemeVersion, Step, YearPlan

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
) -> YearPlan:
    """Begin a year under a published scheme; a year has one plan. `notice_days` 0: ratings need no notice."""
    require(rules.can_set_up(actor))
    _require_published(scheme_version)
    if YearPlan.objects.filter(year=year).exists():
        raise PortalError(
            _("There is a plan for %(year)s already. Change it, or choose another year.") % {"year": year}
        )
    procedure = {"notice_days": notice_days, "meeting_after_notice": meeting_after_notice}
    plan = YearPlan.objects.create(year=year, name=name, scheme_version=scheme_version, **procedure)
    audit.record(actor, "plan.created", plan, after={"year": year, "scheme": str(scheme_version), **procedure})
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
) -> YearPlan:
    """Rename a plan, change how its ratings are decided, or its scheme before its first cycle is opened.

    None: as it stands. A notice that runs keeps its days. Raises: StaleState.
    """
    require(rules.can_set_up(actor))
    _require_published(scheme_version)
    rows = YearPlan.objects.filter(pk=plan.pk)
    if not rows.filter(version=version).exists():
        raise stale()
    if scheme_version.pk != plan.scheme_version_id:
        rows = rows.exclude(cycles__status__in=[Cycle.Status.OPEN, Cycle.Status.CLOSED]).exclude(
            cycles__sheets__isnull=False
        )
    procedure = {
        "notice_days": plan.notice_days if notice_days is None else notice_days,
        "meeting_after_notice": plan.meeting_after_notice if meeting_after_notice is None else meeting_after_notice,
    }
    before = {"name": plan.name, "scheme": str(plan.scheme_version)} | {key: getattr(plan, key) for key in procedure}
    if not rows.exists():
        raise PortalError(_("A cycle of this year has been opened; its scheme stays as it is until the year is over."))
    moved = YearPlan.objects.filter(pk__in=rows.values("pk"), version=version).update(
        name=name, scheme_version=scheme_version, version=version + 1, **procedure
    )
    if not moved:
        raise stale()
    plan.refresh_from_db()
    after = {"name": name, "scheme": str(scheme_version), **procedure}
    audit.record(actor, "plan.changed", plan, before=before, after=after)
    return plan


def _require_published(scheme_version: SchemeVersion) -> None:
    if scheme_version.status != SchemeVersion.Status.PUBLISHED:
        message = _("“%(scheme)s” is a draft. A year needs a published scheme: have it approved first.")
        raise PortalError(message % {"scheme": scheme_version})


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
) -> Cycle:
    """Plan a period with its dated steps. It reaches the branches when it is opened."""
    require(rules.can_set_up(actor))
    _require_dates(days, spans)
    periods = plan.scheme_version.content["year"]["periods"]
    if period not in periods:
        message = _("The scheme has no period “%(period)s”; it has %(periods)s.")
        raise PortalError(message % {"period": period, "periods": ", ".join(periods)})
    if plan.cycles.filter(period=period).exists():
        raise PortalError(_("This period of the year is there already. Change its dates instead."))
    cycle = Cycle.objects.create(
        plan=plan, period=period, name=name, purpose=purpose, starts_on=days[0], ends_on=days[1]
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
) -> Cycle:
    """Change a planned cycle as a whole; once it is open its dates stay. Raises: StaleState."""
    require(rules.can_change_cycle(actor, cycle))
    _require_dates(days, spans)
    before = _described(cycle, {step.kind: Span(step.starts_at, step.ends_at) for step in cycle.steps.all()})
    moved = Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.PLANNED, version=version).update(
        name=name, purpose=purpose, starts_on=days[0], ends_on=days[1], version=version + 1
    )
    if not moved:
        raise stale()
    cycle.refresh_from_db()
    cycle.steps.all().delete()
    _write_steps(cycle, spans)
    audit.record(actor, "cycle.changed", cycle, before=before, after=_described(cycle, spans))
    return cycle


def _require_dates(days: tuple[date, date], spans: dict[str, Span]) -> None:
    if days[1] < days[0]:
        raise PortalError(_("The period ends before it begins."))
    wrong = problems(spans, days[0])
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
    return {"name": cycle.name, "period": cycle.period, "purpose": cycle.purpose, "days": days, "steps": steps}


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
