"""A trial computed: the basis as it officially stands, the same marks under the scheme tried. Reads, writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.utils.translation import gettext as _

from branches.models import Sector
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle, YearPlan
from ...schemes.models import SchemeVersion
from ...scoring import YEAR, Batch, DecisionError, FigureError, Scheme
from ..aligning import places_of, taken_from
from ..computing import Computed, Decision, Scored, compute, score
from ..gather import Group, Inputs, cycle_inputs, stored_inputs, without_quotas
from ..models import Tally
from ..yearly import current_quarters, decisions_of, inputs_again, year_inputs
from .carrying import Carried, Sheets, carry
from .mapping import Mapped, map_schemes

Step = Callable[[str], None]


@dataclass(frozen=True)
class Basis:
    """Whose marks are tried: a cycle or a year, and the tally that is compared with (None: computed on the spot)."""

    plan: YearPlan
    cycle: Cycle | None
    tally: Tally | None

    @property
    def quarters(self) -> dict[str, Tally]:
        """The tallies that a year is made of."""
        if self.tally is None:
            return current_quarters(self.plan)
        rows = self.tally.quarters.select_related("cycle__plan__scheme_version__scheme", "plan")
        return {quarter.cycle.period: quarter for quarter in rows}

    def version_for(self, new: Scheme) -> SchemeVersion:
        """The version whose sheets `new` is tried on: one of the same scheme, else the plan's own.

        Where sectors have schemes of their own a trial is of the branches of one of them.
        """
        versions = self.plan.versions
        alike = [version for version in versions if version.scheme.code == new.code] if len(versions) > 1 else []
        return alike[0] if alike else versions[0]


@dataclass(frozen=True)
class Period:
    """One period in both schemes, in the order of its entries."""

    name: str
    old: Scored
    new: Scored
    carried: Carried


@dataclass(frozen=True)
class Tried:
    """Both sides of a trial, rows in the same order of branches; `periods` holds one, or the quarters of a year."""

    scheme: Scheme
    mapped: Mapped
    assumptions: Mapping[str, str]
    old: Scored
    new: Scored
    compared: str  # digest of the tally, or of what would be tallied, that `old` is of
    periods: Sequence[Period]
    decisions_given: int = 0
    decisions_used: int = 0
    met: Mapping[str, int] = field(default_factory=dict)
    dropped_claims: int = 0


def map_basis(basis: Basis, old: Scheme, new: Scheme) -> Mapped:
    """What of the basis is found again in `new`. One query. Raises: PortalError where the periods do not fit."""
    periods = [basis.cycle.period] if basis.cycle else list(new.year.periods)
    if basis.cycle is None and new.year.method == "none":
        raise PortalError(_("The scheme tried has no year total. Choose a cycle instead of the year."))
    strange = [period for period in periods if period not in (new if basis.cycle else old).year.periods]
    if strange:
        words = _("The scheme tried and the marks do not have the same periods: %(periods)s. Choose another basis.")
        raise PortalError(words % {"periods": "、".join(strange)})
    sectors = Sector.objects.values_list("code", flat=True)
    return map_schemes(old, new, periods=periods, sectors=sectors)


def try_scheme(basis: Basis, new: Scheme, chosen: Mapping[str, str], step: Step) -> Tried:
    """Compute the basis again, which must give the digest of the tally compared with, and try `new` on its marks.

    `chosen`: assumptions by key; `step` is told what is being done and may raise Cancelled.
    Raises: PortalError; StaleState where stored results do not follow from their sealed sheets.
    """
    step(_("Reading the sealed sheets"))
    inputs, version = _inputs(basis), basis.version_for(new)
    at = _place(inputs, version)
    group = inputs.groups[at]
    if not group.entries or not any(_has_marks(inputs, group)):
        raise _no_sheets()
    mapped = map_basis(basis, group.scheme, new)
    assumptions = mapped.assumptions(chosen)
    step(_("Computing what stands today"))
    decisions = decisions_of(basis.tally) if basis.tally else {}
    official = _official(basis, inputs, decisions)
    old = official.groups[at]
    step(_("Computing the trial"))
    if basis.cycle is not None:
        period = _period(group, old, new, mapped, assumptions, decisions)
        return _tried(new, mapped, assumptions, (old, period.new), official.digest, [period], decisions)
    periods = []
    for name, tally in basis.quarters.items():
        step(_("Computing the trial: %(period)s") % {"period": name})
        told = decisions_of(tally)
        stored = stored_inputs(tally)
        quarter = stored.groups[_place(stored, version)]
        periods.append(_period(quarter, score(quarter, told), new, mapped, assumptions, told))
    year = _year(group, new, periods, decisions)
    return _tried(new, mapped, assumptions, (old, year), official.digest, periods, decisions)


def _place(inputs: Inputs, version: SchemeVersion) -> int:
    """Which group is under `version`."""
    for at, group in enumerate(inputs.groups):
        if group.version.pk == version.pk:
            return at
    raise _no_sheets()


def _no_sheets() -> PortalError:
    return PortalError(_("There are no approved sheets to try the scheme on. Choose a cycle with approved sheets."))


def _has_marks(inputs: Inputs, group: Group) -> Sequence[bool]:
    """Whether anything can be tried: sealed sheets, or the quarters of a year."""
    return [entry.is_sealed for entry in group.entries] if inputs.cycle else [bool(inputs.quarters)]


def _inputs(basis: Basis) -> Inputs:
    if basis.tally is not None:
        return inputs_again(basis.tally)
    return cycle_inputs(basis.cycle) if basis.cycle else year_inputs(basis.plan)


def _official(basis: Basis, inputs: Inputs, decisions: Mapping[int, Decision]) -> Computed:
    engine = {"engine": basis.tally.engine_version} if basis.tally else {}
    computed = compute(inputs, decisions, **engine)
    if basis.tally is not None and computed.digest != basis.tally.digest:
        raise StaleState(
            _("The stored results of “%(tally)s” do not follow from their sealed sheets. Run publication_verify.")
            % {"tally": basis.tally}
        )
    return computed


def _period(
    group: Group,
    old: Scored,
    new: Scheme,
    mapped: Mapped,
    assumptions: Mapping[str, str],
    decisions: Mapping[int, Decision],
) -> Period:
    """One period under the scheme tried; a cycle for feedback only has no quotas, as in its tally."""
    if group.cycle is not None and group.cycle.purpose == Cycle.Purpose.PROGRESS:
        new = without_quotas(new)
    sealed = np.array([entry.is_sealed for entry in group.entries], dtype=np.bool_)
    sheets = Sheets(group.scheme, group.batch, sealed, old.outcome.base_up, old.outcome.has_total)
    try:
        carried = carry(sheets, new, mapped.parts, assumptions)
        scored = _score(replace(group, scheme=carried.scheme, batch=carried.batch), decisions)
    except FigureError as error:
        raise _refusal(error, group) from error
    return Period(group.cycle.period if group.cycle else YEAR, old, scored, carried)


def _year(group: Group, new: Scheme, periods: Sequence[Period], decisions: Mapping[int, Decision]) -> Scored:
    codes = [entry.code for entry in group.entries]
    figures = {
        period.name: taken_from(period.new.outcome.figures(), places_of(period.new, codes)) for period in periods
    }
    batch = Batch.of(new, YEAR, group.batch.branches)
    return _score(replace(group, scheme=new, batch=batch, figures=figures), decisions)


def _score(group: Group, decisions: Mapping[int, Decision]) -> Scored:
    """With people's decisions on ties while they fit; without them where more places were given than there are."""
    try:
        return score(group, decisions)
    except DecisionError:
        return score(group)


def _refusal(error: FigureError, group: Group) -> PortalError:
    words = _("“%(item)s” of branch %(branch)s gives more than 1,000,000 points under the scheme tried.")
    return PortalError(words % {"item": error.item, "branch": group.entries[error.branch].code})


def _tried(
    scheme: Scheme, mapped: Mapped, assumptions: Mapping[str, str], sides: tuple[Scored, Scored], compared: str,
    periods: Sequence[Period], decisions: Mapping[int, Decision],
) -> Tried:  # fmt: skip
    met: dict[str, int] = {}
    for period in periods:
        for key, count in period.carried.met.items():
            met[key] = max(met.get(key, 0), count)
    return Tried(
        scheme, mapped, assumptions, *sides, compared, periods, len(decisions),
        len(sides[1].outcome.settled.decided), met,
        sum(period.carried.dropped_claims for period in periods),
    )  # fmt: skip
