"""`manage.py scheme check|score` end to end: no database, every error with its line, no half-written result."""

import csv
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.schemes.files import write_scheme_yaml
from assessments.scoring import Scheme

from .helpers import BANDS, COLUMNS, entry, make, table

DEMO = "fixtures/schemes/demo-wuqiang.yaml"
CRITERIA = [
    {"code": "a", "text": "缺课", "points": "0.5"},
    {"code": "r", "text": "未完成", "range": [3, 4]},
    {"code": "g", "text": "党小组会", "points": 1, "applies_if": "has_groups"},
]
SCHEME = make(
    {"code": "1", "name": "扣分", "points": 20, "rule": "deduct", "criteria": CRITERIA},
    {"code": "2", "name": "选择", "points": 20, "rule": "choice", "criteria": CRITERIA[:1]},
    {"code": "3", "name": "比率", "points": 20, "rule": "measure", "bands": [{"from": "0.9", "points": 20}]},
    entry("4", 20, due=["Q2"]),
    {"code": "5", "name": "酌情", "points": 20, "rule": "entry", "sectors": ["organ"]},
    {"code": "6", "name": "测评", "points": 20, "rule": "poll", "sectors": ["village"]},
    sectors=["organ", "village"],
    components=[{"source": "review", "weight": "0.8"}, {"source": "meeting", "weight": "0.2"}],
    bonus={"items": [{"code": "B1", "text": "奖", "levels": {"省级": 2}}, {"code": "B2", "text": "篇", "points": 1}]},
    veto=[{"code": "V1", "text": "否", "effect": {"max_stars": 2}}],
    flags=[{"code": "F1", "text": "创新"}],
    bands=BANDS,
    year={"periods": ["Q1", "Q2"], "method": "mean", "missing": "skip"},
)
BRANCHES = [("甲", "organ", "", "", "3"), ("乙", "village", "机关党委", "", "")]
BRANCH_COLUMNS = ("branch", "sector", "committee", "exempt", "previous_stars")
GOOD = [
    ("甲", "Q1", "review", "1", "a", "3"),
    ("甲", "Q1", "review", "1", "r", "3.5", "", "yes", "自查发现并已纠正"),
    ("甲", "Q1", "review", "2", "a", "1"),
    ("甲", "Q1", "review", "3", "", "37/40"),
    ("甲", "Q1", "review", "5", "", "18.5"),
    ("甲", "Q1", "meeting", "", "", "90"),
    ("甲", "Q1", "review", "B1", "省级", "1", "文一"),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scheme.yaml").write_text(write_scheme_yaml(SCHEME), encoding="utf-8")
    (tmp_path / "branches.csv").write_bytes(table(BRANCHES, BRANCH_COLUMNS))
    return tmp_path


def run(folder, marks, *, columns=COLUMNS, branches="branches.csv"):
    """Exit text and the lines of the error output; results in out.csv."""
    content = marks if isinstance(marks, bytes) else table(marks, columns)
    (folder / "marks.csv").write_bytes(content)
    errors = StringIO()
    names = [str(folder / "scheme.yaml"), str(folder / "marks.csv"), "--out", str(folder / "out.csv")]
    if branches:
        names += ["--branches", str(folder / branches)]
    try:
        call_command("scheme", "score", *names, stderr=errors)
    except CommandError as error:
        return str(error), errors.getvalue().splitlines()
    return "", errors.getvalue().splitlines()


def test_marks_become_results(folder):
    assert run(folder, GOOD) == ("", [])
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "branch", "period", "status", "review", "meeting", "base", "bonus", "penalty", "total", "graded", "stars",
        "grade", "rank_all", "rank_sector", "reasons",
    ]  # fmt: skip
    # 甲: 18.5 + 0.5 + 20 + 18.5 = 57.5 of 80 points due (4 is due in Q2): 57.5 × 0.8 + 90 × 0.2 = 64, + 2
    assert list(rows[1].values()) == [
        "甲", "Q1", "rated", "57.50", "90.00", "64.00", "2.00", "0.00", "66.00", "66", "2", "二星", "1", "1", "",
    ]  # fmt: skip
    assert [(row["branch"], row["period"], row["status"]) for row in rows] == [
        ("乙", "Q1", "missing"),
        ("甲", "Q1", "rated"),
        ("乙", "year", "missing"),
        ("甲", "year", "rated"),
    ]
    assert rows[0]["reasons"] == (
        "missing:review/1; missing:review/2; missing:review/3; missing:review/6; missing:meeting"
    )


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (("丙", "Q1", "review", "1", "", "0"), "branch", "丙"),
        (("甲", "Q9", "review", "1", "", "0"), "period", "Q9"),
        (("甲", "Q1", "boss", "1", "", "0"), "stage", "boss"),
        (("甲", "Q1", "review", "7", "", "0"), "indicator", "7"),
        (("甲", "Q1", "self", "1", "z", "1"), "criterion", "z"),
        (("甲", "Q1", "self", "1", "a", "-1"), "value", "-1"),
        (("甲", "Q1", "self", "1", "a", "1000000000"), "value", "1000000000"),
        (("甲", "Q1", "self", "1", "a", "1.5"), "value", "1.5"),
        (("甲", "Q1", "self", "1", "a", "NaN"), "value", "NaN"),
        (("甲", "Q1", "self", "1", "", "1"), "criterion", "a、r、g"),
        (("甲", "Q1", "self", "1", "", "NA"), "value", "1"),
        (("甲", "Q1", "self", "1", "r", "0"), "value", "0"),
        (("甲", "Q1", "self", "1", "r", "4.5"), "value", "4.5"),
        (("甲", "Q1", "self", "1", "a", "1", "", "yes"), "reason", ""),
        (("甲", "Q1", "self", "2", "a", "2"), "value", "2"),
        (("甲", "Q1", "self", "3", "", "1/0"), "value", "1/0"),
        (("甲", "Q1", "self", "3", "", "0.0000001"), "value", "0.0000001"),
        (("甲", "Q1", "self", "5", "", "0.005"), "value", "0.5"),
        (("甲", "Q1", "self", "5", "", "20.5"), "value", "20.5"),
        (("甲", "Q1", "self", "5", "", ""), "value", ""),
        (("甲", "Q1", "self", "4", "", "1"), "indicator", "Q1"),
        (("甲", "Q1", "poll", "6", "", "80"), "indicator", "organ"),
        (("乙", "Q1", "poll", "6", "", "101"), "value", "101"),
        (("乙", "Q1", "review", "6", "", "80"), "stage", "poll"),
        (("甲", "Q1", "meeting", "", "", "90"), "indicator", "7"),  # the line that says it already
        (("甲", "Q1", "review", "1", "a", "3"), "indicator", "2"),
        (("甲", "Q1", "review", "B1", "省级", "1", "文一"), "indicator", "8"),
        (("甲", "Q1", "review", "B1", "县级", "1", "文二"), "criterion", "县级"),
        (("甲", "Q1", "review", "B2", "省级", "1", "文二"), "criterion", "省级"),
        (("甲", "Q1", "peer", "", "", "100.5"), "value", "100.5"),
        (("甲", "Q1", "poll", "@top_share", "", "1.01"), "value", "1.01"),
        (("甲", "Q1", "poll", "@luck", "", "1"), "indicator", "@luck"),
        (("甲", "Q1", "review", "V1", "", "2"), "value", "2"),
        (("甲", "year", "review", "1", "a", "1"), "period", "1"),
        (("甲", "2026Q2", "self", "1", "a", "1"), "period", "2026Q2"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_no_result_is_written(folder, line, column, words):
    message, errors = run(folder, [*GOOD, line])
    assert message
    assert len(errors) == 1, errors
    assert errors[0].startswith(f"marks.csv 第9行 {column} 列: ")
    assert words in errors[0].partition(": ")[2]
    assert not (folder / "out.csv").exists()


def test_all_bad_lines_are_named_at_once(folder):
    _, errors = run(folder, [("丙", "Q1", "review", "1", "", "0"), *GOOD, ("甲", "Q1", "review", "1", "a", "x")])
    assert [error.partition(" 列")[0] for error in errors] == ["marks.csv 第2行 branch", "marks.csv 第10行 indicator"]


def test_an_old_result_survives_a_bad_file(folder):
    (folder / "out.csv").write_text("old")
    run(folder, [("丙", "Q1", "review", "1", "", "0")])
    assert (folder / "out.csv").read_text() == "old"
    assert {path.name for path in folder.iterdir()} == {"scheme.yaml", "branches.csv", "marks.csv", "out.csv"}


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([("甲", "organ"), ("甲", "organ")], "第3行 branch 列"),
        ([("甲", "city")], "第2行 sector 列"),
        ([("甲", "")], "第2行 sector 列"),
        ([("甲", "organ", "", "", "many")], "第2行 previous_stars 列"),
        ([("", "organ")], "第2行 branch 列"),
        ([("甲", "organ", "", "", "9")], "第2行 previous_stars 列: 9星超过了考评标准的最高星级。请填写0到5的整数"),
        ([("甲", "organ", "", "", "-1")], "第2行 previous_stars 列"),
    ],
)
def test_bad_branches_are_named_too(folder, rows, place):
    (folder / "branches.csv").write_bytes(table(rows, BRANCH_COLUMNS))
    _, errors = run(folder, [])
    assert [place in error for error in errors] == [True]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"branch,period\n", "第1行 indicator 列"),
        (b"branch,period,stage,indicator,value,colour\n", "第1行 colour 列"),
        (b"branch,period,stage,indicator,value,value\n", "第1行 value 列"),
        (b'branch,period,stage,indicator,value\n\n\xe7\x94\xb2,Q1,"review"x,1,0\n', "第3行"),
        (b"branch,period,stage,indicator,value\na,b,c,d,e,f\n", "第2行"),
        (b"\xff\xfe\x00\x01\x02\x81", "第1行"),
    ],
)
def test_files_that_are_no_marks_are_refused(folder, content, place):
    _, errors = run(folder, content)
    assert any(place in error for error in errors), errors


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_files_from_excel_and_wps_are_read(folder, encoding, ending):
    text = table(GOOD, COLUMNS).decode().replace("\r\n", ending)
    assert run(folder, text.encode(encoding)) == ("", [])


