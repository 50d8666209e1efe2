"""The live preview of one sheet, engine alone, beside the same sheet worked out in exact fractions.

Usage: python benchmarks/preview.py [rounds]. Needs no database. One round is what a save of the self-assessment asks of
the engine: the facts of one branch and its claims into a batch, every row of two stages to points, components, bonus,
penalty, bands and their conditions. The fractions are those of the tests (`tests/assessments/scoring/oracle.py`), which
share no code with the engine; both must give the same row of RESULTS.csv. Rounds alternate, medians are printed.
Exits with 1 above 2 ms or when the two disagree.
"""

import csv
import io
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
MOST_MS = 2.0
SCHEME = ROOT / "fixtures" / "schemes" / "demo-wuqiang.yaml"
COLUMNS = ("branch", "period", "stage", "indicator", "criterion", "value", "matter", "waived", "reason")


def main(rounds: int) -> int:
    from assessments.schemes.files import read_scheme_yaml
    from assessments.schemes.marksfile import read_inputs
    from assessments.schemes.scorefile import make_batch, results_csv, score
    from assessments.scoring import Batch, Branches, Scheme, evaluate
    from tests.assessments.scoring.oracle import Oracle

    data = read_scheme_yaml(SCHEME.read_bytes())
    data["components"] = [{"source": "review", "weight": 1}, {"source": "self", "weight": 0}]  # both score two stages
    scheme = Scheme.from_data(data)
    sector = scheme.sectors[0] if scheme.sectors else ""
    rows = [row for stage in ("self", "review") for row in marks_of(scheme, sector, stage)] + claim_of(scheme)
    branch = {"branch": "b1", "sector": sector, "committee": "", "exempt": "", "previous_stars": "3"}
    inputs = read_inputs(scheme, table(rows, COLUMNS), table([branch], tuple(branch)))
    period = scheme.year.periods[0]
    facts = list(inputs.branches.values())
    whole = make_batch(scheme, period, Branches.of(facts), inputs.periods[period])
    claims = [claim for _, _, claim in inputs.periods[period].claims]

    def ours() -> None:
        batch = Batch.of(scheme, period, facts, marks=whole.marks, given=whole.given, claims=claims)
        evaluate(scheme, batch)

    def fractions() -> list[dict[str, str]]:
        return Oracle(data, rows, [branch]).run()

    engine_ms, fractions_ms = timed(ours, fractions, rounds)
    found = next(csv.DictReader(io.StringIO(results_csv(scheme, score(scheme, inputs)))))
    expected = next(row for row in fractions() if row["period"] == period)
    agrees = all(found[name] == value for name, value in expected.items())
    leaves = len(scheme.sheet_leaves(sector))
    verdict = "equal" if agrees else "DIFFERENT"
    ratio = fractions_ms / engine_ms
    print(f"| live preview of one sheet, {leaves} indicators, two stages | {engine_ms:.2f} ms | "
          f"exact fractions {fractions_ms:.2f} ms, {ratio:.1f}× | {verdict} |")  # fmt: skip
    return 0 if agrees and engine_ms <= MOST_MS else 1


def timed(ours, other, rounds):
    """Medians of both in milliseconds, in turns, so that both meet the same machine."""
    ours(), other()
    own, others = [], []
    for _ in range(rounds):
        for run, times in ((ours, own), (other, others)):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(own), statistics.median(others)


def marks_of(scheme, sector, stage):
    """A mark of every row of the sheet: something found, chosen or typed in each."""
    period = scheme.year.periods[0]
    for leaf in scheme.sheet_leaves(sector):
        if not scheme.is_due(leaf, period) or (leaf.rule in ("poll", "external") and stage != "self"):
            continue
        given = leaf.rule if leaf.rule in ("poll", "external") else stage
        criterion, value = "", "90"
        if leaf.criteria:
            criterion = leaf.criteria[0].code
            value = str(leaf.criteria[0].range_up[1] / 1_000_000) if leaf.criteria[0].range_up else "1"
        elif leaf.rule == "measure":
            value = "23/25"
        elif leaf.rule in ("entry", "external"):
            value = "0"
        yield row(period, given, leaf.code, criterion, value)


def claim_of(scheme):
    """One award, where the scheme knows any."""
    items = scheme.bonus.items[:1]
    return [row(scheme.year.periods[0], "review", item.code, next(iter(item.levels_up), ""), "1") for item in items]


def row(period, stage, indicator, criterion, value):
    cells = ("b1", period, stage, indicator, criterion, value, "", "", "")
    return dict(zip(COLUMNS, cells, strict=True))


def table(rows, columns):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
