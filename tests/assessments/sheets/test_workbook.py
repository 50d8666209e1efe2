"""Entry workbooks: download, fill in, upload, compare, take over. The services, on the real database."""

from datetime import timedelta

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.schemes.loading import indicator_index
from assessments.sheets.gather import read_marks
from assessments.sheets.models import Mark, MarkCount, Remark, Sheet, WorkbookUpload
from assessments.sheets.services import filling, submitting
from assessments.sheets.services import workbook as services
from assessments.sheets.services import workbook_files as files
from assessments.sheets.services import workbook_taking as taking
from assessments.sheets.workbook import words
from branchportal.errors import ImportRejected, StaleState
from branchportal.models import AuditEntry
from branchportal.worker import tidy
from tests.factories.assessments import FULL_MARKS, make_cycle, make_marks, make_sheet
from tests.factories.schemes import make_scheme

from .workbooks import ENTRIES, cell, fill_in, load, opened, pages_of, problems_of, take_all, uploaded

MICRO = 1_000_000


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def book(city, secretary, now) -> openpyxl.Workbook:
    """The secretary's workbook as downloaded."""
    return opened(files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content)


@pytest.fixture
def upload(secretary, now):
    """`upload(book, actor=..., at=...)`: what the service makes of a workbook."""

    def send(book, actor=None, at=None):
        return uploaded(book, actor or secretary, at or now)

    return send


# The way there and back


def test_a_workbook_filled_in_and_uploaded_becomes_the_same_marks(city, secretary, book, upload):
    fill_in(book.worksheets[0], ENTRIES)
    cell(book.worksheets[0], "2.2", "", words.NOTE).value = "专款专用"
    row = upload(book)
    (page,) = pages_of(row, secretary)
    assert [(each.code, each.kind) for each in page.differences] == [(code, "change") for code in sorted(FULL_MARKS)]
    assert page.differences[0].then == "记录不规范 2 次"
    assert not Mark.objects.exists()
    report = take_all(row, secretary)
    assert report == {city.sheet.pk: {"taken": sorted(FULL_MARKS), "left": []}}
    found = read_marks(city.sheet)["self"]
    make_marks(city.sibling_sheet, secretary)
    assert found == read_marks(city.sibling_sheet)["self"]
    assert Mark.objects.get(sheet=city.sheet, indicator__code="2.2").note == "专款专用"
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    assert (sheet.status, sheet.filled_count, sheet.self_total_up) == ("draft", 6, 79_500_000)
    assert AuditEntry.objects.filter(action="mark.taken_over", note="填报表.xlsx").count() == 6
    assert pages_of(row, secretary)[0].differences == []


def test_what_is_downloaded_uploads_without_a_difference(city, secretary, upload, now):
    make_marks(city.sheet, secretary)
    content = files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content
    (page,) = pages_of(upload(opened(content)), secretary)
    assert (page.differences, page.row_count) == ([], 6)
    assert pages_of(upload(content), secretary)[0].differences == []


def test_nothing_found_is_an_explicit_word_and_a_blank_row_says_nothing(city, secretary, book, upload):
    cell(book.worksheets[0], "1.1", "").value = "无扣分"
    row = upload(book)
    (page,) = pages_of(row, secretary)
    assert [(each.code, each.then) for each in page.differences] == [("1.1", "核对无此情形")]
    take_all(row, secretary)
    mark = Mark.objects.get()
    assert (mark.points_up, mark.counts.count()) == (20 * MICRO, 0)


def test_a_waiver_with_its_reason_comes_and_goes(city, secretary, book, upload, now):
    page = book.worksheets[0]
    fill_in(page, {("1.1", "b"): 2})
    cell(page, "1.1", "b", words.WAIVER).value = "已自查整改到位"
    take_all(upload(book), secretary)
    count = MarkCount.objects.get()
    assert (count.value_up, count.is_waived, count.waive_reason) == (2 * MICRO, True, "已自查整改到位")
    assert Mark.objects.get().points_up == 20 * MICRO
    again = opened(files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content)
    assert cell(again.worksheets[0], "1.1", "b", words.WAIVER).value == "已自查整改到位"
    assert pages_of(upload(again), secretary)[0].differences == []
    cell(again.worksheets[0], "1.1", "b", words.WAIVER).value = None
    take_all(upload(again), secretary)
    assert (Mark.objects.get().points_up, MarkCount.objects.get().is_waived) == (19 * MICRO, False)


