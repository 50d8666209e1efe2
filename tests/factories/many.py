"""A province of invented branches with approved sheets, written in bulk: for benchmarks and for tests of long lists."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.schemes.models import Scheme as SchemeRow
from assessments.schemes.models import SchemeVersion
from assessments.scoring import MARKED, Batch, BranchFacts, Layout, Scheme, evaluate, layout_of
from assessments.scoring.numbers import SCALE, IntArray
from assessments.sheets.freezing import Input, claim_data, freeze_many, thaw
from assessments.sheets.models import Sheet
from branches.models import Branch, Organization, Sector, Unit
from branchportal.bulk import advance_ids, insert_rows, next_id

SECTORS = ("organ", "institution", "soe", "school", "hospital", "two_new", "retired", "village", "community", "student")
LETTERS = ("a", "b", "c")
PERIOD = "Q4"
BONUS, PENALTY = {"省级": 3, "市级": 2}, 2


def _leaf(code: str, rule: str, points: int) -> dict:
    criteria = {
        "deduct": [{"code": letter, "text": "每缺1次", "points": "0.5", "max": 2} for letter in LETTERS],
        "add": [{"code": letter, "text": "每做1件", "points": 1, "max": 2} for letter in LETTERS],
        "choice": [
            {"code": letter, "text": "等次", "points": points - at} for at, letter in enumerate(LETTERS[: points + 1])
        ],
    }
    said = {"code": code, "name": f"第{code}项", "points": points, "rule": rule}
    return said | ({"criteria": criteria[rule]} if rule in criteria else {})


def scheme_data() -> dict:
    """26 indicators under six first-level ones, 100 points; a tenth of the score is the poll's."""
    rules = ["deduct", "choice", "entry", "add"] * 6
    leaves = [_leaf(f"{at // 4 + 1}.{at % 4 + 1}", rule, 4) for at, rule in enumerate(rules)]
    leaves += [_leaf("6.5", "entry", 2), _leaf("6.6", "choice", 2)]
    tops = [
        {"code": str(top), "name": f"第{top}部分", "points": sum(leaf["points"] for leaf in below), "children": below}
        for top in range(1, 7)
        if (below := [leaf for leaf in leaves if leaf["code"].startswith(f"{top}.")])
    ]
    return {
        "code": "many", "version": "1", "name": "批量测试用考评标准", "full_marks": 100, "round_before_banding": 2,
        "indicators": tops,
        "components": [{"source": "review", "weight": "0.9"}, {"source": "poll", "weight": "0.1"}],
        "bonus": {"cap": 10, "items": [{"code": "B1", "text": "获得表彰", "levels": BONUS, "per_matter": "each"}]},
        "penalty": {"cap": 20, "items": [{"code": "P1", "text": "通报", "points": PENALTY, "per_matter": "each"}]},
        "bands": [
            {"stars": 5, "grade": "五星", "from": 90, "quota": {"max_share": "0.3", "within": "sector"}},
            {"stars": 4, "grade": "四星", "from": 80},
            {"stars": 3, "grade": "三星", "from": 70},
            {"stars": 2, "grade": "二星", "from": 60},
            {"stars": 1, "grade": "一星", "from": 0},
        ],
        "year": {"periods": ["Q1", "Q2", "Q3", "Q4"], "method": "mean", "missing": "block"},
    }  # fmt: skip


@dataclass(frozen=True)
class Many:
    """What was made: the cycle, its sheets' ids in the order of branch codes, and the same marks as plain points."""

    cycle: Cycle
    sheet_ids: IntArray  # (n,)
    points_up: IntArray  # (n, 26) by the engine's rules
    poll_up: IntArray  # (n,)
    bonus: IntArray  # (n,) claims at 省级
    penalty: IntArray  # (n,) records