def test_a_rare_character_of_gb18030_is_read(folder):
    rows = [(row[0].replace("甲", "𠮷"), *row[1:]) for row in GOOD]
    (folder / "branches.csv").write_bytes(table([("𠮷", "organ")], BRANCH_COLUMNS).decode().encode("gb18030"))
    assert run(folder, table(rows, COLUMNS).decode().encode("gb18030")) == ("", [])
    assert "𠮷,Q1,rated" in (folder / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("sign", "shown"), [(";", "“;”"), ("\t", "“Tab”"), ("，", "“，”")])
def test_other_delimiters_are_named_once(folder, sign, shown):
    _, errors = run(folder, table(GOOD, COLUMNS).decode().replace(",", sign).encode())
    assert [error.startswith("marks.csv 第1行: ") and shown in error for error in errors] == [True]


def test_an_unreadable_file_of_branches_does_not_make_every_mark_wrong(folder):
    (folder / "branches.csv").write_bytes(b"branch;sector\n")
    _, errors = run(folder, GOOD)
    assert [error.partition(":")[0] for error in errors] == ["branches.csv 第1行"]


def test_a_criterion_that_does_not_apply_is_not_asked(folder):
    columns = (*BRANCH_COLUMNS, "has_groups")
    (folder / "branches.csv").write_bytes(table([("甲", "organ", "", "", "", "否")], columns))
    _, errors = run(folder, [("甲", "Q1", "self", "1", "g", "1")])
    assert len(errors) == 1
    assert "g" in errors[0]


