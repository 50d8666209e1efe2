"""What a review comes to: the official total once it is complete, and a preview while it is not. Same `evaluate`."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..schemes.loading import engine_scheme
from ..scoring import Mark as EngineMark
from ..scoring import evaluate
from .choices import Stage
from .gather import Marks, is_filled_by_branch, sheet_batch, sheet_rows
from .models import Claim, Sheet

StageMarks = dict[str, dict[str, EngineMark]]


@dataclass(frozen=True)
class Share:
    """One dimension: what is earned of what is possible."""

    code: str
    name: str
    earned_up: int
    possible_up: int

    @property
    def percent(self) -> int:
        return max(0, min(100, self.earned_up * 100 // self.possible_up)) if self.possible_up else 0


@dataclass(frozen=True)
class Preview:
    """The review as it stands, rows not reviewed yet counting as self-assessed. Total None: a figure is missing."""

    total_up: int | None
    stars: int | None
    bonus_up: int
    penalty_up: int
    shares: tuple[Share, ...]
    reviewed: int
    due: int
    missing: tuple[str, ...]  # codes without any figure, such as a poll not filled in yet

    @property
    def is_complete(self) -> bool:
        return self.reviewed == self.due and not self.missing


def reviewed_total(sheet: Sheet, marks: StageMarks | None = None, claims: Iterable[Claim] | None = None) -> int | None:
    """The total by the review marks; None while one is missing."""
    outcome = evaluate(engine_scheme(sheet.scheme_version), sheet_batch(sheet, marks=marks, claims=claims))
    return int(outcome.total_up[0]) if outcome.has_total[0] else None


def preview(sheet: Sheet, marks: StageMarks, claims: Iterable[Claim]) -> Preview:
    """Live figures beside the review rows. Units: micro-points."""
    scheme = engine_scheme(sheet.scheme_version)
    said, review = marks.get(Stage.SELF, {}), marks.get(Stage.REVIEW, {})
    merged: dict[str, Marks] = {**marks, Stage.REVIEW: {**said, **review}}
    outcome = evaluate(scheme, sheet_batch(sheet, marks=merged, claims=claims), stages=("review",))
    dimensions = outcome.facts.dimensions
    shares = tuple(
        Share(row.code, row.name, int(dimensions.earned_up[0, at]), int(dimensions.possible_up[0, at]))
        for at, row in enumerate(scheme.indicators)
        if dimensions.part[0, at]
    )
    rows = [leaf for leaf in sheet_rows(sheet) if leaf.due != "on_event" or leaf.code in said]
    given = {code for stage in (Stage.POLL, Stage.EXTERNAL) for code in marks.get(stage, {})}
    asked = [leaf.code for leaf in rows if is_filled_by_branch(leaf)]
    has_total = bool(outcome.has_total[0])
    return Preview(
        total_up=int(outcome.total_up[0]) if has_total else None,
        stars=int(outcome.stars_open[0]) if has_total else None,
        bonus_up=int(outcome.bonus_up[0]),
        penalty_up=int(outcome.penalty_up[0]),
        shares=shares,
        reviewed=sum(code in review for code in asked),
        due=len(asked),
        missing=tuple(leaf.code for leaf in rows if not is_filled_by_branch(leaf) and leaf.code not in given),
    )
