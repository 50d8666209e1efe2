"""The official papers as DOCX for WPS and Word: proposal list, notice, circular. Chinese constants: a file format."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import docx
from django.utils import timezone
from django.utils.translation import override
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.styles.style import BaseStyle
from docx.text.paragraph import Paragraph

from branchportal.figures import points_text

from ..models import Publication, Result, Tally
from .checks import meeting_of, notice_of

# The faces of official papers; WPS puts near ones in place where they are not installed.
TITLE, BODY, HEADING = "方正小标宋简体", "仿宋_GB2312", "黑体"
PAPERS = {"proposals": "拟评定星级党支部名单", "notice": "公示", "circular": "通报"}


@dataclass(frozen=True)
class Paper:
    """A finished file and its name."""

    name: str
    content: bytes


def make_paper(tally: Tally, kind: str) -> Paper:
    """One of PAPERS for a tally. Raises: KeyError for another kind."""
    with override("zh-hans"):  # whoever asks for it: an official paper
        made = {"proposals": _proposals, "notice": _notice, "circular": _circular}[kind](tally)
    file = io.BytesIO()
    made.save(file)
    return Paper(f"{_what(tally)}{PAPERS[kind]}.docx", file.getvalue())


def _proposals(tally: Tally) -> Document:
    """For the committee: every branch with its figures, best first."""
    paper = _paper(f"{_what(tally)}拟评定星级党支部名单")
    rows = Result.objects.filter(tally=tally).named().select_related("branch", "organization", "sector")
    rated = [row for row in rows.order_by("position") if row.status == Result.Status.RATED]
    _say(paper, f"共{tally.branch_count}个党支部，参加评定{tally.rated_count}个。得分由考评系统按已封存的评分表汇总。")
    _say(paper, f"结果校验码：{tally.digest[:16]}")
    if tally.is_mixed:
        _say(paper, "各领域适用不同的考评标准，分数不作横向比较，名次为领域内名次。")
    heads = ("领域名次" if tally.is_mixed else "名次", "党支部", "党组织", "领域", "总分", "拟定星级", "备注")
    table = (
        (row.rank_sector if tally.is_mixed else row.rank_all, row.branch.name, row.organization.name,
         row.sector.name, points_text(row.total_up),
         row.grade or "—", "一票否决" if row.is_vetoed else "")
        for row in rated
    )  # fmt: skip
    _table(paper, heads, table, (1.3, 4.3, 3.5, 2, 2.1, 2, 1.8))
    others = [row for row in rows.order_by("branch__code") if row.status != Result.Status.RATED]
    if others:
        _head(paper, "不评定星级的党支部")
        for row in others:
            _say(paper, f"{row.branch.name}：{row.get_status_display()}")
    return paper


def _notice(tally: Tally) -> Document:
    """What hangs on the wall: names by stars, from when to when, where objections go."""
    notice = notice_of(tally)
    paper = _paper(f"关于{_what(tally)}星级党支部评定结果的公示")
    first = "" if notice is None else f"{_day(notice.starts_on)}至{_day(notice.last_on)}（{notice.days}个工作日）"
    _say(paper, "经支部自评、民主测评、党组织初审、考评组审核，并经会议研究，现将拟评定结果予以公示。")
    _say(paper, f"公示时间：{first or '　　年　月　日至　　年　月　日'}。")
    _say(paper, "公示期内，如有异议，请向下列地点反映。提倡署实名，反映情况应当实事求是。")
    _say(paper, f"受理方式：{notice.contact if notice else '　'}")
    _by_stars(paper, tally, notice.min_stars if notice else 1)
    _sign(paper, notice.starts_on if notice else timezone.localdate())
    return paper


def _circular(tally: Tally) -> Document:
    """The final result: number, decision, names by stars."""
    final = tally.publications.filter(status=Publication.Status.PUBLISHED).first()
    meeting = meeting_of(tally)
    paper = _paper(f"关于{_what(tally)}星级党支部评定结果的通报")
    number = (final and final.document_number) or (meeting and meeting.document_number) or "〔　　〕　号"
    _say(paper, number, center=True)
    held = f"经{_day(meeting.held_on)}会议研究" if meeting else "经研究"
    _say(paper, f"按照年度考评方案，{held}并经公示，评定下列党支部星级，现予通报。")
    _by_stars(paper, tally, 1)
    _say(paper, f"结果校验码：{tally.digest[:16]}（可在考评系统“结果发布”中核对）")
    when = timezone.localdate(final.published_at) if final and final.published_at else timezone.localdate()
    _sign(paper, when)
    return paper


def _by_stars(paper: Document, tally: Tally, lowest: int) -> None:
    rows = Result.objects.filter(tally=tally, stars__gte=max(1, lowest))
    rows = rows.named().select_related("branch", "organization")
    groups: dict[tuple[int, str], list[Result]] = {}
    for row in rows.order_by("-stars", "branch__code"):
        groups.setdefault((row.stars, row.grade), []).append(row)
    for (stars, grade), members in groups.items():
        _head(paper, f"{grade or f'{stars}星'}（{len(members)}个）")
        lines = ((at, row.branch.name, row.organization.name) for at, row in enumerate(members, 1))
        _table(paper, ("序号", "党支部", "党组织"), lines, (1.6, 8, 6.4))
    if not groups:
        _say(paper, "（无）")


def _what(tally: Tally) -> str:
    return tally.cycle.name if tally.cycle else f"{tally.plan.year}年度"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _paper(title: str) -> Document:
    """An A4 page with the margins and faces of GB/T 9704."""
    paper = docx.Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    normal = paper.styles["Normal"]
    _face(normal, BODY, 16)
    normal.paragraph_format.line_spacing = Pt(28)
    normal.paragraph_format.space_after = Pt(0)
    _number_pages(section.footer.paragraphs[0])
    head = paper.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.paragraph_format.space_after = Pt(18)
    run = head.add_run(title)
    run.font.size, run.font.name = Pt(22), TITLE
    run._element.rPr.rFonts.set(qn("w:eastAsia"), TITLE)
    return paper


def _number_pages(line: Paragraph) -> None:
    """“— 1 —” at the foot of each page, a field that the reading program fills in."""
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.add_run("— ")
    field = line.add_run()._r
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        name = "w:fldChar" if kind else "w:instrText"
        part = field.makeelement(qn(name), {qn("w:fldCharType"): kind} if kind else {})
        part.text = text or None
        field.append(part)
    line.add_run(" —")


def _face(style: BaseStyle, face: str, size: int) -> None:
    style.font.name, style.font.size = face, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), face)


def _say(paper: Document, text: str, *, center: bool = False) -> None:
    line = paper.add_paragraph(text)
    if center:
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        line.paragraph_format.first_line_indent = Pt(32)


def _head(paper: Document, text: str) -> None:
    line = paper.add_paragraph()
    line.paragraph_format.space_before = Pt(10)
    run = line.add_run(text)
    run.font.name = HEADING
    run._element.rPr.rFonts.set(qn("w:eastAsia"), HEADING)


def _table(paper: Document, heads: Sequence[str], rows: Iterable[Sequence], widths: Sequence[float]) -> None:
    """A ruled table in a smaller face; its first row comes again on every page. Built as one list of texts."""
    lines = [tuple(map(str, row)) for row in rows]
    table = paper.add_table(rows=1 + len(lines), cols=len(heads))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    mark = table.rows[0]._tr.get_or_add_trPr()
    mark.append(mark.makeelement(qn("w:tblHeader"), {}))
    for column, width in zip(table.columns, widths, strict=True):  # WPS and LibreOffice go by the grid, Word by cells
        column.width = Cm(width)
    cells = table._cells  # python-docx looks each cell up anew otherwise: minutes for a city
    count = len(heads)
    for at, line in enumerate((tuple(heads), *lines)):
        for column, text in enumerate(line):
            cell = cells[at * count + column]
            cell.width = Cm(widths[column])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(18)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(11), at == 0


def _sign(paper: Document, day: date) -> None:
    line = paper.add_paragraph(_day(day))
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    line.paragraph_format.space_before = Pt(28)
