"""A branch's result as one read model for the page and the paper: figures, reasons in sentences, comparison, trend.

    report = branch_report(result)     # `Result.objects.visible_to(user)` decides before who may ask

Figures are micro-points as the engine gave them (print them with `|points`); nothing is computed in a template.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone

from branchportal.figures import points_text

from ..results.full_marks import differ
from ..results.models import Publication, Result, SectorMedian
from ..scoring import Scheme
from ..scoring.working import IndicatorWorking, StageWorking, Working
from ..sheets.gather import due_rows, points_of_rows
from ..sheets.models import Mark
from ..sheets.preliminary import has_component
from . import charts, sentences
from .result_items import Adjustments, adjustments
from .result_stars import StarTold, stars_told
from .result_steps import Step, has_no_department, say_what_stood, total_steps
from .result_trend import TrendPoint, trend
from .result_working import Explained, explain
from .result_years import Years, years_up_to

PRELIMINARY = "preliminary"
MADE = ("marked", "not_applicable")
RELATED = (
    "tally__cycle__plan__scheme_version",
    "tally__plan__scheme_version",
    "branch",
    "organization",
    "sector",
    "unit",
    "sheet__scheme_version",
)


@dataclass(frozen=True)
class Row:
    """A second- (or third-) level indicator: self-assessed and reviewed points, and how each came about.

    `department_…`: of the preliminary review, where it is a part of the score.
    """

    code: str
    name: str
    standard: str
    points_up: int
    own_up: int | None  # None: not on the self sheet, or not filled in
    reviewed_up: int | None
    own_told: Sequence[str]
    told: Sequence[str]
    reason: str  # why the reviewers changed the points
    department_up: int | None = None
    department_told: Sequence[str] = ()
    department_reason: str = ""

    @property
    def is_lower(self) -> bool:
        """Whether the reviewers gave less than the branch itself."""
        return self.own_up is not None and self.reviewed_up is not None and self.reviewed_up < self.own_up


@dataclass(frozen=True)
class Group:
    """A first-level indicator with its rows; shares in millionths, beside the sector's median."""

    code: str
    name: str
    points_up: int
    own_up: int | None
    earned_up: int | None
    possible_up: int | None
    share_up: int | None
    median_up: int | None
    department_up: int | None = None
    rows: Sequence[Row] = ()

    @property
    def share_text(self) -> str:
        """The share in per cent, as printed."""
        return _printed(self.share_up)

    @property
    def median_text(self) -> str:
        """The sector's median in per cent, as printed."""
        return _printed(self.median_up)


@dataclass(frozen=True)
class BranchReport:
    """Everything that page and paper show of one result."""

    result: Result
    title: str  # the cycle or the year
    scheme_name: str
    publication: Publication | None
    published_on: date | None
    own_total_up: int | None
    groups: Sequence[Group]
    steps: Sequence[Step]
    items: Adjustments
    star: StarTold
    ranked_all: int
    ranked_sector: int
    trend: Sequence[TrendPoint]
    years: Years
    digest: str
    sheet_digest: str
    places: int = 2
    has_department: bool = False  # the preliminary review is a part of the score, and there was one
    department_total_up: int | None = None
    reviewed_total_up: int | None = None  # of the marks that count most, before components are put together
    radar_option: dict | None = field(default=None, repr=False)
    trend_option: dict | None = field(default=None, repr=False)

    @property
    def is_year(self) -> bool:
        return self.result.tally.cycle_id is None

    @property
    def is_trend_shared(self) -> bool:
        """Whether the periods' full marks differ: then their shares are compared, not their totals."""
        return are_shared(self.trend)

    @property
    def has_rows(self) -> bool:
        """Whether there are indicators to show (a year has none of its own)."""
        return any(group.rows for group in self.groups)

    @property
    def is_official(self) -> bool:
        """Whether the result was published (else the paper says that it is a candidate)."""
        return self.publication is not None


