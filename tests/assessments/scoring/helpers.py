"""Small schemes and marks for hand-worked examples: points go in and come out as decimal text."""

import csv
import io

from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import results_csv, score
from assessments.scoring import Batch, BranchFacts, Mark, Scheme, evaluate, layout_of, parse_up, plain, points_of

BANDS = [
    {"stars": 5, "grade": "五星", "from": 90},
    {"stars": 4, "grade": "四星", "from": 80},
    {"stars": 3, "grade": "三星", "from": 70},
    {"stars": 2, "grade": "二星", "from": 60},
    {"stars": 1, "grade": "一星", "from": 0},
]
COLUMNS = ("branch", "period", "stage", "indicator", "criterion", "value", "matter", "waived", "reason")


def entry(code="1", points=100, **changes):
    """A first-level indicator on which any figure to the micro-point can be typed."""
    step = {"step": "0.000001"} if "rule" not in changes else {}
    return {"code": code, "name": f"指标{code}", "points": points, "rule": "entry", **step, **changes}


def scheme_data(*indicators, **changes):
    """Plain data of a scheme of 100 points unless changed."""
    data = {
        "code": "t",
        "version": "1",
        "name": "例",
        "full_marks": 100,
        "round_before_banding": 2,
        "indicators": list(indicators) or [entry()],
        "bands": BANDS,
        "year": {"periods": ["Q1", "Q2", "Q3", "Q4"], "method": "mean", "missing": "block"},
    }
    return {**data, **changes}


def make(*indicators, **changes):
    return Scheme.from_data(scheme_data(*indicators, **changes))


def points(leaf, *, value=None, of=None, counts=None, waived=(), na=False, counted=True):
    """What a mark of one leaf gives, as text."""
    scheme = make({"code": "x", "name": "例", **leaf}, rescale=True)
    known = {each.code: each for each in scheme.leaves[0].criteria}
    found = {code: parse_up(count) if known[code].range_up else int(count) for code, count in (counts or {}).items()}
    mark = Mark(
        None if value is None else parse_up(value),
        None if of is None else parse_up(of),
        found,
        frozenset(waived),
        na,
    )
    return plain(points_of(scheme, "x", mark, counted=counted))


def batch_of(scheme, totals, *, facts=None, period="Q1", **more):
    """A batch of a scheme with one `entry` indicator "1": the figures typed in review; None leaves it missing."""
    layout = layout_of(scheme)
    marks, given = layout.empty(len(totals))
    for at, total in enumerate(totals):
        if total is not None:
            layout.put(marks[at, layout.stage_index("review")], "1", Mark(parse_up(total)))
    facts = facts or [BranchFacts(f"b{at}") for at in range(len(totals))]
    return Batch.of(scheme, period, facts, marks=marks, given=given, **more)


def stars_of(scheme, totals, **more):
    """Stars of branches with these totals; -1 without stars."""
    decisions = more.pop("decisions", None)
    return evaluate(scheme, batch_of(scheme, totals, **more), decisions=decisions).stars.tolist()


def table(rows, columns):
    """CSV bytes; rows are tuples, shorter ones are filled up."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([*row, *[""] * (len(columns) - len(row))] for row in rows)
    return out.getvalue().encode()


def results(data, marks, branches=None, columns=("branch", "sector", "committee", "exempt", "previous_stars")):
    """Score rows of MARKS.csv (tuples) and return RESULTS.csv by (branch, period)."""
    scheme = Scheme.from_data(data)
    inputs = read_inputs(scheme, table(marks, COLUMNS), None if branches is None else table(branches, columns))
    rows = csv.DictReader(io.StringIO(results_csv(scheme, score(scheme, inputs))))
    return {(row["branch"], row["period"]): row for row in rows}
