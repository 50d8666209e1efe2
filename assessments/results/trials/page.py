"""What the page of a trial shows: matrix, distribution, quotas side by side, and the branches in pages of 50."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from branches.models import Organization, Sector
from branchportal import keyset
from branchportal.figures import plain_text

from ...schemes.loading import engine_scheme
from ..overview import COLOURS, GREY
from .computing import Basis
from .models import TrialRow, TrialRun
from .services import scheme_of, star_changes
from .words import Sentences

FILTERS = ("organization", "sector", "direction", "stars", "q")
DIRECTIONS = {
    "stars_up": (gettext_lazy("more stars"), Q(stars_up__gt=0)),
    "stars_down": (gettext_lazy("fewer stars"), Q(stars_up__lt=0)),
    "ranks_up": (gettext_lazy("rank rises"), Q(ranks_up__gt=0)),
    "ranks_down": (gettext_lazy("rank falls"), Q(ranks_up__lt=0)),
    "status": (gettext_lazy("another status"), ~Q(old_status=F("new_status"))),
    "all": (gettext_lazy("all branches, moved or not"), Q()),
}
UNRATED = {
    "undecided": gettext_lazy("undecided"),
    "missing": gettext_lazy("no total"),
    "exempt": gettext_lazy("exempt"),
}
RED = COLOURS[5]


@dataclass(frozen=True)
class Wish:
    """What the reader asked for; whatever is not understood is left out."""

    organization: int | None = None
    sector: int | None = None
    direction: str = ""
    stars: str = ""
    q: str = ""

    @staticmethod
    def read(params: Mapping[str, str]) -> "Wish":
        direction = params.get("direction", "")
        return Wish(
            organization=_number(params.get("organization", "")),
            sector=_number(params.get("sector", "")),
            direction=direction if direction in DIRECTIONS else "",
            stars=params.get("stars", "")[:10],
            q=params.get("q", "").strip()[:50],
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.organization or self.sector or self.direction or self.stars or self.q)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def movers(trial: TrialRun, wish: Wish, *, after: str = "", before: str = "") -> tuple[keyset.Page, int]:
    """One page of branches, the largest move first, each with its causes in words, and how many there are in all."""
    rows = filtered(TrialRow.objects.filter(trial=trial), wish)
    page = keyset.page(rows.for_table(), ("position",), after=after, before=before)
    sentences = sentences_of(trial)
    for row in page.rows:
        row.words = sentences.of(row.causes, is_moved=row.is_moved)
    return page, rows.count()


def filtered(rows: QuerySet, wish: Wish) -> QuerySet:
    """Those that moved, narrowed down; with `direction=all` the others as well."""
    rows = rows.filter(DIRECTIONS[wish.direction][1]) if wish.direction else rows.filter(is_moved=True)
    if wish.organization:
        organization = Organization.objects.filter(pk=wish.organization).first()
        rows = rows.filter(organization__path__startswith=organization.path) if organization else rows.none()
    if wish.sector:
        rows = rows.filter(sector_id=wish.sector)
    if wish.stars in UNRATED:
        rows = rows.filter(Q(old_status=wish.stars) | Q(new_status=wish.stars))
    elif wish.stars.isascii() and wish.stars.isdigit() and len(wish.stars) < 3:
        rows = rows.filter(Q(old_stars=wish.stars) | Q(new_stars=wish.stars))
    if wish.q:
        rows = rows.filter(Q(branch__name__icontains=wish.q) | Q(branch__code__istartswith=wish.q))
    return rows


def sentences_of(trial: TrialRun) -> Sentences:
    """The words of a trial's causes."""
    scheme = scheme_of(trial.content)
    basis = Basis(trial.plan, trial.cycle, trial.tally)
    return Sentences(engine_scheme(basis.version_for(scheme)), scheme)


@dataclass(frozen=True)
class Matrix:
    """Branches by what they had (rows) and would have (columns)."""

    columns: Sequence[str]
    lines: Sequence[tuple[str, Sequence[tuple[int, str]], int]]  # label, (count, kind), sum
    sums: Sequence[int]
    total: int


