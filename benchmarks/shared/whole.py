"""The one set-based statement that stores all that the product's tally stores, for PostgreSQL.

Besides what `ways.STATEMENT` writes: late sheets, the bands left open, reasons, the points of each dimension, medians
of all and of each sector, quota lines, and both digests over the same canonical JSON. Points are worked out already.
Dimensions stand in network byte order here, because PostgreSQL has a function for that.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection, transaction

from assessments.cycles.models import Cycle
from assessments.results.digests import canonical_text
from assessments.results.models import QuotaLine, Result, SectorMedian, Tally
from assessments.schemes.loading import engine_scheme
from assessments.scoring import ENGINE_VERSION

from .ways import new_tally

SCORED = """
WITH scored AS (
  SELECT sheet_id, SUM(points_up) FILTER (WHERE indicator > 0) AS review,
    SUM(points_up) FILTER (WHERE indicator = 0) AS poll,
    {earned}
  FROM bench_score GROUP BY sheet_id
), claimed AS (
  SELECT sheet_id, LEAST(10000000, COALESCE(SUM(points_up) FILTER (WHERE kind = 'bonus'), 0)) AS bonus,
    LEAST(20000000, COALESCE(SUM(points_up) FILTER (WHERE kind = 'penalty'), 0)) AS penalty
  FROM bench_extra GROUP BY sheet_id
), based AS (
  SELECT sheet.id, sheet.branch_id, branch.code, sheet.organization_id, sheet.sector_id, sheet.unit_id, sheet.digest,
    organization.code AS committee, sector.code AS sector,
    COALESCE(sheet.submitted_at >= (
      SELECT MIN(ends_at) FROM assessments_step WHERE cycle_id = %(cycle)s AND kind = 'self'
    ), false) AS is_late,
    (review * 9 + 5) / 10 + (poll + 5) / 10 AS base, COALESCE(bonus, 0) AS bonus, COALESCE(penalty, 0) AS penalty,
    {names}
  FROM assessments_sheet sheet
  JOIN branches_branch branch ON branch.id = sheet.branch_id
  JOIN branches_organization organization ON organization.id = sheet.organization_id
  JOIN branches_sector sector ON sector.id = sheet.sector_id
  JOIN scored ON scored.sheet_id = sheet.id
  LEFT JOIN claimed ON claimed.sheet_id = sheet.id
  WHERE sheet.cycle_id = %(cycle)s AND sheet.status = 'approved'
), totalled AS (
  SELECT *, GREATEST(0, base + bonus - penalty) AS total,
    (GREATEST(0, base + bonus - penalty) + 5000) / 10000 AS cents
  FROM based
), ranked AS (
  SELECT *, RANK() OVER (ORDER BY cents DESC) AS rank_all, ROW_NUMBER() OVER (ORDER BY cents DESC, code) AS position,
    RANK() OVER (PARTITION BY sector_id ORDER BY cents DESC) AS rank_sector,
    COUNT(*) OVER (PARTITION BY sector_id) * 30 / 100 AS places,
    COUNT(*) OVER (PARTITION BY sector_id, cents) AS same,
    CASE WHEN cents >= 9000 THEN 5 WHEN cents >= 8000 THEN 4 WHEN cents >= 7000 THEN 3 WHEN cents >= 6000 THEN 2
      ELSE 1 END AS opened
  FROM totalled
), starred AS MATERIALIZED (
  SELECT *, CASE WHEN opened < 5 THEN opened WHEN rank_sector - 1 >= places THEN 4
    WHEN rank_sector - 1 + same > places THEN NULL ELSE 5 END AS stars
  FROM ranked
), said AS MATERIALIZED (
  SELECT *, CASE WHEN stars IS NULL THEN 'undecided' ELSE 'rated' END AS status,
    CASE stars WHEN 5 THEN '五星' WHEN 4 THEN '四星' WHEN 3 THEN '三星' WHEN 2 THEN '二星' WHEN 1 THEN '一星'
      ELSE '' END AS grade,
    CASE WHEN opened < 5 OR stars = 5 THEN '[]' WHEN stars IS NULL THEN '[{{"code":"tied","stars":5}}]'
      ELSE '[{{"code":"cut","stars":5}}]' END AS reasons
  FROM starred
), """
WRITTEN = """written AS (
  INSERT INTO assessments_result (
    tally_id, branch_id, sheet_id, organization_id, sector_id, unit_id, status, base_up, bonus_up, penalty_up, total_up,
    graded_up, sort_up, position, stars_opened, stars_limited, bands_open, stars, grade, rank_all, rank_sector,
    dimensions, reasons, is_late, is_vetoed)
  SELECT %(tally)s, branch_id, id, organization_id, sector_id, unit_id, status, base, bonus, penalty, total, total,
    cents * 10000, position, opened, opened, CASE opened WHEN 5 THEN 31 WHEN 4 THEN 30 WHEN 3 THEN 28 WHEN 2 THEN 24
      ELSE 16 END, stars, grade, rank_all, rank_sector, {bytes}, reasons::jsonb, is_late, false
  FROM said
), medians AS (
  INSERT INTO assessments_sectormedian (tally_id, sector_id, dimension, share_up)
  SELECT %(tally)s, sector_id, dimension, floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY share))::bigint
  FROM starred, LATERAL (VALUES {shares}) AS shared (dimension, share)
  GROUP BY GROUPING SETS ((dimension), (sector_id, dimension))
), lines AS (
  INSERT INTO assessments_quotaline (
    tally_id, stars, within, "group", population, places, candidates, admitted, cut, tied, waiting, members, cutoff_up,
    is_below_min, is_off_about, scheme_version_id)
  SELECT %(tally)s, 5, 'sector', sector, COUNT(*), places, COUNT(*) FILTER (WHERE opened = 5),
    COUNT(*) FILTER (WHERE stars = 5), COUNT(*) FILTER (WHERE opened = 5 AND stars = 4),
    COUNT(*) FILTER (WHERE stars IS NULL), 0, COUNT(*) FILTER (WHERE stars = 5),
    MIN(cents * 10000) FILTER (WHERE stars = 5), false, false,
    %(version)s
  FROM starred GROUP BY sector, places
), """
TOLD = """told AS (
  SELECT '[' || string_agg(
      '{{"branch":"' || code || '","committee":"' || committee || '","exempt":null,"previous_stars":null,"sector":"'
      || sector || '","sheet":"' || digest || '","status":"approved"}}', ',' ORDER BY code) || ']' AS inputs,
    '[' || string_agg(
      '{{"base_up":' || base || ',"bonus_up":' || bonus || ',"branch":"' || code || '","dimensions":[' || {pairs}
      || '],"grade":"' || grade || '","graded_up":' || total || ',"is_vetoed":false,"penalty_up":' || penalty
      || ',"rank_all":' || rank_all || ',"rank_sector":' || rank_sector || ',"reasons":' || reasons
      || ',"stars":' || COALESCE(stars::text, 'null') || ',"stars_limited":' || opened || ',"stars_opened":' || opened
      || ',"status":"' || status || '","total_up":' || total || '}}', ',' ORDER BY code) || ']' AS results
  FROM said
)
UPDATE assessments_tally SET
  inputs_digest = encode(sha256(convert_to('{{' || %(head)s || inputs || %(middle)s || %(tail)s, 'UTF8')), 'hex'),
  digest = encode(sha256(convert_to(
    '{{"decisions":[],' || %(head)s || inputs || %(middle)s || '"results":' || results || ',' || %(tail)s, 'UTF8'
  )), 'hex')
