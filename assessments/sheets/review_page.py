"""What department and inspectors see of one sheet: row by row the branch's mark, theirs, last quarter and evidence.

`stage` says whose page it is: `Row.review` is the mark of that stage, which the reader writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from branchportal.figures import plain_text

from ..schemes.loading import engine_scheme, indicator_index
from ..scoring import MARKED, NOT_APPLICABLE, evaluate, points_of
from ..scoring import Mark as EngineMark
from ..scoring.scheme import COUNT_RULES, Indicator
from .choices import FROZEN, ClaimKind, ClaimStatus, Stage, Status
from .evidence_uses import note_uses
from .freezing import thaw_sheet
from .gather import StoredMark, by_stage, is_filled_by_branch, points_of_rows, read_rows, sheet_rows
from .models import Claim, Evidence, EvidenceLink, Mark, MarkCount, Remark, Sheet
from .preview import Preview
from .reviewed import running_review
from .sheet_page import CriterionField, criterion_fields, item_text
from .values import mark_text, ratio_text

if TYPE_CHECKING:
    from members.models import User


@dataclass
class Row:
    """One indicator. Points in micro-points, None where there is no mark. `review` is the mark of the page's stage."""

    leaf: Indicator
    indicator_id: int
    own: StoredMark | None = None
    review: StoredMark | None = None
    given: StoredMark | None = None
    department: StoredMark | None = None  # on the inspectors' page, where the department gives marks
    previous_up: int | None = None
    evidence: list[Evidence] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    criteria: tuple[CriterionField, ...] = ()
    waivers: Mapping[str, str] = field(default_factory=dict)  # of the review mark: reason by criterion code
    typed: str = ""  # a poll result that was refused, shown again
    flags: list[str] = field(default_factory=list)  # set by `flags.note_flags`
    belongs: str = ""  # why the reader does not score it: another office does, or it was not reopened
    is_sealed: bool = False  # a reopening in part left it as it was

    @property
    def is_given(self) -> bool:
        """Whether the branch does not fill it in itself (poll, imported figure)."""
        return not is_filled_by_branch(self.leaf)

    @property
    def own_up(self) -> int | None:
        return self.own.points_up if self.own else None

    @property
    def mine_up(self) -> int | None:
        """The points that count: reviewed, or of the poll."""
        found = self.given if self.is_given else self.review
        return found.points_up if found else None

    @property
    def own_text(self) -> str:
        mark = self.own.mark if self.own else None
        share = ratio_text(mark)
        text = mark_text(self.leaf, mark)
        return _("%(numbers)s = %(share)s") % {"numbers": text, "share": share} if share else text

    @property
    def review_text(self) -> str:
        return mark_text(self.leaf, self.review.mark) if self.review else ""

    @property
    def department_text(self) -> str:
        return mark_text(self.leaf, self.department.mark) if self.department else ""

    @property
    def state(self) -> str:
        """untouched, accepted, changed; for given rows open or filled."""
        if self.is_given:
            return "filled" if self.given else "open"
        if self.review is None:
            return "untouched"
        same = self.own is not None and self.review.points_up == self.own_up
        return "accepted" if same and not self.review.reason else "changed"

    @property
    def shown(self) -> StoredMark | None:
        """What stands in the fields: the review mark, before that the branch's own; a poll has one for all."""
        return self.given if self.is_given else self.review or self.own

    @property
    def code(self) -> str:
        return self.leaf.code

    @property
    def mark(self) -> EngineMark | None:
        return self.shown.mark if self.shown else None

    @property
    def value(self) -> str:
        """The number in the input field; a poll result that was refused is shown again."""
        if self.typed or self.mark is None or self.mark.value_up is None:
            return self.typed
        return plain_text(self.mark.value_up)

    @property
    def denominator(self) -> str:
        return plain_text(self.mark.denominator_up) if self.mark and self.mark.denominator_up else ""

    @property
    def version(self) -> int:
        """Of the mark that the reviewer writes: 0 where there is none yet."""
        found = self.given if self.is_given else self.review
        return found.version if found else 0

    @property
    def waiver_fields(self) -> list[dict[str, object]]:
        """Clauses that may be waived, with the reason where they are."""
        if self.leaf.rule not in COUNT_RULES:
            return []
        return [
            {"code": each.code, "text": each.text, "is_waived": each.code in self.waivers,
             "reason": self.waivers.get(each.code, "")}
            for each in self.criteria
        ]  # fmt: skip

    @property
    def shift_up(self) -> int | None:
        """By how much the review differs from the branch's own points."""
        if self.review is None or self.review.points_up is None or self.own_up is None:
            return None
        return self.review.points_up - self.own_up


@dataclass
class Group:
    """A first-level indicator with its rows."""

    code: str
    name: str
    points_up: int
    rows: list[Row]


@dataclass
class ClaimRow:
    """A bonus claim or a record with the item's words and its files."""

    claim: Claim
    text: str
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.claim.status in (ClaimStatus.CLAIMED, ClaimStatus.RECORDED)


