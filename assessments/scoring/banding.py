"""Bands, conditions, vetoes and quotas: from a graded score to stars (scoring.md, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .batch import Branches
from .conditions import Facts, holds
from .numbers import SCALE, BoolArray, IntArray
from .problems import DecisionError
from .ranking import first_places, order_keys
from .scheme import Band, Quota, Scheme

NO_BAND = -1
SETTLED, TIED, WAITING = 0, 1, 2
OUTSIDE, ADMITTED, CUT, TIED_THERE, WAITING_THERE = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class QuotaGroup:
    """One quota in one group, for the working and for warnings. `cutoff_up`: the lowest ranked figure admitted."""

    band: int
    group: str
    population: int
    places: int | None  # None: the quota only warns
    candidates: int
    admitted: int
    cut: int
    tied: int
    waiting: int
    cutoff_up: int | None
    members: int  # branches in this band in the end
    below_min: bool = False
    off_about: bool = False


@dataclass(frozen=True)
class Ranking:
    """What a quota looks at: the figure that ranks compare, its order (`keys`, 0 best), who is rated, the groups."""

    ranked_up: IntArray
    keys: IntArray
    rated: BoolArray
    branches: Branches


@dataclass(frozen=True)
class Standing(Ranking):
    """What the bands look at besides: the banded figure, vetoes and facts."""

    banded_up: IntArray
    vetoes: BoolArray
    facts: Facts


@dataclass(frozen=True)
class Settled:
    """Bands as positions in the ladder, NO_BAND where none."""

    reached: BoolArray  # (n, bands) by the score alone
    failed: tuple[tuple[BoolArray, ...], ...]  # per band and condition: (n,)
    closed: BoolArray  # (n, bands) by a veto
    band_score: IntArray
    band_open: IntArray
    band: IntArray
    stars: IntArray  # 0 in no band; meaningful where rated and settled
    undecided: IntArray  # SETTLED, TIED, WAITING
    undecided_band: IntArray
    fates: IntArray  # (n, bands) OUTSIDE, ADMITTED, CUT, TIED_THERE, WAITING_THERE
    quotas: tuple[QuotaGroup, ...]
    passed: IntArray  # thematic: dimensions passed
    decided: frozenset[int]  # branches whose decision was used


def settle(
    scheme: Scheme, ladder: tuple[Band, ...], standing: Standing, decisions: Mapping[int, int] | None = None
) -> Settled:
    """Open a band for every branch, then settle the quotas from the top.

    `decisions` maps a branch tied across the last place to the stars that people gave it: the band's own stars admit
    it, fewer cut it, and everything below is settled anew. Raises: DecisionError for more admissions than places.
    """
    count = len(standing.rated)
    passed = _passed(scheme, standing.facts, count)
    reached = _reached(scheme, ladder, standing, passed)
    failed = tuple(tuple(~holds(condition, scheme, standing.facts) for condition in band.requires) for band in ladder)
    closed = _closed(scheme, ladder, standing.vetoes)
    eligible = reached & ~closed
    for at, conditions in enumerate(failed):
        for condition in conditions:
            eligible[:, at] &= ~condition
    eligible &= standing.rated[:, None]
    band_open = _first(eligible, 0)
    run = _Run(ladder, standing, eligible, band_open.copy(), decisions or {})
    run.settle_all()
    stars_of = np.array([*(band.stars for band in ladder), 0], dtype=np.int64)
    band_score = _first(reached & standing.rated[:, None], 0)
    stars = stars_of[run.band]
    if scheme.star_mode == "thematic":
        top = np.minimum(passed, _most_stars(scheme, standing.vetoes, passed))
        unhindered = (run.band != NO_BAND) & (run.band == _first(reached & ~closed, 0))
        stars = np.where(unhindered, np.maximum(top, stars), stars)
    stars = np.where(run.undecided == SETTLED, stars, 0)
    return Settled(
        reached, failed, closed, band_score, band_open, run.band, stars, run.undecided, run.undecided_band,
        run.fates, run.report(), passed, frozenset(run.used),
    )  # fmt: skip


def _first(eligible: BoolArray, start: int) -> IntArray:
    """The first open band from `start` on, NO_BAND where none is."""
    later = eligible[:, start:]
    if not later.shape[1]:
        return np.full(len(eligible), NO_BAND, dtype=np.int64)
    return np.where(later.any(axis=1), later.argmax(axis=1) + start, NO_BAND)


def _passed(scheme: Scheme, facts: Facts, count: int) -> IntArray:
    """Thematic: how many first-level indicators on the branch's sheet reach their pass mark."""
    passed = np.zeros(count, dtype=np.int64)
    if scheme.star_mode != "thematic":
        return passed
    for at, dimension in enumerate(scheme.indicators):
        if dimension.pass_up is not None:
            passed += facts.dimensions.share(at, dimension.pass_up) & facts.dimensions.part[:, at]
    return passed


