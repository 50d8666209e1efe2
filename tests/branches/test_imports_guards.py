"""Hostile and broken files: each is refused with a sentence, quickly, and nothing parses it."""

import io
import time
import zipfile

import pytest

from branches.imports.reading import read_file
from branchportal.errors import ImportRejected

from .files import raw_workbook, sheet_of, workbook

ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>单位编码</t></is></c></row>'


def refusal(name: str, data: bytes) -> str:
    started = time.monotonic()
    with pytest.raises(ImportRejected) as refused:
        read_file(name, data)
    assert time.monotonic() - started < 5
    return refused.value.message


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


HOSTILE = {
    "empty": ("a.xlsx", b"", "空的"),
    "too large": ("a.csv", b"a" * (5 * 1024 * 1024 + 1), "5 MB"),
    "a program": ("a.exe", b"MZ", ".xlsx"),
    "no extension": ("table", b"a", ".xlsx"),
    "program named xlsx": ("a.xlsx", b"MZ" + b"x" * 100, "损坏"),
    "old format or password": ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 100, "密码"),
    "other zip": ("a.xlsx", zip_of({"word/document.xml": b"<a/>", "[Content_Types].xml": b"<a/>"}), "不是工作簿"),
    "cut off": ("a.xlsx", workbook(["单位编码"], [["1"]])[:-200], "损坏"),
    "zip named csv": ("a.csv", zip_of({"a": b"a"}), "不是文本"),
    "binary named csv": ("a.csv", b"a,b\0c", "不是文本"),
    "claims a million rows": ("a.xlsx", raw_workbook(sheet_of(ROW, dimension="A1:XFD1048576")), "超过10000行"),
    "one cell far away": (
        "a.xlsx",
        raw_workbook(sheet_of(ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        "超过",
    ),
    "one cell far right": ("a.xlsx", raw_workbook(sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "60列"),
    "far cell in single quotes": (
        "a.xlsx",
        raw_workbook(sheet_of("<row r='1'><c r = 'ZZ9'><v>1</v></c></row>")),
        "60列",
    ),
    "a million empty rows": ("a.xlsx", raw_workbook(sheet_of(ROW + "<row/>" * 1_048_575)), "过大"),
    "twenty thousand empty rows": ("a.xlsx", raw_workbook(sheet_of(ROW + "<row/>" * 20_000)), "超过10000行"),
    "unpacks to 60 MB": ("a.xlsx", raw_workbook(sheet_of(ROW), {"xl/media/big": b"0" * 60_000_000}), "过大"),
    "unpacks 100 fold": ("a.xlsx", raw_workbook(sheet_of(ROW), {"xl/media/big": b"0" * 2_000_000}), "过大"),
    "many parts": ("a.xlsx", raw_workbook(sheet_of(ROW), {f"xl/p{n}.xml": b"<a/>" for n in range(201)}), "过大"),
    "billion laughs": ("a.xlsx", raw_workbook(sheet_of(ROW, before='<!DOCTYPE a [<!ENTITY b "c">]>')), "损坏"),
    "macros": ("a.xlsx", raw_workbook(sheet_of(ROW), {"xl/vbaProject.bin": b"x"}), "宏"),
    "links": ("a.xlsx", raw_workbook(sheet_of(ROW), {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "链接"),
    "no headings": ("a.csv", b"\n1,2\n", "列名"),
    "nothing below the headings": ("a.csv", "单位编码,单位名称\n".encode(), "没有数据"),
    "only the example": ("a.csv", "单位编码,单位名称\n示例：D001,局\n".encode(), "没有数据"),
    "unknown characters": ("a.csv", b"\xff\xfe\xfa\xfb\xff", "文字"),
    "broken table": ("a.csv", b'a,b\n"' + b"x" * 200_000 + b'",2\n', "表格"),
    "too many rows": ("a.csv", b"a\n" + b"1\n" * 10_001, "10001行"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_refused_with_a_sentence(case):
    name, data, said = HOSTILE[case]
    message = refusal(name, data)
    assert said in message
    assert message.endswith("。")


def test_workbook_keeps_codes_dates_and_row_numbers():
    from datetime import datetime

    rows = [["示例：1", ""], ["0101", 7], ["", ""], [12, datetime(2021, 7, 1)], [1.5, True]]  # noqa: DTZ001 (a cell)
    grid = read_file("表.XLSX", workbook(["编码", "数"], rows))
    assert grid.headings == ["编码", "数"]
    assert grid.rows == [(3, ["0101", "7"]), (5, ["12", "2021-07-01"]), (6, ["1.5", "是"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_every_chinese_computer_is_read(encoding, delimiter):
    text = f"单位编码{delimiter}单位名称\r\n'001{delimiter}市“数据”局\r\n"
    grid = read_file("表.csv", text.encode(encoding))
    assert grid == type(grid)(["单位编码", "单位名称"], [(2, ["001", "市“数据”局"])])


def test_text_of_a_workbook_is_read_without_formula():
    grid = read_file("a.xlsx", workbook(["a"], [["'=1+1"], ["-5"]]))
    assert [cells for _number, cells in grid.rows] == [["'=1+1"], ["-5"]]


def test_characters_that_nobody_typed_are_dropped():
    body = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    body += '<row r="2"><c r="A2" t="inlineStr"><is><t>x_x0000_y_x0007_</t></is></c></row>'
    grid = read_file("a.xlsx", raw_workbook(sheet_of(body, dimension="A1:A2")))
    assert "\0" not in grid.rows[0][1][0]
    assert "\a" not in grid.rows[0][1][0]
