"""Ways of tallying over score rows: careful Django, one set-based statement; and how the loops of `loops.py` end.

Score rows lie in two lean tables made here: (sheet, indicator, points), indicator 0 being the poll, and (sheet, kind,
points) for accepted bonus and penalty. Points are whole micro-points. The scheme is that of `tests/factories/many.py`:
0.9 × review + 0.1 × poll, bonus up to 10, penalty up to 20, five stars from 90 for the best 30 % of a sector.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from django.db import connection, models, transaction
from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.results.models import Result, Tally
from assessments.sheets.models import Sheet
from branchportal import guards
from branchportal.bulk import insert_columns
from tests.factories.many import Many

from .databases import settle_down

MICRO = 1_000_000
CENT = Decimal("0.01")
BONUS_UP, PENALTY_UP = 3 * MICRO, 2 * MICRO
GRADES = ((9000, 5, "五星"), (8000, 4, "四星"), (7000, 3, "三星"), (6000, 2, "二星"), (0, 1, "一星"))


class Score(models.Model):
    pk = models.CompositePrimaryKey("sheet_id", "indicator")
    sheet = models.ForeignKey(Sheet, models.DO_NOTHING, related_name="scores", db_constraint=False, db_index=False)
    indicator = models.SmallIntegerField()
    points_up = models.IntegerField()

    class Meta:
        app_label = "assessments"
        db_table = "bench_score"
        managed = False


class Extra(models.Model):
    sheet = models.ForeignKey(Sheet, models.DO_NOTHING, related_name="extras", db_constraint=False)
    kind = models.CharField(max_length=10)
    points_up = models.IntegerField()

    class Meta:
        app_label = "assessments"
        db_table = "bench_extra"
        managed = False


def write_scores(many: Many) -> None:
    """The marks of the frozen sheets as score rows."""
    with connection.schema_editor() as editor:
        editor.create_model(Score)
        editor.create_model(Extra)
    count, width = many.points_up.shape
    with transaction.atomic():
        for at in range(0, count, 20_000):
            ids, points = many.sheet_ids[at : at + 20_000], many.points_up[at : at + 20_000]
            points = np.column_stack([many.poll_up[at : at + 20_000], points])
            insert_columns(Score, {
                "sheet": np.repeat(ids, width + 1).tolist(),
                "indicator": np.tile(np.arange(width + 1), len(ids)).tolist(),
                "points_up": points.reshape(-1).tolist(),
            })  # fmt: skip
        for kind, numbers, unit in (("bonus", many.bonus, BONUS_UP), ("penalty", many.penalty, PENALTY_UP)):
            sheets = np.repeat(many.sheet_ids, numbers).tolist()
            insert_columns(Extra, {
                "sheet": sheets, "kind": [kind] * len(sheets), "points_up": [unit] * len(sheets),
            })  # fmt: skip
    settle_down()


def forget_results() -> None:
    """An empty table of results for the next run."""
    with guards.lifted(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE assessments_result, assessments_tally CASCADE")
        else:
            for table in ("result", "sectormedian", "quotaline", "tally"):
                cursor.execute(f"DELETE FROM assessments_{table}")  # noqa: S608


def new_tally(cycle: Cycle) -> Tally:
    return Tally.objects.create(
        plan=cycle.plan, cycle=cycle, number=1, engine_version="bench", created_at=timezone.now()
    )


# (a) What the loops of `loops.py` end with


def _printed(result: Result) -> Decimal:
    return (Decimal(result.total_up) / MICRO).quantize(CENT, ROUND_HALF_UP)


def give_ranks(tally: Tally) -> None:
    """Competition ranks, overall and in the sector; equal totals share one."""
    rated = sorted(tally.results.select_related("branch"), key=lambda one: (-_printed(one), one.branch.code))
    groups: dict[int, list[Result]] = defaultdict(list)
    for at, result in enumerate(rated):
        result.position = at + 1
        same = at and _printed(rated[at - 1]) == _printed(result)
        result.rank_all = rated[at - 1].rank_all if same else at + 1
        group = groups[result.sector_id]
        same = group and _printed(group[-1]) == _printed(result)
        result.rank_sector = group[-1].rank_sector if same else len(group) + 1
        group.append(result)
        result.save()


def give_stars(tally: Tally) -> None:
    """Five stars to the best 30 % of a sector; those tied across the last place wait; the others fall to four."""
    for sector in set(tally.results.values_list("sector_id", flat=True)):
        members = list(tally.results.filter(sector_id=sector).order_by("position"))
        places = int(len(members) * Decimal("0.3"))
        ranks = [one.rank_sector for one in members]
        for result in members:
            total = _printed(result)
            result.stars, result.grade = next((stars, grade) for least, stars, grade in GRADES if total * 100 >= least)
            if result.stars == 5 and result.rank_sector - 1 >= places:
                result.stars, result.grade = 4, "四星"
            elif result.stars == 5 and result.rank_sector - 1 + ranks.count(result.rank_sector) > places:
                result.stars, result.grade, result.status = None, "", "undecided"
            result.save()


# (b) Careful Django


def by_dicts(cycle: Cycle) -> None:
    """Plain values, dictionaries of integers, ranks before anything is saved, one bulk_create."""
    review: dict[int, int] = defaultdict(int)
    poll: dict[int, int] = {}
    for sheet, indicator, points in Score.objects.values_list("sheet_id", "indicator", "points_up").iterator(50_000):
        if indicator:
            review[sheet] += points
        else:
            poll[sheet] = points
    extras: dict[tuple[int, str], int] = defaultdict(int)
    for sheet, kind, points in Extra.objects.values_list("sheet_id", "kind", "points_up").iterator(50_000):
        extras[sheet, kind] += points
    rows = []
    sheets = Sheet.objects.filter(cycle=cycle, status="approved").order_by("branch__code")
    columns = ("pk", "branch_id", "organization_id", "sector_id", "unit_id")
    for pk, branch, organization, sector, unit in sheets.values_list(*columns):
        base = _half_up(review[pk] * 9, 10) + _half_up(poll[pk], 10)
        bonus, penalty = min(10 * MICRO, extras[pk, "bonus"]), min(20 * MICRO, extras[pk, "penalty"])
        total = max(0, base + bonus - penalty)
        rows.append([pk, branch, organization, sector, unit, base, bonus, penalty, total, _half_up(total, 10_000)])
    with transaction.atomic():
        Result.objects.bulk_create(_ranked(new_tally(cycle), rows), batch_size=2000)


def _half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)


def _ranked(tally: Tally, rows: list[list[int]]) -> list[Result]:
    rows.sort(key=lambda row: -row[9])
    groups: dict[int, list[int]] = defaultdict(list)  # cents by sector, best first
    firsts: dict[tuple[int, int], int] = {}
    sizes: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        firsts.setdefault((row[3], row[9]), len(groups[row[3]]) + 1)
        sizes[row[3], row[9]] += 1
        groups[row[3]].append(row[9])
    found, rank = [], 0
    for at, (pk, branch, organization, sector, unit, base, bonus, penalty, total, cents) in enumerate(rows):
        rank = rank if at and rows[at - 1][9] == cents else at + 1
        in_sector, places = firsts[sector, cents], len(groups[sector]) * 30 // 100
        stars, grade = next((stars, grade) for least, stars, grade in GRADES if cents >= least)
        opened, status = stars, "rated"
        if stars == 5 and in_sector - 1 >= places:
            stars, grade = 4, "四星"
        elif stars == 5 and in_sector - 1 + sizes[sector, cents] > places:
            stars, grade, status = None, "", "undecided"
        found.append(Result(
            tally=tally, branch_id=branch, sheet_id=pk, organization_id=organization, sector_id=sector, unit_id=unit,
            status=status, base_up=base, bonus_up=bonus, penalty_up=penalty, total_up=total, graded_up=total,
            sort_up=cents * 10_000, position=at + 1, stars_opened=opened, stars_limited=opened, stars=stars,
            grade=grade, rank_all=rank, rank_sector=in_sector, dimensions=b"",
        ))  # fmt: skip
    return found


# (c) One set-based statement

STATEMENT = """
INSERT INTO assessments_result (
  tally_id, branch_id, sheet_id, organization_id, sector_id, unit_id, status, base_up, bonus_up, penalty_up, total_up,
  graded_up, sort_up, position, stars_opened, stars_limited, stars, grade, rank_all, rank_sector, dimensions, reasons,
  is_late, is_vetoed)
