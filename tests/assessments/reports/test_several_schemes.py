"""What lists and statistics show of a tally over several schemes: no figure over all, ranks within the sector.

99.00 and 96.00 in the near committee under the first scheme; 95.00 and 94.00 in the far one, the latter a village
under a scheme of its own.
"""

import io
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import docx
import openpyxl
import pytest

from assessments.cycles.models import Cycle, YearPlan
from assessments.reports import ranking_paper
from assessments.reports.branch_files import branch_xlsx
from assessments.reports.branch_paper import branch_pdf
from assessments.reports.ranking_files import ranking_xlsx
from assessments.reports.ranking_paper import ranking_pdf
from assessments.reports.ranking_report import ranking_report, total_line, unit_lines
from assessments.reports.result_paper import result_paper
from assessments.reports.result_report import RELATED, _ranked, branch_report
from assessments.reports.result_years import years_of
from assessments.reports.yearbook import department
from assessments.reports.yearbook.department import department_summary
from assessments.reports.yearbook.department_page import department_document
from assessments.reports.yearbook.periods import Period
from assessments.reports.yearbook.year import year_statistics
from assessments.reports.yearbook.year_page import year_document
from assessments.results.earlier.history import YearLine
from assessments.results.models import Result, Tally
from assessments.results.notices.papers import make_paper
from assessments.sheets.models import Sheet
from branches.models import Branch
from branchportal.figures import points_text
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.branches import make_sector
from tests.factories.mixed import give_sector
from tests.factories.results import BEST, make_approved, make_tally
from tests.factories.schemes import SCHEME, make_scheme

MICRO = 1_000_000


@pytest.fixture
def mixed(city, inspector, office) -> object:
    village = make_sector("village", "村")
    other = make_scheme(code="rural", name="村党组织考评标准", bands=SCHEME["bands"])
    Branch.objects.filter(pk=city.farther_branch.pk).update(sector=village)
    Sheet.objects.filter(pk=city.farther_sheet.pk).update(sector=village, scheme_version=other)
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    give_sector(city.cycle.plan, village, other)
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for sheet, points in zip(sheets, (10, 9, 8, 7), strict=True):
        sheet.refresh_from_db()
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


def test_statistics_name_no_figure_over_several_schemes(city, mixed, office):
    year = year_statistics(user=office, plan=mixed.plan)
    assert (year.whole.is_mixed, year.whole.ranked, year.whole.mean_up, year.whole.best_up) == (True, 4, None, None)
    assert dict(year.whole.bins) == {}
    assert sum(year.whole.stars.values()) == 4
    means = {group.name: group.spread.mean_up for group in year.organizations}
    near, far = city.committee.name, city.other_committee.name
    assert (means[far], means[near] is not None) == (None, True)
    assert all(group.spread.mean_up is not None for group in year.sectors)
    sections = {section.key: section for section in year_document(year).sections}
    assert "不作横向比较" in sections["distribution"].empty
    assert "不作横向比较" in sections["organizations"].note


def test_a_department_sees_ranks_in_the_sector_and_no_mean_of_the_city(city, mixed, office):
    found = department_summary(user=office, organization=city.committee, period=Period(mixed.plan, mixed.cycle))
    assert (found.own.mean_up is not None, found.city.mean_up) == (True, None)
    assert [line.rank for line in found.lines] == list(
        Result.objects.filter(tally=mixed, organization=city.committee).order_by("position").values_list(
            "rank_sector", flat=True
        )
    )  # fmt: skip
    branches = department_document(found).sections[-1]
    assert branches.columns[0].heading == "领域内名次"


@pytest.mark.parametrize(
    ("years", "mixed_ones", "full_marks", "expected"),
    [
        ((1, 1), (True, True), (100, 100), True),
        ((2, 1), (False, False), (100, 100), True),
        ((2, 1), (False, True), (100, 100), False),
        ((2, 1), (False, False), (120, 100), False),
    ],
)
def test_totals_of_two_years_are_compared_on_one_scale_only(years, mixed_ones, full_marks, expected, monkeypatch):
    def scheme_of(full: int) -> SimpleNamespace:
        return SimpleNamespace(full_marks_up=full)

    monkeypatch.setattr(department, "engine_scheme", scheme_of)
    now, then = (
        SimpleNamespace(plan_id=plan, is_mixed=is_mixed, plan=SimpleNamespace(scheme_version=full))
        for plan, is_mixed, full in zip(years, mixed_ones, full_marks, strict=True)
    )
    assert department._are_comparable(now, then) is expected


def test_files_name_no_mean_over_several_schemes(city, mixed, office):
    report = ranking_report(tally=mixed, user=office)
    assert [line.mean_up is None for line in unit_lines(report)] == [False, True]
    assert total_line(report).mean_up is None
    about = dict(openpyxl.load_workbook(io.BytesIO(ranking_xlsx(report)))["说明"].iter_rows(values_only=True))
    assert "村党组织考评标准" in about["考评标准"]
    paper = docx.Document(io.BytesIO(make_paper(mixed, "proposals").content))
    table = [[cell.text for cell in row.cells] for row in paper.tables[0].rows]
    assert (table[0][0], {row[0] for row in table[1:]}) == ("领域名次", {"1", "2", "3"})


