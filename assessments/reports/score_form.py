"""The score form (评分表) on paper: blank for any scheme, or filled with what a sheet holds; with places to sign.

The columns are those of published forms: 项目（分值）, 考核内容, 分值, 评分标准, 自评, 考评, 备注.
初审 stands before 考评 where the preliminary review counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import timezone

from branches.models import Organization, Sector
from branchportal import pdf
from branchportal.figures import plain_text, points_text

from ..cycles.models import Cycle
from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..schemes.scheme_page import scheme_page
from ..scoring import Criterion, Indicator, Scheme
from ..scoring.scheme import Adjustment, Item
from ..sheets.choices import FROZEN, WITH_DEPARTMENT, WITH_INSPECTORS, ClaimKind, ClaimStatus, Stage
from ..sheets.gather import (
    StoredMark,
    due_rows,
    full_marks_of,
    points_of_rows,
    read_claims,
    read_rows,
    sheet_rows,
)
from ..sheets.models import Claim, Mark, Sheet
from ..sheets.preliminary import gives_marks, has_component, is_direct

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import User

TEMPLATE = "pdf/score_form.html"
ONE = 1_000_000
HEADINGS = {"deduct": "扣", "add": "计"}


@dataclass(frozen=True)
class FormRow:
    """A scored indicator; `item` is the first-level indicator where a new one begins."""

    item: str
    code: str
    name: str
    standard: str
    points: str
    clauses: Sequence[str]
    own: str = ""
    department: str = ""  # of the preliminary review, where it is a part of the score
    reviewed: str = ""
    remark: str = ""


@dataclass(frozen=True)
class ExtraRow:
    """A bonus, penalty or veto item with what was claimed or recorded."""

    kind: str
    text: str
    worth: str
    claimed: Sequence[str] = ()


@dataclass(frozen=True)
class ScoreForm:
    """All that stands on the form."""

    title: str
    scheme_name: str
    branch: str
    organization: str
    period: str
    issuer: str
    rows: Sequence[FormRow]
    extras: Sequence[ExtraRow]
    full_points: str
    own_sum: str = ""  # of the printed rows
    has_department: bool = False
    department_sum: str = ""
    reviewed_sum: str = ""
    total: str = ""  # with bonus and penalty
    meeting: str = ""
    digest: str = ""
    submitted: str = ""  # who took each step in the portal, and when; the pen signs beside it
    passed: str = ""
    approved: str = ""


def blank_form(cycle: Cycle, sector: str = "", version: SchemeVersion | None = None) -> ScoreForm:
    """The form of a cycle's scheme for a sector's branches, nothing filled in; `version`: that of a sheet at hand.

    Where no sector is given it has all rows of the plan's own scheme, and those of some sectors only say so.
    """
    scheme = engine_scheme(version or _version(cycle, sector))
    leaves = due_rows(scheme, sector, cycle.period) if sector else scheme.leaves
    limits = {} if sector else _limits(scheme)
    period = cycle.name.removesuffix("考评")
    return ScoreForm(
        title=f"{period}党支部考核评分表",
        scheme_name=f"{scheme.name} {scheme.version}",
        branch="",
        organization="",
        period=period,
        issuer=_root_name(),
        rows=[replace(row, name=row.name + limits.get(row.code, "")) for row in form_rows(scheme, leaves)],
        extras=list(_extras(scheme, ())),
        full_points=plain_text(full_marks_of(scheme, sector, cycle.period) if sector else scheme.full_marks_up),
        has_department=has_component(scheme),
    )


def _version(cycle: Cycle, sector: str) -> SchemeVersion:
    if not (sector and cycle.plan.is_by_sector):
        return cycle.scheme_version
    return cycle.version_for(Sector.objects.values_list("pk", flat=True).get(code=sector))


def _limits(scheme: Scheme) -> dict[str, str]:
    """Behind the names of rows that are for some sectors only: which."""
    names = dict(Sector.objects.values_list("code", "name"))
    rows = (row for part in scheme_page(scheme, names).dimensions for row in part.rows)
    return {row.leaf.code: f"（仅{'、'.join(row.sectors)}）" for row in rows if row.sectors}


def filled_form(sheet: Sheet, reader: "User | None" = None) -> ScoreForm:
    """The form of one sheet; the reviewers' points once approved: before, their column is left to the pen.

    Once the preliminary review is passed its opinion stands there, with the person of then and the day. The branch
    gets the department's points with the approval; a `reader` who reviews the branch already with the passing.
    """
    scheme, approved = engine_scheme(sheet.scheme_version), sheet.status in FROZEN
    is_passed = approved or sheet.status in WITH_INSPECTORS
    shows_department = approved or (is_passed and reader is not None and _reviews(reader, sheet))
    stored = read_rows(Mark.objects.filter(sheet=sheet), sheet.scheme_version)
    own = {row.code: row for row in stored if row.stage == Stage.SELF}
    reviewed = {row.code: row for row in stored if row.stage in (Stage.REVIEW, Stage.POLL)} if approved else {}
    given = {row.code: row for row in stored if row.stage in (Stage.PRELIMINARY, Stage.POLL)}
    department = given if shows_department else {}
    rows = [
        replace(
            row,
            own=_points(own, row.code),
            department=_points(department, row.code),
            reviewed=_points(reviewed, row.code),
            remark=(reviewed[row.code].reason if row.code in reviewed else "") or _note(own, row.code),
        )
        for row in form_rows(scheme, sheet_rows(sheet))
    ]
    blank = blank_form(sheet.cycle, sheet.sector.code, sheet.scheme_version)
    return replace(
        blank,
        branch=sheet.branch.name,
        organization=sheet.organization.name,
        rows=rows,
        extras=list(_extras(scheme, read_claims(sheet))),
        own_sum=_sum(own.values()),
        has_department=gives_marks(sheet),
        department_sum=_sum(department.values()),
        reviewed_sum=_sum(reviewed.values()),
        total=points_text(sheet.review_total_up) if approved else "",
        meeting=f"{sheet.meeting_on:%Y-%m-%d}，到会{sheet.meeting_present or '—'}人" if sheet.meeting_on else "",
        digest=sheet.digest,
        submitted=_signed("提交", sheet.submitted_by, sheet.submitted_at) if _is_submitted(sheet) else "",
        passed=_opinion(sheet, department, own) if is_passed else "",
        approved=_signed("审定", sheet.approved_by, sheet.approved_at) if approved else "",
    )


def _is_submitted(sheet: Sheet) -> bool:
    return sheet.status in (*WITH_DEPARTMENT, *WITH_INSPECTORS, *FROZEN)


def _reviews(user: "User", sheet: Sheet) -> bool:
    """Whether somebody reads the sheet as its department or as an inspector, and not as the branch itself."""
    if any(sheet.organization.path.startswith(path) for path in user.scope.department_paths):
        return True
    return user.scope.is_inspector and sheet.branch_id not in user.scope.branch_ids


def _opinion(sheet: Sheet, department: Mapping[str, StoredMark], own: Mapping[str, StoredMark]) -> str:
    """What the preliminary review came to; how many points it changed where the reader sees them."""
    if is_direct(sheet):
        return "直属工委，不设初审"
    changed = [code for code, row in department.items() if code in own and row.points_up != own[code].points_up]
    result = "初审通过" + (f"，调整{len(changed)}项" if changed else "")
    return _signed(result, sheet.passed_by, sheet.passed_at)


def _signed(step: str, who: "User | None", at: "datetime | None") -> str:
    """A step with its person and day; sheets of demonstrations and imports may lack either."""
    facts = [who.name if who else "", f"{timezone.localdate(at):%Y-%m-%d}" if at else ""]
    return "　".join([step, *filter(None, facts)])


def score_form_pdf(form: ScoreForm) -> pdf.Paper:
    """The form as PDF, A4 across."""
    return pdf.render(TEMPLATE, {"form": form}, styles=("pdf/paper.css", "pdf/score_form.css"))


def form_rows(scheme: Scheme, leaves: Iterable[Indicator]) -> Iterator[FormRow]:
    """Rows in scheme order; the first of each first-level indicator carries its name."""
    dimension_of = {leaf.code: dimension for dimension in scheme.indicators for leaf in dimension.leaves}
    before, leaves = "", list(leaves)
    codes = {leaf.code for leaf in leaves}
    for leaf in leaves:
        dimension = dimension_of[leaf.code]
        points_up = min(dimension.points_up, points_of_rows(dimension, codes))  # a form for all sectors has more rows
        item = f"{dimension.name}（{plain_text(points_up)}分）" if dimension.code != before else ""
        before = dimension.code
        yield FormRow(item, leaf.code, leaf.name, leaf.standard, plain_text(leaf.points_up), clauses(leaf))


def clauses(leaf: Indicator) -> list[str]:
    """How an indicator is scored, a clause a line."""
    if leaf.bands:
        return ["；".join(f"达{_measure(band.from_up)}计{plain_text(band.points_up)}分" for band in leaf.bands)]
    if leaf.slope:
        word = "高" if leaf.slope.direction == "down" else "低"
        most = f"，最多扣{plain_text(leaf.slope.max_up)}分" if leaf.slope.max_up is not None else ""
        step = f"每{word}{_measure(leaf.slope.per_up)}扣{plain_text(leaf.slope.points_up)}分"
        return [f"以{_measure(leaf.slope.target_up)}为目标，{step}{most}"]
    if leaf.rule == "entry":
        return [f"按实际情况赋分，以{plain_text(leaf.step_up)}分为一档"]
    if leaf.rule == "poll":
        return [f"测评得分×{plain_text(leaf.points_up)}÷100"]
    return [_clause(leaf, criterion) for criterion in leaf.criteria]


def _clause(leaf: Indicator, criterion: Criterion) -> str:
    points = plain_text(abs(criterion.points_up))
    if leaf.rule == "choice":
        return f"{criterion.text}：{points}分"
    if criterion.range_up is not None:
        low, high = (plain_text(abs(bound)) for bound in criterion.range_up)
        return f"{criterion.text}（{low}—{high}分）"
    word = HEADINGS.get(leaf.rule, "扣" if criterion.points_up < 0 else "计")
    text = criterion.text if f"{points}分" in criterion.text else f"{criterion.text}，{word}{points}分"
    has_limit = criterion.max_up is not None and abs(criterion.max_up) != abs(criterion.points_up)
    return f"{text}（最多{plain_text(abs(criterion.max_up))}分）" if has_limit else text


def _measure(value_up: int) -> str:
    """A bound up to 1 is a share."""
    return f"{plain_text(value_up * 100)}%" if value_up <= ONE else plain_text(value_up)


def _extras(scheme: Scheme, claims: Iterable[Claim]) -> Iterator[ExtraRow]:
    told: dict[str, list[str]] = {}
    for claim in claims:
        told.setdefault(claim.item_code, []).append(_claim_text(claim))
    for kind, part in (("加分", scheme.bonus), ("减分", scheme.penalty)):
        yield from _part(kind, part, told)
    for veto in scheme.veto:
        yield ExtraRow("一票否决", veto.text, "", told.get(veto.code, ()))


def _part(kind: str, part: Adjustment, told: Mapping[str, Sequence[str]]) -> Iterator[ExtraRow]:
    for item in part.items:
        yield ExtraRow(kind, item.text, _worth(item), told.get(item.code, ()))


def _worth(item: Item) -> str:
    if item.levels_up:
        return "、".join(f"{level}{plain_text(points)}" for level, points in item.levels_up.items())
    limit = f"，最多{plain_text(item.max_up)}分" if item.max_up is not None else ""
    return f"每{item.unit}{plain_text(item.points_up)}分{limit}"


def _claim_text(claim: Claim) -> str:
    refused = "（未采纳）" if claim.status == ClaimStatus.REFUSED else ""
    facts = [claim.level, claim.matter, claim.document, f"{claim.happened_on:%Y-%m-%d}" if claim.happened_on else ""]
    count = f"×{claim.count}" if claim.count > 1 and claim.kind != ClaimKind.VETO else ""
    return "，".join(fact for fact in facts if fact) + count + refused


def _sum(rows: Iterable[StoredMark]) -> str:
    points = [row.points_up for row in rows if row.points_up is not None]
    return points_text(sum(points)) if points else ""


def _points(rows: Mapping[str, StoredMark], code: str) -> str:
    row = rows.get(code)
    return points_text(row.points_up) if row is not None and row.points_up is not None else ""


def _note(rows: Mapping[str, StoredMark], code: str) -> str:
    return rows[code].note if code in rows else ""


def _root_name() -> str:
    root = Organization.objects.filter(parent=None).order_by("code").first()
    return root.name if root else ""
