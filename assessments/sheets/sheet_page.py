"""The read model of one sheet's pages: filling in, reading, checking. The number of queries is fixed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from branchportal.figures import plain_text

from ..schemes.description import each
from ..schemes.loading import engine_scheme, indicator_index
from ..scoring import Mark as EngineMark
from ..scoring.scheme import Criterion, Indicator
from .choices import FROZEN, ClaimKind, ClaimStatus, Stage, Status
from .evidence_uses import note_own_uses
from .gather import StoredMark, by_stage, full_marks_of, is_filled_by_branch, is_required, read_rows, sheet_rows
from .models import Claim, EvidenceLink, Mark, Remark, Sheet
from .preview import DimensionLine, Preview, preview
from .services.claims import claimed_before
from .values import asked_criteria, mark_text, may_waive, ratio_text


@dataclass(frozen=True)
class CriterionField:
    """One clause with what stands there: `count` as typed text, `cost` in words."""

    code: str
    text: str
    unit: str
    cost: str
    count: str
    is_chosen: bool
    is_sized: bool
    low: str = ""
    high: str = ""
    may_waive: bool = False
    is_waived: bool = False
    waive_reason: str = ""


@dataclass(frozen=True)
class LastTime:
    """What the row got in the branch's last cycle."""

    self_up: int | None = None
    review_up: int | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One scored indicator on the page. `review` and `department` (of the preliminary review) are None until
    the sheet is approved: drafts of others stay theirs."""

    leaf: Indicator
    indicator_id: int
    group: str
    stored: StoredMark | None
    points_up: int | None
    review: StoredMark | None
    is_open: bool
    is_missing: bool
    criteria: tuple[CriterionField, ...]
    links: tuple[EvidenceLink, ...]
    remarks: tuple[Remark, ...]
    last: LastTime | None
    department: StoredMark | None = None

    @property
    def code(self) -> str:
        return self.leaf.code

    @property
    def mark(self) -> EngineMark | None:
        return self.stored.mark if self.stored else None

    @property
    def text(self) -> str:
        return mark_text(self.leaf, self.mark)

    @property
    def ratio(self) -> str:
        return ratio_text(self.mark)

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else 0

    @property
    def note(self) -> str:
        return self.stored.note if self.stored else ""

    @property
    def value(self) -> str:
        return "" if self.mark is None or self.mark.value_up is None else plain_text(self.mark.value_up)

    @property
    def denominator(self) -> str:
        return "" if self.mark is None or self.mark.denominator_up is None else plain_text(self.mark.denominator_up)

    @property
    def waivable(self) -> list[CriterionField]:
        """The clauses that the branch may ask to be waived."""
        return [field for field in self.criteria if field.may_waive]

    @property
    def is_elsewhere(self) -> bool:
        return not is_filled_by_branch(self.leaf)

    @property
    def is_optional(self) -> bool:
        return not self.is_elsewhere and not is_required(self.leaf)

    @property
    def review_text(self) -> str:
        return mark_text(self.leaf, self.review.mark) if self.review else ""

    @property
    def reviewed_up(self) -> int | None:
        return self.review.points_up if self.review else None


@dataclass(frozen=True)
class ClaimLine:
    """A bonus claim or a record with its item in words, its files, and the earlier claim it repeats."""

    claim: Claim
    item: str
    links: tuple[EvidenceLink, ...]
    repeats: Claim | None


@dataclass(frozen=True)
class DimensionRows:
    line: DimensionLine
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class SheetPage:
    """All that a sheet's page shows."""

    sheet: Sheet
    dimensions: tuple[DimensionRows, ...]
    preview: Preview
    bonus: tuple[ClaimLine, ...]
    records: tuple[ClaimLine, ...]
    claims_open: bool
    stored: tuple[StoredMark, ...] = field(repr=False)
    claims: tuple[Claim, ...] = field(repr=False)
    links: tuple[EvidenceLink, ...] = field(repr=False)
    last_points: dict[str, int] = field(repr=False)

    @property
    def rows(self) -> list[Row]:
        return [row for dimension in self.dimensions for row in dimension.rows]

    @property
    def has_department(self) -> bool:
        """Whether there are points of the preliminary review to show."""
        return any(row.department for row in self.rows)

    @property
    def full_up(self) -> int:
        sheet = self.sheet
        return full_marks_of(engine_scheme(sheet.scheme_version), sheet.sector.code, sheet.cycle.period)


