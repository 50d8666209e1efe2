"""The loop that is usually written first, over the product's own rows of marks, counts and claims.

Sheet by sheet: its marks with their indicators, the counts of each mark with their criteria, the rules in Decimal,
a `save()` for every result; then ranks and stars, saved again. `by_loop` follows relations as templates do; in
`by_prefetching_loop` the rows come by `select_related` and `prefetch_related`, and everything else stays.
What a criterion is worth stands in the scheme's content, which is read once.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from django.db import transaction
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.results.models import Result
from assessments.schemes.loading import engine_scheme, indicator_index, layout_of
from assessments.schemes.services.rows import write_rows
from assessments.scoring.numbers import SCALE
from assessments.sheets.models import Claim, Mark, MarkCount, Sheet
from branchportal import guards
from branchportal.bulk import insert_rows
from tests.factories.many import BONUS, PENALTY, Many
from tests.factories.members import make_user

from .ways import give_ranks, give_stars, new_tally

MICRO = Decimal(1_000_000)
PER_POLL, PER_REVIEW = Decimal("0.1"), Decimal("0.9")
PREFETCHED = ("marks__indicator", "marks__counts__criterion", "claims")
ONE_BY_ONE = 500


def by_loop(cycle: Cycle) -> None:
    """A query for the marks of each sheet, for the counts of each mark, and for whatever else is followed."""
    _loop(cycle, Sheet.objects.filter(cycle=cycle, status="approved").order_by("branch__code").iterator(ONE_BY_ONE))


def by_prefetching_loop(cycle: Cycle) -> None:
    """The same, with the rows of 500 sheets at a time fetched beforehand."""
    sheets = Sheet.objects.filter(cycle=cycle, status="approved").order_by("branch__code")
    sheets = sheets.select_related("branch", "organization", "sector", "unit").prefetch_related(*PREFETCHED)
    _loop(cycle, sheets.iterator(ONE_BY_ONE))


def _loop(cycle: Cycle, sheets: Iterator[Sheet]) -> None:
    """Score every sheet, save every result, rank them, give the stars."""
    tally = new_tally(cycle)
    worth = criteria_points(cycle.scheme_version.content["indicators"])
    for sheet in sheets:
        review, poll = Decimal(0), Decimal(0)
        for mark in sheet.marks.all():
            if mark.stage == "review":
                review += points_of(mark, worth)
            elif mark.stage == "poll":
                poll = mark.value_up / MICRO
        base = review * PER_REVIEW + poll * PER_POLL
        bonus, penalty = Decimal(0), Decimal(0)
        for claim in sheet.claims.all():
            if claim.status == "accepted" and claim.kind == "bonus":
                bonus += Decimal(BONUS[claim.level]) * claim.count
            elif claim.status == "accepted" and claim.kind == "penalty":
                penalty += Decimal(PENALTY) * claim.count
        bonus, penalty = min(Decimal(10), bonus), min(Decimal(20), penalty)
        total = max(Decimal(0), base + bonus - penalty)
        Result.objects.create(
            tally=tally, branch=sheet.branch, sheet=sheet, organization=sheet.organization, sector=sheet.sector,
            unit=sheet.unit, status="rated", base_up=int(base * MICRO), bonus_up=int(bonus * MICRO),
            penalty_up=int(penalty * MICRO), total_up=int(total * MICRO), graded_up=int(total * MICRO), dimensions=b"",
        )  # fmt: skip
    give_ranks(tally)
    give_stars(tally)


def criteria_points(indicators: list[dict]) -> dict[tuple[str, str], tuple[Decimal, Decimal | None]]:
    """Points and the most that count, by indicator and criterion."""
    found = {}
    for top in indicators:
        for leaf in top["children"]:
            for one in leaf.get("criteria", ()):
                most = one.get("max")
                found[leaf["code"], one["code"]] = (
                    Decimal(str(one["points"])), None if most is None else Decimal(str(most)),
                )  # fmt: skip
    return found


def points_of(mark: Mark, worth: dict[tuple[str, str], tuple[Decimal, Decimal | None]]) -> Decimal:
    """The rule of the indicator on one mark: typed points, chosen option, deductions, additions."""
    indicator = mark.indicator
    full = indicator.points_up / MICRO
    if indicator.rule == "entry":
        return mark.value_up / MICRO
    effect = Decimal(0)
    for count in mark.counts.all():
        points, most = worth[indicator.code, count.criterion.code]
        points *= count.value_up / MICRO
        effect += points if most is None else min(points, most)
    if indicator.rule == "deduct":
        effect = full - effect
    return max(Decimal(0), min(full, effect)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def write_marks(many: Many) -> None:
    """The frozen marks of the review as the product's rows, the poll as one mark, bonus and penalty as claims."""
    version = many.cycle.scheme_version
    with guards.lifted():
        write_rows(version, engine_scheme(version))
    index, layout, user, now = indicator_index(version), layout_of(version), make_user(), timezone.now()
    columns = [bytes(column) for column in Sheet.objects.order_by("pk").values_list("frozen", flat=True)]
    review = layout.unpack(columns)[0][:, layout.stage_index("review")]
    marks, counts, claims = [], [], []
    first = index.indicators[layout.slots[0].leaf.code].pk
    for at, sheet in enumerate(many.sheet_ids.tolist()):
        row = review[at]
        for slot in layout.slots:
            value = int(row[slot.value]) if slot.value >= 0 else None
            marks.append((len(marks) + 1, sheet, index.indicators[slot.leaf.code].pk, "review", "marked", value, None,
                          0, "", "", user.pk, now, 1))  # fmt: skip
            if slot.counts < 0:
                continue
            for place in np.flatnonzero(row[slot.counts : slot.counts + len(slot.leaf.criteria)]).tolist():
                criterion = index.criteria[slot.leaf.code, slot.leaf.criteria[place].code].pk
                counts.append((len(marks), criterion, int(row[slot.counts + place]) * SCALE, False, ""))
        marks.append((len(marks) + 1, sheet, first, "poll", "marked", int(many.poll_up[at]), None, 0, "", "", user.pk,
                      now, 1))  # fmt: skip
        for kind, item, level, number in (
            ("bonus", "B1", "省级", many.bonus[at]), ("penalty", "P1", "", many.penalty[at]),
        ):  # fmt: skip
            claims += [(sheet, kind, item, level, f"事项{n + 1}", "", 1, "accepted", user.pk, now, "", "", 1)
                       for n in range(number)]  # fmt: skip
    with transaction.atomic(), guards.lifted():
        insert_rows(Mark, ("id", "sheet", "indicator", "stage", "state", "value_up", "denominator_up", "points_up",
                           "note", "reason", "entered_by", "entered_at", "version"), marks)  # fmt: skip
        insert_rows(MarkCount, ("mark", "criterion", "value_up", "is_waived", "waive_reason"), counts)
        insert_rows(Claim, ("sheet", "kind", "item_code", "level", "matter", "document", "count", "status",
                            "entered_by", "entered_at", "decision_reason", "answer", "version"), claims)  # fmt: skip