def _reached(scheme: Scheme, ladder: tuple[Band, ...], standing: Standing, passed: IntArray) -> BoolArray:
    if scheme.star_mode == "thematic":
        columns = [passed >= band.stars for band in ladder]
    else:
        columns = [standing.banded_up >= band.from_up for band in ladder]
    return np.stack(columns, axis=1)


def _closed(scheme: Scheme, ladder: tuple[Band, ...], vetoes: BoolArray) -> BoolArray:
    closed = np.zeros((len(vetoes), len(ladder)), dtype=np.bool_)
    for at, veto in enumerate(scheme.veto):
        if veto.effect == "max_stars":
            above = np.array([band.stars > veto.stars for band in ladder], dtype=np.bool_)
        elif veto.effect == "grade":
            above = np.arange(len(ladder)) < len(ladder) - 1
        else:
            continue
        closed |= vetoes[:, at, None] & above
    return closed


def _most_stars(scheme: Scheme, vetoes: BoolArray, passed: IntArray) -> IntArray:
    most = passed.copy()
    for at, veto in enumerate(scheme.veto):
        if veto.effect == "max_stars":
            most = np.where(vetoes[:, at], np.minimum(most, veto.stars), most)
        elif veto.effect == "grade":
            most = np.where(vetoes[:, at], 0, most)  # the lowest band's own stars
    return most


