"""Rows in portions: no statement with more keys than a database takes, no write that holds up others for long."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Row = TypeVar("Row")
PORTION = 500


def portions(rows: Sequence[Row], size: int = PORTION) -> Iterator[Sequence[Row]]:
    """The rows in slices of `size`, in their order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
