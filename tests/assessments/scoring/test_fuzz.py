"""Spoiled schemes and files through the command: sentences and exit 1, or results and exit 0, never a traceback."""

import contextlib
import copy
import os
import random

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.schemes.files import read_scheme_yaml, write_scheme_yaml
from assessments.schemes.marksfile import Inputs, PeriodMarks
from assessments.schemes.scorefile import results_csv, score
from assessments.schemes.sentences import scheme_sentence
from assessments.schemes.tables import TableError
from assessments.scoring import BranchFacts, Claim, FigureError, Mark, Scheme, SchemeError, check, check_mark, working

from .helpers import COLUMNS
from .random_schemes import Case
from .test_cases import FRAME, command
from .test_junk import CELLS, JUNK, places
from .test_oracle import as_csv

LARGEST = 10**12
EDGES = ["0.000001", "-0.000001", "1000000", "-1000000", "999999.999999", 0, 1, -1, 100, "none", "0.5", True, None]
FREE = ("points", "factor", "start", "floor", "ceiling", "max", "cap", "target", "per", "full_marks", "bonus_cap", "国")
often = settings(
    max_examples=int(os.environ.get("PORTAL_FUZZ", "60")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**48)


def edged(rnd):
    """Plain data of a random scheme with some numbers at the edges and some values replaced by junk."""
    data = copy.deepcopy(Case(rnd, 0).scheme)
    stretched = rnd.random() < 0.7
    if stretched:
        stretch(data)
    for _ in range(rnd.randint(1, 5)):
        path = rnd.choice(
            [path for path in places(data) if path and (not stretched or path[-1] in FREE)] or [("name",)]
        )
        owner = data
        for key in path[:-1]:
            owner = owner[key]
        owner[path[-1]] = copy.deepcopy(rnd.choice(JUNK if not stretched and rnd.random() < 0.2 else EDGES))
    return data


def stretch(data):
    """Let points be anything: rescaled at every level, and bands that any score reaches."""
    data.update(rescale=True, bands=[{"stars": 1, "grade": "一星", "from": 0}], max_total=None)
    data["year"]["bands"] = data["bands"] if data["year"]["method"] == "sum" else None
    for path in places(data["indicators"]):
        owner = data["indicators"]
        for key in path:
            owner = owner[key]
        if isinstance(owner, dict) and owner.get("children"):
            owner["scaled"] = True


@often
@given(seeds)
def test_a_scheme_is_refused_with_sentences_or_can_be_scored_at_its_edges(seed):
    rnd = random.Random(seed)
    data = edged(rnd)
    problems = check(data)
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert all(scheme_sentence(problem) for problem in problems)
    if any(problem.severity == "error" for problem in problems):
        with pytest.raises(SchemeError):
            Scheme.from_data(data)
        return
    scheme = Scheme.from_data(data)
    assert Scheme.from_data(read_scheme_yaml(write_scheme_yaml(scheme))) == scheme
    score_edges(scheme, rnd)


def score_edges(scheme, rnd):
    """Every figure at its smallest or largest; an absurd sum may be refused, with its line."""
    sectors = scheme.sectors or ("",)
    branches = {f"b{at}": BranchFacts(f"b{at}", sectors[at % len(sectors)], previous_stars=at) for at in range(4)}
    periods = {}
    for period in scheme.year.periods:
        found = periods.setdefault(period, PeriodMarks())
        for code, facts in branches.items():
            for leaf in scheme.sheet_leaves(facts.sector):
                stages = [leaf.rule] if leaf.rule in ("poll", "external") else ["self", "review"]
                mark = edge_mark(scheme, leaf, rnd)
                if mark is not None and scheme.is_due(leaf, period):
                    found.marks.update({(code, stage, leaf.code): mark for stage in stages})
            for component in scheme.components:
                if component.source not in ("self", "review"):
                    found.wholes[code, component.source] = rnd.choice([0, scheme.full_marks_up])
            for item in (*scheme.bonus.items, *scheme.penalty.items):
                level = rnd.choice([*item.levels_up, ""]) if not item.levels_up else rnd.choice([*item.levels_up])
                found.claims.append((code, 2, Claim(0, item.code, rnd.choice([0, 1, 10**6]), level, "事")))
            found.vetoes.update((code, veto.code) for veto in scheme.veto if rnd.random() < 0.3)
    refused = ()
    try:
        scored = score(scheme, Inputs(branches, periods))
    except TableError as error:
        refused = error.problems
    if refused:
        assert [problem.problem.code for problem in refused] == ["figure_too_large"]
        return
    assert results_csv(scheme, scored).count("\n") == 1 + len(scored) * len(branches)
    for part in scored[:2]:
        with contextlib.suppress(FigureError):  # the self-assessment, which has no weight, may be absurd by itself
            assert working(scheme, part.batch, part.outcome, 0)


def edge_mark(scheme, leaf, rnd):
    """A mark that the rule allows, as far out as possible; None where none was found."""
    high = LARGEST if leaf.ceiling_up is None else leaf.ceiling_up
    if leaf.criteria and leaf.rule in ("deduct", "add", "mixed", "choice"):
        chosen = leaf.criteria[:1] if leaf.rule == "choice" else leaf.criteria
        most = 1 if leaf.rule == "choice" else rnd.choice([0, 1, 10**6])
        mark = Mark(counts={each.code: each.range_up[1] if each.range_up else most for each in chosen})
    elif leaf.rule == "measure":
        mark = Mark(rnd.choice([-LARGEST, 0, LARGEST]), rnd.choice([None, 1, LARGEST]))
    elif leaf.rule == "poll":
        mark = Mark(rnd.choice([0, 10**8]))
    elif leaf.rule == "external":
        mark = Mark(rnd.choice([-LARGEST, 1, LARGEST]))
    else:
        mark = Mark(rnd.choice([leaf.floor_up, high]) // leaf.step_up * leaf.step_up)
    return None if check_mark(scheme, leaf.code, mark) else mark


def spoil(text, rnd):
    """Text with lines lost, repeated, moved in, and signs exchanged."""
    lines = text.splitlines()
    for _ in range(rnd.randint(1, 4)):
        at = rnd.randrange(len(lines))
        kind = rnd.randrange(6)
        if kind == 0:
            del lines[at : at + rnd.randint(1, 3)]
        elif kind == 1:
            lines.insert(at, lines[rnd.randrange(len(lines))])
        elif kind == 2:
            lines[at] = " " * rnd.randint(0, 5) + lines[at].lstrip()
        elif lines[at]:
            place = rnd.randrange(len(lines[at]))
            lines[at] = (
                lines[at][:place] + rnd.choice(":-[]{},'\"#&*!|>%@`?　，：\t\x00\x07😀0.") + lines[at][place + 1 :]
            )
        lines = lines or [""]
    return "\n".join(lines) + "\n"


@often
@given(seeds)
def test_spoiled_yaml_is_refused_with_sentences_or_is_good(tmp_path_factory, seed):
    rnd = random.Random(seed)
    text = write_scheme_yaml(Scheme.from_data(Case(rnd, 0).scheme)) if rnd.random() < 0.7 else "\n".join(FRAME.values())
    path = tmp_path_factory.mktemp("yaml") / "scheme.yaml"
    content = spoil(text, rnd).encode(rnd.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), "replace")
    path.write_bytes(content)
    good, lines = command("check", path)
    assert good or lines
    assert all(": " in line or line.endswith("。") for line in lines)


@often
@given(seeds)
def test_spoiled_marks_are_refused_with_their_lines_or_scored(tmp_path_factory, seed):
    rnd = random.Random(seed)
    case = Case(rnd, 3)
    folder = tmp_path_factory.mktemp("marks")
    (folder / "scheme.yaml").write_text(write_scheme_yaml(Scheme.from_data(case.scheme)), encoding="utf-8")
    for _ in range(rnd.randint(0, 3)):
        rnd.choice(case.marks)[rnd.choice(COLUMNS)] = rnd.choice(CELLS)
    contents = {"marks.csv": as_csv(case.marks, COLUMNS), "branches.csv": as_csv(case.branches, list(case.branches[0]))}
    for name, content in contents.items():
        text = content.decode()
        spoiled = spoil(text, rnd) if rnd.random() < 0.5 else text
        (folder / name).write_bytes(spoiled.encode(rnd.choice(["utf-8", "gb18030", "utf-8-sig"]), "replace"))
    out = folder / "results.csv"
    files = [folder / "scheme.yaml", folder / "marks.csv", "--branches", folder / "branches.csv", "--out", out]
    good, lines = command("score", *files)
    assert good == out.exists()
    told = [line for line in lines if not line.startswith("提醒：")]
    assert good or (told and all(".csv 第" in line and "行" in line for line in told)), told