def test_a_blank_row_takes_nothing_away(city, secretary, upload, now):
    make_marks(city.sheet, secretary)
    book = opened(files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content)
    for key in ("1.3", "实际数"), ("1.3", "应有数"), ("2.3", ""):
        cell(book.worksheets[0], *key).value = None
    cell(book.worksheets[0], "1.3", "", words.NOTE).value = "只改备注"
    row = upload(book)
    (page,) = pages_of(row, secretary)
    assert [(each.code, each.now, each.then) for each in page.differences] == [("1.3", "98 / 100", "98 / 100")]
    take_all(row, secretary)
    mark = Mark.objects.get(indicator__code="1.3")
    assert (mark.value_up, mark.note) == (98 * MICRO, "只改备注")


def test_sheet_shows_what_is_there_and_locks_the_rest(city, secretary, book):
    page = book.worksheets[0]
    assert page.protection.sheet
    assert page.freeze_panes == "C4"
    assert (page["B2"].value, page["E2"].value) == (city.branch.code, "2026Q4")
    assert page["G2"].value == city.scheme.digest[:16]
    assert not page.merged_cells.ranges
    open_cells = {each.coordinate for row in page.iter_rows() for each in row if not each.protection.locked}
    assert cell(page, "1.1", "a").coordinate in open_cells
    assert cell(page, "2.4", "").coordinate not in open_cells
    assert cell(page, "2.4", "", words.ASK).value == words.NOT_FILLED_HERE["poll"]
    assert {each.column_letter for row in page.iter_rows() for each in row if each.coordinate in open_cells} == {
        "F", "G", "H",
    }  # fmt: skip
    rules = {str(each.sqref): each for each in page.data_validations.dataValidation}
    assert rules[cell(page, "2.3", "").coordinate].formula1 == '"不适用"'
    count = rules[cell(page, "1.1", "a").coordinate]
    assert (count.type, count.formula1, count.formula2) == ("whole", "0", "1000000")
    entry = cell(page, "2.2", "得分").coordinate
    address = f"$F${entry[1:]}"
    assert rules[entry].formula1 == (
        f"AND(ISNUMBER({address}),{address}>=0,{address}<=10,ABS({address}/0.5-ROUND({address}/0.5,0))<0.000001)"
    )
    assert rules[entry].error == "填0～10分，须为0.5的倍数。"


def test_clauses_that_do_not_apply_are_absent(city, secretary, now):
    criteria = [
        {"code": "a", "text": "支委会每缺1次", "points": 1, "applies_if": "has_committee"},
        {"code": "b", "text": "党小组会每缺1次", "points": 1, "applies_if": "has_groups"},
    ]
    leaf = {"code": "1", "name": "会议", "points": 60, "rule": "deduct", "criteria": criteria}
    other = {"code": "2", "name": "个性指标", "points": 40, "rule": "entry", "sectors": ["school"]}
    common = {"code": "3", "name": "共性指标", "points": 40, "rule": "entry", "due": ["Q4"], "sectors": ["organ"]}
    late = {"code": "4", "name": "年度指标", "points": 0, "rule": "entry", "due": ["Q1"]}
    scheme = make_scheme(version="2", indicators=[leaf, other, common, late], sectors=["organ", "school"])
    cycle = make_cycle(scheme, year=2027)
    content = files.sheet_workbook(sheet=load(make_sheet(cycle, city.branch)), actor=secretary, at=now).content
    codes = {(row[0].value, row[1].value) for row in opened(content).worksheets[0].iter_rows(min_row=4) if row[0].value}
    assert codes == {("1", None), ("1", "a"), ("3", None), ("3", "得分")}


# Both sides moved on


def test_a_row_changed_on_both_sides_is_a_conflict_and_the_portal_keeps_its_own(city, secretary, book, upload, now):
    fill_in(book.worksheets[0], {("2.2", "得分"): 8, ("1.2", "good"): "√"})
    filling.save_mark(sheet=load(city.sheet), code="2.2", data={"value": "9"}, version=0, actor=secretary, at=now)
    row = upload(book)
    (page,) = pages_of(row, secretary)
    assert [(each.code, each.kind, each.is_proposed) for each in page.differences] == [
        ("1.2", "change", True), ("2.2", "conflict", False),
    ]  # fmt: skip
    assert (page.differences[1].now, page.differences[1].then) == ("9", "8")
    take_all(row, secretary)
    assert Mark.objects.get(indicator__code="2.2").value_up == 9 * MICRO
    take_all(row, secretary, kinds=("conflict",))
    assert Mark.objects.get(indicator__code="2.2").value_up == 8 * MICRO


