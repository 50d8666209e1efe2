"""From the read model of a result to what stands on its paper: every figure printed, every field named in Chinese."""

from collections.abc import Iterator

from django.utils import timezone

from branches.models import Organization
from branchportal.figures import plain_text, points_text
from members.models import Appointment, Member
from members.roles import Role

from ..results.models import Result, Tally
from .branch_paper import NOTE_LENGTH, SHARED_NOTE, BranchPaper, Item, Period, Row
from .ranking_report import period_name
from .result_items import Adjustments
from .result_items import Item as Adjustment
from .result_report import BranchReport, Group
from .result_report import Row as Indicator
from .result_trend import TrendPoint

KINDS = {"bonus": "加分", "penalty": "减分", "veto": "一票否决", "flag": "确认事实"}
SHORT = {Result.Status.UNDECIDED: "待定", Result.Status.MISSING: "缺总分", Result.Status.EXEMPT: "不参评"}
STAR = "★"


def result_paper(report: BranchReport) -> BranchPaper:
    """The paper of one result; three small queries for what the result itself does not hold."""
    result = report.result
    return BranchPaper(
        issuer=issuer_of(result),
        document_number=report.publication.document_number if report.publication else "",
        dated=_dated(report),
        title=f"{period_name(result.tally)}党支部考核评价结果报告",
        branch_name=result.branch.name,
        facts=_facts(report),
        outcome=_outcome(report),
        rows=[_year_row(group) for group in report.groups] if report.is_year else _all_rows(report),
        full_points=_sum(group.points_up for group in report.groups),
        total=points_text(result.total_up),
        own_total=points_text(report.own_total_up),
        base=points_text(result.base_up),
        items=list(_items(report.items)),
        reasons=_reasons(report),
        digest=f"结果 {report.digest}" + (f"　评分表 {report.sheet_digest}" if report.sheet_digest else ""),
        draft_note=_draft_note(report),
        periods=[_period(point, report.is_trend_shared) for point in report.trend] if report.is_year else (),
        shared_note=SHARED_NOTE if report.is_trend_shared else "",
        radar=report.radar_option,
        trend=report.trend_option,
        has_department=report.has_department,
        department_total=points_text(report.department_total_up),
        reviewed_total=_reviewed_total(report),
    )


def _reviewed_total(report: BranchReport) -> str:
    """The sum of the reviewed column where several components make the base score; else empty: it is the base score."""
    total_up = report.reviewed_total_up
    return "" if total_up is None or total_up == report.result.base_up else points_text(total_up)


def issuer_of(result: Result) -> str:
    """The committee at the root of the tree: in whose name papers are made."""
    root = result.organization.path.strip("/").split("/")[0]
    return Organization.objects.get(pk=int(root)).name


def result_file_name(result: Result, kind: str = "pdf") -> str:
    """As the file is called where it is saved."""
    return f"{result.branch.code}{result.branch.name}{period_name(result.tally)}考评结果报告.{kind}"


def _dated(report: BranchReport) -> str:
    day = report.published_on or timezone.localdate(report.result.tally.created_at)
    return f"{day.year}年{day.month}月{day.day}日"


def _facts(report: BranchReport) -> list[tuple[str, str, str, str]]:
    result = report.result
    secretaries = Appointment.objects.in_force().filter(role=Role.SECRETARY, branch_id=result.branch_id)
    names = "、".join(secretaries.values_list("user__name", flat=True))
    members = Member.objects.filter(branch_id=result.branch_id, is_active=True).count()
    return [
        ("党支部", result.branch.name, "支部编码", result.branch.code),
        ("所属党组织", result.organization.name, "单位", result.unit.name),
        ("领域", result.sector.name, "现任支部书记", names),
        ("现有党员", f"{members}名", "考评周期", period_name(result.tally)),
        ("考评标准", report.scheme_name, "提交情况", "迟报" if result.is_late else "按时"),
    ]


