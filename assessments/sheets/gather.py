"""From rows of one sheet to what the engine reads. Live preview, review and freezing all gather here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet

from ..schemes.loading import IndicatorIndex, engine_scheme, indicator_index, layout_of
from ..schemes.models import SchemeVersion
from ..scoring import Batch, BranchFacts, Scheme, put_marks
from ..scoring import Claim as EngineClaim
from ..scoring import Mark as EngineMark
from ..scoring.scheme import Indicator
from .choices import ClaimKind, ClaimStatus, MarkState, Stage, Status
from .given import put_given
from .models import Claim, ComponentScore, Mark, Remark, Sheet

MICRO = 1_000_000
GIVEN_RULES = ("poll", "external")  # filled in elsewhere: not on the self sheet
NO_SCORE_OF_ITS_OWN = ("self", "preliminary", "review", "poll", "meeting")  # made of marks, or columns of the sheet
OPEN_CLAIMS = (ClaimStatus.CLAIMED, ClaimStatus.RECORDED)

Marks = Mapping[str, EngineMark]  # by indicator code


def sheet_rows(sheet: Sheet) -> tuple[Indicator, ...]:
    """The scored indicators on this sheet: those of its sector that are due in its period, in scheme order."""
    scheme = engine_scheme(sheet.scheme_version)
    return due_rows(scheme, sheet.sector.code, sheet.cycle.period)


def due_rows(scheme: Scheme, sector: str, period: str) -> tuple[Indicator, ...]:
    """The same before a sheet exists: what opening a cycle asks of a branch."""
    return tuple(leaf for leaf in scheme.sheet_leaves(sector) if scheme.is_due(leaf, period))


def points_of_rows(indicator: Indicator, codes: Collection[str]) -> int:
    """Points of an indicator where only the rows of `codes` count, in micro-points; 0 without any of them."""
    if not indicator.children:
        return indicator.points_up if indicator.code in codes else 0
    found = sum(points_of_rows(child, codes) for child in indicator.children)
    return indicator.points_up if found and indicator.scaled else found


def full_marks_of(scheme: Scheme, sector: str, period: str) -> int:
    """What a sheet can reach (scoring.md, section 3: T), in micro-points: less where rows of the sector are not due."""
    every = {leaf.code for leaf in scheme.sheet_leaves(sector)}
    due = {leaf.code for leaf in due_rows(scheme, sector, period)}
    due_up, all_up = (sum(points_of_rows(top, codes) for top in scheme.indicators) for codes in (due, every))
    if scheme.rescale_due or due_up == all_up or not all_up:
        return scheme.full_marks_up
    return (2 * scheme.full_marks_up * due_up + all_up) // (2 * all_up)


def is_filled_by_branch(leaf: Indicator) -> bool:
    """Whether the branch itself fills the row in; polls and imported figures come from elsewhere."""
    return leaf.rule not in GIVEN_RULES


def is_required(leaf: Indicator) -> bool:
    """Whether the row must be filled in before submitting (`Sheet.due_count` counts these)."""
    return is_filled_by_branch(leaf) and leaf.due != "on_event"


def engine_mark(mark: Mark, leaf: Indicator, index: IndicatorIndex) -> EngineMark | None:
    """A mark row with its counts (prefetch them) as the engine's mark; None where only a note stands."""
    counts = [(row.criterion_id, row.value_up, row.is_waived) for row in mark.counts.all()]
    return plain_mark(leaf, mark.state, mark.value_up, mark.denominator_up, counts, index)


def plain_mark(
    leaf: Indicator,
    state: str,
    value_up: int | None,
    denominator_up: int | None,
    counts: Iterable[tuple[int, int, bool]],
    index: IndicatorIndex,
) -> EngineMark | None:
    """Columns of a mark and (criterion id, value, waived) of its counts as the engine's mark.

    Units: the rows hold micro-units throughout; the engine wants whole counts, and micro-points for a size.
    Missing: None where the columns hold no value (a note alone under entry, measure or choice).
    """
    if state == MarkState.NOT_APPLICABLE:
        return EngineMark(not_applicable=True)
    sized = {criterion.code for criterion in leaf.criteria if criterion.range_up is not None}
    found, waived = {}, set()
    for criterion_id, count_up, is_waived in counts:
        code = index.criterion_codes[criterion_id]
        if count_up:
            found[code] = count_up if code in sized else count_up // MICRO
        if is_waived:
            waived.add(code)
    if leaf.rule in ("entry", "measure", *GIVEN_RULES) and value_up is None:
        return None
    if leaf.rule == "choice" and not found:
        return None
    return EngineMark(value_up, denominator_up, found, frozenset(waived))


@dataclass(frozen=True)
class StoredMark:
    """A mark row as stored: the engine's mark (None: a note alone) and what pages and services need beside it."""

    pk: int
    stage: str
    code: str
    mark: EngineMark | None
    points_up: int | None
    note: str
    reason: str
    version: int
    entered_by_id: int
    entered_at: datetime
    is_returned: bool  # an open remark stands beside it
    sheet_id: int = 0
    waivers: Mapping[str, str] = field(default_factory=dict)  # reasons by criterion code


