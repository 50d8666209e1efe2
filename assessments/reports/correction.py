"""What a corrected sheet changed: rows and total before and after, and the decision that opened it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..results.models import Result
from ..schemes.loading import engine_scheme
from ..sheets.models import Mark, Sheet
from ..sheets.reopening.models import Reopening
from ..sheets.reopening.parts import opened_names


@dataclass(frozen=True)
class Changed:
    """An indicator whose reviewed points the new revision changed, in micro-points; `reason`: of the new mark."""

    code: str
    name: str
    before_up: int | None
    now_up: int | None
    reason: str


@dataclass(frozen=True)
class Correction:
    """The revision before beside the one that counts; totals are those of the review, in micro-points."""

    decision: Reopening
    opened: Sequence[str]  # empty: the whole sheet
    before: Sheet
    before_up: int | None
    now_up: int | None
    rows: Sequence[Changed]


def correction_of(result: Result) -> Correction | None:
    """The last correction of the result's sheet; None for a first revision (asks nothing then, else four queries)."""
    sheet = result.sheet
    if sheet is None or sheet.revision == 1:
        return None
    found = Reopening.objects.filter(revision=sheet.pk).select_related("sheet", "decided_by")
    decision = found.defer("sheet__frozen", "sheet__frozen_claims").get()
    before, leaves = decision.sheet, engine_scheme(sheet.scheme_version).by_code
    was, now = _reviewed(before.pk), _reviewed(sheet.pk)
    rows = [
        Changed(code, leaf.name, was.get(code, (None, ""))[0], *now.get(code, (None, "")))
        for code, leaf in leaves.items()
        if was.get(code, (None,))[0] != now.get(code, (None,))[0]
    ]
    totals = (before.review_total_up, sheet.review_total_up)
    return Correction(decision, opened_names(decision), before, *totals, rows)


def _reviewed(sheet_id: int) -> dict[str, tuple[int | None, str]]:
    """Reviewed points and reason by the indicator's code."""
    marks = Mark.objects.filter(sheet=sheet_id, stage="review")
    return {code: (points, why) for code, points, why in marks.values_list("indicator__code", "points_up", "reason")}
