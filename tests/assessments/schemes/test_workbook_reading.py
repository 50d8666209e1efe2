"""Scheme workbooks as people spoil them: every problem with its cell and its cure, all at once."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from assessments.schemes.filekinds import SchemeFile, read_scheme, write_scheme
from assessments.schemes.sentences import scheme_sentence
from assessments.scoring import Scheme, SchemeError
from branchportal.errors import ImportRejected
from tests.factories.workbooks import book_of

TEMPLATE = Path(__file__).parents[3] / "fixtures" / "schemes" / "template.yaml"
Change = Callable[[openpyxl.Workbook], object]


@pytest.fixture(scope="module")
def template() -> bytes:
    return write_scheme(Scheme.from_data(read_scheme(TEMPLATE.name, TEMPLATE.read_bytes()).data), "xlsx")


def changed(template: bytes, change: Change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(template))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(place: str, value: object) -> Change:
    """Type a value into `指标!B5`."""
    title, cell = place.split("!")
    return lambda book: book[title].__setitem__(cell, value)


def find(sheet: Worksheet, text: str, after: int = 0) -> str:
    """The address of the first cell with that text."""
    return next(cell.coordinate for row in sheet.iter_rows(min_row=after + 1) for cell in row if cell.value == text)


def said(template: bytes, change: Change) -> list[str]:
    try:
        return [scheme_sentence(problem) for problem in read_scheme("方案.xlsx", changed(template, change)).errors()]
    except SchemeError as error:
        return [scheme_sentence(problem) for problem in error.problems]
    except ImportRejected as error:
        return [error.message]


def read(template: bytes, change: Change) -> SchemeFile:
    return read_scheme("方案.xlsx", changed(template, change))


def test_untouched_template_is_a_scheme_of_every_rule(template):
    file = read_scheme("方案填写模板.xlsx", template)
    assert file.check() == []
    scheme = Scheme.from_data(file.data)
    rules = {leaf.rule for leaf in scheme.leaves}
    assert rules == {"deduct", "add", "mixed", "choice", "measure", "entry", "poll", "external"}


def test_six_sheets_with_drop_downs_and_hints(template):
    book = openpyxl.load_workbook(io.BytesIO(template))
    assert book.sheetnames == ["说明", "指标", "评分细则", "加减分", "一票否决", "等次"]
    lists = [rule.formula1 for rule in book["指标"].data_validations.dataValidation if rule.type == "list"]
    assert '"扣分,加分,有加有减,分档评定,按比例或数量,酌情赋分,民主测评,外部导入"' in lists
    assert all(rule.prompt for rule in book["指标"].data_validations.dataValidation)
    assert book["指标"].freeze_panes == "D4"
    assert [sheet.merged_cells.ranges for sheet in book] == [set()] * 6
    assert {sheet.sheet_state for sheet in book} == {"visible"}


def without_first_item(book: openpyxl.Workbook) -> None:
    """Its levels stay."""
    row = find(book["加减分"], "B1")[1:]
    for column in "ABC":
        book["加减分"][column + row] = None


ONE = {
    "text in a number": (put("指标!D5", "四分"), "指标!D5: “四分”不是数字，请填写数字"),
    "a sum that is wrong": (put("指标!D5", 16), "指标!D4: 下级指标分值合计41分，应为40分。"),
    "an unknown rule": (put("指标!F5", "倒扣"), "指标!F5: “倒扣”无法识别，可用值：酌情赋分、扣分、"),
    "a code stored as a number": (put("指标!B5", 1.1), "指标!B5: 编码1.1存成了数字，1.1和1.10会无法区分。"),
    "a version stored as a number": (put("说明!B4", 2026.1), "说明!B4: 编码2026.1存成了数字"),
    "a code that became a date": (put("指标!B5", date(2026, 1, 1)), "指标!B5: 填写的内容被表格软件当成了日期"),
    "a code twice": (put("指标!B6", "1.1"), "指标!B6: “1.1”已在 指标!B5 使用"),
    "no name": (put("指标!C5", None), "指标!C5: 此项缺失，请补填。"),
    "a level left out": (put("指标!A4", "二级"), "指标!A4: 第2级指标上面没有上一级指标。"),
    "an unknown level": (put("指标!A5", "四级"), "指标!A5: “四级”无法识别，可用值：一级、二级、三级。"),
    "no level": (put("指标!A5", None), "指标!A5: 此项缺失，请补填。"),
    "a rule for an indicator with children": (put("指标!F4", "扣分"), "指标!F4: 有下级指标的指标不直接评分"),
    "an unknown sector": (put("指标!H10", "机关、月球"), "指标!H10: 领域“月球”不在本标准的适用领域内"),
    "an unknown period": (put("指标!I8", "第一季度、上半年"), "指标!I8: "),
    "a criterion of nobody": (put("评分细则!A4", "9.9"), "评分细则!A4: 没有编码为“9.9”的指标。"),
    "a criterion without indicator": (put("评分细则!A4", None), "评分细则!A4: 此项缺失，请补填。"),
    "a range upside down": (put("评分细则!E7", 5), "评分细则!E7: "),
    "a text in a band row": (put("评分细则!C12", "优秀"), "评分细则!C12: 填了“达到值”的分档行，“评分细则或选项”应空着"),
    "points and a range": (put("评分细则!D7", 1), "评分细则!"),
    "weights that do not add up": (lambda b: put("说明!" + find(b["说明"], 0.8), 0.7)(b), "说明!A"),
    "an unknown group": (lambda b: put("加减分!F" + find(b["加减分"], "B2")[1:], "x")(b), "“x”"),
    "a level twice": (lambda b: put("加减分!" + find(b["加减分"], "市级"), "省级")(b), "“省级”"),
    "a unit in a further row": (
        lambda b: put("加减分!G" + find(b["加减分"], "市级")[1:], "次")(b), "“次”应填在该事项的第一行，请移过去。"),
    "a further row of nothing": (
        without_first_item, "本行是续行"),
    "an unknown effect": (put("一票否决!C4", "开除"), "一票否决!C4: “开除”无法识别，可用值：限制最高星级、"),
    "stars without limit": (put("一票否决!D5", 3), "一票否决!D5: 后果为“限制最高星级”时才填最高星级。"),
    "no stars for a limit": (put("一票否决!D4", None), "一票否决!D4"),
    "a band above the one before": (put("等次!C7", 95), "等次!C7: "),
    "a condition on nothing": (put("等次!J4", None), "等次!J4: 此项缺失，请补填。"),
    "a condition without figure": (put("等次!K4", None), "等次!K4: 此项缺失，请补填。"),
    "a figure that a condition does not take": (put("等次!K6", 1), "等次!K6: 条件“无一票否决情形”此处不填。"),
    "an unknown condition": (put("等次!I4", "运气好"), "等次!I4: “运气好”无法识别，可用值：一级指标得分率不低于、"),
    "an unknown dimension": (put("等次!J4", "7"), "等次!J4: "),
    "a share above one": (put("等次!D4", 30), "等次!D4: "),
    "an extra column": (put("指标!Z3", "我的备注"), "指标!Z3: “我的备注”列不属于本表，请删除。"),
    "a heading twice": (put("指标!Z3", "分值"), "指标!Z3: “分值”列重复，请删除一列。"),
    "a heading gone": (put("指标!D3", None), "指标!A3: 缺少“分值”列。"),
    "a note outside the table": (put("评分细则!M9", "记得改"), "评分细则!M9: “记得改”在表格之外。"),
    "a heading row gone": (lambda b: b["一票否决"].delete_rows(3), "一票否决!A1: “【一票否决】”下面缺少列名行"),
    "a marker gone": (put("加减分!A1", None), "加减分!A1: A列缺少“【加分总则】”这一行。"),
    "a line of a form gone": (put("说明!A5", None), "缺少“标准名称”这一行。"),
    "a line of a form that nobody knows": (put("说明!A6", "口号"), "说明!A6: “口号”这一行不属于本表，请删除。"),
    "a sheet gone": (lambda b: b.remove(b["一票否决"]), "缺少工作表“一票否决”。"),
    "an extra sheet": (lambda b: b.create_sheet("草稿").append(["a"]), "工作表“草稿”不属于本方案工作簿，请删除。"),
    "merged cells": (lambda b: b["指标"].merge_cells("A5:A6"), "单元格指标!A5:A6已合并。请取消合并，逐行填写。"),
    "a formula": (put("指标!D4", "=SUM(D5:D8)"), "指标!D4含有公式。"),
    "a hidden sheet": (lambda b: setattr(b["一票否决"], "sheet_state", "hidden"), "工作表“一票否决”被隐藏。"),
    "a hidden row": (lambda b: setattr(b["指标"].row_dimensions[6], "hidden", True), "工作表“指标”第6行被隐藏"),
    "an error value": (put("指标!D5", "#REF!"), "指标!D5显示错误值#REF!。"),
    "a column far right": (put("指标!BZ9", 1), "工作表“指标”超过40列。"),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE)
def test_each_mistake_is_told_with_its_cell(template, case):
    change, wanted = ONE[case]
    sentences = said(template, change)
    assert any(wanted in sentence for sentence in sentences), sentences
    assert all("[" not in sentence.split(": ")[0] for sentence in sentences)  # no path of a YAML file


def test_twenty_mistakes_are_twenty_sentences_in_the_order_of_the_sheets(template):
    cells = [f"D{row}" for row in (5, 6, 7, 8, 10, 11, 12, 13, 15)]
    marks = [f"D{row}" for row in (4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15)]

    def change(book: openpyxl.Workbook) -> None:
        for cell in cells:
            book["指标"][cell] = "四"
        for cell in marks:
            book["评分细则"][cell] = "四"

    sentences = [each for each in said(template, change) if "“四”" in each]
    assert [each.split(": ")[0] for each in sentences] == [f"指标!{c}" for c in cells] + [
        f"评分细则!{c}" for c in marks
    ]


def test_a_column_that_is_gone_and_a_row_that_has_no_level_hide_no_other_mistake(template):
    def change(book: openpyxl.Workbook) -> None:
        book["等次"]["C3"] = None
        book["指标"]["A6"] = "2级"
        book["指标"]["A35"] = "注：由办公室解释"
        book["指标"]["D5"] = "四"
        book["一票否决"]["C4"] = "开除"
        put("说明!A" + find(book["说明"], 0.8)[1:], "领导评分")(book)
        book.create_sheet("附件").append(["a"])

    assert [each.split(": ")[0] for each in said(template, change)] == [
        "附件", "说明!A21", "指标!D5", "指标!A6", "指标!A35", "一票否决!C4", "等次!A3",
    ]  # fmt: skip


def test_codes_words_and_other_ways_of_typing_are_understood(template):
    def change(book: openpyxl.Workbook) -> None:
        put("指标!F5", "deduct")(book)
        put("指标!B4", 1)(book)  # a whole number is unambiguous
        put("指标!D5", "１５")(book)
        put("指标!I5", " every ")(book)
        put("指标!H10", "organ，事业单位")(book)
        put("等次!D4", "30%")(book)
        put("指标!A1", "【 指标 】")(book)
        put("指标!B3", "编　码")(book)
        put("指标!F3", "计分\n规则")(book)
        put("说明!A7", "满 分")(book)
        put("等次!G3", "最低比例(提示)")(book)
        book.create_sheet("Sheet1")  # empty: what Excel adds by itself

    file = read(template, change)
    assert file.check() == []
    assert Scheme.from_data(file.data) == Scheme.from_data(read_scheme("a.xlsx", template).data)


def test_columns_may_stand_in_another_order(template):
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["一票否决"]
        for row in range(3, 6):
            sheet.cell(row, 1).value, sheet.cell(row, 2).value = sheet.cell(row, 2).value, sheet.cell(row, 1).value

    assert read(template, change).check() == []


def test_warnings_have_cells_too(template):
    problems = read(template, put("指标!O5", 3)).check()
    assert [(problem.path, problem.severity) for problem in problems] == [("指标!O5", "warning")]
    assert "扣分" in scheme_sentence(problems[0])


@pytest.mark.parametrize("name", ["方案.xlsx", "方案.xls", "方案.yaml"])
def test_files_of_another_kind_are_refused(name):
    with pytest.raises(ImportRejected) as refused:
        read_scheme(name, b"\xd0\xcf\x11\xe0" + b"0" * 100)
    assert "密码" in refused.value.message


def test_a_workbook_of_something_else_names_what_is_missing():
    with pytest.raises(SchemeError) as refused:
        read_scheme("a.xlsx", book_of({"名册": [["姓名"]]}))
    assert [problem.code for problem in refused.value.problems] == ["sheet_unknown", *["sheet_missing"] * 6]


def test_the_workbook_is_known_by_its_content_where_the_name_says_nothing(template):
    assert read_scheme("方案", template).check() == []
