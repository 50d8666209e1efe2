"""What is wrong with a filled-in workbook: every point with its cell, all at once, and never a fault of the portal."""

import random
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.sheets.models import Mark, WorkbookUpload
from assessments.sheets.services import workbook as services
from assessments.sheets.services import workbook_files as files
from assessments.sheets.workbook import words
from branchportal.errors import ImportRejected

from .workbooks import ENTRIES, cell, fill_in, load, opened, saved


@pytest.fixture
def content(city, secretary) -> bytes:
    return files.sheet_workbook(sheet=load(city.sheet), actor=secretary, at=timezone.now()).content


@pytest.fixture
def refused(secretary):
    """`refused(book)`: its problems as (cell, sentence); nothing is kept of it."""

    def send(book):
        with pytest.raises(ImportRejected) as caught:
            services.accept_upload(actor=secretary, name="表.xlsx", data=saved(book), at=timezone.now())
        assert not WorkbookUpload.objects.exists()
        assert not Mark.objects.exists()
        return [(each.cell, each.message) for each in caught.value.details["problems"]]

    return send


BAD_VALUES = [
    ("1.1", "a", -1, "小于 0"),
    ("1.1", "a", 1.5, "整数"),
    ("1.1", "a", 1e9, "1000000"),
    ("1.1", "a", "两次", "不是数字"),
    ("1.1", "a", "NaN", "不是数字"),
    ("1.1", "a", date(2026, 11, 1), "不是数字"),
    ("1.1", "", "没有", "下拉选项"),
    ("1.2", "good", "好", "打勾"),
    ("1.3", "应有数", 5, "前一个数"),
    ("2.2", "得分", 9.3, "0.5"),
    ("2.2", "得分", 0.005, "0.5"),
    ("2.2", "得分", 11, "0 至 10"),
    ("2.2", "得分", 1e9, "过大"),
    ("2.2", "", 8, "不用填写"),
    ("2.4", "", 95, "不用填写"),
    ("2.3", "", "无扣分", "下拉选项"),
]


@pytest.mark.parametrize(("code", "key", "value", "said"), BAD_VALUES)
def test_a_value_that_the_rule_forbids_is_named_with_its_cell(content, refused, code, key, value, said):
    book = opened(content)
    wrong = cell(book.worksheets[0], code, key)
    wrong.value = value
    ((address, message),) = refused(book)
    assert address == wrong.coordinate
    assert said in message


def test_everything_wrong_is_said_at_once(content, refused):
    book = opened(content)
    page = book.worksheets[0]
    fill_in(page, {("1.1", "a"): -1, ("1.1", "b"): 0.5, ("1.2", "good"): "√", ("1.2", "poor"): "√"})
    fill_in(page, {("2.2", "得分"): 99})
    cell(page, "2.1", "", words.NOTE).value = "只有备注"
    cell(page, "1.3", "", words.STAMP).value = "v1"
    cell(page, "1.3", "应有数", words.NOTE).value = "写错了地方"
    cell(page, "2.3", "").value = "不适用"
    cell(page, "2.3", "yes").value = "√"
    wrong = [
        cell(page, "1.1", "a"), cell(page, "1.1", "b"), cell(page, "1.2", "poor"),
        cell(page, "1.3", "应有数", words.NOTE), cell(page, "2.1", "", words.NOTE), cell(page, "2.2", "得分"),
        cell(page, "2.3", "yes"),
    ]  # fmt: skip
    assert [address for address, _message in refused(book)] == [each.coordinate for each in wrong]


@pytest.mark.parametrize(("count", "reason", "said"), [
    (None, "已自查整改到位", "没有填数量"),
    (0, "已自查整改到位", "没有填数量"),
    (2, "改了", "至"),
    (2, "改" * 201, "201"),
])  # fmt: skip
def test_a_waiver_needs_a_finding_and_a_reason(content, refused, count, reason, said):
    book = opened(content)
    page = book.worksheets[0]
    cell(page, "1.1", "b").value = count
    cell(page, "1.1", "b", words.WAIVER).value = reason
    ((address, message),) = refused(book)
    assert address == cell(page, "1.1", "b", words.WAIVER).coordinate
    assert said in message


