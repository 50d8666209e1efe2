"""The result of a branch as a workbook: the read model of page and paper, figures as numbers."""

from decimal import Decimal

from branchportal.figures import points_text
from branchportal.tables import Column, Table, xlsx_bytes

from .branch_paper import SHARED_NOTE, BranchPaper
from .ranking_files import figure
from .result_items import Adjustments
from .result_paper import KINDS, STAR
from .result_report import BranchReport, Group

INDICATORS = (
    Column("指标编码", 10, "code"),
    Column("指标", 40),
    Column("分值", 8, "points"),
    Column("自评得分", 10, "points"),
    Column("审核得分", 10, "points"),
    Column("得分率", 9, "percent"),
    Column("领域中位得分率", 14, "percent"),
    Column("说明", 60),
)
DEPARTMENT_AT = 4  # where the column of the preliminary review stands, if it is a part of the score
ITEMS = (
    Column("类别", 10),
    Column("事项编码", 10, "code"),
    Column("事项", 40),
    Column("具体内容", 50),
    Column("计入分值", 10, "points"),
    Column("说明", 40),
)
PERIODS = (Column("周期", 20), Column("总分", 9, "points"), Column("星级", 8, "stars"), Column("等次", 10),
           Column("领域名次", 9, "whole"))  # fmt: skip

SHARES = (Column("满分", 8, "points"), Column("得分率", 9, "percent"))


def branch_xlsx(report: BranchReport, paper: BranchPaper) -> bytes:
    """A workbook: the result, its indicators, items and periods, and where the figures come from.

    `paper` is the same report as printed: facts and reasons are taken over in its words.
    """
    tables = [_result(report, paper), _indicators(report), _items(report.items)]
    return xlsx_bytes([*tables, _periods(report), _about(report, paper)])


def _periods(report: BranchReport) -> Table:
    """The last periods; where their full marks differ, these and the shares as on the page."""
    columns = PERIODS[:2] + (SHARES if report.is_trend_shared else ()) + PERIODS[2:]
    rows = []
    for one in report.trend:
        shares = (figure(one.full_up), _share(one.share_up)) if report.is_trend_shared else ()
        rows.append((one.name, figure(one.total_up), *shares, one.stars, one.grade, one.rank_sector))
    return Table("历次结果", columns, rows, notes=[SHARED_NOTE] if report.is_trend_shared else [])


def _result(report: BranchReport, paper: BranchPaper) -> Table:
    result = report.result
    facts = [pair for first, value, second, other in paper.facts for pair in ((first, value), (second, other))]
    words = [*facts, ("星级", STAR * (result.stars or 0)), ("等次", result.grade)]
    words += [(label, text) for label, text in paper.outcome if label in ("领域名次", "全部名次")]
    points = {"自评总分": report.own_total_up}
    if report.has_department:
        points["初审总分"] = report.department_total_up
    if paper.reviewed_total:
        points["审核总分"] = report.reviewed_total_up
    points |= {
        "基础分": result.base_up,
        "加分": result.bonus_up,
        "减分": result.penalty_up,
        "总分": result.total_up,
    }
    columns = (Column("项目", 20), Column("内容", 60), Column("分值", 10, "points"))
    rows = [(label, text, None) for label, text in words]
    rows += [(label, "", figure(points_up)) for label, points_up in points.items()]
    return Table("结果", columns, rows, has_filter=False)


def _indicators(report: BranchReport) -> Table:
    lines = [line for group in report.groups for line in _group(group, report.is_year)]
    if not report.has_department:
        return Table("指标得分", INDICATORS, lines)
    given = [one.department_up for group in report.groups for one in (group, *group.rows)]
    lines = [
        (*line[:DEPARTMENT_AT], figure(points_up), *line[DEPARTMENT_AT:])
        for line, points_up in zip(lines, given, strict=True)
    ]
    columns = (*INDICATORS[:DEPARTMENT_AT], Column("初审得分", 10, "points"), *INDICATORS[DEPARTMENT_AT:])
    return Table("指标得分", columns, lines)


def _group(group: Group, is_year: bool) -> list[tuple]:
    """A first-level indicator and its rows; of a year, what was earned of what was possible."""
    whole = group.possible_up if is_year else group.points_up
    lines = [
        (group.code, group.name, figure(whole), figure(group.own_up), figure(group.earned_up), _share(group.share_up),
         _share(group.median_up), "")
    ]  # fmt: skip
    for row in group.rows:
        department = f"初审：{row.department_reason}" if row.department_reason else ""
        told = "；".join(filter(None, (text.strip(" 。.；") for text in (row.reason, department, *row.told))))
        lines.append((row.code, row.name, *map(figure, (row.points_up, row.own_up, row.reviewed_up)), None, None, told))
    return lines


def _items(items: Adjustments) -> Table:
    rows = []
    for item in (*items.bonus, *items.penalty, *items.vetoes):
        counted = None if item.kind == "veto" else item.counted_up
        matter = "，".join(filter(None, (item.matter, item.document, item.happened_on)))
        level = f"（{item.level}）" if item.level else ""
        points = figure(-counted if counted and item.kind == "penalty" else counted)
        note = item.told or ("" if item.is_accepted else "未采纳")
        rows.append((KINDS[item.kind], item.code, f"{item.text}{level}", matter, points, note))
    return Table("加减分与一票否决", ITEMS, rows)


def _about(report: BranchReport, paper: BranchPaper) -> Table:
    rows = [
        ("标题", paper.title),
        ("状态", paper.draft_note.strip("（）") or "已公布"),
        ("公布文号", paper.document_number),
        ("日期", paper.dated),
        ("结果校验码（SHA-256）", report.digest),
        ("评分表校验码（SHA-256）", report.sheet_digest),
        *(("说明", reason) for reason in paper.reasons),
    ]
    return Table("说明", (Column("项目", 26), Column("内容", 80)), rows, has_filter=False)


def _share(share_up: int | None) -> Decimal | None:
    """A share in millionths as it is printed: per cent with one decimal."""
    return None if share_up is None else Decimal(points_text(share_up, 3))
