"""The branch's paper, really set and read back."""

import io

import pypdf
import pytest

from assessments.reports import charts
from assessments.reports.branch_paper import NOTE_LENGTH, Row, branch_markup, branch_pdf
from tests.factories.papers import DIMENSIONS, make_paper


def read(content: bytes) -> tuple[int, str]:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return len(pages), "\n".join(page.extract_text() for page in pages)


def test_paper_has_two_to_four_pages_and_all_figures() -> None:
    paper = branch_pdf(make_paper())
    pages, text = read(paper.content)
    assert 2 <= pages <= 4
    assert len(paper.content) <= 400 * 1024
    assert paper.missing == ()
    for wanted in (
        "中共滨江市直属机关工作委员会",
        "滨直工考〔2026〕12号",
        "2026年第三季度党支部考核评价结果报告",
        "王堃喆",
        "书记淏玥昇翀已说明",
        "89.75",
        "规范管理强",
        "先锋岗责任区",
        "达到四星标准",
        "考评组组长（签字）",
        f"第 {pages} 页　共 {pages} 页",
        "9f" * 32,
    ):
        assert wanted in text.replace("\n", ""), wanted


def test_longest_paper_still_fits_four_pages() -> None:
    """Every row with the longest note that is printed."""
    note = ("查阅台账发现记录不规范，按评分细则扣分，" * 3)[:NOTE_LENGTH]
    rows = [Row(str(n), "二级指标名称较长的一项内容", "4.00", "4.00", "3.00", note) for n in range(32)]
    pages, _text = read(branch_pdf(make_paper(rows=rows)).content)
    assert pages <= 4


def test_charts_are_vector_drawings() -> None:
    content = branch_pdf(make_paper()).content
    assert all(not page.images for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert branch_markup(make_paper()).count("<svg") == 2


def test_chart_without_enough_figures_is_left_out() -> None:
    assert "<svg" not in branch_markup(make_paper(radar=None, trend=None))


def test_names_are_escaped() -> None:
    markup = branch_markup(
        make_paper(branch_name="<b>支部</b>", radar=charts.radar(["<i>甲</i>", "乙", "丙"], [1, 2, 3]))
    )
    assert "<b>支部" not in markup
    assert "<i>甲" not in markup


@pytest.mark.parametrize(
    "option",
    [
        charts.radar(DIMENSIONS, [90] * 6, [80] * 6),
        charts.trend(["一季度", "二季度"], [88.5, None]),
        charts.distribution(["80–90", "90以上"], [12, 3]),
    ],
    ids=["radar", "trend", "distribution"],
)
def test_option_is_drawn_with_paper_fonts(option: dict) -> None:
    drawn = charts.svg(option)
    assert drawn.startswith("<svg")
    assert "FandolSong" in drawn
    assert "<script" not in drawn
