"""One ranking on the screen, as XLSX, CSV and PDF: the same figures everywhere."""

import csv
import io
import re
from dataclasses import replace

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied

from assessments.cycles.models import Cycle
from assessments.reports import services
from assessments.reports.ranking_paper import FIRST_PAGE_ROWS, PAGE_ROWS, page_count, ranking_pdf
from assessments.reports.ranking_report import mean_up, ranking_report, unit_lines
from assessments.results.models import Result
from branchportal.errors import PortalError
from branchportal.figures import points_text
from tests.factories.earlier import make_earlier


def sheet_rows(found: bytes, name: str = "排名表") -> list[list]:
    sheet = openpyxl.load_workbook(io.BytesIO(found))[name]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def csv_rows(found: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(found.decode("utf-8-sig"), newline="")))


def test_screen_and_all_files_show_the_same_figures(tally, office, work, content, pdf_text, sign_in):
    made = {kind: content(work(services.request_ranking(actor=office, tally=tally, kind=kind))) for kind in
            ("xlsx", "csv", "pdf")}  # fmt: skip
    stored = [
        (row.rank_all, row.branch.code, row.branch.name, points_text(row.total_up), row.stars)
        for row in Result.objects.filter(tally=tally).for_table().order_by("position")
    ]
    assert [row[3] for row in stored] == ["99.00", "96.00", "95.00", "—"]
    xlsx = sheet_rows(made["xlsx"])[1:5]
    as_text = [(row[0], row[2], row[3], "—" if row[10] is None else f"{row[10]:.2f}", row[12]) for row in xlsx]
    assert as_text == stored
    from_csv = [
        (int(row[0]) if row[0] else None, row[2].lstrip("'"), row[3].lstrip("'"), row[10] or "—",
         int(row[12]) if row[12] else None)
        for row in csv_rows(made["csv"])[1:]
    ]  # fmt: skip
    assert from_csv == stored
    _pages, text = pdf_text(made["pdf"])
    screen = re.sub(r"<[^>]+>|\s", "", sign_in(office).get("/results/ranking/", {"tally": tally.pk}).content.decode())
    for _rank, _code, name, total, _stars in stored:
        assert name in text
        assert name in screen
        assert total in text
        assert total in screen