def test_without_branches_a_scheme_by_sector_asks_for_them(folder):
    message, errors = run(folder, GOOD, branches=None)
    assert message
    assert len([error for error in errors if "领域" in error]) >= 1


def test_check_prints_a_summary_or_all_problems(folder, capsys):
    call_command("scheme", "check", DEMO)
    assert "26" in capsys.readouterr().out
    text = (folder / "scheme.yaml").read_text(encoding="utf-8")
    (folder / "bad.yaml").write_text(text.replace("method: mean", "method: guess").replace("points: 20", "points: 19"))
    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("scheme", "check", str(folder / "bad.yaml"), stderr=errors)
    lines = errors.getvalue().splitlines()
    assert any(line.startswith("year.method: ") and "guess" in line for line in lines)
    assert any(line.startswith("full_marks: ") for line in lines)
    with pytest.raises(CommandError, match=r"missing\.yaml"):
        call_command("scheme", "check", str(folder / "missing.yaml"))


def test_no_database_is_needed(folder):
    (folder / "marks.csv").write_bytes(table(GOOD, COLUMNS))
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", "scheme", "score", str(folder / "scheme.yaml"), str(folder / "marks.csv")]
    command += ["--branches", str(folder / "branches.csv")]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[2].startswith("甲,Q1,rated,57.50,90.00,64.00,2.00")
    command[3:] = ["check", str(folder / "marks.csv")]
    assert subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False).returncode == 1


def test_the_engine_imports_no_django():
    code = "import assessments.scoring, sys; sys.exit(any(name.startswith('django') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_scheme_written_by_us_is_read_by_us():
    assert Scheme.from_data(SCHEME.to_data()) == SCHEME
    assert Path(DEMO).exists()


def test_a_file_that_is_not_there_is_said_in_chinese(folder):
    with pytest.raises(CommandError, match="无法读取：没有这个文件或文件夹"):
        call_command("scheme", "check", str(folder / "none.yaml"))
