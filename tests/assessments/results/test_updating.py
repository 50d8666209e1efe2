"""Updating single branches of a candidate gives, row by row, what a whole tally gives."""

import random

import pytest
from django.core.exceptions import PermissionDenied

from assessments.cycles.models import Cycle
from assessments.results.changes import changed_branches
from assessments.results.models import Publication, QuotaLine, Result, Tally
from assessments.results.rules import can_decide, can_prepare
from assessments.results.services.publishing import prepare_publication
from assessments.results.services.tally import run_tally, stored_rows
from assessments.results.services.updating import update_changed
from assessments.sheets.models import Sheet
from branchportal import worker
from branchportal.errors import PortalError
from branchportal.models import AuditEntry, Job
from tests.factories.many import correct_sheet, make_many

LINE = ("stars", "within", "group", "population", "places", "candidates", "admitted", "cut", "tied", "waiting",
        "members", "cutoff_up")  # fmt: skip


@pytest.fixture
def many(db):
    """60 branches in three sectors, every sheet approved, a quota of 30 % in each sector."""
    return make_many(60, sectors=3, per_organization=5, year=2031)


def fresh(cycle):
    return Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk)


def tally_of(cycle, actor=None):
    return run_tally(actor=actor, cycle=fresh(cycle))


def reopen(sheet: Sheet) -> None:
    """Superseded; its next revision is in review."""
    Sheet.objects.filter(pk=sheet.pk).update(status="superseded")
    sheet.refresh_from_db()
    sheet.pk, sheet.revision, sheet.status = None, sheet.revision + 1, "review"
    sheet.frozen, sheet.frozen_claims, sheet.digest = None, "", ""
    sheet.save()


def current(cycle, at):
    return Sheet.objects.filter(cycle=cycle).current().order_by("branch__code")[at]


def lines(tally):
    return sorted(QuotaLine.objects.filter(tally=tally).values_list(*LINE))


def whole_tally_says(cycle, updated: Tally):
    """Rows, quota lines and digest of a tally computed from nothing, then taken away again."""
    from assessments.results.computing import compute, quota_lines
    from assessments.results.gather import cycle_inputs

    computed = compute(cycle_inputs(fresh(cycle)))
    return computed.rows, sorted(line[:12] for line in quota_lines(computed)), computed.digest


