"""The guarded reader of workbooks: what comes out of good ones, and how each bad one is refused."""

import base64
import io
import json
import random
import subprocess
import sys
import zipfile
from datetime import datetime, time

import openpyxl
import pytest
import xlsxwriter

from branchportal.errors import ImportRejected
from branchportal.workbook_reader import limits
from branchportal.workbooks import READER, Row, place, read_workbook
from tests.factories.workbooks import FAR, MAIN, ROW, book_of, parts_of, raw_book, relations, sheet_xml, zipped

OFFER = {"most_sheets": 3, "most_rows": 100, "most_columns": 10}
LARGEST_BYTES = 200 * 1024 * 1024


def refusal(data: bytes, **options: object) -> str:
    with pytest.raises(ImportRejected) as refused:
        read_workbook(data, **(OFFER | options))
    return refused.value.message


def one_row(data: bytes, **options: object) -> Row:
    (sheet,) = read_workbook(data, **(OFFER | options))
    (row,) = sheet.rows
    return row


def cell(xml: str) -> str:
    return f'<row r="1">{xml}</row>'


def test_sheets_come_in_order_with_rows_where_they_stand():
    data = book_of({"乙": [["a", "", "c"], [], ["  "]], "甲": []})
    first, second = read_workbook(data, **OFFER)
    assert (first.title, second.title, second.rows) == ("乙", "甲", [])
    assert first.rows == [Row(1, ["a", "", "c"], "t-t"), Row(3, ["  "], "t")]
    assert first.rows[0].cell(2) == "c"
    assert (first.rows[0].cell(9), first.rows[0].kind(9)) == ("", "-")
    assert place("指标", 7, 2) == "指标!C7"


def test_numbers_are_the_decimals_that_were_typed():
    typed = ["0.1", "1.1", "0.3", "4", "-2.5", "1e-06", "123456.654321", "0.30000000000000004", "1e+21", "0"]
    body = "".join(f"<c><v>{text}</v></c>" for text in typed)
    row = one_row(raw_book(cell(body + '<c t="n"><v>1.1000000000000001</v></c>')), most_columns=20)
    shown = ["0.1", "1.1", "0.3", "4", "-2.5", "0.000001", "123456.654321", "0.3", "1" + "0" * 21, "0", "1.1"]
    assert row == Row(1, shown, "n" * 11)


@pytest.mark.parametrize("raw", ["NaN", "1e999999999", "INF", "1_000", "٣", "1e-400"])
def test_what_is_no_number_stays_as_it_is(raw):
    assert one_row(raw_book(cell(f"<c><v>{raw}</v></c>"))) == Row(1, [raw], "n")


def test_whole_numbers_from_a_program_that_writes_floats():
    assert one_row(raw_book(cell("<c><v>4.0</v></c><c><v>-0.0</v></c><c><v> 12 </v></c>"))).cells == ["4", "0", "12"]


def test_days_times_and_yes_or_no():
    moments = [datetime(2021, 7, 1), datetime(2021, 7, 1, 8, 30), time(8, 30), True, False]  # noqa: DTZ001 (cells)
    row = one_row(book_of({"甲": [moments]}))
    assert row == Row(1, ["2021-07-01", "2021-07-01 08:30:00", "08:30:00", "是", "否"], "dddbb")


