"""`manage.py scheme` with workbooks: check, import, export, score."""

import io
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from assessments.schemes.filekinds import read_scheme, write_scheme
from assessments.schemes.models import SchemeVersion
from assessments.scoring import Scheme

TEMPLATE = Path("fixtures/schemes/template.yaml")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "方案.xlsx"
    path.write_bytes(write_scheme(Scheme.from_data(read_scheme("a.yaml", TEMPLATE.read_bytes()).data), "xlsx"))
    return path


def spoil(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["指标"]["D5"], book["指标"]["D6"] = "四", "五"
    book.save(path)


def test_check_says_the_same_of_both_kinds(book, capsys):
    call_command("scheme", "check", str(TEMPLATE))
    call_command("scheme", "check", str(book))
    first, second = capsys.readouterr().out.splitlines()
    assert first == second == "党支部星级考评标准（填写范例） 2026.1：一级指标3个，计分指标9个，检查无误。"


def test_check_lists_problems_by_cell(book):
    spoil(book)
    errors = io.StringIO()
    with pytest.raises(CommandError, match="2个问题"):
        call_command("scheme", "check", str(book), stderr=errors)
    assert [line.split(": ")[0] for line in errors.getvalue().splitlines()] == ["指标!D5", "指标!D6"]


def test_a_file_that_is_refused_as_a_whole_is_one_sentence(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7")
    with pytest.raises(CommandError, match="PDF"):
        call_command("scheme", "check", str(tmp_path / "a.xlsx"))


@pytest.mark.django_db
def test_import_and_export_give_the_same_workbook_back(book, tmp_path):
    call_command("scheme", "import", str(book))
    version = SchemeVersion.objects.get(scheme__code="fanli", version="2026.1")
    out = tmp_path / "out.xlsx"
    call_command("scheme", "export", "fanli", "2026.1", "--format", "xlsx", "--out", str(out))
    assert Scheme.from_data(read_scheme("a.xlsx", out.read_bytes()).data) == Scheme.from_data(version.content)
    with pytest.raises(CommandError, match="--out"):
        call_command("scheme", "export", "fanli", "2026.1", "--format", "xlsx", stdout=io.StringIO())


@pytest.mark.django_db
def test_nothing_is_imported_from_a_workbook_with_a_problem(book):
    spoil(book)
    with pytest.raises(CommandError):
        call_command("scheme", "import", str(book), stderr=io.StringIO())
    assert not SchemeVersion.objects.exists()


def test_score_reads_a_workbook_and_touches_no_database(book, tmp_path):
    marks = tmp_path / "marks.csv"
    header = "branch,period,stage,indicator,criterion,value,matter,waived,reason"
    marks.write_text(f"{header}\n甲支部,Q1,review,1.1,,0,,,\n", encoding="utf-8")
    branches = tmp_path / "branches.csv"
    branches.write_text("branch,sector,committee,exempt,previous_stars\n甲支部,organ,,,\n", encoding="utf-8")
    results = []
    for scheme in (str(TEMPLATE), str(book)):
        command = [sys.executable, "manage.py", "scheme", "score", scheme, str(marks), "--branches", str(branches)]
        environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr.decode()
        results.append(done.stdout)
    assert results[0] == results[1]
    assert "missing" in results[0].decode()
