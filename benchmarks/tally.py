"""The tally of 680 sheets, storing included, beside the plain Django loop that is usually written for it.

Usage: python benchmarks/tally.py [rounds]. Runs on a fresh SQLite file, and on PostgreSQL where DATABASE_URL names one.
Exits with 1 when a figure of the issue is missed (≤ 1 s; ≥ 30 times the plain loop) or when the two disagree.

The plain loop walks sheets, marks and counts as objects, adds up Decimals by the scheme's rules, saves a result per
branch, then reads the results sorted and saves ranks and stars one by one, in Django's autocommit. It keeps no digest,
reasons, dimensions, medians or quota lines, which ours does. `prefetched` is the same loop in more careful hands:
marks and counts prefetched, everything in one transaction.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
MOST_SECONDS, LEAST_RATIO = 1.0, 30
MICRO = 1_000_000
CENT = Decimal("0.01")


def main(rounds: int) -> int:
    """Run both databases, each in a process of its own."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            urls["PostgreSQL"] = os.environ["DATABASE_URL"]
        for name, url in urls.items():
            print(f"{name}:", flush=True)
            env = os.environ | {"DATABASE_URL": url, "PORTAL_DEMO": "1", "MEDIA_ROOT": f"{folder}/media"}
            command = [sys.executable, __file__, "--here", str(rounds)]
            missed |= subprocess.run(command, env=env, check=False).returncode
    return missed


