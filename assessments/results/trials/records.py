"""What stands beside the marks of a sheet: values given as a whole, facts, flags, claims, vetoes; old scheme to new."""

from collections.abc import Iterator

import numpy as np

from ...scoring import MARKED, Batch, Claim, Layout, Scheme
from ...scoring.batch import Claims
from ...scoring.numbers import IntArray, mul_div
from ...scoring.scheme import Adjustment


def carried_given(
    old: Scheme, new: Scheme, old_layout: Layout, layout: Layout, rows: IntArray, given: IntArray
) -> None:
    """Write components given as a whole (on the new scale of full marks), facts about the poll and flags by code."""
    for source, at in old_layout.wholes.items():
        place = layout.wholes[source]
        whole = rows[:, at] == MARKED
        value = rows[:, at + 1]
        if old.full_marks_up != new.full_marks_up:
            value = mul_div(value, new.full_marks_up, old.full_marks_up)
        given[:, place] = rows[:, at]
        given[:, place + 1] = np.where(whole, value, 0)
    for size, at, place in (
        (2, old_layout.poll_score, layout.poll_score),
        (3, old_layout.top_share, layout.top_share),
    ):
        given[:, place : place + size] = rows[:, at : at + size]
    for code, at in old_layout.flags.items():
        if code in layout.flags:
            given[:, layout.flags[code]] = rows[:, at]


def carried_claims(old: Scheme, new: Scheme, batch: Batch) -> tuple[list[Claim], int]:
    """Accepted claims by item and level, and how many have no place in the new scheme (they count nothing)."""
    found: list[Claim] = []
    dropped = 0
    for before, after, claims in ((old.bonus, new.bonus, batch.bonus), (old.penalty, new.penalty, batch.penalty)):
        items = {item.code: item for item in after.items}
        for claim in _claims(before, claims):
            item = items.get(claim.item)
            if item is None or (item.levels_up and claim.level not in item.levels_up):
                dropped += 1
            else:
                level = claim.level if item.levels_up else ""
                found.append(Claim(claim.branch, claim.item, claim.count, level, claim.matter))
    return found, dropped


def _claims(part: Adjustment, claims: Claims) -> Iterator[Claim]:
    """Columns back to records."""
    levels = [sorted(item.levels_up) for item in part.items]
    columns = zip(
        claims.branch.tolist(), claims.item.tolist(), claims.level.tolist(), claims.count.tolist(), claims.matters,
        strict=True,
    )  # fmt: skip
    for branch, item, level, count, matter in columns:
        yield Claim(branch, part.items[item].code, count, levels[item][level] if levels[item] else "", matter)


def carried_vetoes(old: Scheme, new: Scheme, batch: Batch) -> list[tuple[int, str]]:
    """Vetoes by code; those that the new scheme does not know fall away."""
    known = {veto.code for veto in new.veto}
    found = ((branch, old.veto[at].code) for branch, at in np.argwhere(batch.vetoes).tolist())
    return [(branch, code) for branch, code in found if code in known]
