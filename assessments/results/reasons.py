"""Why a branch has the stars it has, as codes with data (kept with the result; `sentences.py` makes words of them)."""

import numpy as np

from ..scoring import EXEMPT, MISSING_STATUS, Outcome, Scheme
from ..scoring.banding import ADMITTED, CUT, TIED_THERE, WAITING_THERE
from ..scoring.scheme import Quota
from .gather import NO_SHEET, Entry, Group

Reason = dict[str, object]
FATES = {CUT: "cut", TIED_THERE: "tied", WAITING_THERE: "waiting"}


def reasons_of(group: Group, outcome: Outcome) -> list[list[Reason]]:
    """For every branch, in this order: why nothing is rated; vetoes; conditions missed; what a quota did.

    Only branches with something to say cost time.
    """
    found: list[list[Reason]] = [[] for _ in group.entries]
    for at in np.flatnonzero((outcome.status == MISSING_STATUS) | (outcome.status == EXEMPT)).tolist():
        found[at].append(_unrated(group, outcome, at))
    for at, veto in np.argwhere(outcome.vetoes).tolist():
        found[at].append({"code": "veto", "item": group.scheme.veto[veto].code})
    _add_conditions(group.scheme, outcome, found)
    _add_quotas(group, outcome, found)
    return found


def _unrated(group: Group, outcome: Outcome, at: int) -> Reason:
    entry: Entry = group.entries[at]
    if outcome.status[at] == EXEMPT:
        return {"code": "exempt", "text": entry.exempt_reason}
    if outcome.missing_periods is not None:
        missing = np.flatnonzero(outcome.missing_periods[at]).tolist()
        return {"code": "missing_periods", "periods": [group.scheme.year.periods[period] for period in missing]}
    if entry.status == NO_SHEET:
        return {"code": NO_SHEET}
    if not entry.is_sealed:
        return {"code": "not_approved", "status": str(entry.status)}
    absent = np.flatnonzero(~outcome.components_present[at]).tolist()
    return {"code": "incomplete", "components": [group.scheme.components[component].source for component in absent]}


def _add_conditions(scheme: Scheme, outcome: Outcome, found: list[list[Reason]]) -> None:
    """Conditions missed in a band that the score reaches, above the band that opened."""
    settled, rated = outcome.settled, outcome.rank_all > 0
    for band_at, band in enumerate(scheme.bands_for(outcome.period)):
        above = rated & settled.reached[:, band_at] & ((settled.band_open > band_at) | (settled.band_open < 0))
        for condition, failed in zip(band.requires, settled.failed[band_at], strict=True):
            for at in np.flatnonzero(above & failed).tolist():
                said = {"code": "condition", "stars": band.stars, "kind": condition.kind}
                found[at].append(said | {"of": condition.code, "limit": condition.limit})


def _add_quotas(group: Group, outcome: Outcome, found: list[list[Reason]]) -> None:
    """Places: cut from a band, tied across its last place, waiting for a tie above, or decided by people."""
    fates = outcome.settled.fates
    for band_at, band in enumerate(group.scheme.bands_for(outcome.period)):
        for fate, code in FATES.items():
            for at in np.flatnonzero(fates[:, band_at] == fate).tolist():
                found[at].append({"code": code, "stars": band.stars})
        for at, admitted in sorted(_decided(group, outcome, band_at, band.quota).items()):
            found[at].append({"code": "decided", "stars": band.stars, "admitted": int(admitted)})


def _decided(group: Group, outcome: Outcome, band_at: int, quota: Quota | None) -> dict[int, bool]:
    """Branches whose tie in a band people settled: those admitted, and the equals of their group who were not."""
    if quota is None or not outcome.settled.decided:
        return {}
    branches, fates = group.batch.branches, outcome.settled.fates[:, band_at]
    groups = {"sector": branches.sector, "committee": branches.committee}.get(quota.within, np.zeros_like(fates))
    found: dict[int, bool] = {}
    for named in outcome.settled.decided:
        if fates[named] in (ADMITTED, CUT):
            equal = (outcome.rank_all == outcome.rank_all[named]) & (groups == groups[named])
            for at in np.flatnonzero(equal & ((fates == ADMITTED) | (fates == CUT))).tolist():
                found[at] = bool(fates[at] == ADMITTED)
    return found
