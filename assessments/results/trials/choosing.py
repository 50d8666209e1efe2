"""What a trial may start from: versions of schemes, and cycles or years whose marks can be tried."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from ...cycles.models import Cycle, YearPlan
from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ...sheets.models import Sheet
from ..gather import SEALED
from ..models import Tally
from .computing import Basis

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Choice:
    """A basis that can be chosen: `key` is `cycle-12` or `year-3` (ids)."""

    key: str
    basis: Basis
    year: str  # the plan's name, to group by
    name: str
    approved: int

    @property
    def compared(self) -> str:
        """What the trial is compared with, in words."""
        tally = self.basis.tally
        if tally is None:
            return _("its own scheme, computed at once: there is no tally yet")
        return _("tally no. %(number)d (%(status)s)") % {
            "number": tally.number, "status": tally.get_status_display().lower()
        }  # fmt: skip


def versions(user: "User") -> QuerySet[SchemeVersion]:
    """What can be tried: all versions, for those who see trials; drafts first, then the newest."""
    rows = SchemeVersion.objects.select_related("scheme").defer("content")
    return rows.order_by("status", "-pk") if user.scope.roles else rows.none()


def bases() -> list[Choice]:
    """Cycles with approved sheets or a tally, and years whose quarters have theirs; the newest first. Four queries."""
    tallies, sealed = _official(), _sealed()
    cycles: dict[int, list[Cycle]] = {}
    for cycle in Cycle.objects.exclude(status=Cycle.Status.PLANNED).order_by("-starts_on"):
        cycles.setdefault(cycle.plan_id, []).append(cycle)
    plans = YearPlan.objects.select_related("scheme_version__scheme").defer("scheme_version__content")
    return [
        choice
        for plan in plans.order_by("-year")
        for choice in _choices(plan, cycles.get(plan.pk, []), tallies, sealed)
    ]


def _choices(
    plan: YearPlan, cycles: Sequence[Cycle], tallies: dict[tuple[int, int | None], Tally], sealed: dict[int, int]
) -> Iterator[Choice]:
    year = tallies.get((plan.pk, None))
    scheme = engine_scheme(plan.scheme_version)
    tallied = {cycle.period for cycle in cycles if (plan.pk, cycle.pk) in tallies}
    if year is not None or (scheme.year.method != "none" and tallied >= set(scheme.year.periods)):
        name = _("the whole year %(year)s") % {"year": plan.year}
        count = sum(sealed.get(cycle.pk, 0) for cycle in cycles)
        yield Choice(f"year-{plan.pk}", Basis(plan, None, year), plan.name, name, count)
    for cycle in cycles:
        tally, count = tallies.get((plan.pk, cycle.pk)), sealed.get(cycle.pk, 0)
        if tally is not None or count:
            cycle.plan = plan
            yield Choice(f"cycle-{cycle.pk}", Basis(plan, cycle, tally), plan.name, cycle.name, count)


def _sealed() -> dict[int, int]:
    """Approved sheets by cycle."""
    rows = Sheet.objects.filter(status__in=SEALED).order_by().values_list("cycle")
    return dict(rows.annotate(Count("pk")).values_list("cycle", "pk__count"))


def _official() -> dict[tuple[int, int | None], Tally]:
    """The tally in force of every cycle and year: the published one, else the candidate."""
    found: dict[tuple[int, int | None], Tally] = {}
    rows = Tally.objects.current().select_related("plan__scheme_version__scheme", "cycle__plan__scheme_version__scheme")
    rows = rows.defer("plan__scheme_version__content", "cycle__plan__scheme_version__content")
    for tally in rows.order_by("number"):
        known = found.get((tally.plan_id, tally.cycle_id))
        if known is None or known.status != Tally.Status.PUBLISHED:
            found[tally.plan_id, tally.cycle_id] = tally
    return found


def chosen(choices: Sequence[Choice], key: str) -> Choice | None:
    """The one that the address names; without a name the newest with a published tally, else the newest."""
    if key:
        return next((choice for choice in choices if choice.key == key), None)
    published = (each for each in choices if each.basis.tally and each.basis.tally.status == Tally.Status.PUBLISHED)
    return next(published, choices[0] if choices else None)
