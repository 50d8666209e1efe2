"""Which period a report is about: a cycle, or the year of a plan; and the tally that somebody may read for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ...cycles.models import Cycle, YearPlan
from ...results.models import Result, Tally
from ...results.querysets import OFFICIAL, SEES_CANDIDATES, prepared_at
from .spread import Row

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Period:
    """A cycle, or (without one) a plan's year. `key` stands in addresses and jobs."""

    plan: YearPlan
    cycle: Cycle | None
    opened: Sequence[Cycle] = ()  # of a year, where they have been read already

    @property
    def key(self) -> str:
        return f"cycle-{self.cycle.pk}" if self.cycle else f"year-{self.plan.pk}"

    @property
    def name(self) -> str:
        """As file names and headings write it: “2026年第三季度” or “2026年度”."""
        return self.cycle.name.removesuffix("考评") if self.cycle else f"{self.plan.year}年度"

    @cached_property
    def cycles(self) -> Sequence[Cycle]:
        """The opened cycles that it is made of, oldest first. At most one query."""
        if self.cycle:
            return [self.cycle]
        return self.opened or list(self.plan.cycles.exclude(status=Cycle.Status.PLANNED).order_by("starts_on"))


def all_periods() -> list[Period]:
    """Opened cycles and their years, newest first; a year before its cycles. One query."""
    cycles = Cycle.objects.exclude(status=Cycle.Status.PLANNED).select_related("plan__scheme_version")
    cycles = cycles.defer("plan__scheme_version__content").order_by("-plan__year", "-starts_on")
    found: list[Period] = []
    for _year, group in groupby(cycles, key=lambda cycle: cycle.plan_id):
        opened = list(group)
        plan = opened[0].plan
        found += [Period(plan, None, tuple(reversed(opened))), *[Period(plan, cycle) for cycle in opened]]
    return found


def chosen(periods: Sequence[Period], key: str, *, cycle_first: bool = True) -> Period | None:
    """The period named, else the newest cycle (or year) up to this year; None where nothing was opened yet.

    One of a year to come, opened early for a trial, only where there is no other.
    """
    named = next((one for one in periods if one.key == key), None)
    fitting, year = [one for one in periods if bool(one.cycle) == cycle_first], timezone.localdate().year
    return named or next((one for one in fitting if one.plan.year <= year), fitting[0] if fitting else None)


def tallies_for(user: "User", *plans: YearPlan) -> list[dict[int | None, Tally]]:
    """For each plan the newest standing tally that the user may read, by cycle (None: the year). One query.

    `names_at` of each is the moment whose names its lists show; None: those of now.
    """
    rows = Tally.objects.visible_to(user).current().filter(plan__in=plans).select_related("cycle", "plan")
    found: dict[int, dict[int | None, Tally]] = {plan.pk: {} for plan in plans}
    for tally in rows.annotate(names_at=prepared_at("pk")).order_by("number"):
        found[tally.plan_id][tally.cycle_id] = tally
    return [found[plan.pk] for plan in plans]


def sees_city(user: "User", tally: Tally | None) -> bool:
    """Whether figures of the whole city may stand beside one's own: others see them once they are published."""
    if tally is None:
        return False
    return user.scope.has(*SEES_CANDIDATES) or tally.status in OFFICIAL


def sees_extremes(user: "User") -> bool:
    """Whether the city's best and lowest totals are shown: each is the result of a single branch."""
    return user.scope.has(*SEES_CANDIDATES)


def result_rows(tallies: Iterable[Tally]) -> dict[int, list[Row]]:
    """All results of some tallies, by tally. One query."""
    by_pk = {tally.pk: tally for tally in tallies}
    found: dict[int, list[Row]] = {pk: [] for pk in by_pk}
    if not by_pk:
        return found
    plans = {tally.plan_id: tally.plan for tally in by_pk.values() if tally.is_mixed}  # its sectors are read once
    progress = {pk for pk, one in by_pk.items() if one.cycle and one.cycle.purpose == Cycle.Purpose.PROGRESS}
    rows = Result.objects.filter(tally__in=by_pk).order_by("tally_id", "position")
    for tally, stars, limited, *rest in rows.values_list(
        "tally_id", "stars", "stars_limited", "branch_id", "sheet_id", "organization_id", "sector_id",
        "organization__path", "status", "total_up", "is_vetoed", "is_late", "penalty_up",
    ):  # fmt: skip
        branch, sheet, organization, sector, path, status, total, is_vetoed, is_late, penalty = rest
        given = limited if tally in progress else stars
        scheme = plans[by_pk[tally].plan_id].version_for(sector).pk if by_pk[tally].is_mixed else 0
        found[tally].append(
            Row(branch, sheet, organization, sector, path, status, total, given, is_vetoed, is_late, penalty, scheme)
        )
    return found


def state_of(tally: Tally | None) -> str:
    """Whether the figures are official, in words."""
    if tally is None:
        return _("No tally yet: counts only, no points.")
    if tally.status == Tally.Status.CANDIDATE:
        return _("Candidate: not published, for internal checking only.")
    if tally.status == Tally.Status.NOTICE:
        return _("On notice: provisional.")
    return pgettext("statistics", "Published")
