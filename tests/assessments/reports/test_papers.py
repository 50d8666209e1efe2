"""Papers from real results: branch report, score form, account slips; made in the background for those who may."""

import io
import re

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.reports import services
from assessments.reports.account_slips import SlipRow, account_slips_pdf
from assessments.reports.slips_job import forget_old_slips
from assessments.results.models import Result
from branchportal.errors import PortalError
from branchportal.models import Job


def result_of(tally, branch) -> Result:
    return Result.objects.select_related("tally__cycle", "tally__plan", "branch").get(tally=tally, branch=branch)


def test_report_tells_points_star_and_digest(published, secretary, city, work, content, pdf_text):
    job = work(services.request_branch_paper(actor=secretary, result=result_of(published, city.branch)))
    found = content(job)
    pages, text = pdf_text(found)
    assert 2 <= pages <= 4
    assert len(found) <= 400 * 1024
    head = ("市直机关工委", "市直党工〔2026〕18号", "市发展局机关第一党支部", "赵书记")
    figures = ("99.00", "★★★★★", "获得表彰（市级）", "市委〔2026〕1号", "+2.00", "组织建设")
    for wanted in (*head, *figures, published.digest, f"第{pages}页共{pages}页"):
        assert wanted in text, wanted
    assert "未公布" not in text
    assert job.file_name == f"{city.branch.code}市发展局机关第一党支部2026年第4季度考评结果报告.pdf"


def test_page_paper_and_workbook_of_a_branch_say_the_same(published, secretary, city, work, content, pdf_text, sign_in):
    result = result_of(published, city.branch)
    made = {
        kind: content(work(services.request_branch_paper(actor=secretary, result=result, kind=kind)))
        for kind in ("pdf", "xlsx")
    }
    page = sign_in(secretary).get(reverse("reports:result", args=[result.pk])).content.decode()
    screen, (_pages, paper) = re.sub(r"<[^>]+>|\s", "", page), pdf_text(made["pdf"])
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert book.sheetnames == ["结果", "指标得分", "加减分与一票否决", "历次结果", "说明"]
    told = {label: text or number for label, text, number in book["结果"].iter_rows(min_row=2, values_only=True)}
    assert (told["总分"], told["加分"], told["星级"], told["党支部"]) == (99, 2, "★★★★★", city.branch.name)
    lines = list(book["指标得分"].iter_rows(min_row=2, values_only=True))
    assert [line[0] for line in lines][:2] == ["1", "1.1"]
    figures = {f"{figure:.2f}" for line in lines for figure in line[3:5] if figure is not None}
    for text in {"99.00", *figures, *("".join(line[1].split()) for line in lines)}:
        assert text in paper
        assert text in screen
    items = list(book["加减分与一票否决"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[4]) for row in items] == [("加分", 2)]
    with pytest.raises(PortalError):
        services.request_branch_paper(actor=secretary, result=result, kind="doc")


def test_candidate_says_so_on_paper(tally, office, city, work, content, pdf_text):
    found = content(work(services.request_branch_paper(actor=office, result=result_of(tally, city.branch))))
    assert "（未公布，仅供内部核对）" in pdf_text(found)[1]


def test_branch_without_a_total_has_a_paper_too(tally, office, city, work, content, pdf_text):
    found = content(work(services.request_branch_paper(actor=office, result=result_of(tally, city.farther_branch))))
    pages, text = pdf_text(found)
    assert pages <= 4
    assert "缺总分" in text


def test_year_is_told_by_its_quarters(year, office, city, work, content, pdf_text):
    found = content(work(services.request_branch_paper(actor=office, result=result_of(year, city.branch))))
    pages, text = pdf_text(found)
    assert pages <= 4
    for wanted in (
        "2026年度党支部考核评价结果报告",
        "2026年第1季度95.00",
        "2026年第4季度99.00",
        "年度总分96.75",
        "组织建设",
    ):
        assert wanted in text, wanted


def test_paper_is_for_those_who_see_the_result(tally, city, secretary, neighbour, sysadmin, outsider):
    result = result_of(tally, city.branch)
    for user in (secretary, neighbour, sysadmin, outsider):
        with pytest.raises(PermissionDenied):
            services.request_branch_paper(actor=user, result=result)