def read_rows(marks: QuerySet[Mark], version: SchemeVersion) -> list[StoredMark]:
    """Mark rows of one sheet (or of several under one scheme version) with their counts, in one query."""
    index, leaves = indicator_index(version), engine_scheme(version).by_code
    remarks = Remark.objects.filter(sheet=OuterRef("sheet_id"), indicator=OuterRef("indicator_id"), is_open=True)
    columns = marks.annotate(is_returned=Exists(remarks)).order_by("pk", "counts__pk").values_list(
        "pk", "stage", "indicator_id", "state", "value_up", "denominator_up", "points_up", "note", "reason", "version",
        "entered_by_id", "entered_at", "is_returned", "sheet_id", "counts__criterion_id", "counts__value_up",
        "counts__is_waived", "counts__waive_reason",
    )  # fmt: skip
    found = []
    for _pk, lines in groupby(columns, key=itemgetter(0)):
        rows = list(lines)
        pk, stage, indicator_id, state, value_up, denominator_up, *rest = rows[0][:14]
        code = index.indicator_codes[indicator_id]
        counts = [row[14:17] for row in rows if row[14] is not None]
        waivers = {index.criterion_codes[row[14]]: row[17] for row in rows if row[14] is not None and row[16]}
        mark = plain_mark(leaves[code], state, value_up, denominator_up, counts, index)
        found.append(StoredMark(pk, stage, code, mark, *rest, waivers=waivers))
    return found


def by_stage(rows: Iterable[StoredMark]) -> dict[str, dict[str, EngineMark]]:
    """Stored rows as `sheet_batch` and `preview` take them; rows that are only a note are left out."""
    found: dict[str, dict[str, EngineMark]] = {}
    for row in rows:
        if row.mark is not None:
            found.setdefault(row.stage, {})[row.code] = row.mark
    return found


def read_marks(sheet: Sheet, stages: Iterable[str] = ()) -> dict[str, dict[str, EngineMark]]:
    """Marks of a sheet by stage and indicator code, in one query. `stages` narrows it down; none means all."""
    rows = Mark.objects.filter(sheet=sheet)
    if stages:
        rows = rows.filter(stage__in=list(stages))
    return by_stage(read_rows(rows, sheet.scheme_version))


def read_claims(sheet: Sheet) -> list[Claim]:
    """All claims and records of a sheet that were not withdrawn, in one query."""
    return list(Claim.objects.filter(sheet=sheet).exclude(status=ClaimStatus.WITHDRAWN))


def whole_sources(scheme: Scheme) -> tuple[str, ...]:
    """Components whose score is a ComponentScore: the on-site visit and others that are given as a whole."""
    return tuple(part.source for part in scheme.components if part.source not in NO_SCORE_OF_ITS_OWN)


def read_wholes(sheet: Sheet) -> dict[str, int]:
    """Components given as a whole, by source, in micro-points; one query, none where the scheme has no such part."""
    if not whole_sources(engine_scheme(sheet.scheme_version)):
        return {}
    return dict(ComponentScore.objects.filter(sheet=sheet).values_list("source", "score_up"))


def sheet_batch(
    sheet: Sheet,
    *,
    marks: Mapping[str, Marks] | None = None,
    claims: Iterable[Claim] | None = None,
    count_open_claims: bool = False,
    previous_stars: int | None = None,
) -> Batch:
    """One sheet as a batch of one.

    `sheet` has branch, organization, sector, cycle and scheme_version at hand (`for_table`, `for_filling`).
    `marks` (as `read_marks` gives them) and `claims` are read where not given: one query each.
    `count_open_claims`: claims and records not decided yet count as if accepted (the branch's own preview).
    """
    scheme = engine_scheme(sheet.scheme_version)
    marks = read_marks(sheet) if marks is None else marks
    claims = read_claims(sheet) if claims is None else list(claims)
    counted = [claim for claim in claims if is_counted(claim, count_open_claims=count_open_claims)]
    batch = Batch.of(
        scheme,
        sheet.cycle.period,
        [branch_facts(sheet, previous_stars)],
        claims=[
            EngineClaim(0, claim.item_code, claim.count, claim.level, claim.matter)
            for claim in counted
            if claim.kind in (ClaimKind.BONUS, ClaimKind.PENALTY)
        ],
        vetoes=[(0, claim.item_code) for claim in counted if claim.kind == ClaimKind.VETO],
    )
    layout = layout_of(sheet.scheme_version)
    for stage, found in marks.items():
        if stage in (Stage.POLL, Stage.EXTERNAL):
            found = {code: mark for code, mark in found.items() if scheme.by_code[code].rule in GIVEN_RULES}
            put_marks(scheme, batch, 0, layout.stages[0], found)
        else:
            put_marks(scheme, batch, 0, stage, found)
    for source, score_up in read_wholes(sheet).items():
        layout.put_whole(batch.given[0], source, score_up)
    put_given(layout, batch.given[0], sheet)
    for claim in counted:
        if claim.kind == ClaimKind.FLAG:
            layout.put_flag(batch.given[0], claim.item_code, True)
    return batch


def is_counted(claim: Claim, *, count_open_claims: bool = False) -> bool:
    """Whether a claim or record takes effect: accepted, or open where those count too."""
    return claim.status == ClaimStatus.ACCEPTED or (count_open_claims and claim.status in OPEN_CLAIMS)


def branch_facts(sheet: Sheet, previous_stars: int | None = None) -> BranchFacts:
    """What the engine knows of the sheet's branch: organization and sector as they were at the cycle's opening."""
    return BranchFacts(
        sheet.branch.code,
        sheet.sector.code,
        sheet.organization.code,
        sheet.status == Status.EXEMPT,
        previous_stars,
        sheet.branch.has_committee,
        sheet.branch.has_groups,
    )
