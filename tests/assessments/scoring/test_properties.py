"""What must hold for every scheme and every sheet."""

import random

import numpy as np
import pytest

from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import score
from assessments.scoring import (
    MARKED,
    Batch,
    BranchFacts,
    FigureError,
    Mark,
    Scheme,
    evaluate,
    is_given,
    layout_of,
    parse_up,
    points_of,
    working,
)

from .helpers import BANDS, COLUMNS, batch_of, entry, make
from .random_schemes import Case
from .test_oracle import as_csv

SEEDS = range(12)
CRITERION = {"code": "a", "text": "篇", "points": 2}


def scored(seed, branches=14):
    case = Case(random.Random(seed), branches)
    scheme = Scheme.from_data(case.scheme)
    inputs = read_inputs(scheme, as_csv(case.marks, COLUMNS), as_csv(case.branches, list(case.branches[0])))
    return scheme, score(scheme, inputs)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_sheet_alone_has_the_figures_it_has_among_others(seed):
    scheme, parts = scored(seed)
    for part in parts:
        if part.label == "year":
            continue
        for at in range(len(part.batch)):
            alone = evaluate(scheme, part.batch.only(at))
            for name in ("components_up", "base_up", "bonus_up", "penalty_up", "total_up", "graded_up", "stars_open"):
                assert getattr(alone, name)[0].tolist() == getattr(part.outcome, name)[at].tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_results_stay_within_their_bounds(seed):
    scheme, parts = scored(seed)
    for part in parts:
        outcome = part.outcome
        assert (outcome.total_up >= 0).all()
        assert (outcome.stars <= outcome.stars_open).all()
        assert (outcome.stars_open <= outcome.stars_score).all() or scheme.star_mode == "thematic"
        for stage in outcome.stages.values():
            for number, leaf in enumerate(scheme.leaves):
                column = stage.points_up[:, number]
                assert leaf.ceiling_up is None or (column <= max(leaf.ceiling_up, leaf.points_up)).all()
                assert (column >= min(leaf.floor_up, 0)).all()
        for quota in outcome.settled.quotas:
            if quota.places is not None:
                assert quota.admitted <= quota.places
                assert quota.admitted + quota.cut + quota.tied + quota.waiting == quota.candidates
                assert not (quota.tied and quota.admitted >= quota.places)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_working_adds_up_to_the_outcome(seed):
    scheme, parts = scored(seed, 4)
    for part in parts[:2]:
        if part.label == "year":
            continue
        for at in range(len(part.batch)):
            found = working(scheme, part.batch, part.outcome, at)
            for stage in found.stages:
                unscaled = not any(each.scaled for top in scheme.indicators for each in top.walk())
                assert not unscaled or sum(each.counted_up for each in stage.indicators) == stage.sum_up
            weighted = [each.weighted_up for each in found.components]
            if None not in weighted:
                assert sum(weighted) == found.base_up
            if found.bonus:
                steps = [step.after_up for step in found.bonus.items]
                assert found.bonus.overall.after_up == found.bonus_up <= sum(steps)
            carried = [band.stars for band in found.bands if band.carried]
            if found.status == "rated" and scheme.star_mode == "score":
                assert carried == ([] if found.grade == "不定星" else [found.stars])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mark_alone_has_the_points_it_has_on_its_sheet(seed):
    scheme, parts = scored(seed)
    layout, compared = layout_of(scheme), 0
    for part in parts:
        for at in range(len(part.batch)) if part.label != "year" else ():
            everything = part.batch.branches.has_committee[at] and part.batch.branches.has_groups[at]
            for stage, found in part.outcome.stages.items() if everything else ():
                rows = part.batch.marks[at, layout.stage_index(stage)]
                for number, leaf in enumerate(scheme.leaves):
                    if found.states[at, number] == MARKED:
                        mark = layout.get(part.batch.given[at] if is_given(leaf) else rows, leaf.code)
                        assert points_of(scheme, leaf.code, mark) == found.points_up[at, number]
                        compared += 1
    assert compared


def test_an_absurd_figure_is_refused_with_its_branch_among_thousands():
    scheme = make(entry("1", 60, rule="add", ceiling="none", criteria=[CRITERION]), entry("2", 40))
    layout = layout_of(scheme)
    marks, given = layout.empty(5000)
    layout.put(marks[4321, layout.stage_index("review")], "1", Mark(counts={"a": 1_000_000}))
    batch = Batch.of(scheme, "Q1", [BranchFacts(str(at)) for at in range(5000)], marks=marks, given=given)
    with pytest.raises(FigureError) as refused:
        evaluate(scheme, batch)
    assert (refused.value.item, refused.value.branch) == ("1", 4321)


def test_a_component_beyond_every_sense_is_refused():
    leaf = entry("1", "0.000001", ceiling="none")
    scheme = make(leaf, full_marks=1_000_000, rescale=True, bands=[{"stars": 1, "grade": "一星", "from": 0}])
    with pytest.raises(FigureError) as refused:
        evaluate(scheme, batch_of(scheme, ["0", "1000000"]))
    assert refused.value.branch == 1


def test_a_better_mark_never_lowers_a_total_or_a_rank():
    criteria = [{"code": "a", "text": "细则", "points": "0.5", "max": 3}]
    leaf = {"code": "2", "name": "乙", "points": 40, "rule": "deduct", "criteria": criteria}
    scheme = make({"code": "1", "name": "甲", "points": 60, "rule": "entry"}, leaf)
    layout = layout_of(scheme)
    random_counts = np.random.default_rng(3)
    for _ in range(30):
        count, points = int(random_counts.integers(0, 12)), int(random_counts.integers(0, 119))
        totals = []
        for better in (0, 1):
            marks, given = layout.empty(2)
            for row, (found, typed) in enumerate([(count, points), (max(count - better, 0), points + better)]):
                layout.put(marks[row, 2], "1", Mark(typed * 500_000))
                layout.put(marks[row, 2], "2", Mark(counts={"a": found} if found else {}))
            batch = Batch.of(scheme, "Q1", [BranchFacts("a"), BranchFacts("b")], marks=marks, given=given)
            outcome = evaluate(scheme, batch)
            totals.append((outcome.total_up[1], -outcome.rank_all[1]))
        assert totals[1] >= totals[0]


def test_a_larger_share_never_takes_a_star_away():
    totals = [str(90 + at % 7) for at in range(20)]
    before = None
    for share in ("0.1", "0.25", "0.5", "0.75", "1"):
        scheme = make(tie_break=[], bands=[{**BANDS[0], "quota": {"max_share": share}}, *BANDS[1:]])
        admitted = evaluate(scheme, batch_of(scheme, totals)).settled.quotas[0].admitted
        assert admitted <= parse_up(share) * 20 // 1_000_000
        assert before is None or admitted >= before
        before = admitted