class _Run:
    """Settles the quotas of one ladder from the top; `band` and `undecided` change band by band."""

    def __init__(
        self,
        ladder: tuple[Band, ...],
        standing: Ranking,
        eligible: BoolArray,
        band: IntArray,
        decisions: Mapping[int, int],
    ) -> None:
        count = len(band)
        self.ladder, self.standing, self.eligible, self.band = ladder, standing, eligible, band
        self.decisions = decisions
        self.used: set[int] = set()
        self.undecided = np.full(count, SETTLED, dtype=np.int64)
        self.undecided_band = np.full(count, NO_BAND, dtype=np.int64)
        self.fates = np.full((count, len(ladder)), OUTSIDE, dtype=np.int64)

    def settle_all(self) -> None:
        for at, band in enumerate(self.ladder):
            if band.quota and band.quota.limits:
                self._settle(at, band.quota)

    def _settle(self, at: int, quota: Quota) -> None:
        group, _ = self.groups(quota)
        places = self._places(quota, group)
        candidates = np.flatnonzero((self.band == at) & (self.undecided == SETTLED))
        open_groups = np.zeros(len(places), dtype=np.bool_)
        open_groups[group[self.undecided != SETTLED]] = True
        order = candidates[np.lexsort((self.standing.keys[candidates], group[candidates]))]
        own, keys = group[order], self.standing.keys[order]
        before = first_places(keys, own)
        behind = before + _tie_sizes(keys, own)
        fate = np.where(behind <= places[own], ADMITTED, np.where(before >= places[own], CUT, TIED_THERE))
        fate[open_groups[own] & (places[own] > 0)] = WAITING_THERE
        for number in np.unique(own[fate == TIED_THERE]):
            self._decide(at, order, fate, np.flatnonzero(own == number), int(places[number]))
        self.fates[order, at] = fate
        cut = order[fate == CUT]
        self.band[cut] = _first(self.eligible[cut], at + 1)
        for value, state in ((TIED_THERE, TIED), (WAITING_THERE, WAITING)):
            members = order[fate == value]
            self.undecided[members], self.undecided_band[members] = state, at
            self.band[members] = NO_BAND

    def _decide(self, at: int, order: IntArray, fate: IntArray, members: IntArray, places: int) -> None:
        """Apply people's decisions to the tied branches of one group."""
        tied = members[fate[members] == TIED_THERE]
        left = places - int((fate[members] == ADMITTED).sum())
        given: list[int] = []
        for position in tied:
            branch = int(order[position])
            if branch in self.decisions:
                self.used.add(branch)
                admitted = self.decisions[branch] >= self.ladder[at].stars
                fate[position] = ADMITTED if admitted else CUT
                given += [branch] if admitted else []
        if len(given) > left:
            raise DecisionError("too_many", given)
        if len(given) == left:
            fate[tied[fate[tied] == TIED_THERE]] = CUT

    def groups(self, quota: Quota) -> tuple[IntArray, tuple[str, ...]]:
        branches = self.standing.branches
        if quota.within == "sector":
            return branches.sector, branches.sector_names
        if quota.within == "committee":
            return branches.committee, branches.committee_names
        return np.zeros(len(branches), dtype=np.int64), ("",)

    def _places(self, quota: Quota, group: IntArray) -> IntArray:
        population = np.bincount(group[self.standing.rated], minlength=int(group.max(initial=0)) + 1)
        if quota.max_share_up is not None:
            return np.asarray(population * quota.max_share_up // SCALE, dtype=np.int64)
        return np.full(len(population), quota.max_number or 0, dtype=np.int64)

    def report(self) -> tuple[QuotaGroup, ...]:
        """Every quota in every group that has rated branches."""
        found: list[QuotaGroup] = []
        for at, band in enumerate(self.ladder):
            if band.quota is None:
                continue
            group, names = self.groups(band.quota)
            places = self._places(band.quota, group)
            for number, name in enumerate(names):
                inside = (group == number) & self.standing.rated
                if inside.any():
                    room = int(places[number]) if band.quota.limits else None
                    found.append(self._group_report(at, band.quota, name, inside, room))
        return tuple(found)

    def _group_report(self, at: int, quota: Quota, name: str, inside: BoolArray, places: int | None) -> QuotaGroup:
        fates = self.fates[inside, at]
        population, members = int(inside.sum()), int((self.band[inside] == at).sum())
        admitted = self.standing.ranked_up[inside][fates == ADMITTED]
        about = quota.about_up
        return QuotaGroup(
            band=at,
            group=name,
            population=population,
            places=places,
            candidates=int((fates != OUTSIDE).sum()),
            admitted=int((fates == ADMITTED).sum()),
            cut=int((fates == CUT).sum()),
            tied=int((fates == TIED_THERE).sum()),
            waiting=int((fates == WAITING_THERE).sum()),
            cutoff_up=int(admitted.min()) if len(admitted) else None,
            members=members,
            below_min=quota.min_share_up is not None and members * SCALE < population * quota.min_share_up,
            off_about=about is not None and abs(members * SCALE - population * about) >= SCALE,
        )


def _tie_sizes(keys: IntArray, group: IntArray) -> IntArray:
    """For members sorted by group and key: how many share their group and key."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    starts = np.ones(len(keys), dtype=np.bool_)
    starts[1:] = (keys[1:] != keys[:-1]) | (group[1:] != group[:-1])
    sizes = np.bincount(np.cumsum(starts) - 1)
    return np.asarray(sizes[np.cumsum(starts) - 1], dtype=np.int64)


@dataclass(frozen=True)
class GroupSettled:
    """The quotas of one group by itself: bands, who is undecided, fates as in Settled, and the report."""

    band: IntArray
    undecided: IntArray
    fates: IntArray
    quotas: tuple[QuotaGroup, ...]


def settle_group(ladder: tuple[Band, ...], name: str, ranked_up: IntArray, eligible: BoolArray) -> GroupSettled:
    """Settle one sector of rated branches anew from what was kept of them; only for quotas `within: sector`.

    Shapes: `ranked_up` (n,) is the figure that ranks compare, `eligible` (n, bands) what score, conditions and vetoes
    leave open. No tie-break, no decisions: their callers settle everybody.
    """
    count = len(ranked_up)
    rated, none = np.ones(count, dtype=np.bool_), np.zeros(count, dtype=np.int64)
    branches = Branches((), none, (name,), none, ("",), ~rated, none, rated, rated)
    keys = order_keys([ranked_up], rated)
    run = _Run(ladder, Ranking(ranked_up, keys, rated, branches), eligible, _first(eligible, 0), {})
    run.settle_all()
    return GroupSettled(run.band, run.undecided, run.fates, run.report())
