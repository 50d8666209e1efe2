"""What a review comes to: the official total once it is complete, and the running one while it is not."""

from collections.abc import Iterable

from ..schemes.loading import engine_scheme
from ..scoring import evaluate
from .choices import ClaimStatus, Stage
from .gather import read_marks, sheet_batch
from .models import Claim, Sheet
from .preliminary import StageMarks, with_standing
from .preview import Preview, preview


def reviewed_total(sheet: Sheet, marks: StageMarks | None = None, claims: Iterable[Claim] | None = None) -> int | None:
    """The total by the marks that count; None while one is missing."""
    marks = with_standing(sheet, read_marks(sheet) if marks is None else marks)
    outcome = evaluate(engine_scheme(sheet.scheme_version), sheet_batch(sheet, marks=marks, claims=claims))
    return int(outcome.total_up[0]) if outcome.has_total[0] else None


def running_review(sheet: Sheet, marks: StageMarks, claims: Iterable[Claim], stage: str = Stage.REVIEW) -> Preview:
    """Where the review (or another stage) stands: rows without its mark count as self-assessed, bonus claims only
    once accepted."""
    merged = {
        Stage.SELF.value: {**marks.get(Stage.SELF, {}), **marks.get(stage, {})},
        Stage.POLL.value: marks.get(Stage.POLL, {}),
        Stage.EXTERNAL.value: marks.get(Stage.EXTERNAL, {}),
    }
    decided = [claim for claim in claims if claim.status != ClaimStatus.CLAIMED]
    return preview(sheet, marks=merged, claims=decided)
