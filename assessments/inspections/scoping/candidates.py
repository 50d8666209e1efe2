"""What the passed preliminary marks come to: by the engine of the tally, sheet by sheet, nothing of its own.

A branch is a candidate where its preliminary total opens the chosen stars. Bonus claims count as if accepted, and
parts that are given as a whole (visit, poll, meeting) are left out, because they are not there yet; conditions and
vetoes are looked at in the review. So no branch falls off the list that could still reach the stars.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ...sheets.choices import Stage, Status
from ...sheets.gather import read_claims, read_marks
from ...sheets.models import Sheet
from ...sheets.preview import preview

JUDGED = (Status.PASSED, Status.REVIEW, Status.APPROVED, Status.SEALED)
UNDER_WAY = (Status.DRAFT, Status.RETURNED, Status.SUBMITTED)
PORTION = 200


@dataclass(frozen=True)
class Preliminary:
    """The preliminary result of one branch; None: its sheet has not been passed."""

    code: str
    branch_id: int
    total_up: int | None
    stars: int | None


def preliminary_results(sheets: list[int]) -> Iterator[Preliminary]:
    """Of these sheets (ids), in their order."""
    rows = Sheet.objects.for_table().select_related("cycle__plan", "scheme_version").defer(
        "frozen", "frozen_claims", "scheme_version__content"
    )  # fmt: skip
    for start in range(0, len(sheets), PORTION):
        chosen = sheets[start : start + PORTION]
        found = rows.in_bulk(chosen)
        for pk in chosen:
            yield _result(found[pk])


def _result(sheet: Sheet) -> Preliminary:
    if sheet.status not in JUDGED:
        return Preliminary(sheet.branch.code, sheet.branch_id, None, None)
    marks = read_marks(sheet)
    standing = {**marks.get(Stage.SELF, {}), **marks.get(Stage.PRELIMINARY, {})}
    seen = preview(sheet, marks={**marks, Stage.SELF.value: standing}, claims=read_claims(sheet))
    return Preliminary(sheet.branch.code, sheet.branch_id, seen.total_up, seen.stars_opened)
