"""What the page of a tally shows beside its table: counts, distribution of totals, stars per sector with quotas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.former import called_then
from branches.models import Organization

from ..cycles.models import Cycle
from ..schemes.loading import engine_scheme
from ..scoring.scheme import YEAR, Band
from .models import QuotaLine, Result, Tally
from .querysets import prepared_of

BIN_POINTS = 5
MICRO = 1_000_000
UNDECIDED = -1
Counts = dict[tuple[int, int], int]  # branches by step of five points and stars (or UNDECIDED)
GREY = "#c3c9d1"
COLOURS = {5: "#a31621", 4: "#c9483a", 3: "#e0a030", 2: "#8a94a3", 1: GREY, 0: "#dfe3e8", UNDECIDED: "#1d5fa8"}


@dataclass
class Group:
    """One sector, or all of them."""

    name: str
    code: str
    branches: int = 0
    exempt: int = 0
    missing: int = 0
    undecided: int = 0
    totals_up: int = 0
    ranked: int = 0
    is_mixed: bool = False  # scored under several schemes, whose points have no common mean
    stars: dict[int, int] = field(default_factory=dict)
    lines: list[QuotaLine] = field(default_factory=list)

    @property
    def mean_up(self) -> int | None:
        """Rounded half up once."""
        return (2 * self.totals_up + self.ranked) // (2 * self.ranked) if self.ranked and not self.is_mixed else None

    def add(self, status: str, stars: int | None, count: int, total_up: int | None) -> None:
        self.branches += count
        if status in (Result.Status.EXEMPT, Result.Status.MISSING):
            name = "exempt" if status == Result.Status.EXEMPT else "missing"
            setattr(self, name, getattr(self, name) + count)
            return
        self.ranked += count
        self.totals_up += total_up or 0
        if status == Result.Status.UNDECIDED:
            self.undecided += count
        else:
            self.stars[stars or 0] = self.stars.get(stars or 0, 0) + count


@dataclass(frozen=True)
class Overview:
    groups: Sequence[Group]
    whole: Group
    ladder: Sequence[tuple[int, str]]  # stars and grade, from the top
    is_progress: bool
    by_organization: Sequence[tuple[str, QuotaLine]]  # where quotas are set within organizations
    lines: Sequence[QuotaLine]  # all of them
    chart: dict

    @property
    def has_quotas(self) -> bool:
        return any(group.lines for group in (*self.groups, self.whole))


def bands_of(tally: Tally, sector_id: int) -> tuple[Band, ...]:
    """The bands that a tally used for a sector."""
    return engine_scheme(tally.plan.version_for(sector_id)).bands_for(_period(tally))


def ladder_of(tally: Tally) -> list[tuple[int, str]]:
    """Stars and grade from the top, over all schemes of the year: where they name a star differently, both names."""
    names: dict[int, list[str]] = {}
    for version in tally.plan.versions:
        for band in engine_scheme(version).bands_for(_period(tally)):
            names.setdefault(band.stars, []).append(band.grade)
    return [(stars, " / ".join(dict.fromkeys(names[stars]))) for stars in sorted(names, reverse=True)]


def _period(tally: Tally) -> str:
    return YEAR if tally.cycle is None else tally.cycle.period


def is_progress(tally: Tally) -> bool:
    """Whether it gives scores only, without granting stars."""
    return tally.cycle is not None and tally.cycle.purpose == Cycle.Purpose.PROGRESS


def has_parts(tally: Tally) -> bool:
    """Whether base, bonus and penalty stand beside the total; a year made of totals holds them inside."""
    if tally.cycle is not None:
        return True
    return any(engine_scheme(version).year.adjustments == "summed" for version in tally.plan.versions)


def overview_of(tally: Tally) -> Overview:
    """Two queries, whatever the number of branches; one more where quotas are set within organizations."""
    stars = "stars_limited" if is_progress(tally) else "stars"
    results = Result.objects.filter(tally=tally).order_by().annotate(bin=F("total_up") / (BIN_POINTS * MICRO))
    whole, groups = Group(_("All sectors"), ""), {}
    whole.is_mixed = tally.is_mixed
    columns = {"code": F("sector__code"), "name": F("sector__name"), "kind": F("status"), "given": F(stars)}
    sums = results.annotate(**columns).values_list(*columns, "bin").annotate(count=Count("pk"), sum=Sum("total_up"))
    counts: Counts = {}
    for code, name, status, given, place, count, total_up in sums.order_by(
        "sector__position", "sector__code"
    ).values_list(*columns, "bin", "count", "sum"):
        for group in (whole, groups.setdefault(code, Group(name, code))):
            group.add(status, given, count, total_up)
        if place is not None:
            key = UNDECIDED if status == Result.Status.UNDECIDED else given or 0
            counts[place, key] = counts.get((place, key), 0) + count
    lines = list(QuotaLine.objects.filter(tally=tally))
    schemes = {version.pk: str(version) for version in tally.plan.versions} if tally.is_mixed else {}
    for line in lines:
        line.scheme = schemes.get(line.scheme_version_id, "") if line.within != "sector" else ""
        if line.within == "all":
            whole.lines.append(line)
        elif line.within == "sector" and line.group in groups:
            groups[line.group].lines.append(line)
    ladder = ladder_of(tally)
    names = dict(ladder)
    if whole.stars.get(0) and 0 not in names:
        ladder.append((0, _("no stars")))
    by_organization = _by_organization(tally, [line for line in lines if line.within == "committee"])
    chart = _chart(counts, names)
    return Overview(list(groups.values()), whole, ladder, is_progress(tally), by_organization, lines, chart)


def _by_organization(tally: Tally, lines: Sequence[QuotaLine]) -> list[tuple[str, QuotaLine]]:
    """Quotas within each organization, by its code, under its name of then."""
    if not lines:
        return []
    rows = Organization.objects.filter(code__in=[line.group for line in lines])
    names = {row.code: row.name for row in called_then(rows.only("code", "name"), "organization", prepared_of(tally))}
    return [(names.get(line.group, line.group), line) for line in sorted(lines, key=lambda line: str(line.group))]


def _chart(counts: Counts, grades: Mapping[int, str]) -> dict:
    """The distribution of totals in steps of five points, coloured by stars, as an ECharts option."""
    first, last = (min(at for at, _key in counts), max(at for at, _key in counts)) if counts else (0, 0)
    places = list(range(first, last + 1))
    names = {UNDECIDED: _("undecided"), 0: _("no stars")} | dict(grades)
    kinds = sorted({key for _at, key in counts}, reverse=True)
    series = [_series(names.get(key, str(key)), COLOURS.get(key, GREY), places, counts, key) for key in kinds]
    return {
        "aria": {"enabled": True, "label": {"description": _description(counts)}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 45, "right": 15, "top": 56, "bottom": 40},
        "xAxis": {
            "type": "category",
            "name": _("points"),
            "nameLocation": "middle",
            "nameGap": 26,
            "data": [f"{at * BIN_POINTS}–{(at + 1) * BIN_POINTS}" for at in places],
        },
        "yAxis": {"type": "value", "minInterval": 1, "name": _("branches")},
        "series": series,
    }


def _series(name: str, colour: str, places: Sequence[int], counts: dict, key: int) -> dict:
    return {
        "name": str(name),
        "type": "bar",
        "stack": "all",
        "barMaxWidth": 46,
        "itemStyle": {"color": colour},
        "data": [counts.get((at, key), 0) for at in places],
    }


def _description(counts: dict) -> str:
    total = sum(counts.values())
    text = ngettext(
        "Distribution of the totals of %(count)d branch.", "Distribution of the totals of %(count)d branches.", total
    )
    return text % {"count": total}
