"""The inputs of a year: its quarters' tallies, computed again from what they sealed, in one order of branches."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branchportal.errors import PortalError, StaleState

from ..cycles.models import YearPlan
from ..schemes.comparison_words import period_name
from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import YEAR, Batch, BranchFacts, Scheme, layout_of
from ..sheets.choices import Status
from .aligning import aligned
from .computing import Computed, Decision, compute
from .earlier.history import previous_stars
from .gather import Entry, Group, Inputs, grouped, stored_inputs
from .models import Result, Tally
from .year_facts import Facts, put, standing, stored


def year_inputs(
    plan: YearPlan,
    quarters: Mapping[str, Tally] | None = None,
    stars: Mapping[int, int] | None = None,
    known: Facts | None = None,
) -> Inputs:
    """The quarters of a year, published ones before candidates, and the facts of the year as a whole.

    To verify a year: exactly these `quarters`, `stars` and facts (`known`).

    `stars`: of the year before, by branch id, as the tally read them; earlier results may have been replaced since.

    Raises: PortalError when the scheme has no year total or a quarter has no tally; StaleState when a quarter's
    results no longer follow from what it sealed.
    """
    periods = engine_scheme(plan.scheme_version).year.periods
    if any(engine_scheme(version).year.method == "none" for version in plan.versions):
        raise PortalError(_("The scheme of this year has no year total; its quarters are the basis only."))
    used = current_quarters(plan) if quarters is None else dict(quarters)
    if refusal := absent_quarters(plan, used):
        raise PortalError(refusal)
    computed = {period: recompute(used[period]) for period in periods}
    entries = _entries(plan, list(computed.values()), previous_stars(plan) if stars is None else stars)
    known = standing(plan) if known is None else known
    taken = {entry.branch_id: known[entry.branch_id] for entry in entries if entry.branch_id in known}
    groups = [_group(version, theirs, computed, taken) for version, theirs in grouped(plan, entries)]
    return Inputs(plan, None, groups, used, taken)


def _group(version: SchemeVersion, entries: Sequence[Entry], quarters: Mapping[str, Computed], known: Facts) -> Group:
    """The branches of one scheme with their quarters and the facts of the year."""
    scheme = engine_scheme(version)
    codes = [entry.code for entry in entries]
    figures = {period: aligned(version, quarter, codes) for period, quarter in quarters.items()}
    return Group(None, version, scheme, entries, _batch(scheme, entries, known), figures)


def _batch(scheme: Scheme, entries: Sequence[Entry], known: Facts) -> Batch:
    facts = [
        BranchFacts(entry.code, entry.sector, entry.organization, entry.is_exempt, entry.previous_stars)
        for entry in entries
    ]
    _marks, given = layout_of(scheme).empty(len(entries))
    vetoes: list[tuple[int, str]] = []
    for at, entry in enumerate(entries):
        vetoes += [(at, code) for code in put(scheme, given[at], known.get(entry.branch_id, ()))]
    return Batch.of(scheme, YEAR, facts, given=given, vetoes=vetoes)


def absent_quarters(plan: YearPlan, used: Mapping[str, Tally] | None = None) -> str:
    """A sentence naming the periods that have no tally yet; empty when the year can be tallied."""
    used = current_quarters(plan) if used is None else used
    absent = [period for period in engine_scheme(plan.scheme_version).year.periods if period not in used]
    if not absent:
        unconfirmed = sorted(period for period, tally in used.items() if tally.is_provisional)
        words = _("The year cannot be tallied: %(periods)s was updated sheet by sheet. Run that tally again first.")
        return words % {"periods": _named(unconfirmed)} if unconfirmed else ""
    words = _("The year cannot be tallied: there is no tally of %(periods)s yet. Run those tallies first.")
    return words % {"periods": _named(absent)}


def _named(periods: Iterable[str]) -> str:
    return pgettext("between the names of a list", ", ").join(period_name(period) for period in periods)


def current_quarters(plan: YearPlan) -> dict[str, Tally]:
    """The tally of each period that stands: the published one, else the candidate."""
    periods = engine_scheme(plan.scheme_version).year.periods
    rows = Tally.objects.filter(plan=plan, cycle__period__in=periods).current()
    rows = rows.select_related("cycle__plan__scheme_version__scheme", "plan__scheme_version")
    found: dict[str, Tally] = {}
    for tally in rows.order_by("number"):
        known = found.get(tally.cycle.period)
        if known is None or known.status != Tally.Status.PUBLISHED:
            found[tally.cycle.period] = tally
    return found


def decisions_of(tally: Tally) -> dict[int, Decision]:
    """What people decided on ties of a tally, by branch id."""
    rows = tally.decisions.values_list("branch_id", "stars", "reason")
    return {branch: Decision(stars, reason) for branch, stars, reason in rows}


def recompute(tally: Tally) -> Computed:
    """A cycle's tally once more, from its sealed sheets and decisions. Raises: StaleState when the digest differs."""
    computed = compute(stored_inputs(tally), decisions_of(tally), engine=tally.engine_version)
    if computed.digest != tally.digest:
        raise StaleState(
            _("The stored results of “%(tally)s” do not follow from their sealed sheets. Run publication_verify.")
            % {"tally": tally}
        )
    return computed


def inputs_again(tally: Tally) -> Inputs:
    """What a tally, of a cycle or of a year, was computed from. Raises: StaleState as `recompute`."""
    if tally.cycle_id:
        return stored_inputs(tally)
    quarters = tally.quarters.select_related("cycle__plan__scheme_version__scheme", "plan")
    read = Result.objects.filter(tally=tally, previous_stars__isnull=False).values_list("branch_id", "previous_stars")
    used = {quarter.cycle.period: quarter for quarter in quarters}
    return year_inputs(tally.plan, used, dict(read), stored(tally))


def _entries(plan: YearPlan, quarters: Sequence[Computed], stars: Mapping[int, int]) -> list[Entry]:
    """Every branch of any quarter with its latest sector and organization; exempt where its latest quarter says so."""
    latest: dict[str, Entry] = {}
    late: set[str] = set()
    for quarter in quarters:
        for entry in quarter.inputs.entries:
            latest[entry.code] = entry
            if entry.is_late:
                late.add(entry.code)
    return [
        latest[code]._replace(
            sheet_id=None,
            digest="",
            status=Status.EXEMPT if latest[code].is_exempt else "year",
            is_late=code in late,
            previous_stars=stars.get(latest[code].branch_id),
            frozen_claims="",
        )
        for code in sorted(latest)
    ]
