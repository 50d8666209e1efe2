"""`scheme score`: two files in, results out, by the engine alone and without a database."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assessments.scoring import (
    RATED,
    STATUSES,
    YEAR,
    Batch,
    Branches,
    FigureError,
    Outcome,
    Problem,
    Scheme,
    evaluate,
    evaluate_year,
    layout_of,
    plain,
    printed,
    put_marks,
    reasons,
)

from .marksfile import Inputs, PeriodMarks
from .tables import RowProblem, TableError

BEFORE = ("branch", "period", "status")
AFTER = (
    "base",
    "bonus",
    "penalty",
    "total",
    "graded",
    "stars",
    "grade",
    "rank_all",
    "rank_sector",
    "reasons",
)


@dataclass(frozen=True)
class Scored:
    """One period, or the year, with what went in."""

    label: str
    batch: Batch
    outcome: Outcome


def score(scheme: Scheme, inputs: Inputs, marks_name: str = "MARKS.csv") -> list[Scored]:
    """Every period of the file in the order of the year, then the year. Raises: TableError for absurd figures."""
    branches = Branches.of([inputs.branches[code] for code in sorted(inputs.branches)])
    found: list[Scored] = []
    figures = {}
    for period in scheme.year.periods:
        if period not in inputs.periods:
            continue
        batch = make_batch(scheme, period, branches, inputs.periods[period])
        try:
            outcome = evaluate(scheme, batch)
        except FigureError as error:
            line = _line_of(inputs.periods[period], branches.codes[error.branch], error.item)
            problem = Problem("", "figure_too_large", error.item)
            raise TableError([RowProblem(marks_name, line, "value", problem)]) from error
        figures[period] = outcome.figures()
        found.append(Scored(inputs.prefix + period, batch, outcome))
    batch = make_batch(scheme, YEAR, branches, inputs.periods.get(YEAR, PeriodMarks()))
    year = evaluate_year(scheme, figures, batch)
    if year is not None:
        found.append(Scored(YEAR, batch, year))
    return found


def _line_of(marks: PeriodMarks, branch: str, item: str) -> int:
    """The first line that claims an item, or marks an indicator, for a branch."""
    claimed = (line for owner, line, claim in marks.claims if (owner, claim.item) == (branch, item))
    return next(claimed, marks.lines.get((branch, item), 1))


def make_batch(scheme: Scheme, period: str, branches: Branches, found: PeriodMarks) -> Batch:
    """The checked marks of one period in the engine's positions."""
    layout = layout_of(scheme)
    at = {code: number for number, code in enumerate(branches.codes)}
    claims = [
        replace(claim, branch=at[branch])
        for branch, _, claim in sorted(found.claims, key=lambda each: (each[0], each[2].item, each[2].level))
    ]
    vetoes = [(at[branch], code) for branch, code in sorted(found.vetoes)]
    batch = Batch.of(scheme, period, branches, claims=claims, vetoes=vetoes)
    for (branch, stage, code), mark in found.marks.items():
        number = at[branch]
        if scheme.by_code[code].rule in ("poll", "external"):
            layout.put(batch.given[number], code, mark)
        elif stage in layout.stages:
            put_marks(scheme, batch, number, stage, {code: mark})
    for (branch, source), value_up in found.wholes.items():
        layout.put_whole(batch.given[at[branch]], source, value_up)
    for branch, value_up in found.scores.items():
        layout.put_poll_score(batch.given[at[branch]], value_up)
    for branch, (value_up, of) in found.top_shares.items():
        layout.put_top_share(batch.given[at[branch]], value_up, of)
    for branch, code in found.flags:
        layout.put_flag(batch.given[at[branch]], code, True)
    return batch


def results_csv(scheme: Scheme, scored: list[Scored]) -> str:
    """RESULTS.csv: one row per branch and period, the year last; branches in the order of their codes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*BEFORE, *(component.source for component in scheme.components), *AFTER))
    for part in scored:
        for at in range(len(part.batch)):
            writer.writerow(_row(scheme, part, at))
    return out.getvalue()


def _row(scheme: Scheme, part: Scored, at: int) -> Iterator[str]:
    outcome, status = part.outcome, int(part.outcome.status[at])
    has_total, rated = bool(outcome.has_total[at]), status == RATED
    in_quarters = part.label == YEAR and scheme.year.adjustments == "in_quarters"
    yield from (part.batch.branches.codes[at], part.label, STATUSES[status])
    for number in range(len(scheme.components)):
        present = part.label != YEAR and bool(outcome.components_present[at, number])
        yield printed(int(outcome.components_up[at, number]), scheme.places) if present else ""
    yield printed(int(outcome.base_up[at]), scheme.places) if has_total and not in_quarters else ""
    known = not in_quarters and (part.label != YEAR or has_total)
    yield printed(int(outcome.bonus_up[at]), scheme.places) if known else ""
    yield printed(int(outcome.penalty_up[at]), scheme.places) if known else ""
    yield printed(int(outcome.total_up[at]), scheme.places) if has_total else ""
    yield plain(int(outcome.graded_up[at])) if has_total else ""
    yield str(int(outcome.stars[at])) if rated else ""
    yield outcome.grade(scheme, at)
    yield str(int(outcome.rank_all[at]) or "")
    yield str(int(outcome.rank_sector[at]) or "")
    yield "; ".join(str(reason) for reason in reasons(scheme, part.batch, outcome, at))
