"""What a workbook may ask for, and the refusal of one that asks for more."""

from dataclasses import dataclass

MEMORY_BYTES = 200 * 1024 * 1024  # of the whole process: what is beyond cannot be reserved
CPU_SECONDS = 3
MOST_UNPACKED = 50 * 1024 * 1024
MOST_RATIO = 100
SMALL_PART = 1_000_000  # below this a high ratio is no threat
MOST_TAGS = 4_000_000  # opening and closing; 600,000 cells have that many
MOST_STRINGS = 1_000_000
MOST_TEXT = 8_000_000  # characters delivered altogether
MOST_STYLES = 70_000  # Excel itself stops at 65,490
MOST_FORMATS = 10_000
LONGEST_CELL = 32_767
SPARE_ROWS = 50  # headings and notes around the rows that the caller counts
LONGEST_NAME = 200


@dataclass(frozen=True)
class Limits:
    """What the caller asks for; the three `allow_…` say what is read instead of refused."""

    most_sheets: int
    most_rows: int
    most_columns: int
    only_first: bool
    allow_merged: bool
    allow_formulas: bool
    allow_hidden: bool

    @property
    def most_parts(self) -> int:
        """Excel writes up to five parts for a sheet."""
        return max(200, 5 * self.most_sheets + 100)


class Refused(Exception):  # noqa: N818 (named for what happened)
    """The workbook is not read; `code` and `params` become a sentence in `branchportal.workbooks`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
