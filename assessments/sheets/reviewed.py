"""What a review comes to: the official total once it is complete, and the running one while it is not."""

from collections.abc import Iterable

from ..schemes.loading import engine_scheme
from ..scoring import Mark as EngineMark
from ..scoring import evaluate
from .choices import ClaimStatus, Stage
from .gather import sheet_batch
from .models import Claim, Sheet
from .preview import Preview, preview

StageMarks = dict[str, dict[str, EngineMark]]


def reviewed_total(sheet: Sheet, marks: StageMarks | None = None, claims: Iterable[Claim] | None = None) -> int | None:
    """The total by the review marks; None while one is missing."""
    outcome = evaluate(engine_scheme(sheet.scheme_version), sheet_batch(sheet, marks=marks, claims=claims))
    return int(outcome.total_up[0]) if outcome.has_total[0] else None


def running_review(sheet: Sheet, marks: StageMarks, claims: Iterable[Claim]) -> Preview:
    """Where the review stands: rows not reviewed yet count as self-assessed, bonus claims only once accepted."""
    merged = {
        Stage.SELF.value: {**marks.get(Stage.SELF, {}), **marks.get(Stage.REVIEW, {})},
        Stage.POLL.value: marks.get(Stage.POLL, {}),
        Stage.EXTERNAL.value: marks.get(Stage.EXTERNAL, {}),
    }
    decided = [claim for claim in claims if claim.status != ClaimStatus.CLAIMED]
    return preview(sheet, marks=merged, claims=decided)