def matrix_of(summary: Mapping[str, Any]) -> Matrix:
    """The transitions old → new, in the order of stars, the unrated last."""
    counts = {(old, new): count for old, new, count in summary["matrix"]}
    labels = [(str(stars), grade) for stars, grade, _before, _after in star_changes(summary)]
    labels += [(code, str(label)) for code, label in UNRATED.items()]
    used = {code for pair in counts for code in pair}
    if "0" in used and "0" not in dict(labels):
        labels.insert(len(labels) - len(UNRATED), ("0", _("no stars")))
    labels = [(code, label) for code, label in labels if code in used or code.isdigit()]
    lines = []
    for code, label in labels:
        cells = [(counts.get((code, other), 0), _kind(code, other)) for other, _label in labels]
        lines.append((label, cells, sum(count for count, _kind in cells)))
    sums = [sum(counts.get((code, other), 0) for code, _label in labels) for other, _label in labels]
    return Matrix([label for _code, label in labels], lines, sums, sum(sums))


def _kind(old: str, new: str) -> str:
    """Whether a cell of the matrix keeps, gains or loses stars; with an unrated side it is none of these."""
    if old == new:
        return "kept"
    if not (old.isdigit() and new.isdigit()):
        return "other"
    return "up" if int(new) > int(old) else "down"


def distribution(summary: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Steps of the total with the branches before and as tried."""
    bins = summary["bins"]
    ends = [plain_text((bins["first"] + at) * bins["width_up"]) for at in range(len(bins["old"]) + 1)]
    steps = [f"{low}–{high}" for low, high in pairwise(ends)]
    return list(zip(steps, bins["old"], bins["new"], strict=True))


def charts(summary: Mapping[str, Any]) -> tuple[dict, dict]:
    """Two ECharts options: stars before and as tried, with their numbers; totals before and as tried."""
    stars = [(grade, before, after) for _stars, grade, before, after in star_changes(summary)]
    return (
        _chart(stars, _("Branches by stars, before and as tried."), has_numbers=True),
        _chart(distribution(summary), _("Distribution of the totals, before and as tried."), has_numbers=False),
    )


def _chart(bars: Sequence[tuple[str, int, int]], description: str, *, has_numbers: bool) -> dict:
    sides = (
        (pgettext("trial", "before"), GREY, [old for _name, old, _new in bars]),
        (_("as tried"), RED, [new for _name, _old, new in bars]),
    )
    return {
        "aria": {"enabled": True, "label": {"description": description}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0},
        "grid": {"left": 45, "right": 15, "top": 44, "bottom": 30},
        "xAxis": {"type": "category", "data": [name for name, _old, _new in bars]},
        "yAxis": {"type": "value", "minInterval": 1, "name": _("branches")},
        "series": [
            {
                "name": name,
                "type": "bar",
                "barMaxWidth": 30,
                "itemStyle": {"color": colour},
                "label": {"show": has_numbers, "position": "top"},
                "data": data,
            }
            for name, colour, data in sides
        ],
    }


@dataclass(frozen=True)
class QuotaPair:
    """One quota in one group, before and as tried; None where it was not or is not."""

    group: str
    grade: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def quota_pairs(summary: Mapping[str, Any]) -> list[QuotaPair]:
    """Quotas side by side, by group then from the top. Two queries where there are groups."""
    found: dict[tuple[str, str, int], list[Mapping[str, Any] | None]] = {}
    for side, lines in enumerate(summary["quotas"]):
        for line in lines:
            if line["places"] is not None:
                found.setdefault((line["within"], line["group"], -line["stars"]), [None, None])[side] = line
    grades = {stars: grade for ladder in summary["ladders"] for stars, grade, _from in ladder}
    names = _group_names({(within, group) for within, group, _stars in found})
    return [
        QuotaPair(names[within, group], grades.get(-stars, ""), *found[within, group, stars])
        for within, group, stars in sorted(found)
    ]


def _group_names(groups: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    names = {("all", group): _("All branches") for _within, group in groups}
    for within, model in (("sector", Sector), ("committee", Organization)):
        codes = {group for kind, group in groups if kind == within}
        known = dict(model.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
        names |= {(within, code): known.get(code, code) for code in codes}
    return names