def here(rounds: int) -> int:
    """Seed the demonstration city and measure on the database of the environment."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from assessments.cycles.models import Cycle
    from assessments.results.services.tally import run_tally

    call_command("migrate", verbosity=0)
    call_command("demo", quiet=True, stdout=open(os.devnull, "w"))  # noqa: SIM115 - ends with the process
    cycle = Cycle.objects.select_related("plan__scheme_version__scheme").get(purpose="rating")

    def careful() -> None:
        with transaction.atomic():
            plain_tally(cycle, prefetch=True)

    works = {
        "ours": lambda: run_tally(actor=None, cycle=cycle),
        "plain loop": lambda: plain_tally(cycle),
        "prefetched": careful,
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    found = {}
    for _round in range(rounds):
        for name, work in works.items():
            clear(cycle)
            times[name].append(seconds(work))
            found[name] = rows(cycle)
    return report(times, found)


def clear(cycle: object) -> None:
    from assessments.results.models import Publication, QuotaDecision, Tally

    Publication.objects.filter(tally__cycle=cycle).delete()
    QuotaDecision.objects.filter(tally__cycle=cycle).delete()
    Tally.objects.filter(cycle=cycle).delete()


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def rows(cycle: object) -> list[tuple]:
    """What both must agree on, branch by branch."""
    from assessments.results.models import Result

    columns = ("branch_id", "status", "total_up", "bonus_up", "penalty_up", "stars", "rank_all", "rank_sector")
    return sorted(Result.objects.filter(tally__cycle=cycle).values_list(*columns))


def report(times: dict[str, list[float]], found: dict[str, list[tuple]]) -> int:
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        shown = " ".join(f"{value:.3f}" for value in times[name])
        print(f"  {name:<11} {median:7.3f} s   {median / medians['ours']:6.1f}×   (runs: {shown})")
    missed = []
    if len({tuple(result) for result in found.values()}) != 1:
        missed.append("the results differ")
    if medians["ours"] > MOST_SECONDS:
        missed.append(f"more than {MOST_SECONDS} s")
    if medians["plain loop"] / medians["ours"] < LEAST_RATIO:
        missed.append(f"less than {LEAST_RATIO} times the plain loop")
    print(f"  {len(found['ours'])} results compared: {'MISSED: ' + ', '.join(missed) if missed else 'equal, all met'}")
    return 1 if missed else 0


# The plain loop


def plain_tally(cycle: object, *, prefetch: bool = False) -> None:
    """Score every sheet, save every result, rank them, give the stars."""
    from django.utils import timezone

    from assessments.results.models import Result, Tally

    version = cycle.plan.scheme_version
    scheme = version.content
    leaves = {leaf["code"]: leaf for top in scheme["indicators"] for leaf in top["children"]}
    tally = Tally.objects.create(
        plan=cycle.plan, cycle=cycle, number=1, engine_version="plain", created_at=timezone.now()
    )
    sheets = cycle.sheets.exclude(status="superseded").order_by("branch__code")
    if prefetch:
        sheets = sheets.select_related("branch", "organization", "sector", "unit").prefetch_related(
            "marks__indicator", "marks__counts__criterion", "claims"
        )
    for sheet in sheets:
        result = Result(tally=tally, branch=sheet.branch, sheet=sheet, organization=sheet.organization)
        result.sector, result.unit, result.dimensions = sheet.sector, sheet.unit, b""
        if sheet.status == "exempt":
            result.status = "exempt"
        elif sheet.status != "approved":
            result.status = "missing"
        else:
            score_sheet(sheet, scheme, leaves, result)
        result.save()
    give_ranks(tally)
    give_stars(tally, scheme)


def score_sheet(sheet: object, scheme: dict, leaves: dict, result: object) -> None:
    base, first = Decimal(0), Decimal(0)
    for mark in sheet.marks.all():
        if mark.stage not in ("review", "poll"):
            continue
        points = points_of(mark, leaves[mark.indicator.code])
        base += points
        if mark.indicator.code.startswith("1."):
            first += points
    claims = [claim for claim in sheet.claims.all() if claim.status == "accepted"]
    bonus = adjusted(scheme["bonus"], [claim for claim in claims if claim.kind == "bonus"])
    penalty = adjusted(scheme["penalty"], [claim for claim in claims if claim.kind == "penalty"])
    total = max(Decimal(0), base + bonus - penalty)
    result.status = "rated"
    result.base_up, result.bonus_up, result.penalty_up = int(base * MICRO), int(bonus * MICRO), int(penalty * MICRO)
    result.total_up = result.graded_up = int(total * MICRO)
    effects = {veto["code"]: veto["effect"] for veto in scheme["veto"]}
    vetoes = [effects[claim.item_code] for claim in claims if claim.kind == "veto"]
    result.is_vetoed = bool(vetoes)
    result.stars_limited = stars_of(total.quantize(CENT, ROUND_HALF_UP), first, scheme, vetoes)


def points_of(mark: object, leaf: dict) -> Decimal:
    """One indicator by its rule."""
    full = Decimal(leaf["points"])
    if mark.state == "na":
        return full
    if leaf["rule"] == "entry":
        return Decimal(mark.value_up) / MICRO
    if leaf["rule"] == "poll":
        return Decimal(mark.value_up) / MICRO * full / 100
    if leaf["rule"] == "measure":
        return measured(Fraction(mark.value_up, mark.denominator_up or MICRO), leaf, full)
    criteria = {criterion["code"]: criterion for criterion in leaf["criteria"]}
    if leaf["rule"] == "choice":
        return next(Decimal(criteria[count.criterion.code]["points"]) for count in mark.counts.all())
    effects = []
    branch = mark.sheet.branch
    for count in mark.counts.all():
        criterion = criteria[count.criterion.code]
        if count.is_waived or not getattr(branch, criterion.get("applies_if", "is_active")):
            continue
        number = Decimal(count.value_up) / MICRO
        if leaf.get("highest_only"):
            number = min(number, Decimal(1))
        effect = number * Decimal(criterion["points"])
        effects.append(min(effect, Decimal(criterion["max"])) if "max" in criterion else effect)
    if leaf["rule"] == "deduct":
        return max(Decimal(0), full - sum(effects, Decimal(0)))
    found = max(effects, default=Decimal(0)) if leaf.get("highest_only") else sum(effects, Decimal(0))
    return min(full, found)


def measured(ratio: Fraction, leaf: dict, full: Decimal) -> Decimal:
    if "bands" in leaf:
        reached = [Decimal(band["points"]) for band in leaf["bands"] if ratio >= Fraction(str(band["from"]))]
        return max(reached, default=Decimal(0))
    slope = leaf["slope"]
    steps = max(0, (Fraction(str(slope["target"])) - ratio) // Fraction(str(slope["per"])))
    lost = min(steps * Decimal(slope["points"]), Decimal(slope["max"]))
    return min(full, max(Decimal(0), full - lost))


def adjusted(part: dict, claims: Iterable[object]) -> Decimal:
    """Once per matter, item limit, group cap, overall cap."""
    items = {item["code"]: item for item in part["items"]}
    best: dict[object, tuple[Decimal, str]] = {}
    for claim in claims:
        item = items[claim.item_code]
        unit = Decimal(item["levels"][claim.level]) if item.get("levels") else Decimal(item["points"])
        single = item.get("per_matter", "highest") == "highest"
        key = claim.matter if single and claim.matter else claim.pk
        points = unit if single else unit * claim.count
        if key not in best or points > best[key][0]:
            best[key] = (points, claim.item_code)
    sums: dict[str, Decimal] = {}
    for points, code in best.values():
        sums[code] = sums.get(code, Decimal(0)) + points
    groups: dict[str, Decimal] = {}
    caps = {group["code"]: group.get("cap") for group in part.get("groups", [])}
    for code, points in sums.items():
        most = items[code].get("max")
        group = items[code].get("group", code)
        groups[group] = groups.get(group, Decimal(0)) + (points if most is None else min(points, Decimal(most)))
    total = Decimal(0)
    for group, points in groups.items():
        total += points if caps.get(group) is None else min(points, Decimal(caps[group]))
    return total if part.get("cap") is None else min(total, Decimal(part["cap"]))


def stars_of(total: Decimal, first: Decimal, scheme: dict, vetoes: list[dict]) -> int:
    most = min((effect["max_stars"] for effect in vetoes if "max_stars" in effect), default=9)
    if any("grade" in effect for effect in vetoes):
        most = min(most, scheme["bands"][-1]["stars"])
    for band in scheme["bands"]:
        shares = [rule["dimension_share"] for rule in band.get("requires", []) if "dimension_share" in rule]
        enough = all(first >= Decimal(rule["min"]) * Decimal(scheme["indicators"][0]["points"]) for rule in shares)
        if total >= Decimal(band["from"]) and band["stars"] <= most and enough:
            return band["stars"]
    return 0


def give_ranks(tally: object) -> None:
    """Competition ranks, overall and in the sector; equal totals share one."""
    rated = list(tally.results.filter(status="rated").order_by("-total_up", "branch__code"))
    for name, group_of in (("rank_all", lambda result: 0), ("rank_sector", lambda result: result.sector_id)):
        seen: dict[object, tuple[int, Decimal, int]] = {}
        for result in rated:
            printed = (Decimal(result.total_up) / MICRO).quantize(CENT, ROUND_HALF_UP)
            count, last, rank = seen.get(group_of(result), (0, Decimal(-1), 0))
            rank = rank if printed == last else count + 1
            seen[group_of(result)] = (count + 1, printed, rank)
            setattr(result, name, rank)
            result.save()


def give_stars(tally: object, scheme: dict) -> None:
    """Five stars to the best 30 % of a sector; those tied across the last place wait; the others fall to four."""
    quota = scheme["bands"][0]["quota"]
    for sector in {result.sector_id for result in tally.results.all()}:
        rated = tally.results.filter(sector_id=sector, status="rated")
        places = int(rated.count() * Decimal(quota["max_share"]))
        opened = list(rated.filter(stars_limited=5).order_by("rank_sector"))
        for result in opened:
            before = sum(1 for other in opened if other.rank_sector < result.rank_sector)
            behind = sum(1 for other in opened if other.rank_sector <= result.rank_sector)
            if behind <= places:
                result.stars = 5
            elif before >= places:
                result.stars = 4
            else:
                result.status = "undecided"
            result.save()
        for result in rated.exclude(stars_limited=5):
            result.stars = result.stars_limited
            result.save()


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--here"]
    number = int(arguments[0]) if arguments else 3
    sys.exit(here(number) if "--here" in sys.argv else main(number))