def test_a_row_changed_in_the_portal_only_is_told_apart(city, secretary, upload, now):
    make_marks(city.sheet, secretary)
    content = files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content
    filling.save_mark(sheet=load(city.sheet), code="2.2", data={"value": "7"}, version=1, actor=secretary, at=now)
    (page,) = pages_of(upload(content), secretary)
    assert [(each.code, each.kind, each.is_proposed) for each in page.differences] == [("2.2", "newer", False)]


def test_a_row_that_moved_after_it_was_shown_is_left_and_the_others_are_done(city, secretary, book, upload, now):
    fill_in(book.worksheets[0], ENTRIES)
    row = upload(book)
    chosen = {city.sheet.pk: {each.code: each.version for each in pages_of(row, secretary)[0].differences}}
    filling.save_mark(sheet=load(city.sheet), code="2.2", data={"value": "1"}, version=0, actor=secretary, at=now)
    report = taking.take_over(upload=row, actor=secretary, chosen=chosen, at=now)[city.sheet.pk]
    assert report["taken"] == [code for code in sorted(FULL_MARKS) if code != "2.2"]
    assert [code for code, _reason in report["left"]] == ["2.2"]
    assert Mark.objects.get(indicator__code="2.2").value_up == MICRO
    assert Sheet.objects.get(pk=city.sheet.pk).filled_count == 6


def test_a_mark_written_at_this_very_moment_is_left_too(city, secretary, book, upload, now, monkeypatch):
    fill_in(book.worksheets[0], {("2.2", "得分"): 8, ("1.2", "good"): "√"})
    row = upload(book)
    real = taking.write_mark

    def overtaken(sheet, leaf, said, current, actor, at):
        if leaf.code == "2.2":
            make_marks(sheet, secretary, marks={"2.2": {"value": 5}})
        return real(sheet, leaf, said, current, actor, at)

    monkeypatch.setattr(taking, "write_mark", overtaken)
    report = take_all(row, secretary)[city.sheet.pk]
    assert (report["taken"], [code for code, _reason in report["left"]]) == (["1.2"], ["2.2"])


def test_a_sheet_submitted_meanwhile_stays_as_it_is(city, secretary, book, upload, now):
    fill_in(book.worksheets[0], {("2.2", "得分"): 8})
    row = upload(book)
    chosen = {city.sheet.pk: {"2.2": 0}}
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted", submitted_at=now)
    report = taking.take_over(upload=row, actor=secretary, chosen=chosen, at=now)[city.sheet.pk]
    assert (report["taken"], report["left"][0][0]) == ([], "2.2")
    assert "已提交" in report["left"][0][1]
    assert not Mark.objects.exists()


def test_a_returned_sheet_takes_only_the_returned_rows(city, secretary, reviewer, book, upload, now):
    make_marks(city.sheet, secretary)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="returned", submitted_at=now)
    indicator = indicator_index(city.scheme).indicators["2.2"]
    Remark.objects.create(
        sheet=city.sheet, indicator=indicator, stage="preliminary", text="请核对", author=reviewer, written_at=now
    )
    returned = opened(files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=now).content).worksheets[0]
    assert not cell(returned, "2.2", "得分").protection.locked
    assert cell(returned, "1.1", "b").protection.locked
    assert cell(returned, "1.1", "", words.ASK).value == words.CLOSED
    fill_in(book.worksheets[0], ENTRIES | {("2.2", "得分"): 8, ("1.1", "b"): 5})  # downloaded before the return
    row = upload(book)
    (page,) = pages_of(row, secretary)
    assert [(each.code, each.kind) for each in page.differences] == [("1.1", "closed"), ("2.2", "conflict")]
    report = taking.take_over(
        upload=row, actor=secretary, chosen={city.sheet.pk: {"1.1": 1, "2.2": 1}}, at=now
    )[city.sheet.pk]  # fmt: skip
    assert (report["taken"], [code for code, _reason in report["left"]]) == (["2.2"], ["1.1"])