def branch_report(result: Result) -> BranchReport:
    """Build the read model; about ten queries, whatever the size of the tally.

    `result` should come from `Result.objects.select_related(*RELATED)`, else one query more per relation.
    """
    explained = explain(result)
    working, scheme = explained.working, explained.scheme
    ranked, department = _ranked(result), _department_stage(result, explained)
    groups = _groups(result, explained)
    points = trend(result)
    publication = _publication(result)
    return BranchReport(
        result=result,
        title=(result.tally.cycle or result.tally.plan).name,
        scheme_name=f"{scheme.name} {scheme.version}",
        publication=publication,
        published_on=timezone.localdate(publication.published_at) if publication else None,
        own_total_up=_own_total(working),
        groups=groups,
        steps=say_what_stood(total_steps(working, scheme), result, scheme),
        items=adjustments(result, explained),
        star=stars_told(result, explained, ranked),
        ranked_all=ranked["all"],
        ranked_sector=ranked["sector"],
        trend=points,
        years=years_up_to(result),
        digest=result.tally.digest,
        sheet_digest=result.sheet.digest if result.sheet_id else "",
        places=scheme.places,
        has_department=department is not None,
        department_total_up=department.score_up if department else None,
        reviewed_total_up=reviewed.score_up if (reviewed := _reviewed_stage(working, scheme)) else None,
        radar_option=_radar(groups),
        trend_option=_trend(points),
    )


def _ranked(result: Result) -> dict[str, int]:
    """How many branches are ranked: in all, in the sector, in the organization; of several schemes under its own."""
    ranked = Result.objects.filter(tally_id=result.tally_id, sort_up__gte=0)
    if result.tally.is_mixed:
        ranked = ranked.exclude(sector__in=_sectors_elsewhere(result))
    return ranked.aggregate(
        all=Count("pk"),
        sector=Count("pk", filter=Q(sector_id=result.sector_id)),
        committee=Count("pk", filter=Q(organization_id=result.organization_id)),
    )


def _sectors_elsewhere(result: Result) -> list[int]:
    """Sectors (ids) that the tally scored under another scheme than this result's."""
    plan = result.tally.plan
    own = plan.version_for(result.sector_id)
    ranked = Result.objects.filter(tally_id=result.tally_id).order_by().values_list("sector_id", flat=True).distinct()
    return [sector for sector in ranked if plan.version_for(sector).pk != own.pk]


def _publication(result: Result) -> Publication | None:
    """The latest publication of the tally that was ever in force."""
    said = Publication.objects.filter(tally_id=result.tally_id, published_at__isnull=False)
    return said.order_by("-version").first()


def _own_total(working: Working | None) -> int | None:
    own = _stage(working, "self")
    return own.score_up if own else None


def _stage(working: Working | None, name: str) -> StageWorking | None:
    return next((stage for stage in working.stages if stage.stage == name), None) if working else None


def _reviewed_stage(working: Working | None, scheme: Scheme) -> StageWorking | None:
    """The marks that count: the review, or the heaviest component made of marks where the review has no weight."""
    weights = {component.source: component.weight_up for component in scheme.components}
    found = [stage for stage in working.stages if weights.get(stage.stage)] if working else []
    return max(found, key=lambda stage: (stage.stage == "review", weights[stage.stage]), default=None)


def _department_stage(result: Result, explained: Explained) -> StageWorking | None:
    """The department's marks beside those that count most; None where no department reviews, or for no points."""
    if has_no_department(result) or not has_component(explained.scheme):
        return None
    reviewed = _reviewed_stage(explained.working, explained.scheme)
    return None if reviewed is None or reviewed.stage == PRELIMINARY else _stage(explained.working, PRELIMINARY)