def test_workbook_is_ready_to_use(tally, office, work, content):
    book = openpyxl.load_workbook(
        io.BytesIO(content(work(services.request_ranking(actor=office, tally=tally, kind="xlsx"))))
    )
    sheet = book["排名表"]
    assert book.sheetnames == ["排名表", "单位汇总表", "说明"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:O5")
    assert sheet["K2"].number_format == "0.00"
    assert sheet["M2"].fill.start_color.rgb == "FFF7D774"
    assert [sheet["C3"].value, sheet["C3"].data_type] == ["000012345678", "s"]
    assert [sheet["D3"].value, sheet["D3"].data_type] == ["=1+1党支部", "s"]
    assert sheet.column_dimensions["D"].width > 30
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_csv_defuses_formulas_and_keeps_codes(tally, office, work, content):
    found = content(work(services.request_ranking(actor=office, tally=tally, kind="csv")))
    assert found.startswith(b"\xef\xbb\xbf")
    assert csv_rows(found)[2][2:4] == ["'000012345678", "'=1+1党支部"]


def test_units_are_summed_up(tally, office, city, work, content):
    Result.objects.filter(tally=tally, branch=city.far_branch).update(is_late=True, is_vetoed=True)
    rows = sheet_rows(content(work(services.request_ranking(actor=office, tally=tally, kind="xlsx"))), "单位汇总表")
    heads = rows[0]
    near, far, total = (dict(zip(heads, row, strict=True)) for row in rows[1:4])
    assert (near["单位"], near["支部数"], near["平均总分"], near["五星"], near["缺总分"]) == ("市发展局", 2, 97.5, 1, 0)
    assert (far["支部数"], far["平均总分"], far["一票否决"], far["迟报"], far["缺总分"]) == (2, 95, 1, 1, 1)
    assert (total["单位"], total["支部数"], total["平均总分"]) == ("合计", 4, 96.67)


@pytest.mark.parametrize(("totals", "mean"), [([], None), ([1], 1), ([1, 2], 2), ([1, 1, 2], 1), ([0, 0, 1], 0)])
def test_mean_is_rounded_half_up_once(totals, mean):
    assert mean_up(totals) == mean


def test_unit_narrows_down(tally, office, city):
    report = ranking_report(tally=tally, user=office, unit=city.far_branch.unit)
    assert {row.unit for row in report.rows} == {city.far_branch.unit}
    assert [line.name for line in unit_lines(report)] == ["市教育局"]


def test_everybody_gets_what_they_see(published, office, authority, auditor, reviewer, secretary, outsider, sysadmin):
    seen = {
        user.username: len(ranking_report(tally=published, user=user).rows)
        for user in (office, authority, auditor, reviewer, secretary)
    }
    assert seen == {"office": 4, "authority": 4, "auditor": 4, "reviewer": 2, "secretary": 1}
    for user in (outsider, sysadmin):
        with pytest.raises(PermissionDenied):
            services.request_ranking(actor=user, tally=published, kind="xlsx")


def test_candidates_stay_with_the_office(tally, office, secretary, reviewer, inspector):
    assert services.request_ranking(actor=office, tally=tally, kind="pdf").status == "queued"
    for user in (secretary, reviewer, inspector):
        with pytest.raises(PermissionDenied):
            services.request_ranking(actor=user, tally=tally, kind="pdf")


def test_unknown_format_is_refused(tally, office):
    with pytest.raises(PortalError):
        services.request_ranking(actor=office, tally=tally, kind="doc")


@pytest.mark.parametrize("count", [0, 1, FIRST_PAGE_ROWS, FIRST_PAGE_ROWS + 1, FIRST_PAGE_ROWS + PAGE_ROWS + 1])
def test_pages_are_known_beforehand(tally, office, count, pdf_text):
    report = ranking_report(tally=tally, user=office)
    row = report.rows[0]
    row.branch.name = row.unit.name = "市人力资源和社会保障局机关事业单位养老保险中心第二党支部" * 2
    row.sector.name, row.status, row.is_late = "离退休和其他党员所在领域", Result.Status.MISSING, True
    row.reasons = [{"code": "not_approved", "status": "draft"}, {"code": "veto"}]
    heard = []
    report = replace(report, rows=[row] * count)
    pages, text = pdf_text(ranking_pdf(report, heard.append).content)
    assert (pages, heard[-1]) == (page_count(count), count)
    assert f"第{pages}页共{pages}页" in text
    assert text.count("名次党支部单位") == pages


def test_long_list_is_set_in_parts(tally, office, pdf_text, monkeypatch):
    monkeypatch.setattr("assessments.reports.ranking_paper.PART_PAGES", 1)
    report = ranking_report(tally=tally, user=office)
    report = replace(report, rows=list(report.rows) * 20)
    heard = []
    pages, text = pdf_text(ranking_pdf(report, heard.append).content)
    assert (pages, heard) == (3, [26, 56, 80])
    assert [f"第{page}页共3页" in text for page in (1, 2, 3)] == [True] * 3
    assert text.count("考核评价结果排名表") == 1


def test_year_shows_its_quarters(year, office, city, work, content):
    """(95.00 + 96.00 + 97.00 + 99.00) / 4 = 96.75; the others lack quarters."""
    found = content(work(services.request_ranking(actor=office, tally=year, kind="csv")))
    heads, first, *others = csv_rows(found)
    assert heads[7:12] == ["2026年第1季度", "2026年第2季度", "2026年第3季度", "2026年第4季度", "总分"]
    assert first[7:12] == ["95.00", "96.00", "97.00", "99.00", "96.75"]
    assert [row[11] for row in others] == ["", "", ""]
    assert {row[-1].split("、")[0] for row in others} == {"缺总分"}


def test_year_counts_years_in_a_row_and_marks_imported_ones(year, office, city, work, content):
    stars = Result.objects.get(tally=year, branch=city.branch).stars
    for before, given in ((2023, 5), (2024, 4), (2025, 5)):
        make_earlier(city.branch, before, given, owner=office)
    heads, first, *others = csv_rows(content(work(services.request_ranking(actor=office, tally=year, kind="csv"))))
    assert (stars, heads[15:18]) == (4, ["连续五星年数", "连续四星以上年数", "备注"])
    assert (first[15:17], "连续年数含原始数据" in first[17]) == (["0", "4"], True)
    assert [row[15:17] for row in others] == [["", ""]] * 3
    about = dict(sheet_rows(content(work(services.request_ranking(actor=office, tally=year, kind="xlsx"))), "说明"))
    assert "本系统启用前" in about["原始数据"]


def test_progress_cycle_shows_what_the_score_would_open(tally, office, city, work, content):
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="progress")
    Result.objects.filter(tally=tally).update(stars=None, grade="")
    rows = csv_rows(content(work(services.request_ranking(actor=office, tally=tally, kind="csv"))))
    assert rows[0][12] == "得分可达星级"
    assert [row[12] for row in rows[1:]] == ["5", "5", "5", ""]
