"""A trial computed: the basis as it officially stands, the same marks under the scheme tried. Reads, writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from django.utils.translation import gettext as _

from branches.models import Sector
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle, YearPlan
from ...scoring import YEAR, Batch, DecisionError, FigureError, Figures, Scheme
from ..computing import Computed, Decision, compute
from ..gather import Inputs, cycle_inputs, stored_inputs, without_quotas
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


@dataclass(frozen=True)
class Period:
    """One period in both schemes, in the order of its entries."""

    name: str
    old: Computed
    new: Computed
    carried: Carried


@dataclass(frozen=True)
class Tried:
    """Both sides of a trial, rows in the same order of branches; `periods` holds one, or the quarters of a year."""

    scheme: Scheme
    mapped: Mapped
    assumptions: Mapping[str, str]
    old: Computed
    new: Computed
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
    inputs = _inputs(basis)
    if not inputs.entries or not any(_has_marks(inputs, basis)):
        raise PortalError(_("There are no approved sheets to try the scheme on. Choose a cycle with approved sheets."))
    mapped = map_basis(basis, inputs.scheme, new)
    assumptions = mapped.assumptions(chosen)
    step(_("Computing what stands today"))
    decisions = decisions_of(basis.tally) if basis.tally else {}
    old = _official(basis, inputs, decisions)
    step(_("Computing the trial"))
    if basis.cycle is not None:
        period = _period(inputs, old, new, mapped, assumptions, decisions)
        return _tried(new, mapped, assumptions, old, period.new, [period], decisions)
    periods = []
    for name, tally in basis.quarters.items():
        step(_("Computing the trial: %(period)s") % {"period": name})
        quarter = stored_inputs(tally)
        told = decisions_of(tally)
        before = compute(quarter, told, engine=tally.engine_version)
        periods.append(_period(quarter, before, new, mapped, assumptions, told))
    year = _year(inputs, new, periods, decisions)
    return _tried(new, mapped, assumptions, old, year, periods, decisions)


def _has_marks(inputs: Inputs, basis: Basis) -> Sequence[bool]:
    """Whether anything can be tried: sealed sheets, or the quarters of a year."""
    return [entry.is_sealed for entry in inputs.entries] if basis.cycle else [bool(inputs.quarters)]


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
    inputs: Inputs,
    old: Computed,
    new: Scheme,
    mapped: Mapped,
    assumptions: Mapping[str, str],
    decisions: Mapping[int, Decision],
) -> Period:
    """One period under the scheme tried; a cycle for feedback only has no quotas, as in its tally."""
    if inputs.cycle is not None and inputs.cycle.purpose == Cycle.Purpose.PROGRESS:
        new = without_quotas(new)
    sealed = np.array([entry.is_sealed for entry in inputs.entries], dtype=np.bool_)
    sheets = Sheets(inputs.scheme, inputs.batch, sealed, old.outcome.base_up, old.outcome.has_total)
    try:
        carried = carry(sheets, new, mapped.parts, assumptions)
        computed = _compute(replace(inputs, scheme=carried.scheme, batch=carried.batch), decisions)
    except FigureError as error:
        raise _refusal(error, inputs) from error
    return Period(inputs.cycle.period if inputs.cycle else YEAR, old, computed, carried)


def _year(inputs: Inputs, new: Scheme, periods: Sequence[Period], decisions: Mapping[int, Decision]) -> Computed:
    codes = [entry.code for entry in inputs.entries]
    figures = {period.name: _aligned(period.new, codes) for period in periods}
    batch = Batch.of(new, YEAR, inputs.batch.branches)
    return _compute(replace(inputs, scheme=new, batch=batch, figures=figures), decisions)


def _compute(inputs: Inputs, decisions: Mapping[int, Decision]) -> Computed:
    """With people's decisions on ties while they fit; without them where more places were given than there are."""
    try:
        return compute(inputs, decisions)
    except DecisionError:
        return compute(inputs)


def _refusal(error: FigureError, inputs: Inputs) -> PortalError:
    words = _("“%(item)s” of branch %(branch)s gives more than 1,000,000 points under the scheme tried.")
    return PortalError(words % {"item": error.item, "branch": inputs.entries[error.branch].code})


def _aligned(quarter: Computed, codes: Sequence[str]) -> Figures:
    """A quarter's figures in the year's order of branches; those not in it have no total."""
    places = places_of(quarter, codes)
    found = quarter.outcome.figures()
    columns = {}
    for column in fields(Figures):
        values = getattr(found, column.name)
        taken = values[places] if len(values) else np.zeros((len(codes), *values.shape[1:]), dtype=values.dtype)
        taken[places < 0] = -1 if column.name == "band" else 0
        columns[column.name] = taken
    return Figures(**columns)


def places_of(quarter: Computed, codes: Sequence[str]) -> np.ndarray:
    """Where each branch of `codes` stands in the quarter; -1: it is not in it."""
    known = {entry.code: at for at, entry in enumerate(quarter.inputs.entries)}
    return np.array([known.get(code, -1) for code in codes], dtype=np.int64)


def _tried(
    scheme: Scheme, mapped: Mapped, assumptions: Mapping[str, str], old: Computed, new: Computed,
    periods: Sequence[Period], decisions: Mapping[int, Decision],
) -> Tried:  # fmt: skip
    met: dict[str, int] = {}
    for period in periods:
        for key, count in period.carried.met.items():
            met[key] = max(met.get(key, 0), count)
    return Tried(
        scheme, mapped, assumptions, old, new, periods, len(decisions), len(new.outcome.settled.decided), met,
        sum(period.carried.dropped_claims for period in periods),
    )  # fmt: skip