def _outcome(report: BranchReport) -> list[tuple[str, str]]:
    result = report.result
    stars = STAR * result.stars if result.stars else SHORT.get(result.status, "—")
    return [
        (result.grade or "等次", stars),
        ("总分", points_text(result.total_up)),
        ("加分", points_text(result.bonus_up)),
        ("减分", points_text(result.penalty_up)),
        ("领域名次", f"{result.rank_sector or '—'}/{report.ranked_sector}"),
        _overall(report),
    ]


def _overall(report: BranchReport) -> tuple[str, str]:
    if report.result.tally.is_mixed:  # points of different schemes are not compared
        return "全部名次（各领域标准不同，不排）", "—"
    return "全部名次", f"{report.result.rank_all or '—'}/{report.ranked_all}"


def _all_rows(report: BranchReport) -> list[Row]:
    return [row for group in report.groups for row in _rows(group)]


def _year_row(group: Group) -> Row:
    """Over a year a first-level indicator is the sum of its quarters, earned and possible."""
    earned, possible = points_text(group.earned_up), points_text(group.possible_up)
    return Row(group.code, group.name, possible, "—", earned, _share(group), is_group=True)


def _period(point: TrendPoint, is_shared: bool) -> Period:
    rank = str(point.rank_sector or "—")
    total, share = points_text(point.total_up), ""
    if is_shared:
        total, share = f"{total}/{plain_text(point.full_up)}", point.share_text
    return Period(point.name.removesuffix("考评"), total, point.grade or "—", rank, share)


def _rows(group: Group) -> Iterator[Row]:
    yield Row(
        code=group.code,
        name=group.name,
        points=plain_text(group.points_up),
        own=points_text(group.own_up),
        reviewed=points_text(group.earned_up),
        note=_share(group),
        is_group=True,
        department=points_text(group.department_up),
    )
    for row in group.rows:
        yield Row(
            code=row.code,
            name=row.name,
            points=plain_text(row.points_up),
            own=points_text(row.own_up),
            reviewed=points_text(row.reviewed_up),
            note=_note(row),
            is_lower=row.is_lower,
            department=points_text(row.department_up),
        )


def _share(group: Group) -> str:
    if group.share_up is None:
        return ""
    median = f"（领域中位{points_text(group.median_up * 100, 1)}%）" if group.median_up is not None else ""
    return f"得分率{points_text(group.share_up * 100, 1)}%{median}"


def _note(row: Indicator) -> str:
    """The reviewers' reasons first, then how the points came about; cut to what the column holds."""
    department = f"初审：{row.department_reason}" if row.department_reason else ""
    text = "；".join(filter(None, (told.strip(" 。.；") for told in (row.reason, department, *row.told))))
    return text if len(text) <= NOTE_LENGTH else f"{text[: NOTE_LENGTH - 1]}…"


def _items(items: Adjustments) -> Iterator[Item]:
    for item in (*items.bonus, *items.penalty, *items.vetoes):
        level = f"（{item.level}）" if item.level else ""
        facts = [f"“{item.matter}”" if item.matter else "", item.document, item.happened_on]
        yield Item(
            kind=KINDS[item.kind],
            text=f"{item.text}{level}",
            matter="，".join(fact for fact in facts if fact),
            points=_item_points(item),
            note=item.told or ("" if item.is_accepted else "未采纳"),
        )


def _item_points(item: Adjustment) -> str:
    if item.counted_up is None or item.kind == "veto":
        return "—"
    sign = "" if not item.counted_up else "-" if item.kind == "penalty" else "+"
    return f"{sign}{points_text(item.counted_up)}"


def _reasons(report: BranchReport) -> list[str]:
    told = [*report.star.told, *report.star.next_told, *report.items.bonus_cuts, *report.items.penalty_cuts]
    return told or ["本期无需说明的事项。"]


def _draft_note(report: BranchReport) -> str:
    if report.result.tally.status == Tally.Status.SUPERSEDED:
        return "（已被更正版本取代，仅供查阅）"
    return "" if report.is_official else "（未公布，仅供内部核对）"


def _sum(points: Iterator[int]) -> str:
    return plain_text(sum(points))