WITH scored AS (
  SELECT sheet_id, SUM(CASE WHEN indicator > 0 THEN points_up ELSE 0 END) AS review,
    SUM(CASE WHEN indicator = 0 THEN points_up ELSE 0 END) AS poll
  FROM bench_score GROUP BY sheet_id
), claimed AS (
  SELECT sheet_id, {least}(10000000, SUM(CASE WHEN kind = 'bonus' THEN points_up ELSE 0 END)) AS bonus,
    {least}(20000000, SUM(CASE WHEN kind = 'penalty' THEN points_up ELSE 0 END)) AS penalty
  FROM bench_extra GROUP BY sheet_id
), based AS (
  SELECT sheet.id, sheet.branch_id, branch.code, sheet.organization_id, sheet.sector_id, sheet.unit_id,
    (review * 9 + 5) / 10 + (poll + 5) / 10 AS base, COALESCE(bonus, 0) AS bonus, COALESCE(penalty, 0) AS penalty
  FROM assessments_sheet sheet
  JOIN branches_branch branch ON branch.id = sheet.branch_id
  JOIN scored ON scored.sheet_id = sheet.id
  LEFT JOIN claimed ON claimed.sheet_id = sheet.id
  WHERE sheet.cycle_id = %s AND sheet.status = 'approved'
), totalled AS (
  SELECT *, {greatest}(0, base + bonus - penalty) AS total,
    ({greatest}(0, base + bonus - penalty) + 5000) / 10000 AS cents
  FROM based
), ranked AS (
  SELECT *, RANK() OVER (ORDER BY cents DESC) AS rank_all, ROW_NUMBER() OVER (ORDER BY cents DESC, code) AS position,
    RANK() OVER (PARTITION BY sector_id ORDER BY cents DESC) AS rank_sector,
    COUNT(*) OVER (PARTITION BY sector_id) * 30 / 100 AS places,
    COUNT(*) OVER (PARTITION BY sector_id, cents) AS same,
    CASE WHEN cents >= 9000 THEN 5 WHEN cents >= 8000 THEN 4 WHEN cents >= 7000 THEN 3 WHEN cents >= 6000 THEN 2
      ELSE 1 END AS opened
  FROM totalled
), starred AS (
  SELECT *, CASE WHEN opened < 5 THEN opened WHEN rank_sector - 1 >= places THEN 4
    WHEN rank_sector - 1 + same > places THEN NULL ELSE 5 END AS stars
  FROM ranked
)
SELECT %s, branch_id, id, organization_id, sector_id, unit_id,
  CASE WHEN stars IS NULL THEN 'undecided' ELSE 'rated' END,
  base, bonus, penalty, total, total, cents * 10000, position, opened, opened, stars,
  CASE stars WHEN 5 THEN '五星' WHEN 4 THEN '四星' WHEN 3 THEN '三星' WHEN 2 THEN '二星' WHEN 1 THEN '一星' ELSE '' END,
  rank_all, rank_sector, {nothing}, '[]', {no}, {no}
FROM starred
"""


def by_sql(cycle: Cycle) -> None:
    """Everything in the database, one round trip."""
    on_postgres = connection.vendor == "postgresql"
    words = {"least": "LEAST", "greatest": "GREATEST", "nothing": r"'\x'::bytea", "no": "false"}
    if not on_postgres:
        words = {"least": "MIN", "greatest": "MAX", "nothing": "x''", "no": "0"}
    with transaction.atomic():
        tally = new_tally(cycle)
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT.format(**words), [cycle.pk, tally.pk])