def sheet_page(sheet: Sheet) -> SheetPage:
    """Read one sheet for its page: marks, claims, files, remarks and last quarter, in seven queries.

    `sheet` comes from `for_filling()`.
    """
    stored = tuple(read_rows(Mark.objects.filter(sheet=sheet), sheet.scheme_version))
    history = list(Claim.objects.filter(sheet__branch_id=sheet.branch_id).select_related("sheet__cycle").order_by("pk"))
    claims = tuple(each for each in history if each.sheet_id == sheet.pk and each.status != ClaimStatus.WITHDRAWN)
    links = tuple(EvidenceLink.objects.filter(sheet=sheet).select_related("evidence").order_by("pk"))
    note_own_uses(sheet, links)
    last = _last_time(sheet)
    remarks, is_whole = _remarks(sheet, last)
    seen = preview(sheet, marks=by_stage(stored), claims=claims)
    dimensions = _dimensions(sheet, seen, stored, links, remarks, last)
    lines = [_claim_line(sheet, claim, links, history) for claim in claims]
    return SheetPage(
        sheet=sheet,
        dimensions=dimensions,
        preview=seen,
        bonus=tuple(line for line in lines if line.claim.kind == ClaimKind.BONUS),
        records=tuple(line for line in lines if line.claim.kind != ClaimKind.BONUS),
        claims_open=is_whole,
        stored=stored,
        claims=claims,
        links=links,
        last_points={code: then.self_up for code, then in last.items() if then.self_up is not None},
    )


def _dimensions(
    sheet: Sheet,
    seen: Preview,
    stored: Iterable[StoredMark],
    links: Iterable[EvidenceLink],
    remarks: dict[int, list[Remark]],
    last: dict[str, LastTime],
) -> tuple[DimensionRows, ...]:
    scheme, index = engine_scheme(sheet.scheme_version), indicator_index(sheet.scheme_version)
    marks = {(row.stage, row.code): row for row in stored}
    files = defaultdict(list)
    for link in links:
        files[link.indicator_id].append(link)
    on_sheet = {leaf.code for leaf in sheet_rows(sheet)}
    lines = {line.code: line for line in seen.dimensions}
    found = []
    for dimension in scheme.indicators:
        if dimension.code not in lines:
            continue
        rows = []
        for leaf, group in leaves_of(dimension):
            if leaf.code not in on_sheet:
                continue
            pk = index.indicators[leaf.code].pk
            own = marks.get((Stage.SELF if is_filled_by_branch(leaf) else leaf.rule, leaf.code))
            rows.append(
                Row(
                    leaf=leaf,
                    indicator_id=pk,
                    group=group,
                    stored=own,
                    points_up=seen.points_up.get(leaf.code),
                    review=marks.get((Stage.REVIEW, leaf.code)) if sheet.status in FROZEN else None,
                    department=marks.get((Stage.PRELIMINARY, leaf.code)) if sheet.status in FROZEN else None,
                    is_open=sheet.status != Status.RETURNED or any(each.is_open for each in remarks.get(pk, ())),
                    is_missing=leaf.code in seen.missing,
                    criteria=criterion_fields(leaf, sheet, own),
                    links=tuple(files.get(pk, ())),
                    remarks=tuple(remarks.get(pk, ())),
                    last=last.get(leaf.code),
                )
            )
        found.append(DimensionRows(lines[dimension.code], tuple(rows)))
    return tuple(found)


def leaves_of(dimension: Indicator) -> Iterable[tuple[Indicator, str]]:
    """Scored indicators below a dimension, with the name of the second level where they are of the third."""
    for child in dimension.children:
        if child.children:
            for leaf in child.leaves:
                yield leaf, child.name
        else:
            yield child, ""
    if not dimension.children:
        yield dimension, ""


def criterion_fields(leaf: Indicator, sheet: Sheet, stored: StoredMark | None) -> tuple[CriterionField, ...]:
    """The clauses of a row with what stands there, as its input fields show them."""
    counts = stored.mark.counts if stored and stored.mark else {}
    fields = []
    for criterion in asked_criteria(leaf, sheet):
        count = counts.get(criterion.code, 0)
        low, high = criterion.range_up or (0, 0)
        text = plain_text(count) if criterion.range_up is not None else str(count)
        fields.append(
            CriterionField(
                code=criterion.code,
                text=criterion.text,
                unit=criterion.unit,
                cost=cost_text(leaf, criterion),
                count=text if count or criterion.range_up is None else "",
                is_chosen=bool(count),
                is_sized=criterion.range_up is not None,
                low=plain_text(low),
                high=plain_text(high),
                may_waive=may_waive(leaf, criterion),
                is_waived=stored is not None and criterion.code in stored.waivers,
                waive_reason=stored.waivers.get(criterion.code, "") if stored else "",
            )
        )
    return tuple(fields)


