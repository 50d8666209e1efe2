"""The ranking as XLSX and CSV, with the figures as the screen prints them."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from branchportal.figures import points_text
from branchportal.tables import Column, Table, csv_bytes, xlsx_bytes

from ..results.models import Result
from .ranking_report import RankingReport, UnitLine, remark, total_line, unit_lines

TINTS = {5: "#F7D774", 4: "#FBE8AE", 3: "#FDF4DA", 2: "#EEF0F3", 1: "#F6DEDC", 0: "#F6DEDC"}
RANKS = (Column("名次", 7, "whole"), Column("领域名次", 7, "whole"))
WHO = (
    Column("支部编码", 12, "code"),
    Column("党支部", 34),
    Column("所属党组织", 28),
    Column("单位", 22),
    Column("领域", 10),
)
PARTS = (Column("基础分", 9, "points"), Column("加分", 8, "points"), Column("减分", 8, "points"))
OUTCOME = (Column("总分", 9, "points"), Column("定等得分", 9, "points"))
GIVEN = (Column("星级", 8, "stars"), Column("等次", 9))
WOULD = (Column("得分可达星级", 10, "stars"), Column("等次", 9))
NUMERALS = "〇一二三四五六七八九"
ORIGINAL = "连续年数含原始数据"
REMARK = Column("备注", 24)
ORIGINAL_NOTE = "连续年数算到本年度；备注“连续年数含原始数据”的，其中有本系统启用前由考评办导入、未经本系统计分的年度。"
YEAR_NOTE = "年度总分按考评方案由各期得分合成。"
SUM_NOTE = "总分＝基础分＋加分－减分。"
PROGRESS_NOTE = "本期只反馈得分，不定星；所列星级为得分可达到的星级。"
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
    """The lines of the ranking; the stars are tinted."""
    columns = ranking_columns(report)
    at = next(place for place, column in enumerate(columns) if column.kind == "stars")
    rows = [_ranking_row(report, row) for row in report.rows]
    return Table("排名表", columns, rows, tint=lambda row: TINTS.get(row[at], ""), tinted=(at, at + 1))


def ranking_columns(report: RankingReport) -> Sequence[Column]:
    """The headings, as on the screen: a year shows its quarters, a cycle what its total is made of. Under several
    schemes there is no overall rank, so no column of it."""
    parts = [Column(quarter.name, 12, "points") for quarter in report.quarters] if report.is_year else PARTS
    years = [Column(f"连续{_stars_word(stars, report)}年数", 12, "whole") for stars in streak_stars(report)]
    return (
        *RANKS[report.is_mixed :],
        *WHO,
        *parts,
        *OUTCOME,
        *(WOULD if report.is_progress else GIVEN),
        *years,
        REMARK,
    )


def streak_stars(report: RankingReport) -> Sequence[int]:
    """For how many stars a year's list counts years in a row: the most that there are, and one fewer."""
    return (report.top_stars, report.top_stars - 1) if report.is_year and report.top_stars > 1 else ()


def _stars_word(stars: int, report: RankingReport) -> str:
    return f"{NUMERALS[stars]}星" + ("" if stars == report.top_stars else "以上")


def unit_table(report: RankingReport) -> Table:
    """The summary by unit with a line of totals."""
    rows = [_unit_row(line) for line in unit_lines(report)]
    return Table("单位汇总表", UNIT_COLUMNS, rows, totals=_unit_row(total_line(report)))


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
        ("说明", "名次和并列按显示的两位小数比较。" + _note(report)),
        *([("考评标准", "、".join(map(str, tally.plan.versions)))] if report.is_mixed else []),
        *([("原始数据", ORIGINAL_NOTE)] if report.is_year else []),
    ]
    return Table("说明", (Column("项目", 24), Column("内容", 80)), rows, has_filter=False)


def figure(points_up: int | None) -> Decimal | None:
    """The figure as printed, as a number: what a person sees is what a cell holds."""
    return None if points_up is None else Decimal(points_text(points_up))


def _ranking_row(report: RankingReport, row: Result) -> tuple:
    streaks = [report.in_a_row(row, stars) for stars in streak_stars(report)]
    totals = [quarter.totals_up.get(row.branch_id) for quarter in report.quarters]
    return (
        *(row.rank_all, row.rank_sector)[report.is_mixed :],
        row.branch.code,
        row.branch.name,
        row.organization.name,
        row.unit.name,
        row.sector.name,
        *map(figure, totals if report.is_year else (row.base_up, row.bonus_up, row.penalty_up)),
        figure(row.total_up),
        figure(row.graded_up),
        report.stars(row),
        row.grade,
        *(streak and streak.count for streak in streaks),
        "、".join(filter(None, [remark(row), ORIGINAL if any(one and one.originals for one in streaks) else ""])),
    )


def _note(report: RankingReport) -> str:
    if report.is_year:
        return f"{YEAR_NOTE}{report.mixed_note}"
    return f"{SUM_NOTE}{PROGRESS_NOTE if report.is_progress else ''}{report.mixed_note}"


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