@transaction.atomic
def make_many(
    count: int, *, sectors: int = 9, seed: int = 20261121, per_organization: int = 25, year: int = 2026,
    shuffled: bool = False,
) -> Many:  # fmt: skip
    """`count` branches with an approved sheet each, in an open rating cycle; the same seed gives the same figures.

    `shuffled` writes the sheets in another order (`sheet_ids` is of no use then).
    """
    version = _version()
    layout = layout_of(scheme := Scheme.from_data(version.content))
    dice = np.random.default_rng(seed)
    marks, given = _marks(layout, dice, count)
    poll = dice.integers(7000, 10001, count) * (SCALE // 100)
    given[:, layout.wholes["poll"]] = MARKED
    given[:, layout.wholes["poll"] + 1] = poll
    bonus, penalty = dice.binomial(4, 0.15, count), dice.binomial(2, 0.1, count)
    first = _branches(count, sectors, per_organization)
    names = [f"s{at:03d}" for at in range(sectors)] if sectors > len(SECTORS) else list(SECTORS[:sectors])
    facts = [BranchFacts(f"B{at + 1:07d}", names[at // per_organization % sectors]) for at in range(count)]
    cycle = _cycle(version, year)
    ids = _sheets(version, cycle, facts, marks, given, bonus, penalty, first, shuffled)
    scores = evaluate(scheme, Batch.of(scheme, PERIOD, facts, marks=marks, given=given)).stages["review"]
    return Many(cycle, ids, scores.points_up, poll, bonus, penalty)


def _version() -> SchemeVersion:
    scheme = SchemeRow.objects.create(code="many", name="批量测试用考评标准")
    content = Scheme.from_data(scheme_data()).to_data()
    return SchemeVersion.objects.create(
        scheme=scheme, version="1", name=scheme.name, content=content, digest="many-1", status="published",
        published_at=timezone.now(),
    )  # fmt: skip


def _cycle(version: SchemeVersion, year: int) -> Cycle:
    plan = YearPlan.objects.create(year=year, name=f"{year}年度考评方案", scheme_version=version)
    return Cycle.objects.create(
        plan=plan, period=PERIOD, name=f"{year}年第四季度", purpose="rating", status="open",
        starts_on=date(year, 10, 1), ends_on=date(year, 12, 31),
    )  # fmt: skip


def _marks(layout: Layout, dice: np.random.Generator, count: int) -> tuple[IntArray, IntArray]:
    """Self-assessment and review, every indicator marked, most of them well."""
    marks, given = layout.empty(count)
    for slot in layout.slots:
        size = len(slot.leaf.criteria)
        for stage, strict in (("self", 0.3), ("review", 0.4)):
            row = marks[:, layout.stage_index(stage)]
            row[:, slot.state] = MARKED
            if slot.leaf.rule == "entry":
                halves = slot.leaf.points_up // SCALE * 2
                row[:, slot.value] = (halves - dice.binomial(2, strict, count)) * (SCALE // 2)
            elif slot.leaf.rule == "choice":
                chosen = np.minimum(dice.binomial(2, strict / 2, count), size - 1)
                row[np.arange(count), slot.counts + chosen] = 1
            else:
                likely = strict / 2 if slot.leaf.rule == "deduct" else 0.6
                row[:, slot.counts : slot.counts + size] = dice.binomial(3, likely, (count, size))
    return marks, given


def _branches(count: int, sectors: int, per_organization: int) -> int:
    """Sectors, units, organizations under one work committee, branches. Returns the first branch's id."""
    codes = SECTORS if sectors <= len(SECTORS) else [f"s{at:03d}" for at in range(sectors)]
    for at in range(sectors):
        Sector.objects.get_or_create(code=codes[at], defaults={"name": f"领域{at + 1}", "position": at})
    sector_ids = [Sector.objects.get(code=codes[at]).pk for at in range(sectors)]
    units, organizations, branches = next_id(Unit), next_id(Organization), next_id(Branch)
    groups = -(-count // per_organization)
    insert_rows(Unit, ("id", "code", "name", "is_active", "version"),
                ((units + at, f"U{at + 1:05d}", f"单位{at + 1}", True, 1) for at in range(groups)))  # fmt: skip
    top = ("O00000", "全省", "work_committee", None, None, f"/{organizations}/")
    below = (
        (f"O{at + 1:05d}", f"第{at + 1}党委", "committee", organizations, units + at,
         f"/{organizations}/{organizations + at + 1}/")
        for at in range(groups)
    )  # fmt: skip
    columns = ("id", "code", "name", "kind", "parent", "unit", "path", "contact", "phone", "is_active", "version")
    rows = ((organizations + at, *row, "", "", True, 1) for at, row in enumerate([top, *below]))
    insert_rows(Organization, columns, rows)
    columns = ("id", "code", "name", "organization", "sector", "unit", "has_committee", "has_groups",
               "has_shared_premises", "contact", "phone", "is_active", "version")  # fmt: skip
    insert_rows(Branch, columns, (
        (branches + at, f"B{at + 1:07d}", f"第{at + 1}党支部", organizations + 1 + at // per_organization,
         sector_ids[at // per_organization % sectors], units + at // per_organization,
         True, True, False, "", "", True, 1)
        for at in range(count)
    ))  # fmt: skip
    advance_ids(Unit, Organization, Branch)
    return branches


def _claim(kind: str, item: str, branch: int, number: int, level: str = "") -> dict[str, object]:
    """An accepted one with a matter of its own."""
    matter = f"第{branch + 1}党支部事项{number + 1}"
    return claim_data(
        kind, item, level=level, matter=matter, document=f"〔2026〕{branch + 1}号", happened_on="2026-11-02"
    )


def _sheets(
    version: SchemeVersion, cycle: Cycle, facts: list[BranchFacts], marks: IntArray, given: IntArray, bonus: IntArray,
    penalty: IntArray, first: int, shuffled: bool,
) -> IntArray:  # fmt: skip
    """Approved sheets in the order of the branches, in portions so that a million need no memory of their own."""
    people = Branch.objects.filter(pk__gte=first).order_by("pk")
    owners = people.values_list("pk", "organization_id", "organization__code", "sector_id", "unit_id")
    columns = (
        "id", "cycle", "branch", "scheme_version", "revision", "organization", "sector", "unit", "status", "version",
        "due_count", "filled_count", "submitted_at", "exempt_reason", "frozen", "frozen_claims", "digest",
    )  # fmt: skip
    start, at_time = next_id(Sheet), timezone.now() - timedelta(days=3)

    def rows() -> object:
        for at, (branch, organization, code, sector, unit) in enumerate(owners.iterator(chunk_size=5000)):
            claims = [_claim("bonus", "B1", at, n, level="省级") for n in range(bonus[at])]
            claims += [_claim("penalty", "P1", at, n) for n in range(penalty[at])]
            known = BranchFacts(facts[at].code, facts[at].sector, code)
            sealed = freeze_many(version, f"{cycle.plan.year}{PERIOD}", [Input(known, marks[at], given[at], claims)])[0]
            yield (start + at, cycle.pk, branch, version.pk, 1, organization, sector, unit, "approved", 1, 26, 26,
                   at_time, "", sealed.marks, sealed.claims, sealed.digest)  # fmt: skip

    written = rows()
    if shuffled:
        mixed = random.Random(20261121).sample(list(written), len(facts))
        written = ((start + at, *row[1:]) for at, row in enumerate(mixed))
    insert_rows(Sheet, columns, written)
    advance_ids(Sheet)
    return np.arange(start, start + len(facts), dtype=np.int64)


def correct_sheet(sheet: Sheet, *, by: int = 0, penalty: int = 0) -> Sheet:
    """A new revision of an approved sheet, the old one superseded: its first typed row `by` half points elsewhere."""
    known = Sheet.objects.select_related("branch", "organization", "sector", "scheme_version", "cycle__plan")
    sheet = known.get(pk=sheet.pk)
    version = sheet.scheme_version
    layout = layout_of(Scheme.from_data(version.content))
    thawed = thaw(version, [sheet.frozen], [sheet.frozen_claims])
    marks = thawed.marks[0].copy()
    slot = next(slot for slot in layout.slots if slot.leaf.rule == "entry")
    row = marks[layout.stage_index("review")]
    row[slot.value] = min(slot.leaf.points_up, max(0, row[slot.value] + by * SCALE // 2))
    claims = [claim_data("penalty", "P1", matter=f"更正{at}") for at in range(penalty)]
    facts = replace(thawed.facts[0], code=sheet.branch.code)
    item = Input(facts, marks, thawed.given[0], claims, revision=sheet.revision + 1)
    sealed = freeze_many(version, f"{sheet.cycle.plan.year}{sheet.cycle.period}", [item])[0]
    Sheet.objects.filter(pk=sheet.pk).update(status="superseded")
    sheet.pk, sheet.revision, sheet.status = None, sheet.revision + 1, "approved"
    for name, value in sealed.columns.items():
        setattr(sheet, name, value)
    sheet.save()
    return sheet
