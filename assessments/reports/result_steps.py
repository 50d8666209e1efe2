"""From points to the total as lines that a person can follow with a calculator."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from branches.models import Organization
from branchportal.figures import plain_text, points_text

from ..cycles.models import Cycle
from ..results.models import Result
from ..schemes.comparison_words import period_name
from ..scoring import Scheme
from ..scoring.working import PeriodWorking, StageWorking, Working
from ..sheets.listing.models import ListedSheet
from ..sheets.preliminary import has_component


@dataclass(frozen=True)
class Step:
    """One line: what, how, and the figure it comes to."""

    label: str
    how: str
    figure_up: int | None
    is_sum: bool = False


SOURCES = {
    "self": lambda: _("Self-assessment"),
    "preliminary": lambda: _("Preliminary review"),
    "review": lambda: _("Review"),
    "onsite": lambda: _("On-site visit"),
    "poll": lambda: _("Poll"),
    "meeting": lambda: _("Reporting meeting"),
    "peer": lambda: _("Mutual assessment"),
    "external": lambda: _("External score"),
}
METHODS = {
    "sum": lambda: _("sum of the periods"),
    "mean": lambda: _("mean of the periods"),
    "weighted": lambda: _("weighted sum of the periods"),
    "last": lambda: _("the last period"),
    "best": lambda: _("the best period"),
}


def total_steps(working: Working | None, scheme: Scheme) -> list[Step]:
    """Components or periods, base, bonus, penalty, total, and the figure that the grades read."""
    if working is None:
        return []
    steps = _period_steps(working, scheme) if working.periods else _component_steps(working, scheme)
    if working.periods and scheme.year.adjustments == "in_quarters":
        steps.append(Step(_("Year total"), METHODS[scheme.year.method](), working.total_up, is_sum=True))
    else:
        steps += _adjusted(working, scheme)
    if working.banded_up is not None and scheme.round_before_banding is not None:
        how = _("rounded half up to %(places)s decimals") % {"places": scheme.round_before_banding}
        steps.append(Step(_("Figure that the grades read"), how, working.banded_up))
    elif working.banded_up is not None:
        steps.append(Step(_("Figure that the grades read"), _("not rounded"), working.banded_up))
    return steps


def has_no_department(result: Result) -> bool:
    """Whether the branch stood directly under the work committee, where there is no preliminary review."""
    return result.organization.kind == Organization.Kind.WORK_COMMITTEE


def say_what_stood(steps: list[Step], result: Result, scheme: Scheme) -> list[Step]:
    """Where a branch was not reviewed, by the department or by the inspectors, that line says whose marks those are.

    No query where every branch of the cycle was reviewed, else one.
    """
    if has_no_department(result) and has_component(scheme):
        steps = _told(steps, "preliminary", _("no preliminary review; the points of the review stand in for it"))
    cycle = result.tally.cycle
    if cycle is None or cycle.review_scope == Cycle.Scope.ALL:
        return steps
    rows = ListedSheet.objects.filter(sheet=result.sheet_id, status=ListedSheet.Status.APPROVED)
    number = rows.values_list("approval_list__number", flat=True).first()
    if number is None:
        return steps
    return _told(steps, "review", _("preliminary marks stood, approved by list no. %(number)d") % {"number": number})


def _told(steps: list[Step], source: str, told: str) -> list[Step]:
    """The steps with a word more on the first line of a component."""
    at = next((at for at, step in enumerate(steps) if step.label == SOURCES[source]()), None)
    if at is None:
        return steps
    how = f"{steps[at].how} · {told}" if steps[at].how else told
    return [*steps[:at], replace(steps[at], how=how), *steps[at + 1 :]]


def _adjusted(working: Working, scheme: Scheme) -> list[Step]:
    has_base = working.total_up is not None
    steps = [Step(_("Base score"), "", working.base_up if has_base else None)]
    if scheme.bonus.items:
        how = "" if scheme.bonus.counts else _("shown, but no part of the score that is graded")
        steps.append(Step(_("Bonus"), how, working.bonus_up))
    if scheme.penalty.items:
        how = "" if scheme.penalty.source == "total" else _("already taken from the component")
        steps.append(Step(_("Penalty"), how, -working.penalty_up))
    return [*steps, Step(_("Total"), _limits(scheme), working.total_up, is_sum=True)]


def _limits(scheme: Scheme) -> str:
    if scheme.max_total_up is None:
        return _("never below 0")
    return _("never below 0, at most %(most)s") % {"most": plain_text(scheme.max_total_up)}


def _component_steps(working: Working, scheme: Scheme) -> list[Step]:
    stages = {stage.stage: stage for stage in working.stages}
    steps: list[Step] = []
    for component in working.components:
        label = SOURCES[component.source]()
        stage = None if component.is_whole else stages.get(component.source)
        steps.append(Step(label, _summed(stage, scheme), component.score_up))
        if component.reduced_by_up:
            steps.append(Step(_("Penalty taken from it"), "", -component.reduced_by_up))
        if component.weight_up != 1_000_000:
            how = _("× weight %(weight)s") % {"weight": plain_text(component.weight_up)}
            steps.append(Step(label, how, component.weighted_up))
    return steps


def _summed(stage: StageWorking | None, scheme: Scheme) -> str:
    """How the component came from its points; the factor is told only where there is one."""
    if stage is None:
        return _("given as a whole")
    words = _("%(sum)s of %(possible)s points")
    shown = {"sum": points_text(stage.sum_up, scheme.places), "possible": plain_text(stage.possible_up)}
    due = stage.all_up if scheme.rescale_due else stage.due_up
    if scheme.full_marks_up * due != stage.all_up * stage.possible_up:
        words = _("%(sum)s × %(full)s × %(due)s ÷ (%(all)s × %(possible)s)")
        shown |= {"full": plain_text(scheme.full_marks_up), "due": plain_text(due), "all": plain_text(stage.all_up)}
    return words % shown


def _period_steps(working: Working, scheme: Scheme) -> list[Step]:
    return [_period_step(period, scheme) for period in working.periods]


def _period_step(period: PeriodWorking, scheme: Scheme) -> Step:
    label = period_name(period.period)
    if not period.present:
        told = {"block": _("without a total"), "skip": _("without a total, left out"), "zero": _("counts 0")}
        return Step(label, told[scheme.year.missing], None)
    how = "" if period.weight_up is None else _("× weight %(weight)s") % {"weight": plain_text(period.weight_up)}
    figure = period.base_up if scheme.year.adjustments == "summed" else period.total_up
    return Step(label, how, figure)