def test_first_day_of_excel_and_the_other_calendar():
    formats = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    links = relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"))
    extra = {"xl/styles.xml": formats, "xl/_rels/workbook.xml.rels": links}
    days = cell('<c s="1"><v>1</v></c><c s="1"><v>59</v></c><c s="1"><v>61</v></c><c s="1"><v>9999999</v></c>')
    assert one_row(raw_book(days, extra)).cells == ["1900-01-01", "1900-02-28", "1900-03-01", "9999999"]
    book = parts_of("")["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert one_row(raw_book(cell('<c s="1"><v>0</v></c>'), extra | {"xl/workbook.xml": book})).cells == ["1904-01-01"]


@pytest.mark.parametrize(
    ("code", "is_day"),
    [("yyyy年m月d日", True), ("[$-804]aaaa;h:mm", True), ("[h]:mm", True), ('0"days"', False), ("[Red]0.00", False),
     ("G/通用格式", False), ("General", False), (r"0\d", False), ("@", False)],
)  # fmt: skip
def test_a_number_format_tells_days_from_numbers(code, is_day):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_number(0, 0, 44378, book.add_format({"num_format": code}))
    assert one_row(out.getvalue()).kinds == ("d" if is_day else "n")


def test_texts_keep_every_character():
    texts = ["1.10", "=1+1", " 甲\n乙 ", "a\rb\x07", "_x0041_", "𠮷", "'1"]
    data = book_of({"甲": [texts]})
    assert one_row(data) == Row(1, texts, "t" * 7)
    saved = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(book_of({"甲": [texts[:4]]}))).save(saved)
    assert one_row(saved.getvalue()) == Row(1, texts[:4], "t" * 4)


def test_rich_text_is_joined_and_readings_are_left_out():
    rich = "<is><r><t>甲</t></r><r><rPr/><t>乙</t></r><rPh><t>jia</t></rPh></is>"
    strings = f'<sst xmlns="{MAIN}"><si><r><t>丙</t></r><rPh><t>b</t></rPh></si><si/></sst>'
    links = relations(("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "/xl/sharedStrings.xml"))
    extra = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": links}
    body = cell(f'<c t="inlineStr">{rich}</c><c t="s"><v>0</v></c><c t="s"><v>1</v></c>')
    assert one_row(raw_book(body, extra)) == Row(1, ["甲乙", "丙"], "tt")


def test_other_namespaces_and_encodings_are_understood():
    strict = sheet_xml().replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
    prefixed = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    wide = sheet_xml().replace("UTF-8", "UTF-16").encode("utf-16")
    assert one_row(zipped(parts_of(strict))).cells == ["甲"]
    assert one_row(zipped(parts_of(prefixed))).cells == ["1"]
    assert one_row(zipped(parts_of("") | {"xl/worksheets/sheet1.xml": wide})).cells == ["甲"]


FORMULA = cell('<c r="A1"><f>1+1</f><v>2</v></c>')
HIDDEN_ROW = '<row r="7" hidden="1"><c r="B7"><v>1</v></c></row>'
HIDDEN_COLUMN = {"head": '<cols><col min="2" max="3" hidden="1"/></cols>'}
TWO = '<row r="1"><c r="C1"><v>1</v></c></row>'
MERGED = {"tail": '<mergeCells><mergeCell ref="B2:C3"/></mergeCells>'}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (raw_book(FORMULA), "甲表!A1含有公式"),
        (raw_book(**MERGED), "甲表!B2:C3已合并"),
        (raw_book(state="hidden"), "“甲表”被隐藏"),
        (raw_book(state="veryHidden"), "“甲表”被隐藏"),
        (raw_book(HIDDEN_ROW), "第7行被隐藏"),
        (raw_book(TWO, **HIDDEN_COLUMN), "第C列被隐藏"),
    ],
)
def test_what_hides_something_is_refused_with_its_cell(data, said):
    assert said in refusal(data)


def test_a_caller_may_allow_them():
    allowed = {"allow_formulas": True, "allow_merged": True, "allow_hidden": True}
    assert one_row(raw_book(FORMULA), **allowed).cells == ["2"]
    assert one_row(raw_book(**MERGED, state="hidden"), **allowed).cells == ["甲"]
    assert one_row(raw_book(HIDDEN_ROW), **allowed).number == 7


def test_hidden_but_empty_is_no_matter():
    (sheet,) = read_workbook(raw_book('<row r="2" hidden="1"><c r="A2" s="0"/></row>', **HIDDEN_COLUMN), **OFFER)
    assert sheet.rows == []


