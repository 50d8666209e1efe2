"""The ranking as XLSX and CSV, with the figures as the screen prints them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from branchportal.figures import points_text
from branchportal.tables import Column, Table, csv_bytes, xlsx_bytes

from ..results.models import Result
from .ranking_report import RankingReport, UnitLine, remark, total_line, unit_lines

TINTS = {5: "#F7D774", 4: "#FBE8AE", 3: "#FDF4DA", 2: "#EEF0F3", 1: "#F6DEDC", 0: "#F6DEDC"}
RANKING_COLUMNS = (
    Column("名次", 7, "whole"),
    Column("领域名次", 7, "whole"),
    Column("支部编码", 12, "code"),
    Column("党支部", 34),
    Column("所属党组织", 28),
    Column("单位", 22),
    Column("领域", 10),
    Column("基础分", 9, "points"),
    Column("加分", 8, "points"),
    Column("减分", 8, "points"),
    Column("总分", 9, "points"),
    Column("定等得分", 9, "points"),
    Column("星级", 8, "stars"),
    Column("等次", 9),
    Column("备注", 18),
)
STARS_AT = 12
COMPOSED = {"基础分": "各期合成分", "加分": "各期加分合计", "减分": "各期减分合计"}
COMPOSED_NOTE = "年度总分由各期总分合成；加分、减分已计入各期总分，不重复计入。"
SUM_NOTE = "总分＝基础分＋加分－减分。"
UNIT_COLUMNS = (
    Column("单位编码", 10, "code"),
    Column("单位", 28),
    Column("支部数", 8, "whole"),
    Column("已评定", 8, "whole"),
    Column("平均总分", 9, "points"),
    *(Column(name, 7, "whole") for name in ("五星", "四星", "三星", "二星", "一星", "不定星")),
    Column("待定", 7, "whole"),
    Column("一票否决", 9, "whole"),
    Column("迟报", 7, "whole"),
    Column("缺总分", 8, "whole"),
    Column("不参评", 8, "whole"),
)


def ranking_xlsx(report: RankingReport) -> bytes:
    """A workbook: the ranking, 单位汇总表 with one line a unit, and what it all is.

    There is no sheet per unit: 75 tabs cannot be found in; the filter of the ranking shows one unit at a time.
    """
    return xlsx_bytes([ranking_table(report), unit_table(report), about_table(report)])


def ranking_csv(report: RankingReport) -> bytes:
    """The ranking alone; CSV knows no second sheet."""
    return csv_bytes(ranking_table(report))


def ranking_table(report: RankingReport) -> Table:
    """The lines of the ranking; a row is tinted by its stars."""
    rows = [_ranking_row(row) for row in report.rows]
    return Table("排名表", ranking_columns(report), rows, tint=_tint, tinted=(STARS_AT, STARS_AT + 1))


def ranking_columns(report: RankingReport) -> Sequence[Column]:
    """The headings; a year whose quarters hold the bonus and penalty says so."""
    if not report.is_composed:
        return RANKING_COLUMNS
    return [replace(column, heading=COMPOSED.get(column.heading, column.heading)) for column in RANKING_COLUMNS]


def unit_table(report: RankingReport) -> Table:
    """The summary by unit with a line of totals."""
    rows = [_unit_row(line) for line in unit_lines(report.rows)]
    return Table("单位汇总表", UNIT_COLUMNS, rows, totals=_unit_row(total_line(report.rows)))


def about_table(report: RankingReport) -> Table:
    """Where the figures come from, so that a printed sheet can be traced."""
    tally, publication = report.tally, report.publication
    rows = [
        ("标题", report.title),
        ("状态", report.state),
        ("公布文号", publication.document_number if publication else ""),
        ("公布时间", publication.published_at and timezone.localtime(publication.published_at) if publication else ""),
        ("汇总计分序号", str(tally.number)),
        ("汇总时间", timezone.localtime(tally.created_at)),
        ("计分引擎版本", tally.engine_version),
        ("结果校验码（SHA-256）", tally.digest),
        ("范围", report.unit.name if report.unit else "本人可见的全部党支部"),
        ("支部数", str(len(report.rows))),
        ("说明", "名次和并列按显示的两位小数比较。" + (COMPOSED_NOTE if report.is_composed else SUM_NOTE)),
    ]
    return Table("说明", (Column("项目", 24), Column("内容", 80)), rows, has_filter=False)


def figure(points_up: int | None) -> Decimal | None:
    """The figure as printed, as a number: what a person sees is what a cell holds."""
    return None if points_up is None else Decimal(points_text(points_up))


def _ranking_row(row: Result) -> tuple:
    return (
        row.rank_all,
        row.rank_sector,
        row.branch.code,
        row.branch.name,
        row.organization.name,
        row.unit.name,
        row.sector.name,
        figure(row.base_up),
        figure(row.bonus_up),
        figure(row.penalty_up),
        figure(row.total_up),
        figure(row.graded_up),
        row.stars,
        row.grade,
        remark(row),
    )


def _tint(row: tuple) -> str:
    return TINTS.get(row[STARS_AT], "")


def _unit_row(line: UnitLine) -> tuple:
    return (
        line.code,
        line.name,
        line.branches,
        line.rated,
        figure(line.mean_up),
        *line.stars,
        line.undecided,
        line.vetoes,
        line.late,
        line.missing,
        line.exempt,
    )
