"""What is wrong with an uploaded workbook: each point with worksheet, cell, content and cure."""

from dataclasses import dataclass

from . import words


@dataclass(frozen=True)
class Problem:
    """One point. `cell` is an address such as F12, or empty for the worksheet as a whole."""

    worksheet: str
    cell: str
    value: str
    message: str
    cure: str


def address(row: int, column: int) -> str:
    """`row` counts from 1, `column` from 0: (12, 5) is F12."""
    return f"{words.LETTERS[column]}{row}"
