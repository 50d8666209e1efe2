"""Where a leaf lives in a row of marks, and the states that its place can hold."""

from typing import NamedTuple

from .scheme import Indicator

MISSING, MARKED, NOT_APPLICABLE = 0, 1, 2
MASK_BITS = 60


class Slot(NamedTuple):
    """Where a leaf lives in its row; -1 where it has no such field."""

    leaf: Indicator
    given: bool
    state: int
    value: int
    denominator: int
    counts: int
    masks: int