FROM told WHERE id = %(tally)s
"""


def statement(cycle: Cycle) -> str:
    """With the dimensions of the scheme: each sums the points of its indicators, which are numbered from 1 on."""
    scheme = engine_scheme(cycle.scheme_version)
    earned, possible, first = [], [top.points_up for top in scheme.indicators], 1
    for at, top in enumerate(scheme.indicators):
        last = first + len(top.children) - 1
        earned.append(f"SUM(points_up) FILTER (WHERE indicator BETWEEN {first} AND {last}) AS d{at}")
        first = last + 1
    numbered = list(enumerate(possible))
    words = {
        "earned": ", ".join(earned),
        "names": ", ".join(f"d{at}" for at, _points in numbered),
        "bytes": " || ".join(f"int8send(d{at}) || int8send({points})" for at, points in numbered),
        "shares": ", ".join(
            f"('{code}', d{at} * 1000000 / {points})"
            for code, (at, points) in zip(scheme.dimension_codes, numbered, strict=True)
        ),
        "pairs": " || ',' || ".join(f"'[' || d{at} || ',{points}]'" for at, points in numbered),
    }
    return (SCORED + WRITTEN + TOLD).format(**words)


def by_whole_sql(cycle: Cycle) -> None:
    """Everything in the database, one statement after the tally's row."""
    version = cycle.scheme_version
    scheme = {"code": version.scheme.code, "digest": version.digest, "version": version.version}
    period = canonical_text(f"{cycle.plan.year}{cycle.period}")
    values = {
        "cycle": cycle.pk,
        "version": version.pk,
        "head": f'"engine":{canonical_text(ENGINE_VERSION)},"format":1,"inputs":',
        "middle": f',"period":{period},"purpose":{canonical_text(str(cycle.purpose))},"quarters":{{}},',
        "tail": f'"scheme":{canonical_text(scheme)}}}',
    }
    with transaction.atomic():
        tally = new_tally(cycle)
        with connection.cursor() as cursor:
            cursor.execute(statement(cycle), values | {"tally": tally.pk})


def everything(cycle: Cycle) -> list[Any]:
    """All that a tally stored, branch by branch, whoever stored it: results, medians, quota lines, digests."""
    tally = Tally.objects.get(cycle=cycle)
    columns = [field.attname for field in Result._meta.concrete_fields if field.attname not in ("id", "tally_id")]
    found: list[Any] = [tally.digest, tally.inputs_digest]
    rows = Result.objects.filter(tally=tally).order_by("branch_id").values_list(*columns)
    at, bytes_at = columns.index("reasons"), columns.index("dimensions")
    for row in rows.iterator(chunk_size=5000):
        found.append([
            json.dumps(value, sort_keys=True) if place == at else _points(value) if place == bytes_at else value
            for place, value in enumerate(row)
        ])  # fmt: skip
    found += sorted(SectorMedian.objects.filter(tally=tally).values_list("sector_id", "dimension", "share_up"), key=str)
    names = [field.attname for field in QuotaLine._meta.concrete_fields if field.attname not in ("id", "tally_id")]
    return [*found, *sorted(QuotaLine.objects.filter(tally=tally).values_list(*names), key=str)]


def _points(value: bytes) -> Sequence[int]:
    """Points of dimensions in either byte order: only one of the two is below a million points."""
    little = np.frombuffer(value, dtype="<i8").tolist()
    return little if max(little) < 10**12 else np.frombuffer(value, dtype=">i8").tolist()