def test_rights_are_asked_again_when_the_job_runs(published, city, neighbour, work):
    """A job row with somebody else's result prints nothing."""
    job = services.request_branch_paper(actor=neighbour, result=result_of(published, city.branch))
    job = work(job)
    assert (job.status, job.file_path) == ("failed", "")


def test_filled_form_has_self_marks_and_leaves_the_review_to_the_pen(city, secretary, work, content, pdf_text):
    from tests.factories.assessments import make_marks

    make_marks(city.sheet, secretary)
    city.sheet.marks.update(points_up=7_250_000)
    found = content(work(services.request_filled_form(actor=secretary, sheet=city.sheet)))
    _pages, text = pdf_text(found)
    assert text.count("7.25") == 6
    assert "43.50" in text  # the sum of the six
    for wanted in (
        "党支部考核评分表",
        "市发展局机关第一党支部",
        "“三会一课”",
        "每缺1次会议，扣2分（最多10分）",
        "基层党组织初审（签字、盖章）",
    ):
        assert wanted in text, wanted


def test_approved_form_shows_the_review(published, city, secretary, work, content, pdf_text):
    city.sheet.refresh_from_db()
    _pages, text = pdf_text(content(work(services.request_filled_form(actor=secretary, sheet=city.sheet))))
    assert city.sheet.digest in text


def test_blank_form_has_no_figures_of_anybody(city, secretary, sysadmin, work, content, pdf_text):
    job = work(services.request_blank_form(actor=secretary, cycle=city.cycle))
    _pages, text = pdf_text(content(job))
    assert "组织建设（60分）" in text
    assert "市发展局" not in text
    assert job.file_name == "2026年第4季度党支部考核评分表（空白）.pdf"
    with pytest.raises(PermissionDenied):
        services.request_blank_form(actor=sysadmin, cycle=city.cycle)


def test_slips_carry_a_password_only_when_it_was_just_made(city, office, secretary, work, content, pdf_text):
    unit = city.branch.unit
    _pages, text = pdf_text(content(work(services.request_slips(actor=office, unit=unit, issue=False))))
    assert ("赵书记" in text, "（使用原密码）" in text) == (True, True)
    old = secretary.password
    _pages, text = pdf_text(content(work(services.request_slips(actor=office, unit=unit, issue=True))))
    secretary.refresh_from_db()
    assert "（使用原密码）" not in text
    assert secretary.password != old
    assert secretary.must_change_password


def test_slips_of_others_are_not_printed(city, secretary, inspector, reviewer, work):
    for user in (secretary, inspector):
        with pytest.raises(PermissionDenied):
            services.request_slips(actor=user, unit=city.branch.unit, issue=True)
    job = work(services.request_slips(actor=reviewer, unit=city.far_branch.unit, issue=True))
    assert (job.status, job.file_path) == ("failed", "")


def test_slips_are_forgotten_after_a_day(city, office, secretary, work, content, settings):
    job = work(services.request_slips(actor=office, unit=city.branch.unit, issue=False))
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timezone.timedelta(hours=25))
    assert forget_old_slips() == 1
    assert not (settings.MEDIA_ROOT / job.file_path).exists()


def test_rare_names_are_printed_on_slips(pdf_text):
    rows = [SlipRow("王堃喆", "s1", "第一党支部", "支部书记", "kq7-maple-12"), *[SlipRow("李", "s2", "", "")] * 6]
    paper = account_slips_pdf(rows, heading="账号", address="http://10.0.0.1/accounts/login/")
    assert paper.missing == ()
    pages, text = pdf_text(paper.content)
    assert pages == 2
    assert "王堃喆" in text
    assert "kq7-maple-12" in text


def test_missing_character_is_reported_on_the_task_page(published, office, city, work):
    from branches.models import Branch

    Branch.objects.filter(pk=city.branch.pk).update(name="第\U0010fffd党支部")
    job = work(services.request_branch_paper(actor=office, result=result_of(published, city.branch)))
    assert job.status == "done"
    assert "U+10FFFD" in job.message
