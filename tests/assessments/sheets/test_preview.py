"""The running total: the engine's figures for a complete sheet, the points so far for a half-filled one."""

import pytest

from assessments.sheets.gather import read_marks, sheet_rows
from assessments.sheets.models import Claim, Sheet
from assessments.sheets.preview import preview
from tests.factories.assessments import FULL_MARKS, make_marks

MICRO = 1_000_000


@pytest.fixture
def sheet(city):
    return Sheet.objects.for_table().select_related("scheme_version").get(pk=city.sheet.pk)


def test_complete_sheet_adds_up_by_hand(sheet, secretary):
    make_marks(sheet, secretary)
    found = preview(sheet)
    assert found.points_up == {
        "1.1": 19 * MICRO,  # 20 − 2 × 0.5
        "1.2": 15 * MICRO,
        "1.3": 18 * MICRO,  # two per cent short of the target
        "2.1": 8 * MICRO,  # 4 × 2
        "2.2": 9_500_000,
        "2.3": 10 * MICRO,  # not applicable counts full
    }
    assert (found.total_up, found.missing, found.elsewhere) == (79_500_000, (), ("2.4",))
    assert (found.stars, found.grade, found.filled, found.asked) == (3, "三星", 6, 6)
    assert [(line.code, line.earned_up // MICRO, line.possible_up // MICRO) for line in found.dimensions] == [
        ("1", 52, 60),
        ("2", 27, 40),
    ]


def test_half_filled_sheet_counts_what_is_there(sheet, secretary):
    make_marks(sheet, secretary, marks={"1.1": FULL_MARKS["1.1"], "2.2": FULL_MARKS["2.2"]})
    found = preview(sheet)
    assert (found.total_up, found.filled) == (28_500_000, 2)
    assert found.missing == ("1.2", "1.3", "2.1", "2.3")
    assert found.stored_total_up is None


def test_poll_filled_elsewhere_is_counted(sheet, secretary, reviewer):
    make_marks(sheet, secretary)
    make_marks(sheet, reviewer, stage="poll", marks={"2.4": {"value": "90"}})
    found = preview(sheet)
    assert (found.total_up, found.elsewhere, found.grade) == (88_500_000, (), "四星")


def test_claims_count_as_if_accepted(sheet, secretary):
    make_marks(sheet, secretary)
    claim = {"sheet": sheet, "entered_by": secretary, "entered_at": "2026-11-01T00:00Z", "matter": "先进集体"}
    Claim.objects.create(kind="bonus", item_code="B1", level="省级", **claim)
    Claim.objects.create(kind="bonus", item_code="B1", level="市级", status="refused", **claim)
    Claim.objects.create(kind="penalty", item_code="P1", status="recorded", **claim)
    found = preview(sheet)
    assert (found.bonus_up, found.penalty_up, found.total_up) == (3 * MICRO, 2 * MICRO, 80_500_000)


def test_empty_sheet_has_nothing_and_reads_nothing_twice(sheet, django_assert_num_queries):
    sheet_rows(sheet)
    read_marks(sheet)
    with django_assert_num_queries(2):
        assert preview(sheet).total_up == 0
