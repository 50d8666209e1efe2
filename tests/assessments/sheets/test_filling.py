"""Filling in: saving, refusing, copying. The services, on the real database."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.sheets.gather import read_marks
from assessments.sheets.models import Mark, MarkCount, Sheet
from assessments.sheets.services import filling, filling_many
from branchportal.errors import InvalidMark, PortalError, StaleState
from branchportal.models import AuditEntry
from tests.factories.assessments import make_cycle, make_marks, make_sheet

from .filling import FIELDS, load, submit

MICRO = 1_000_000


# Saving one mark


def test_saving_stores_counts_points_and_progress(city, secretary, save):
    saved = save("1.1", {"c-a": "3", "c-b": "1", "note": " 两次因防汛 "})
    mark = Mark.objects.get(sheet=city.sheet, indicator__code="1.1")
    assert (mark.points_up, mark.note, mark.version, mark.stage) == (13_500_000, "两次因防汛", 1, "self")
    assert dict(mark.counts.values_list("criterion__code", "value_up")) == {"a": 3 * MICRO, "b": MICRO}
    assert (saved.version, saved.preview.total_up, saved.preview.filled) == (1, 13_500_000, 1)
    city.sheet.refresh_from_db()
    assert (city.sheet.filled_count, city.sheet.due_count, city.sheet.self_total_up) == (1, 6, None)
    entry = AuditEntry.objects.get(action="mark.saved")
    assert (entry.actor, entry.before, entry.after["points_up"]) == (secretary, None, 13_500_000)


def test_changing_a_mark_replaces_its_counts(city, save):
    save("1.1", {"c-a": "3", "c-b": "1"})
    assert save("1.1", {"c-a": "0", "c-b": "2"}, version=1).version == 2
    save("1.2", {"choice": "good"})
    save("1.2", {"choice": "poor"}, version=1)
    counts = {code: mark.counts for code, mark in read_marks(load(city.sheet))["self"].items()}
    assert counts == {"1.1": {"b": 2}, "1.2": {"poor": 1}}
    save("1.1", {"c-a": "0", "c-b": "0"}, version=2)
    assert read_marks(load(city.sheet))["self"]["1.1"].counts == {}


def test_a_waived_clause_costs_nothing_and_keeps_its_reason(city, save):
    waived = {"c-a": "1", "c-b": "2", "w-b": "1", "wr-b": "已自查整改到位"}
    saved = save("1.1", waived)
    assert saved.said.points_up == 18 * MICRO
    count = MarkCount.objects.get(criterion__code="b")
    assert (count.value_up, count.is_waived, count.waive_reason) == (2 * MICRO, True, "已自查整改到位")
    assert AuditEntry.objects.get(action="mark.saved").after["waived"] == {"b": "已自查整改到位"}
    assert save("1.1", waived, version=0).version == 1  # repeated: nothing changes
    assert save("1.1", waived | {"wr-b": "换了一个理由"}, version=1).version == 2
    assert MarkCount.objects.get(criterion__code="b").waive_reason == "换了一个理由"
    assert save("1.1", {"c-a": "1", "c-b": "2"}, version=2).said.points_up == 17 * MICRO
    assert not MarkCount.objects.filter(is_waived=True).exists()


def test_a_waiver_without_a_reason_is_refused(city, save):
    with pytest.raises(InvalidMark, match="理由"):
        save("1.1", {"c-b": "2", "w-b": "1", "wr-b": "改了"})
    assert not Mark.objects.exists()


def test_the_last_mark_stores_the_total(city, save):
    for code, data in FIELDS.items():
        save(code, data)
    city.sheet.refresh_from_db()
    assert (city.sheet.filled_count, city.sheet.self_total_up) == (6, 79_500_000)


def test_clearing_a_value_makes_the_row_missing_again(city, save):
    save("2.2", {"value": "9.5", "note": "见附件"})
    assert save("2.2", {"value": "", "note": "见附件"}, version=1).preview.missing[-2:] == ("2.2", "2.3")
    assert Mark.objects.get(indicator__code="2.2").value_up is None


def test_repeating_a_save_changes_nothing(city, save):
    save("1.1", {"c-a": "1"})
    assert save("1.1", {"c-a": "1"}, version=0).version == 1
    assert (Mark.objects.get().version, AuditEntry.objects.filter(action="mark.saved").count()) == (1, 1)


def test_second_window_is_told_what_stands_there(city, save):
    save("1.1", {"c-a": "1", "note": "先存的"})
    with pytest.raises(StaleState) as refusal:
        save("1.1", {"c-a": "4"}, version=0)
    assert refusal.value.code == "mark_conflict"
    assert refusal.value.details["theirs"] == {"text": "每缺1次会议 1 次", "note": "先存的", "version": 1}
    assert list(MarkCount.objects.values_list("value_up", flat=True)) == [MICRO]


def test_two_first_saves_at_one_moment_leave_one_mark(city, save, monkeypatch):
    save("1.1", {"c-a": "1"})
    real, seen = filling.stored_rows, []
    monkeypatch.setattr(filling, "stored_rows", lambda sheet: real(sheet) if seen else seen.append(1) or {})
    with pytest.raises(filling.MarkConflict) as refusal:
        save("1.1", {"c-a": "4"})
    assert refusal.value.details["theirs"]["version"] == 1
    assert list(MarkCount.objects.values_list("value_up", flat=True)) == [MICRO]


def test_a_submission_overtaking_a_save_wins(city, save, secretary):
    stale = load(city.sheet)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", version=2)
    with pytest.raises(StaleState):
        filling.save_mark(sheet=stale, code="1.1", data={"c-a": "1"}, version=0, actor=secretary, at=timezone.now())
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("code", "data", "words"),
    [
        ("1.1", {"c-a": "-1"}, "“每缺1次会议”"),
        ("1.1", {"c-a": "1000000000"}, "1000000000"),
        ("1.1", {"c-a": "1.5"}, "1.5"),
        ("1.1", {"c-a": "两次"}, "两次"),
        ("1.1", {"na": "1"}, "“三会一课”"),
        ("1.2", {"choice": "best"}, "best"),
        ("1.3", {"value": "5", "denominator": "0"}, "党费收缴"),
        ("1.3", {"value": "", "denominator": "5"}, "党费收缴"),
        ("1.3", {"value": "1e3"}, "1e3"),
        ("2.2", {"value": "9.3"}, "0.5"),
        ("2.2", {"value": "10.5"}, "10.5"),
        ("2.2", {"value": "１０"}, "１０"),
        ("2.2", {"value": "9", "note": "长" * 2001}, "2001"),
    ],
)
def test_a_value_its_rule_forbids_is_refused_in_words(city, save, code, data, words):
    with pytest.raises(InvalidMark) as refusal:
        save(code, data)
    assert words in refusal.value.message
    assert not Mark.objects.exists()


def test_rows_of_others_and_unknown_rows_are_refused(city, save):
    for code in ("2.4", "9.9", "1"):
        with pytest.raises(PortalError):
            save(code, {"value": "90"})
    assert not Mark.objects.exists()


def test_clauses_for_branches_with_groups_are_not_asked_of_others(city, save, monkeypatch):
    from assessments.schemes.loading import engine_scheme
    from assessments.sheets.values import asked_criteria

    sheet = load(city.sheet)
    leaf = engine_scheme(sheet.scheme_version).by_code["1.1"]
    criteria = tuple(
        criterion
        if criterion.code == "a"
        else type(criterion)(
            **{
                **{name: getattr(criterion, name) for name in criterion.__dataclass_fields__},
                "applies_if": "has_groups",
            }
        )
        for criterion in leaf.criteria
    )
    changed = type(leaf)(**{**{n: getattr(leaf, n) for n in leaf.__dataclass_fields__}, "criteria": criteria})
    assert [criterion.code for criterion in asked_criteria(changed, sheet)] == ["a"]
    sheet.branch.has_groups = True
    assert [criterion.code for criterion in asked_criteria(changed, sheet)] == ["a", "b"]


# Who and when


@pytest.mark.parametrize(
    "person", ["neighbour", "reviewer", "inspector", "office", "authority", "sysadmin", "outsider"]
)
def test_only_the_branch_fills_in(city, save, request, person):
    with pytest.raises(PermissionDenied):
        save("1.1", {"c-a": "1"}, actor=request.getfixturevalue(person))
    assert not Mark.objects.exists()


def test_deputy_fills_in_and_never_submits(city, save, deputy, secretary):
    save("1.1", {"c-a": "1"}, actor=deputy)
    with pytest.raises(PermissionDenied) as refusal:
        submit(city.sheet, deputy)
    assert "赵书记" in str(refusal.value)


def test_deadline_is_half_open_to_the_microsecond(city, save):
    end = city.cycle.steps.get(kind="self").ends_at
    save("1.1", {"c-a": "1"}, at=end - timedelta(microseconds=1))
    with pytest.raises(PermissionDenied) as refusal:
        save("1.1", {"c-a": "2"}, version=1, at=end)
    assert timezone.localtime(end).strftime("%Y-%m-%d %H:%M:%S") in str(refusal.value)


def test_extension_moves_the_deadline_of_one_sheet(city, save):
    end = city.cycle.steps.get(kind="self").ends_at
    Sheet.objects.filter(pk=city.sheet.pk).update(extended_until=end + timedelta(days=2))
    save("1.1", {"c-a": "1"}, at=end + timedelta(days=1))
    with pytest.raises(PermissionDenied):
        save("1.1", {"c-a": "2"}, version=1, at=end + timedelta(days=2))


@pytest.mark.parametrize("status", ["submitted", "passed", "review", "exempt"])
def test_a_sheet_elsewhere_is_closed(city, save, status):
    Sheet.objects.filter(pk=city.sheet.pk).update(status=status)
    with pytest.raises(PermissionDenied):
        save("1.1", {"c-a": "1"})


# Many rows at once


def test_nothing_found_confirms_untouched_deduct_rows_only(city, save, secretary):
    save("2.1", {"c-a": "1"})
    done = filling_many.confirm_nothing_found(
        sheet=load(city.sheet), codes=["1.1", "2.1", "1.2"], actor=secretary, at=timezone.now()
    )
    assert done == ["1.1"]
    assert Mark.objects.get(indicator__code="1.1").points_up == 20 * MICRO
    city.sheet.refresh_from_db()
    assert city.sheet.filled_count == 2
    assert AuditEntry.objects.filter(action="mark.nothing_found").count() == 1


def test_copy_fills_only_rows_not_filled_in_yet(city, save, secretary):
    past = make_sheet(
        make_cycle(city.scheme, period="Q3", starts_on=city.cycle.starts_on - timedelta(days=90)), city.branch
    )
    make_marks(past, secretary)
    save("2.2", {"value": "3"})
    report = filling_many.copy_last(sheet=load(city.sheet), actor=secretary, at=timezone.now())
    assert (report.copied, report.skipped) == (["1.1", "1.2", "1.3", "2.1", "2.3"], [])
    own = {mark.indicator.code: mark.points_up for mark in Mark.objects.filter(sheet=city.sheet)}
    assert own == {
        "1.1": 19_000_000,
        "1.2": 15_000_000,
        "1.3": 18_000_000,
        "2.1": 8_000_000,
        "2.2": 3_000_000,
        "2.3": 10_000_000,
    }
    city.sheet.refresh_from_db()
    assert city.sheet.self_total_up == 73 * MICRO


def test_copy_without_an_earlier_sheet_says_so(city, secretary):
    with pytest.raises(PortalError):
        filling_many.copy_last(sheet=load(city.sheet), actor=secretary, at=timezone.now())
