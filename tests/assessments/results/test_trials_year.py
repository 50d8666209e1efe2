"""Trials of a scheme over a whole year: quarter by quarter, and how the year is put together."""

import pytest

from assessments.cycles.models import YearPlan
from assessments.results.services.tally import run_tally
from assessments.results.trials import choosing
from assessments.results.trials.computing import Basis
from assessments.results.trials.page import sentences_of
from assessments.schemes.services.drafts import start_draft
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.results import BEST, make_approved, make_tally

from .trying import edited, rows, run

UP = 1_000_000


@pytest.fixture
def draft(city, office):
    return start_draft(source=city.scheme, number="2", actor=office)


@pytest.fixture
def year(city, inspector, office):
    """Four quarters of two branches: 97, 96, 95, 94 and 95, 96, 94, 93.5; the far ones have no sheets."""
    points = {"Q1": (10, 8), "Q2": (9, 9), "Q3": (8, 7), "Q4": (7, 6.5)}
    for period, given in points.items():
        cycle = city.cycle if period == "Q4" else make_cycle(city.scheme, period=period)
        own = (city.sheet, city.sibling_sheet) if period == "Q4" else tuple(
            make_sheet(cycle, branch) for branch in (city.branch, city.sibling)
        )  # fmt: skip
        for sheet, value in zip(own, given, strict=True):
            make_approved(sheet, inspector, marks=BEST, points=value)
        make_tally(cycle, office)
    return YearPlan.objects.select_related("scheme_version__scheme").get(pk=city.cycle.plan_id)


def test_a_year_under_its_own_scheme_moves_nobody(year, city, office):
    tally = run_tally(actor=office, plan=year)
    trial = run(office, city.scheme, Basis(year, None, tally))
    assert (trial.summary["counts"]["moved"], trial.branch_count) == (0, tally.branch_count)
    assert rows(trial)[city.branch.pk].new_total_up == 95_500_000


def test_a_year_is_tried_quarter_by_quarter(year, city, office, draft):
    tally = run_tally(actor=office, plan=year)

    def change(content):
        content["indicators"][1]["children"][1] |= {"points": 20, "ceiling": 20}
        content["indicators"][1]["children"][0]["points"] = 0
        content["indicators"][1]["children"][0]["rule"] = "entry"
        content["indicators"][1]["children"][0].pop("criteria")

    trial = run(office, edited(draft, office, change), Basis(year, None, tally))
    row = rows(trial)[city.branch.pk]
    # 2.1 (8 points) counts 0 now; 2.2 doubles: 10, 9, 8, 7 more; the mean: −8 + 8.5
    assert (row.old_total_up, row.new_total_up) == (95_500_000, 96 * UP)
    assert sentences_of(trial).of(row.causes, is_moved=True)[0] == "“服务作用”：+0.50"


def test_a_year_without_a_tally_of_its_own_is_computed_from_its_quarters(year, city, office, draft):
    choice = choosing.bases()[0]
    assert (choice.key, choice.basis.tally) == (f"year-{year.pk}", None)
    trial = run(office, draft, choice.basis, {"quota-0": "100"})
    assert (rows(trial)[city.sibling.pk].old_stars, rows(trial)[city.sibling.pk].new_stars) == (4, 5)


def test_another_way_to_put_the_year_together_is_named(year, city, office, draft):
    tally = run_tally(actor=office, plan=year)
    best = edited(draft, office, lambda content: content["year"].update(method="best"))
    trial = run(office, best, Basis(year, None, tally))
    assert rows(trial)[city.branch.pk].new_total_up == 97 * UP
    assert sentences_of(trial).of(rows(trial)[city.branch.pk].causes, is_moved=True) == ["年度合成办法：+1.50"]