# Whose sheet, which one, until when


@pytest.mark.parametrize("person", ["neighbour", "reviewer", "office", "outsider"])
def test_only_the_branch_downloads_its_workbook(city, request, person, now):
    actor = request.getfixturevalue(person)
    with pytest.raises(PermissionDenied):
        files.sheet_workbook(sheet=load(city.sheet), actor=actor, at=now)


def test_a_deputy_fills_in_by_workbook_too(city, deputy, upload, now):
    book = opened(files.sheet_workbook(sheet=load(city.sheet), actor=deputy, at=now).content)
    fill_in(book.worksheets[0], {("2.2", "得分"): 8})
    take_all(upload(book, actor=deputy), deputy)
    assert Mark.objects.get().entered_by == deputy


def test_a_foreign_or_unknown_branch_is_refused_with_one_sentence(city, neighbour, book, upload):
    with pytest.raises(ImportRejected) as foreign:
        upload(book, actor=neighbour)
    book.worksheets[0]["B2"].value = "nowhere"
    with pytest.raises(ImportRejected) as unknown:
        upload(book)
    assert problems_of(foreign) == [("B2", f"您不负责填报编码为“{city.branch.code}”的党支部。")]
    assert problems_of(unknown) == [("B2", "您不负责填报编码为“nowhere”的党支部。")]
    assert not WorkbookUpload.objects.exists()


@pytest.mark.parametrize(("address", "value", "words_"), [
    ("E2", "2026Q3", "2026Q3"),
    ("G2", "0123456789abcdef", "考评标准"),
    ("I2", "9", "格式"),
    ("A1", None, None),
    ("F3", "别的", "前三行"),
    ("A2", "编码", "前三行"),
])  # fmt: skip
def test_another_cycle_scheme_or_format_is_refused(book, upload, address, value, words_):
    book.worksheets[0][address].value = value
    if words_ is None:
        assert upload(book)  # the title is for people
        return
    with pytest.raises(ImportRejected) as refused:
        upload(book)
    ((_cell, message),) = problems_of(refused)
    assert words_ in message


def test_an_upload_expires_and_belongs_to_its_uploader(city, secretary, deputy, book, upload, now):
    fill_in(book.worksheets[0], {("2.2", "得分"): 8})
    row = upload(book)
    with pytest.raises(PermissionDenied):
        taking.take_over(upload=row, actor=deputy, chosen={}, at=now)
    late = now + services.LIFETIME
    with pytest.raises(StaleState):
        taking.take_over(upload=row, actor=secretary, chosen={city.sheet.pk: {"2.2": 0}}, at=late)
    row.refresh_from_db()
    assert (row.status, row.content) == ("expired", {})
    assert not Mark.objects.exists()


def test_the_hourly_tidying_forgets_old_uploads(book, upload, now):
    row = upload(book, at=now - services.LIFETIME - timedelta(minutes=1))
    tidy()
    assert services.expire_uploads() == 0
    row.refresh_from_db()
    assert row.content == {}


def test_after_the_deadline_nothing_is_taken_over(city, secretary, book, upload):
    until = load(city.sheet).self_ends_at
    fill_in(book.worksheets[0], {("2.2", "得分"): 8})
    row = upload(book, at=until - timedelta(minutes=1))
    (page,) = pages_of(row, secretary, at=until)
    assert (bool(page.access), page.has_choice) == (False, False)
    chosen = {city.sheet.pk: {"2.2": 0}}
    report = taking.take_over(upload=row, actor=secretary, chosen=chosen, at=until)
    assert report[city.sheet.pk]["taken"] == []
    with pytest.raises(PermissionDenied):
        files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=until)


def test_the_taken_over_sheet_can_be_submitted(city, secretary, book, upload, now):
    fill_in(book.worksheets[0], ENTRIES)
    take_all(upload(book), secretary)
    sheet = load(city.sheet)
    submitting.submit_sheet(
        sheet=sheet, actor=secretary, version=sheet.version, at=now, meeting_on=timezone.localdate(now),
        meeting_present=9, is_truthful=True,
    )  # fmt: skip
    assert Sheet.objects.get(pk=sheet.pk).status == "submitted"