@dataclass
class Page:
    """Everything of one sheet that its reviewers see."""

    groups: list[Group]
    bonus: list[ClaimRow]
    records: list[ClaimRow]
    preview: Preview
    remarks: list[Remark]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    @property
    def todo(self) -> int:
        """Rows that wait for the inspector."""
        return sum(row.state in ("untouched", "open") for row in self.rows)

    @property
    def reviewed(self) -> int:
        return len(self.rows) - self.todo

    @property
    def open_claims(self) -> int:
        return sum(row.is_open for row in (*self.bonus, *self.records))

    @property
    def given(self) -> list[Row]:
        return [row for row in self.rows if row.is_given]

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands against approving."""
        return not self.todo and not self.open_claims


def build_page(
    sheet: Sheet, user: "User | None" = None, *, with_previous: bool = True, stage: str = Stage.REVIEW
) -> Page:
    """The page's rows in at most nine queries. `sheet` comes from `for_filling()`; for `user`, flags on its files."""
    stored = read_rows(Mark.objects.filter(sheet=sheet), sheet.scheme_version)
    claims = list(
        Claim.objects.filter(sheet=sheet)
        .exclude(status=ClaimStatus.WITHDRAWN)
        .select_related("entered_by", "decided_by")
    )
    remarks = list(Remark.objects.filter(sheet=sheet).select_related("author"))
    links = list(EvidenceLink.objects.filter(sheet=sheet).select_related("evidence"))
    if user is not None:
        note_uses(sheet, [link.evidence for link in links], user)
    rows = _rows(sheet, stored, links, remarks, previous_points(sheet) if with_previous else {}, stage)
    for claim in claims:
        claim.sheet = sheet
    lines = [_claim_row(sheet, claim, links) for claim in claims]
    return Page(
        groups=_groups(sheet, rows),
        bonus=[line for line in lines if line.claim.kind == ClaimKind.BONUS],
        records=[line for line in lines if line.claim.kind != ClaimKind.BONUS],
        preview=running_review(sheet, by_stage(stored), claims, stage),
        remarks=remarks,
    )


def _rows(
    sheet: Sheet,
    stored: list[StoredMark],
    links: list[EvidenceLink],
    remarks: list[Remark],
    previous: Mapping[str, int],
    stage: str,
) -> dict[str, Row]:
    index = indicator_index(sheet.scheme_version)
    found = {
        leaf.code: Row(leaf, index.indicators[leaf.code].pk, previous_up=previous.get(leaf.code))
        for leaf in sheet_rows(sheet)
    }
    names = {Stage.SELF: "own", Stage.PRELIMINARY: "department", Stage.POLL: "given", Stage.EXTERNAL: "given"}
    names[stage] = "review"
    scheme = engine_scheme(sheet.scheme_version)
    for mark in stored:
        if mark.code in found and mark.stage in names:
            points_up = points_of(scheme, mark.code, mark.mark) if mark.points_up is None else mark.points_up
            setattr(found[mark.code], names[mark.stage], replace(mark, points_up=points_up))
    for row in found.values():
        row.criteria = criterion_fields(row.leaf, sheet, row.shown)
    codes = index.indicator_codes
    for link in links:
        if link.indicator_id and (row := found.get(codes.get(link.indicator_id, ""))):
            row.evidence.append(link.evidence)
    for remark in remarks:
        if remark.indicator_id and (row := found.get(codes.get(remark.indicator_id, ""))):
            row.remarks.append(remark)
    waived = {row.review.pk: row for row in found.values() if row.review and row.review.mark and row.review.mark.waived}
    if waived:
        for count in MarkCount.objects.filter(mark__in=waived, is_waived=True):
            row = waived[count.mark_id]
            row.waivers = {**row.waivers, index.criterion_codes[count.criterion_id]: count.waive_reason}
    return found


def _groups(sheet: Sheet, rows: Mapping[str, Row]) -> list[Group]:
    groups = []
    for dimension in engine_scheme(sheet.scheme_version).indicators:
        here = [rows[leaf.code] for leaf in dimension.leaves if leaf.code in rows]
        if here:
            groups.append(Group(dimension.code, dimension.name, points_of_rows(dimension, rows), here))
    return groups


def _claim_row(sheet: Sheet, claim: Claim, links: list[EvidenceLink]) -> ClaimRow:
    return ClaimRow(claim, item_text(sheet, claim), [link.evidence for link in links if link.claim_id == claim.pk])


def previous_points(sheet: Sheet) -> dict[str, int]:
    """Points by indicator code of the branch's last sealed or approved sheet before this cycle, by the engine."""
    last = (
        Sheet.objects.filter(Q(status__in=FROZEN) & ~Q(status=Status.SUPERSEDED), branch=sheet.branch_id)
        .filter(cycle__starts_on__lt=sheet.cycle.starts_on)
        .select_related("scheme_version", "cycle", "branch", "sector", "organization")
        .order_by("-cycle__starts_on")
        .first()
    )
    if last is None:
        return {}
    scheme = engine_scheme(last.scheme_version)
    scored = evaluate(scheme, thaw_sheet(last), stages=("review",)).stages["review"]
    return {
        leaf.code: int(scored.points_up[0, at])
        for at, leaf in enumerate(scheme.leaves)
        if int(scored.states[0, at]) in (MARKED, NOT_APPLICABLE)
    }