def test_a_word_and_a_figure_together_are_refused(content, refused):
    book = opened(content)
    page = book.worksheets[0]
    cell(page, "1.1", "").value = "无扣分"
    cell(page, "1.1", "a").value = 2
    assert [address for address, _message in refused(book)] == [cell(page, "1.1", "a").coordinate]


def test_missing_doubled_and_unknown_rows_are_refused(content, refused):
    book = opened(content)
    page = book.worksheets[0]
    cell(page, "1.2", "good", words.KEY).value = "best"
    doubled = cell(page, "1.1", "b", words.KEY)
    doubled.value = "a"
    unknown = cell(page, "1.2", "best", words.CODE).coordinate
    assert refused(book)[0] == (
        f"A{doubled.row}", f"“1.1 a”出现了两次：第{cell(page, '1.1', 'a').row}行已有。",
    )  # fmt: skip
    doubled.value = "b"
    assert refused(book) == [("", "缺少“1.2 good”这一行。"), (unknown, "该党支部的自评表中没有“1.2 best”这一行。")]


def test_a_note_that_is_too_long_is_refused(content, refused):
    book = opened(content)
    cell(book.worksheets[0], "2.2", "", words.NOTE).value = "长" * 2001
    assert [address for address, _m in refused(book)] == [cell(book.worksheets[0], "2.2", "", words.NOTE).coordinate]


def test_entries_beside_the_lines_are_refused(content, refused):
    book = opened(content)
    book.worksheets[0]["F5"].value = "3"
    ((address, _message),) = refused(book)
    assert address == "F5"


@pytest.mark.parametrize("case", ["formula", "merged", "hidden", "macro", "csv", "empty", "list", "wide"])
def test_files_of_another_kind_are_refused_with_a_sentence(content, secretary, case):
    book = opened(content)
    page = book.worksheets[0]
    if case == "formula":
        cell(page, "2.2", "得分").value = "=4+5"
    elif case == "merged":
        page.merge_cells("A5:B5")
    elif case == "hidden":
        book.create_sheet("x")
        page.sheet_state = "hidden"
        book.active = 1
    elif case == "list":
        for row in page.iter_rows():
            for each in row:
                each.value = None
        page["A1"].value = words.LIST_TITLE
    elif case == "wide":
        page["XFD1"].value = 1
    data = {"csv": b"a,b\n1,2", "empty": b""}.get(case, saved(book))
    if case == "macro":
        data = data.replace(b"xl/styles.xml", b"xl/vbaProject")
    with pytest.raises(ImportRejected) as caught:
        services.accept_upload(actor=secretary, name="表.xlsx", data=data, at=timezone.now())
    assert caught.value.message.endswith("。")


STRANGE = [
    None, "", " ", 0, -1, 0.1 + 0.2, 1e300, -1e-300, 10**12, True, False, "=1+1", "1,5", "½", "３", "√√", "\u200b√",
    "NA", "无扣分", "无此项", "不适用", "v1-abcdef", "v" + "9" * 40, "x" * 5000, "1.1", "a", "<b>", "'", "\u202e乱",
    "a\nb", date(1900, 3, 1), "1e5", "+3", "0x10", "Infinity", "１.１", "💮",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_a_mangled_workbook_is_read_or_refused_never_a_fault(content, city, secretary, sign_in, seed):
    """Cells are overwritten, moved and cleared at random: the page answers with a comparison or with sentences."""
    chance = random.Random(seed)
    book = opened(content)
    page = book.worksheets[0]
    fill_in(page, {key: value for key, value in ENTRIES.items() if chance.random() < 0.5})
    for _each in range(chance.choice((1, 2, 5, 30))):
        row, column = chance.randint(1, page.max_row), chance.randint(1, 11)
        if chance.random() < 0.3:
            page.move_range(f"A{row}:I{row}", rows=chance.randint(-2, 3) if row > 3 else 1)
        else:
            target = page.cell(row, column)
            target.value = chance.choice(STRANGE)
    client = sign_in(secretary)
    answer = client.post("/sheets/workbooks/", {"file": SimpleUploadedFile("表.xlsx", saved(book))})
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        upload = WorkbookUpload.objects.get()
        assert client.get(answer.url).status_code == 200
        rows = [f"{city.sheet.pk}:0:{row['code']}" for row in upload.content["sheets"][0]["rows"]]
        assert client.post(f"{answer.url}take-over/", {"row": rows}).status_code == 302
        assert client.get(answer.url).status_code == 200