def test_screen_paper_and_workbook_rank_within_the_sector_and_say_why(city, mixed, office, sign_in, pdf_text):
    said = "各领域适用不同的考评标准，分数不作横向比较，不排全部名次。名单按考评标准依次列出，党支部只在本领域内排名。"
    assert said in sign_in(office).get(f"/results/{mixed.pk}/").content.decode()
    report = ranking_report(tally=mixed, user=office)
    book = openpyxl.load_workbook(io.BytesIO(ranking_xlsx(report)))
    heads, *lines = book["排名表"].iter_rows(values_only=True)
    assert (heads[:2], sorted(row[0] for row in lines)) == (("领域名次", "支部编码"), [1, 1, 2, 3])
    assert said in dict(book["说明"].iter_rows(values_only=True))["说明"]
    pages, text = pdf_text(ranking_pdf(report).content)
    assert (pages, said in text, "领域名次党支部单位" in text, "名次领域名次" in text) == (1, True, True, False)
    first = ranking_paper.FIRST_PAGE_ROWS
    full = replace(report, rows=[report.rows[0]] * (first + 1))
    pages, text = pdf_text(ranking_pdf(full).content)
    assert (pages, text.count("领域名次党支部单位")) == (2, 2)


def test_the_report_of_a_branch_says_in_small_print_why_it_has_no_rank_of_all(city, mixed):
    result = Result.objects.select_related(*RELATED).get(tally=mixed, branch=city.branch)
    figures = result_paper(branch_report(result)).outcome
    assert figures[-1] == ("全部名次（各领域标准不同，不排）", "—")


def test_places_are_counted_among_the_branches_of_the_scheme(city, mixed):
    own, last = (Result.objects.get(tally=mixed, branch=branch) for branch in (city.branch, city.farther_branch))
    assert [_ranked(row)["all"] for row in (own, last)] == [3, 1]


def test_the_list_shows_the_rank_in_the_sector_in_front(city, mixed, office, sign_in):
    page = sign_in(office).get(f"/results/{mixed.pk}/").content.decode()
    table = page[page.index("has-rank") :]
    assert table.count('<td class="num rank">1</td>') == 2
    assert '<td class="num rank">—</td>' not in table
    assert "领域内名次" in table[: table.index("</thead>")]


def test_totals_of_other_full_marks_are_shown_as_shares(city, inspector, office, sign_in, pdf_text):
    """95.00 of 100 in the third quarter, 115.00 of 120 in the fourth: 95.0 % and 95.8 %."""
    past = make_cycle(city.scheme, year=2025, period="Q3", starts_on=date(2025, 7, 1))
    make_approved(make_sheet(past, city.branch), inspector, marks=BEST, points=8)
    Tally.objects.filter(pk=make_tally(past, office).pk).update(status="published")
    other = make_scheme(code="wide", full_marks=120, rescale=True)
    Sheet.objects.filter(pk=city.sheet.pk).update(scheme_version=other)
    YearPlan.objects.filter(pk=city.cycle.plan_id).update(scheme_version=other)
    city.sheet.refresh_from_db()
    make_approved(city.sheet, inspector, marks=BEST, points=8)
    make_tally(city.cycle, office)
    result = Result.objects.select_related(*RELATED).get(tally__cycle=city.cycle, branch=city.branch)
    report = branch_report(result)
    shares = [("95.00", "95.0%"), (points_text(result.total_up), report.trend[-1].share_text)]
    assert [(points_text(one.total_up), one.share_text) for one in report.trend] == shares
    assert report.trend_option["series"][0]["data"] == [95.0, float(shares[1][1].rstrip("%"))]
    page = sign_in(office).get(f"/reports/results/{result.pk}/").content.decode()
    said = "这几个周期的满分不同，请比较得分率，不要直接比较总分。"
    for total, full, share in ((shares[0][0], 100, shares[0][1]), (shares[1][0], 120, shares[1][1])):
        assert f'{total} / {full}</td><td class="num">{share}' in page
    assert said in page
    paper = result_paper(report)
    _pages, text = pdf_text(branch_pdf(paper).content)
    assert ("图2各周期得分率走势（%）" in text, "走势按得分率" in text) == (True, True)
    sheet = openpyxl.load_workbook(io.BytesIO(branch_xlsx(report, paper)))["历次结果"]
    heads, *rows = [row[:4] for row in sheet.iter_rows(values_only=True)][:3]
    assert heads == ("周期", "总分", "满分", "得分率")
    assert [(f"{row[1]:.2f}", f"{row[3] * 100:.1f}%") for row in rows] == shares


def test_years_of_other_full_marks_are_shown_as_shares():
    def line(year: int, score: int | None, full: int | None, *, is_original: bool = False) -> YearLine:
        return YearLine(year, score and score * MICRO, 5, "", 1, "", is_original, full_up=full and full * MICRO)

    years = years_of([line(2023, 91, None, is_original=True), line(2024, 92, 100), line(2025, 110, 120)])
    assert (years.is_shared, [one.share_text for one in years.lines]) == (True, ["—", "92.0%", "91.7%"])
    assert years.option["series"][0]["data"] == [None, 92.0, 91.7]
    assert years_of([line(2024, 92, 100), line(2025, 95, 100)]).is_shared is False