CHANGES = {
    "half a point up": lambda cycle: correct_sheet(current(cycle, 7), by=1),
    "to the top": lambda cycle: correct_sheet(current(cycle, 30), by=8),
    "to the bottom": lambda cycle: correct_sheet(current(cycle, 12), by=-8, penalty=10),
    "a penalty": lambda cycle: correct_sheet(current(cycle, 20), penalty=1),
    "the same again": lambda cycle: correct_sheet(current(cycle, 3)),
    "reopened": lambda cycle: reopen(current(cycle, 41)),
    "exempted": lambda cycle: (
        reopen(current(cycle, 5)),
        Sheet.objects.filter(pk=current(cycle, 5).pk).update(status="exempt", exempt_reason="成立不足一年"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_updated_candidate_is_row_by_row_a_whole_tally(many, office, change):
    tally = tally_of(many.cycle, office)
    first = tally.digest
    CHANGES[change](many.cycle)
    assert update_changed(tally=tally, actor=office) == 1
    rows, quotas, digest = whole_tally_says(many.cycle, tally)
    assert stored_rows(tally) == rows
    assert lines(tally) == quotas
    tally.refresh_from_db()
    assert (tally.digest, tally.is_provisional, changed_branches(tally)) == ("", True, [])
    assert worker.run_due_here() == 1
    tally.refresh_from_db()
    assert (tally.digest, tally.status) == (digest, "candidate")
    assert tally.digest != first
    assert Tally.objects.count() == 1


def test_many_changes_one_after_the_other_end_where_a_whole_tally_ends(many, office):
    tally = tally_of(many.cycle, office)
    dice = random.Random(5)
    for _turn in range(25):
        at, what = dice.randrange(60), dice.random()
        sheet = current(many.cycle, at)
        if sheet.status == "review":
            Sheet.objects.filter(pk=sheet.pk).update(status="exempt", exempt_reason="合并撤销中")
        elif sheet.status != "approved":
            continue
        elif what < 0.15:
            reopen(sheet)
        else:
            correct_sheet(sheet, by=dice.randint(-8, 8), penalty=dice.choice([0, 0, 1]))
        update_changed(tally=tally, actor=office)
        rows, quotas, _digest = whole_tally_says(many.cycle, tally)
        assert stored_rows(tally) == rows
        assert lines(tally) == quotas
    assert tally_of(many.cycle, office) == tally
    tally.refresh_from_db()
    assert not tally.is_provisional


def test_several_sheets_are_updated_by_one_request(many, office):
    tally = tally_of(many.cycle, office)
    for at in (1, 2, 40):
        correct_sheet(current(many.cycle, at), by=-3)
    assert len(changed_branches(tally)) == 3
    assert update_changed(tally=tally, actor=office) == 3
    entry = AuditEntry.objects.get(action="tally.updated")
    assert entry.after["branches"] == ["B0000002", "B0000003", "B0000041"]
    assert Job.objects.filter(task="results.run_tally").count() == 1


def test_an_updated_candidate_cannot_be_decided_on_or_published(many, office, authority):
    tally = tally_of(many.cycle, office)
    correct_sheet(current(many.cycle, 1), by=-3)
    update_changed(tally=tally, actor=office)
    assert "whole tally" in str(can_prepare(office, tally).reason) or "完整" in str(can_prepare(office, tally).reason)
    assert not can_decide(authority, tally)


def test_a_prepared_publication_goes_back(many, office):
    tally = tally_of(many.cycle, office)
    Tally.objects.filter(pk=tally.pk).update(undecided_count=0)
    tally.refresh_from_db()
    publication = prepare_publication(
        tally=tally, actor=office, digest=tally.digest, title="结果", note="四个支部没有评分表"
    )
    correct_sheet(current(many.cycle, 1), by=-3)
    update_changed(tally=tally, actor=office)
    publication.refresh_from_db()
    assert publication.status == Publication.Status.REJECTED


def test_a_row_changed_by_hand_is_not_confirmed_but_replaced(many, office):
    tally = tally_of(many.cycle, office)
    correct_sheet(current(many.cycle, 1), by=-3)
    update_changed(tally=tally, actor=office)
    Result.objects.filter(tally=tally, branch__code="B0000009").update(rank_all=1)
    again = tally_of(many.cycle, office)
    tally.refresh_from_db()
    assert (again.number, tally.status) == (2, "discarded")


def test_nothing_changed_changes_nothing(many, office):
    tally = tally_of(many.cycle, office)
    digest = tally.digest
    assert update_changed(tally=tally, actor=office) == 0
    tally.refresh_from_db()
    assert tally.digest == digest
    assert Job.objects.count() == 0


def test_others_may_not_update(many, office, authority, auditor):
    tally = tally_of(many.cycle, office)
    for user in (authority, auditor):
        with pytest.raises(PermissionDenied):
            update_changed(tally=tally, actor=user)
    Tally.objects.filter(pk=tally.pk).update(status="published")
    tally.refresh_from_db()
    with pytest.raises(PermissionDenied):
        update_changed(tally=tally, actor=office)


def test_a_scheme_whose_quota_spans_sectors_is_tallied_as_a_whole(many, office, monkeypatch):
    from assessments.results import changes

    tally = tally_of(many.cycle, office)
    correct_sheet(current(many.cycle, 1), by=-3)
    monkeypatch.setattr(changes, "_is_separable", lambda scheme, tally: False)
    with pytest.raises(PortalError, match=r"完整|whole"):
        update_changed(tally=tally, actor=office)
    assert Tally.objects.get().digest == tally.digest
