"""Ties across a quota: three equal branches compete for places that the deciding authority gives with a reason."""

import pytest
from django.core.exceptions import PermissionDenied

from assessments.cycles.models import Cycle
from assessments.results.models import QuotaDecision, QuotaLine, Result
from assessments.results.services.deciding import decide_tie
from assessments.results.ties import ties_of
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from tests.factories.results import BEST, make_approved, make_tally

REASON = "按上年度星级和群众满意度综合研究确定"


@pytest.fixture
def tied(city, inspector, office):
    """Four rated branches, two five-star places in the sector, three branches tied at 96.5."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for sheet in (city.sheet, city.sibling_sheet, city.far_sheet):
        make_approved(sheet, inspector, marks=BEST)
    make_approved(city.farther_sheet, inspector)
    return make_tally(city.cycle, office)


def decide(tally, authority, granted, **changes):
    said = {"digest": tally.digest, "key": "5-organ", "reason": REASON} | changes
    return decide_tie(tally=tally, actor=authority, granted={branch.pk for branch in granted}, **said)


def test_a_tie_is_named_with_its_places(tied, city):
    (tie,) = ties_of(tied)
    assert (tie.key, tie.line.places, tie.line.left, tie.group_name) == ("5-organ", 2, 2, "机关")
    assert {result.branch_id for result in tie.members} == {city.branch.pk, city.sibling.pk, city.far_branch.pk}
    assert tied.undecided_count == 3
    assert set(Result.objects.filter(tally=tied, status="undecided").values_list("stars", flat=True)) == {None}


def test_the_authority_gives_the_places_and_the_others_fall_to_the_next_band(tied, city, authority):
    before = tied.digest
    tally = decide(tied, authority, (city.branch, city.far_branch))
    found = {result.branch_id: result for result in Result.objects.filter(tally=tally)}
    assert [found[branch.pk].stars for branch in (city.branch, city.far_branch, city.sibling)] == [5, 5, 4]
    assert found[city.sibling.pk].reasons == [
        {"code": "cut", "stars": 5},
        {"code": "decided", "stars": 5, "admitted": 0},
    ]
    assert found[city.branch.pk].reasons == [{"code": "decided", "stars": 5, "admitted": 1}]
    assert (tally.undecided_count, tally.rated_count, tally.digest != before) == (0, 4, True)
    assert (QuotaLine.objects.get(tally=tally).admitted, ties_of(tally)) == (2, [])
    entry = AuditEntry.objects.get(action="tally.tie_decided")
    assert (entry.actor, entry.note) == (authority, REASON)
    assert entry.after["stars"] == {city.branch.code: 5, city.far_branch.code: 5}


def test_places_may_be_left_empty(tied, city, authority):
    tally = decide(tied, authority, (city.sibling,))
    stars = dict(Result.objects.filter(tally=tally).values_list("branch_id", "stars"))
    assert [stars[branch.pk] for branch in (city.branch, city.sibling, city.far_branch)] == [4, 5, 4]
    assert QuotaDecision.objects.filter(tally=tally).count() == 3


def test_more_branches_than_places_are_refused(tied, city, authority):
    with pytest.raises(PortalError, match="2"):
        decide(tied, authority, (city.branch, city.sibling, city.far_branch))
    assert QuotaDecision.objects.count() == 0


def test_a_decision_needs_a_reason(tied, city, authority):
    with pytest.raises(PortalError, match="5"):
        decide(tied, authority, (city.branch,), reason="  好 ")


def test_only_the_authority_decides(tied, city, office, leader):
    for user in (office, leader):
        with pytest.raises(PermissionDenied):
            decide(tied, user, (city.branch,))


def test_a_second_decision_on_the_same_screen_is_stale(tied, city, authority):
    seen = tied.digest
    tally = decide(tied, authority, (city.branch,))
    with pytest.raises(PermissionDenied):  # nothing is undecided any more
        decide(tally, authority, (city.sibling,), digest=seen)


def test_an_old_screen_is_refused(tied, city, authority):
    with pytest.raises(StaleState):
        decide(tied, authority, (city.branch,), digest="0" * 64)


def test_a_branch_that_is_not_tied_cannot_be_chosen(tied, city, authority):
    with pytest.raises(StaleState):
        decide(tied, authority, (city.farther_branch,))
    tied.refresh_from_db()
    assert tied.undecided_count == 3


def test_a_repeated_tally_keeps_the_decision(tied, city, authority, office):
    tally = decide(tied, authority, (city.branch, city.far_branch))
    assert make_tally(city.cycle, office) == tally
    assert tally.decisions.count() == 2