BIG = "xl/media/big"
LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha">]>'
HOSTILE = {
    "empty": (b"", "空的"),
    "more than 5 MB": (b"PK\x03\x04" + b"0" * 5 * 1024 * 1024, "5 MB"),
    "an old workbook, or a password": (b"\xd0\xcf\x11\xe0" + b"0" * 600, "密码"),
    "a pdf": (b"%PDF-1.7", "PDF"),
    "a csv": ("编号,名称\n".encode(), "损坏"),
    "a zip": (zipped({"a.txt": "a"}), "不是工作簿"),
    "a text document": (zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "不是工作簿"),
    "another office's table": (raw_book(extra={"mimetype": "application/vnd.oasis"}), "不是工作簿"),
    "a binary workbook": (raw_book(extra={"xl/workbook.bin": b"0"}), "不是工作簿"),
    "cut off": (raw_book()[:-80], "损坏"),
    "a part is missing": (zipped({k: v for k, v in parts_of("").items() if "sheet1" not in k}), "损坏"),
    "broken xml": (raw_book("<row>"), "损坏"),
    "no xml": (raw_book(extra={"xl/worksheets/sheet1.xml": b"\xff\xfe\0"}), "损坏"),
    "entities": (raw_book(before=LAUGHS), "损坏"),
    "entities in the other encoding": (
        raw_book(extra={"xl/worksheets/sheet1.xml": f"{LAUGHS}<a/>".encode("utf-16")}), "损坏"),
    "macros": (raw_book(extra={"xl/vbaProject.bin": b"0"}), "宏"),
    "old macros": (raw_book(extra={"xl/macrosheets/sheet1.xml": b"0"}), "宏"),
    "links to files": (raw_book(extra={"xl/externalLinks/externalLink1.xml": "<a/>"}), "链接"),
    "many parts": (raw_book(extra={f"xl/p{at}.xml": "<a/>" for at in range(201)}), "过大"),
    "60 MB": (raw_book(extra={BIG: b"0" * 60_000_000}), "过大"),
    "100 fold": (raw_book(extra={BIG: b"0" * 2_000_000}), "过大"),
    "a million rows claimed": (raw_book(head='<dimension ref="A1:XFD1048576"/>'), "“甲表”超过100行"),
    "many columns claimed": (raw_book(head='<dimension ref="A1:XFD1"/>'), "“甲表”超过10列"),
    "a cell far away": (raw_book(FAR), "“甲表”超过100行"),
    "a cell far right": (raw_book(cell('<c r="XFD1"><v>1</v></c>')), "“甲表”超过10列"),
    "many rows": (raw_book(ROW + "<row/>" * 200), "“甲表”超过100行"),
    "many cells": (raw_book(cell("<c><v>1</v></c>" * 11)), "“甲表”超过10列"),
    "many sheets": (book_of({str(at): [] for at in range(4)}), "有4个工作表，最多读取3个"),
    "an error": (raw_book(cell('<c r="A1" t="e"><v>#REF!</v></c>')), "甲表!A1显示错误值#REF!"),
    "a long text": (raw_book(cell(f'<c r="A1" t="str"><v>{"长" * 32_768}</v></c>')), "甲表!A1的文字超过32767"),
    "a cell twice": (raw_book(cell('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>')), "损坏"),
    "a row twice": (raw_book(ROW + ROW), "损坏"),
    "a text that is not there": (raw_book(cell('<c t="s"><v>7</v></c>')), "损坏"),
    "a column without a name": (raw_book(cell('<c r="甲1"><v>7</v></c>')), "损坏"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_workbook_is_refused_with_a_sentence(case):
    data, said = HOSTILE[case]
    message = refusal(data)
    assert said in message
    assert message.endswith(("。", "）。"))


def encrypted(data: bytes) -> bytes:
    """The flag of a password set on every part, as a zip program would."""
    changed = bytearray(data)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(sign, at + 4)
    return bytes(changed)


def test_a_zip_under_a_password_is_refused():
    assert "密码" in refusal(encrypted(raw_book()))


def test_the_same_name_twice_in_the_zip_is_refused():
    out = io.BytesIO(raw_book())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    assert "损坏" in refusal(out.getvalue())


# --- memory and time, by the limits that the process has and by what it used


def noise(size: int) -> str:
    """Text that does not compress, so that a bomb around it passes for an honest file."""
    return base64.b64encode(random.Random(1).randbytes(3 * size)).decode()


def texts_book(strings: str, body: str) -> bytes:
    links = relations(("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"))
    content = f'<sst xmlns="{MAIN}">{strings}</sst>'
    return raw_book(body, {"xl/sharedStrings.xml": content, "xl/_rels/workbook.xml.rels": links})


def long_text_everywhere() -> bytes:
    """One text of 30,000 characters that 5,000 cells name: 150 million characters."""
    rows = "".join(f"<row>{'<c t=$s$><v>0</v></c>' * 50}</row>" for _ in range(100)).replace("$", '"')
    return texts_book(f"<si><t>{'长' * 30_000}</t></si>", rows)


BOMBS = {
    "long text in every cell": (long_text_everywhere, "文字过多"),
    "millions of empty texts": (lambda: texts_book(f"<si><t>{noise(150_000)}</t></si>" + "<si/>" * 4_000_000, ROW), ""),
    "millions of tags": (lambda: raw_book(cell(f"<!--{noise(150_000)}-->" + "<a/>" * 9_000_000)), "过大"),
    "deep nesting": (lambda: raw_book(cell(f"<!--{noise(150_000)}-->" + "<a>" * 9_000_000)), ""),
    "one long text": (lambda: raw_book(cell(f"<c><v><!--{noise(300_000)}-->{'1' * 40_000_000}</v></c>")), ""),
    "one long attribute": (lambda: raw_book(cell(f'<!--{noise(300_000)}--><c r="{"1" * 40_000_000}"/>')), ""),
}


@pytest.mark.parametrize("case", BOMBS)
def test_bomb_is_refused(case):
    make, said = BOMBS[case]
    assert said in refusal(make(), most_columns=60)


MEASURE = """
import json, resource, subprocess, sys
data = sys.stdin.buffer.read()
done = subprocess.run([sys.executable, "-I", "-S", *sys.argv[1:]], input=data, stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss * 1024, used.ru_utime + used.ru_stime, done.stdout[-40:].decode(errors="replace")]))
"""


def measured(data: bytes, **offer: object) -> tuple[int, float, str]:
    """Peak memory and processor seconds of the reading process, and the end of what it said."""
    allowed = {"only_first": False, "allow_merged": False, "allow_formulas": False, "allow_hidden": False}
    command = [sys.executable, "-I", "-S", "-c", MEASURE, str(READER), json.dumps(OFFER | allowed | offer)]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True)
    return tuple(json.loads(done.stdout))


def test_the_limits_are_those_of_the_specification():
    assert limits.MEMORY_BYTES == LARGEST_BYTES
    assert limits.CPU_SECONDS < 5


@pytest.mark.parametrize("case", BOMBS)
def test_bomb_stays_within_200_megabytes_and_5_seconds(case):
    used, seconds, _said = measured(BOMBS[case][0](), most_columns=60)
    assert used <= LARGEST_BYTES
    assert seconds <= limits.CPU_SECONDS + 1


def test_the_largest_honest_workbook_is_read_within_them():
    rnd = random.Random(2)
    rows = (
        f"<row>{''.join(f'<c><v>{rnd.randrange(10**9)}.25</v></c>' for _ in range(60))}</row>" for _ in range(5_000)
    )
    used, _seconds, said = measured(raw_book("".join(rows)), most_rows=10_000, most_columns=60)
    assert used <= LARGEST_BYTES
    assert said.endswith('{"end":true}\n')
