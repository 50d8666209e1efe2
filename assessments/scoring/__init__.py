"""The scoring engine: plain data and arrays of marks in, points, stars, ranks and their working out. No Django.

    scheme = Scheme.from_data(data)            # SchemeError.problems lists everything that is wrong
    scheme.to_data()                           # canonical, safe in JSON: decimals are text, never floats
    check(data)                                # every Problem(path, code, value, params, severity), warnings included

    layout = layout_of(scheme)                 # fixed positions; layout.stages, .width, .given_width, .size
    marks, given = layout.empty(n)             # (n, stages, width), (n, given_width)
    layout.put(marks[i, layout.stage_index("review")], "1.1", Mark(counts={"a": 2}))
    layout.put(given[i], "3.5", Mark(value_up=92_500_000))      # `poll` and `external` leaves live in the given row
    layout.put_whole(given[i], "poll", 88_000_000); layout.put_top_share(...); layout.put_flag(...)
    column = layout.pack(marks[i], given[i])   # the frozen column; layout.unpack([bytes, …]) -> marks, given

    check_mark(scheme, "1.1", mark)            # problems of one mark, by codes
    points_of(scheme, "1.1", mark)             # its micro-points; MarkError

    batch = Batch.of(scheme, "Q1", [BranchFacts(…), …], marks=marks, given=given,
                     claims=[Claim(branch=0, item="B1", level="省级", matter="…")], vetoes=[(0, "V1")])
    outcome = evaluate(scheme, batch, stages=("self",))          # stages: scored besides the weighted components
    score_stage(scheme, batch, "self")         # one stage alone: states and points of every leaf, dimensions, the score
    year = evaluate_year(scheme, {"Q1": outcome.figures(), …}, Batch.of(scheme, "year", batch.branches, …))
    settled = with_decisions(scheme, outcome, batch, {7: 5})     # people's stars for branches tied at a quota
    working(scheme, batch, outcome, i)         # every figure of one branch explained, as data with codes
    stage_working(scheme, batch, i, "self")    # one stage of a sheet that is still being filled in (live preview)
    reasons(scheme, batch, outcome, i)         # what is missing, or why it has fewer stars than its score opens

Figures ending in `_up` are micro-points (millionths of a point) in int64. Source of every rule: scoring.md;
choices where it is silent: docs/scoring-decisions.md.
"""

from .batch import UNKNOWN_STARS, Batch, Branches, BranchFacts, Claim, Claims, put_marks
from .check import check
from .components import NOT_DUE, NOT_ON_SHEET, StageScore, score_stage
from .engine import evaluate
from .layout import MARKED, MISSING, NOT_APPLICABLE, Layout, Mark, layout_of
from .marks import check_mark, is_given, points_of, read_count, read_number
from .numbers import SCALE, NumberError, parse_up, plain, printed
from .outcome import EXEMPT, MISSING_STATUS, NO_STARS, RATED, STATUSES, UNDECIDED, UNGRADED, Figures, Outcome
from .problems import DecisionError, FigureError, MarkError, Problem, SchemeError
from .reasons import Reason, reasons
from .scheme import YEAR, Band, Criterion, Indicator, Item, Scheme, Veto
from .working import Working, stage_working, working
from .year import evaluate_year, with_decisions

ENGINE_VERSION = "1.0"

__all__ = [
    "ENGINE_VERSION",
    "EXEMPT",
    "MARKED",
    "MISSING",
    "MISSING_STATUS",
    "NOT_APPLICABLE",
    "NOT_DUE",
    "NOT_ON_SHEET",
    "NO_STARS",
    "RATED",
    "SCALE",
    "STATUSES",
    "UNDECIDED",
    "UNGRADED",
    "UNKNOWN_STARS",
    "YEAR",
    "Band",
    "Batch",
    "BranchFacts",
    "Branches",
    "Claim",
    "Claims",
    "Criterion",
    "DecisionError",
    "FigureError",
    "Figures",
    "Indicator",
    "Item",
    "Layout",
    "Mark",
    "MarkError",
    "NumberError",
    "Outcome",
    "Problem",
    "Reason",
    "Scheme",
    "SchemeError",
    "StageScore",
    "Veto",
    "Working",
    "check",
    "check_mark",
    "evaluate",
    "evaluate_year",
    "is_given",
    "layout_of",
    "parse_up",
    "plain",
    "points_of",
    "printed",
    "put_marks",
    "read_count",
    "read_number",
    "reasons",
    "score_stage",
    "stage_working",
    "with_decisions",
    "working",
]
