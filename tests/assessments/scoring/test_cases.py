"""Hand-worked cases from the text of the contract, through the real command.

A file of `cases/` is a list. Each case has a `name` (what the contract says), `scheme` (YAML text that replaces whole
keys of the frame below), `marks` and `branches` (lines of the CSV files, without the heading), and one of

- `expect`: lines `branch period status column=value …`; cells that are not named are not compared, `total=` is an
  empty cell, `#` starts the arithmetic;
- `errors`: lines `line column word`, all of them and no more; no result may be written;
- `problems`: lines `path word` that `scheme check` must name; `warnings`: the same, and the scheme is good.
"""

import csv
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

FRAME = {
    "code": "code: case",
    "version": 'version: "1"',
    "name": "name: 手算例",
    "full_marks": "full_marks: 100",
    "round_before_banding": "round_before_banding: 2",
    "indicators": 'indicators: [{code: "1", name: 全部, points: 100, rule: entry, step: 0.001}]',
    "bands": """bands:
  - {stars: 5, grade: 五星, from: 90}
  - {stars: 4, grade: 四星, from: 80}
  - {stars: 3, grade: 三星, from: 70}
  - {stars: 2, grade: 二星, from: 60}
  - {stars: 1, grade: 一星, from: 0}""",
    "year": "year: {periods: [Q1, Q2, Q3, Q4], method: mean, missing: block}",
}
MARKS = "branch,period,stage,indicator,criterion,value,matter,waived,reason"
BRANCHES = "branch,sector,committee,exempt,previous_stars"
FOLDER = Path(__file__).parent / "cases"


def cases():
    for path in sorted(FOLDER.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def scheme_text(own):
    """The frame with the case's own keys in place of its keys."""
    named = {line.partition(":")[0] for line in own.splitlines() if not line.startswith((" ", "#", "-"))}
    return "\n".join([*(text for key, text in FRAME.items() if key not in named), own])


def table(heading, lines, width):
    """CSV text; short lines are filled up with empty cells."""
    rows = [heading]
    for line in lines.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            rows.append(line.strip() + "," * (width - line.count(",")))
    return "\n".join(rows) + "\n"


def spoken(text):
    """Lines without comments and empty ones."""
    bare = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in bare if line]


def wanted(line):
    (branch, period, status), cells = line.split()[:3], line.split()[3:]
    return (branch, period), {"status": status, **dict(cell.split("=", 1) for cell in cells)}


def command(*words):
    """Whether the command said yes, and the lines of its error output."""
    errors = StringIO()
    try:
        call_command("scheme", *[str(word) for word in words], stderr=errors, stdout=StringIO())
    except CommandError:
        return False, errors.getvalue().splitlines()
    return True, errors.getvalue().splitlines()


@pytest.mark.parametrize("case", list(cases()))
def test_hand_worked(case, tmp_path):
    assert set(case) <= {"name", "scheme", "marks", "branches", "expect", "errors", "problems", "warnings", "heading"}
    scheme, marks, out = tmp_path / "scheme.yaml", tmp_path / "marks.csv", tmp_path / "results.csv"
    scheme.write_text(scheme_text(case.get("scheme", "")), encoding="utf-8")
    good, lines = command("check", scheme)
    if "problems" in case:
        assert not good
        for path, *words in map(str.split, spoken(case["problems"])):
            assert [line for line in lines if line.startswith(f"{path}: ") and all(word in line for word in words)], (
                path,
                lines,
            )
        return
    assert good, lines
    heading = case.get("heading", MARKS)
    marks.write_text(table(heading, case.get("marks", ""), heading.count(",")), encoding="utf-8")
    words = ["score", scheme, marks, "--out", out]
    if "branches" in case:
        own = case["branches"]
        first, rest = (own.partition("\n")[::2]) if own.startswith("branch,") else (BRANCHES, own)
        branches = tmp_path / "branches.csv"
        branches.write_text(table(first, rest, first.count(",")), encoding="utf-8")
        words += ["--branches", branches]
    good, lines = command(*words)
    if "errors" in case:
        assert not good
        assert not out.exists()
        told = [line.partition(": ") for line in lines]
        expected = [line.split() for line in spoken(case["errors"])]
        assert len(told) == len(expected), lines
        for (place, _, sentence), (number, column, *parts) in zip(told, expected, strict=True):
            assert place.endswith(f"第{number}行 {column} 列"), lines
            assert all(part in sentence for part in parts), lines
        return
    assert good, lines
    with out.open(encoding="utf-8", newline="") as file:
        rows = {(row["branch"], row["period"]): row for row in csv.DictReader(file)}
    for line in spoken(case["expect"]):
        key, cells = wanted(line)
        assert key in rows, (key, sorted(rows))
        assert {name: rows[key][name] for name in cells} == cells, line
