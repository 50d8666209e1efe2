"""Which branches a candidate tally says something else of than it would now, and whether they can be updated alone."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ..schemes.loading import engine_scheme
from ..scoring import ENGINE_VERSION, Scheme
from ..sheets.choices import Status
from ..sheets.models import Sheet
from .gather import SEALED
from .models import Result, Tally
from .overview import is_progress

MOST = 50  # branches updated one by one; above it a whole tally is quicker


def changed_branches(tally: Tally) -> list[int]:
    """Ids of branches whose sheet was approved, corrected, reopened or exempted since the candidate; at most MOST + 1.

    Two queries, whatever the number of branches.
    """
    results = Result.objects.filter(tally=tally, branch=OuterRef("branch"), sheet=OuterRef("pk"))
    unsealed = Q(status=Result.Status.MISSING, reasons__0__code="not_approved")
    on_seal = results.exclude(status=Result.Status.EXEMPT).exclude(unsealed)
    sheets = Sheet.objects.filter(cycle=tally.cycle).current().order_by("branch_id")
    is_sealed, is_exempt = Q(status__in=SEALED), Q(status=Status.EXEMPT)
    changed = is_sealed & ~Exists(on_seal)
    changed |= is_exempt & ~Exists(results.filter(status=Result.Status.EXEMPT))
    changed |= ~(is_sealed | is_exempt) & ~Exists(results.filter(unsealed))
    found = list(sheets.filter(changed).values_list("branch_id", flat=True)[: MOST + 1])
    if len(found) <= MOST:
        found += _moved_on(tally, MOST + 1 - len(found))
    return sorted(found)


def _moved_on(tally: Tally, most: int) -> list[int]:
    """Branches without an approved sheet, then and now, whose sheet has another status than the tally names."""
    rows = Result.objects.filter(tally=tally, status=Result.Status.MISSING, reasons__0__code="not_approved")
    rows = rows.exclude(sheet__status__in=[*SEALED, Status.EXEMPT, Status.SUPERSEDED])
    named = rows.order_by("branch_id").values_list("branch_id", "sheet__status", "reasons")
    return [branch for branch, status, reasons in named if reasons[0]["status"] != status][:most]


def refusal(tally: Tally) -> str:
    """Why single branches of this candidate cannot be updated, as a sentence; empty when they can.

    Within its sector a branch moves nobody's stars elsewhere: that is what makes the update small and exact.
    """
    if tally.cycle is None:
        return _("A year is made of its quarters; tally the quarter, then the year.")
    if tally.engine_version != ENGINE_VERSION:
        return _("This tally was computed by an earlier engine; only a whole tally brings it up to date.")
    if not all(_is_separable(engine_scheme(version), tally) for version in tally.plan.versions):
        return _("Stars or ranks of this scheme depend on branches of other sectors; only a whole tally is exact.")
    if tally.decisions.exists():
        return _("Ties of this tally have been settled by people; a whole tally asks them again where it must.")
    return ""


def _is_separable(scheme: Scheme, tally: Tally) -> bool:
    """No tie-break, no thematic stars, every quota within its sector."""
    if scheme.tie_break or scheme.star_mode == "thematic":
        return False
    quotas = [band.quota for band in scheme.bands_for(tally.cycle.period) if band.quota is not None]
    return is_progress(tally) or all(quota.within == "sector" for quota in quotas)
