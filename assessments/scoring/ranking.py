"""Ranks: equal figures as printed share a rank and the next one is skipped (1, 2, 2, 4)."""

from collections.abc import Sequence

import numpy as np

from .numbers import BoolArray, IntArray

UNRANKED = 0


def order_keys(columns: Sequence[IntArray], ranked: BoolArray) -> IntArray:
    """One number per branch, 0 for the best, equal for ties; the first column decides, larger is better.

    Branches outside `ranked` get the count of branches, behind everybody.
    """
    count = len(ranked)
    keys = np.full(count, count, dtype=np.int64)
    among = np.flatnonzero(ranked)
    if not len(among):
        return keys
    picked = [column[among] for column in columns]
    order = np.lexsort(tuple(-column for column in reversed(picked)))
    differs = np.zeros(len(among), dtype=np.bool_)
    for column in picked:
        inorder = column[order]
        differs[1:] |= inorder[1:] != inorder[:-1]
    keys[among[order]] = np.cumsum(differs)
    return keys


def ranks(keys: IntArray, group: IntArray, ranked: BoolArray) -> IntArray:
    """Competition ranks within each group; UNRANKED (0) outside `ranked`."""
    result = np.full(len(keys), UNRANKED, dtype=np.int64)
    among = np.flatnonzero(ranked)
    order = among[np.lexsort((keys[among], group[among]))]
    result[order] = first_places(keys[order], group[order]) + 1
    return result


def first_places(keys: IntArray, group: IntArray) -> IntArray:
    """For members sorted by group and key: how many of the group stand strictly before each."""
    count = len(keys)
    if not count:
        return np.zeros(0, dtype=np.int64)
    position = np.arange(count, dtype=np.int64)
    new_group = np.ones(count, dtype=np.bool_)
    new_group[1:] = group[1:] != group[:-1]
    new_tie = new_group.copy()
    new_tie[1:] |= keys[1:] != keys[:-1]
    group_start = np.maximum.accumulate(np.where(new_group, position, 0))
    tie_start = np.maximum.accumulate(np.where(new_tie, position, 0))
    return np.asarray(tie_start - group_start, dtype=np.int64)
