"""Bonus and penalty: once per matter, then item `max`, group `cap`, overall `cap` (scoring.md, section 3)."""

from dataclasses import dataclass

import numpy as np

from .batch import Claims
from .numbers import LARGEST_UP, BoolArray, IntArray, peak
from .problems import FigureError
from .scheme import Adjustment

_WIDE = 10**15  # one absurd claim is counted as this much, so that sums cannot overflow


@dataclass(frozen=True)
class Adjusted:
    """What the claims of one part come to, step by step."""

    claimed_up: IntArray  # (claims,) count × points, before anything is taken
    counted_up: IntArray  # (claims,) after "once per matter"
    kept: BoolArray  # (claims,) not taken by a larger claim of the same matter
    items_up: IntArray  # (n, items) after the item's `max`
    items_before_up: IntArray  # (n, items)
    groups_up: IntArray  # (n, groups) after the group's `cap`
    groups_before_up: IntArray  # (n, groups)
    before_cap_up: IntArray  # (n,)
    total_up: IntArray  # (n,)


def adjust(part: Adjustment, claims: Claims, count: int) -> Adjusted:
    """The bonus or the penalty of `count` branches. Raises: FigureError beyond 1,000,000 points."""
    highest = np.array([item.per_matter == "highest" for item in part.items], dtype=np.bool_)
    single = highest[claims.item] if len(claims) else np.zeros(0, dtype=np.bool_)
    occurrences = np.where(single, np.minimum(claims.count, 1), claims.count)
    claimed = np.minimum(claims.unit_up * claims.count, _WIDE)
    counted = np.minimum(claims.unit_up * occurrences, _WIDE)
    kept = _once_per_matter(claims, counted, single)
    counted = np.where(kept, counted, 0)

    before = np.zeros((count, len(part.items)), dtype=np.int64)
    np.add.at(before, (claims.branch, claims.item), counted)
    items = before.copy()
    for at, item in enumerate(part.items):
        if item.max_up is not None:
            items[:, at] = np.minimum(before[:, at], item.max_up)

    position = {group.code: at for at, group in enumerate(part.groups)}
    sums = np.zeros((count, len(part.groups)), dtype=np.int64)
    total = np.zeros(count, dtype=np.int64)
    for at, item in enumerate(part.items):
        if item.group is None:
            total += items[:, at]
        else:
            sums[:, position[item.group]] += items[:, at]
    groups = sums.copy()
    for at, group in enumerate(part.groups):
        if group.cap_up is not None:
            groups[:, at] = np.minimum(sums[:, at], group.cap_up)
    before_cap = total + groups.sum(axis=1)
    total = before_cap if part.cap_up is None else np.minimum(before_cap, part.cap_up)
    if peak(total) > LARGEST_UP:
        branch = int(np.flatnonzero(total > LARGEST_UP)[0])
        raise FigureError(part.items[int(items[branch].argmax())].code, branch)
    return Adjusted(claimed, counted, kept, items, before, groups, sums, before_cap, total)


def _once_per_matter(claims: Claims, counted: IntArray, single: BoolArray) -> BoolArray:
    """Of the claims of one matter under `highest`, the largest stays; equal ones: the earlier item of the scheme."""
    kept = np.ones(len(claims), dtype=np.bool_)
    among = np.flatnonzero(single)
    if len(among) < 2:
        return kept
    branch, matter = claims.branch[among], claims.matter[among]
    order = np.lexsort((claims.level[among], claims.item[among], -counted[among], matter, branch))
    sorted_branch, sorted_matter = branch[order], matter[order]
    again = (sorted_branch[1:] == sorted_branch[:-1]) & (sorted_matter[1:] == sorted_matter[:-1])
    kept[among[order[1:][again]]] = False
    return kept