def cost_text(leaf: Indicator, criterion: Criterion) -> str:
    """What a clause costs or gives: “each 次 −0.5 points, at most 4”."""
    sign = -1 if leaf.rule == "deduct" else 1
    if criterion.range_up is not None:
        low, high = (plain_text(sign * end) for end in criterion.range_up)
        return _("%(low)s to %(high)s points") % {"low": low, "high": high}
    if leaf.rule == "choice" or leaf.highest_only:
        plus = "+" if sign * criterion.points_up > 0 and leaf.rule != "choice" else ""
        return _("%(points)s points") % {"points": plus + plain_text(sign * criterion.points_up)}
    text = each(criterion.unit, sign * criterion.points_up)
    if criterion.max_up is None:
        return text
    return _("%(text)s, at most %(max)s") % {"text": text, "max": plain_text(criterion.max_up)}


def _remarks(sheet: Sheet, last: dict[str, LastTime]) -> tuple[dict[int, list[Remark]], bool]:
    """Remarks of this sheet by indicator, and whether the claims are open."""
    found = defaultdict(list)
    for remark in Remark.objects.filter(sheet=sheet).select_related("author").order_by("-pk"):
        found[remark.indicator_id].append(remark)
    is_whole = sheet.status != Status.RETURNED or any(each.is_open for each in found.get(None, ()))
    return dict(found), is_whole


def past_sheets(sheet: Sheet) -> QuerySet[Sheet]:
    """The branch's sheet of the cycle before this one, as a subquery of its id."""
    earlier = Sheet.objects.current().filter(branch_id=sheet.branch_id, cycle__starts_on__lt=sheet.cycle.starts_on)
    return earlier.order_by("-cycle__starts_on").values("pk")[:1]


def _last_time(sheet: Sheet) -> dict[str, LastTime]:
    """Points and remarks of the branch's last cycle by indicator code; review points only once approved."""
    remark = Remark.objects.filter(sheet_id=OuterRef("sheet_id"), indicator_id=OuterRef("indicator_id"))
    rows = (
        Mark.objects.filter(sheet_id=Subquery(past_sheets(sheet)))
        .filter(Q(stage=Stage.SELF) | Q(stage=Stage.REVIEW, sheet__status__in=(Status.APPROVED, Status.SEALED)))
        .annotate(returned=Subquery(remark.order_by("-pk").values("text")[:1]))
        .values_list("indicator__code", "stage", "points_up", "reason", "returned")
    )
    points: dict[str, dict[str, int | None]] = defaultdict(dict)
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for code, stage, points_up, reason, returned in rows:
        points[code][stage] = points_up
        texts[code].update({text: None for text in (reason, returned) if text})
    return {
        code: LastTime(found.get(Stage.SELF), found.get(Stage.REVIEW), tuple(texts[code]))
        for code, found in points.items()
    }


def past_claims(sheet: Sheet) -> QuerySet[Claim]:
    """Bonus claims of the branch on its other sheets, newest first."""
    others = Claim.objects.filter(sheet__branch_id=sheet.branch_id, kind=ClaimKind.BONUS).exclude(sheet=sheet)
    return others.exclude(status=ClaimStatus.WITHDRAWN).select_related("sheet__cycle").order_by("-pk")[:100]


def _claim_line(sheet: Sheet, claim: Claim, links: Iterable[EvidenceLink], history: list[Claim]) -> ClaimLine:
    files = tuple(link for link in links if link.claim_id == claim.pk)
    repeats = claimed_before(claim, [each for each in history if each.pk < claim.pk])
    return ClaimLine(claim, item_text(sheet, claim), files, repeats if claim.kind == ClaimKind.BONUS else None)


def item_text(sheet: Sheet, claim: Claim) -> str:
    """The scheme's words for a claim's item and level, with its points."""
    scheme = engine_scheme(sheet.scheme_version)
    part = {ClaimKind.BONUS: scheme.bonus.items, ClaimKind.PENALTY: scheme.penalty.items}.get(claim.kind)
    if part is None:
        texts = {each.code: each.text for each in (*scheme.veto, *scheme.flags)}
        return texts.get(claim.item_code, claim.item_code)
    item = next((each for each in part if each.code == claim.item_code), None)
    if item is None:
        return claim.item_code
    points_up = item.levels_up.get(claim.level, item.points_up)
    sign = "+" if claim.kind == ClaimKind.BONUS else "−"
    name = f"{item.text}·{claim.level}" if claim.level else item.text
    times = f" × {claim.count}" if claim.count > 1 else ""
    return f"{name} {sign}{plain_text(points_up)}{times}"