def _groups(result: Result, explained: Explained) -> list[Group]:
    scheme, working = explained.scheme, explained.working
    own, reviewed = _stage(working, "self"), _reviewed_stage(working, scheme)
    department = _department_stage(result, explained)
    medians = dict(
        SectorMedian.objects.filter(tally_id=result.tally_id, sector_id=result.sector_id).values_list(
            "dimension", "share_up"
        )
    )
    rows = _rows(result, scheme, own, reviewed, department)
    own_sums, department_sums = _sums_of(own), _sums_of(department)
    codes, found = _asked(result, scheme), []
    for dimension, (earned, possible) in zip(scheme.indicators, pairs(result, len(scheme.indicators)), strict=True):
        if not (points_up := points_of_rows(dimension, codes)):
            continue  # for other sectors, or not due in this period
        has = result.total_up is not None and possible > 0
        found.append(
            Group(
                code=dimension.code,
                name=dimension.name,
                points_up=points_up,
                own_up=own_sums.get(dimension.code),
                earned_up=earned if has else None,
                possible_up=possible if has else None,
                share_up=(earned * 1_000_000 + possible // 2) // possible if has else None,
                median_up=medians.get(dimension.code),
                department_up=department_sums.get(dimension.code),
                rows=rows.get(dimension.code, ()),
            )
        )
    return found


def _sums_of(stage: StageWorking | None) -> dict[str, int]:
    """Points of the first-level indicators in one stage."""
    return {one.code: one.earned_up for one in stage.dimensions} if stage else {}


def _asked(result: Result, scheme: Scheme) -> set[str]:
    """Codes of the rows that the branch is scored by: those of its sector, in a period those that are due in it."""
    cycle, sector = result.tally.cycle, result.sector.code
    leaves = due_rows(scheme, sector, cycle.period) if cycle else scheme.sheet_leaves(sector)
    return {leaf.code for leaf in leaves}


def pairs(result: Result, count: int) -> list[tuple[int, int]]:
    """Earned and possible micro-points of every first-level indicator, as stored with the result."""
    flat = memoryview(bytes(result.dimensions)).cast("q").tolist() if result.dimensions else [0] * (2 * count)
    return list(zip(flat[::2], flat[1::2], strict=True))


def _rows(
    result: Result,
    scheme: Scheme,
    own: StageWorking | None,
    reviewed: StageWorking | None,
    department: StageWorking | None,
) -> dict[str, list[Row]]:
    """Rows by first-level indicator; those not on the sheet or not due are left out."""
    if reviewed is None:
        return {}
    own_rows, department_rows = _rows_of(own), _rows_of(department)
    reasons = _reasons(result, [stage.stage for stage in (reviewed, department) if stage])
    found: dict[str, list[Row]] = {}
    for row in reviewed.indicators:
        if row.state in ("not_due", "not_on_sheet"):
            continue
        leaf, mine, theirs = scheme.by_code[row.code], own_rows.get(row.code), department_rows.get(row.code)
        is_given = leaf.rule in ("poll", "external")
        has_own = mine is not None and not is_given and mine.state in MADE
        has_theirs = theirs is not None and theirs.state in MADE
        found.setdefault(row.dimension, []).append(
            Row(
                code=row.code,
                name=row.name,
                standard=leaf.standard,
                points_up=row.points_up,
                own_up=mine.counted_up if has_own else None,
                reviewed_up=row.counted_up if row.state != "missing" else None,
                own_told=sentences.mark_sentences(mine, leaf) if has_own else (),
                told=sentences.mark_sentences(row, leaf),
                reason=reasons.get((reviewed.stage, row.code), ""),
                department_up=theirs.counted_up if has_theirs else None,
                department_told=sentences.mark_sentences(theirs, leaf) if has_theirs and not is_given else (),
                department_reason=reasons.get((PRELIMINARY, row.code), "") if department else "",
            )
        )
    return found


def _rows_of(stage: StageWorking | None) -> dict[str, IndicatorWorking]:
    return {row.code: row for row in stage.indicators} if stage else {}


def _reasons(result: Result, stages: Sequence[str]) -> dict[tuple[str, str], str]:
    """Why points were changed, by stage and code, in one query."""
    rows = Mark.objects.filter(sheet_id=result.sheet_id, stage__in=stages).exclude(reason="")
    return {(stage, code): reason for stage, code, reason in rows.values_list("stage", "indicator__code", "reason")}


def _radar(groups: Sequence[Group]) -> dict | None:
    """Shares in per cent; a radar needs three axes."""
    known = [group for group in groups if group.share_up is not None]
    if len(known) < 3:
        return None
    own = [_per_cent(group.share_up) for group in known]
    median = [_per_cent(group.median_up) for group in known]
    has_median = any(value is not None for value in median)
    return charts.radar([group.name for group in known], own, median if has_median else None)


def _trend(points: Sequence[TrendPoint]) -> dict | None:
    known = [point for point in points if point.total_up is not None]
    if len(known) < 2:
        return None
    names = [point.name for point in points]
    if are_shared(points):
        return charts.trend(names, [_per_cent_printed(point.share_up) for point in points])
    return charts.trend(names, [_figure(point.total_up) for point in points])


def are_shared(points: Sequence[TrendPoint]) -> bool:
    """Whether totals of different full marks stand side by side."""
    return differ(point.full_up for point in points if point.total_up is not None)


def _printed(share_up: int | None) -> str:
    return "—" if share_up is None else points_text(share_up * 100, 1) + "%"


def _per_cent(share_up: int | None) -> float | None:
    return None if share_up is None else round(share_up / 10_000, 2)


def _per_cent_printed(share_up: int | None) -> float | None:
    return None if share_up is None else float(points_text(share_up * 100, 1))


def _figure(points_up: int | None) -> float | None:
    return None if points_up is None else float(points_text(points_up))  # the label shows what is printed elsewhere
