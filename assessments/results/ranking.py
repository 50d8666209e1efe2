"""The ranking as a list: which tally, which filters, in which order; the same for the page and the tally's table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Expression, Q, QuerySet, Value
from django.db.models.functions import Length, Replace
from django.utils.translation import gettext_lazy as _

from branches.former import called, called_then
from branches.models import Branch, Organization, Sector, Unit
from branchportal import keyset

from .models import Result, Tally
from .words import remarks

if TYPE_CHECKING:
    from members.models import User

MOST_CHOICES = 300  # of a drop-down list
FILTERS = ("organization", "unit", "sector", "stars", "q", "sort")
ORDERS = {
    "rank": ("position",),
    "rank_reversed": ("-position",),
    "branch": ("branch__code",),
    "organization": ("organization__code", "position"),
}
NOT_RATED = {"undecided": _("undecided"), "missing": _("no total"), "exempt": _("exempt")}


@dataclass(frozen=True)
class Wish:
    """What the reader asked for; whatever is not understood is left out."""

    organization: int | None = None
    unit: int | None = None
    sector: int | None = None
    stars: str = ""
    q: str = ""
    sort: str = "rank"

    @staticmethod
    def read(params: Mapping[str, str]) -> "Wish":
        sort = params.get("sort", "rank")
        return Wish(
            organization=_number(params.get("organization", "")),
            unit=_number(params.get("unit", "")),
            sector=_number(params.get("sector", "")),
            stars=params.get("stars", ""),
            q=params.get("q", "").strip()[:50],
            sort=sort if sort in ORDERS else "rank",
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.organization or self.unit or self.sector or self.stars or self.q)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def ranked_page(
    tally: Tally, user: "User", wish: Wish, kinds: Iterable[Sector], *, after: str = "", before: str = ""
) -> tuple[keyset.Page, int]:
    """One page of the tally's results that the user sees, each with its `remarks`, and how many there are in all.

    `kinds`: all sectors.
    """
    known = {kind.pk: kind for kind in kinds}
    rows = filtered(Result.objects.visible_to(user).filter(tally=tally), wish)
    found = keyset.page(rows.for_ranking(), ORDERS[wish.sort], after=after, before=before)
    for result in found.rows:
        result.sector = known[result.sector_id]
        result.remarks = remarks(result)
    return found, rows.count()


def filtered(rows: QuerySet, wish: Wish) -> QuerySet:
    """Narrowed down by organization (with everything below it), sector, stars or status, name or code."""
    if wish.organization:
        organization = Organization.objects.filter(pk=wish.organization).first()
        rows = rows.filter(organization__path__startswith=organization.path) if organization else rows.none()
    if wish.unit:
        rows = rows.filter(unit_id=wish.unit)
    if wish.sector:
        rows = rows.filter(sector_id=wish.sector)
    if wish.stars in NOT_RATED:
        rows = rows.filter(status=wish.stars)
    elif wish.stars.isascii() and wish.stars.isdigit() and len(wish.stars) < 3:
        rows = rows.filter(Q(stars=wish.stars) | Q(stars=None, status=Result.Status.RATED, stars_limited=wish.stars))
    if wish.q:
        rows = rows.filter(called(wish.q))
    return rows


def tally_choices(user: "User") -> list[Tally]:
    """The tallies that may be chosen, newest period first; a year before its periods."""
    rows = Tally.objects.visible_to(user).current().select_related("plan__scheme_version", "cycle")
    rows = rows.defer("plan__scheme_version__content").order_by("-number")
    return sorted(rows, key=_place_in_time, reverse=True)


def _place_in_time(tally: Tally) -> tuple:
    begins = tally.cycle.starts_on.toordinal() if tally.cycle else 10**7
    return (tally.plan.year, begins, tally.number)


def organizations(user: "User", chosen: int | None = None, moment: Expression | None = None) -> list[Organization]:
    """What the filter offers: all, or in a large tree its upper levels and the chosen one (rows link to theirs).

    They are called as at `moment` (`querysets.prepared_of`).
    """
    rows = Organization.objects.visible_to(user).filter(is_active=True).order_by("code").only("pk", "name", "code")
    found = called_then(rows[: MOST_CHOICES + 1], "organization", moment)
    if len(found) <= MOST_CHOICES:
        return found
    depth = Length("path") - Length(Replace("path", Value("/")))
    counts = rows.order_by().annotate(depth=depth).values_list("depth").annotate(Count("pk")).order_by("depth")
    room, deepest = MOST_CHOICES, 0
    for level, count in counts:
        room -= count
        deepest = level if room >= 0 else deepest
    shown = rows.annotate(depth=depth).filter(Q(depth__lte=deepest) | Q(pk=chosen))
    return called_then(shown, "organization", moment)


def units(user: "User", chosen: int | None = None, moment: Expression | None = None) -> list[Unit]:
    """The same for units; of a long list only the chosen one."""
    rows = Unit.objects.filter(is_active=True).order_by("code")
    if not user.scope.is_portal_wide:
        rows = rows.filter(branches__in=Branch.objects.visible_to(user)).distinct()
    found = called_then(rows[: MOST_CHOICES + 1], "unit", moment)
    return found if len(found) <= MOST_CHOICES else called_then(rows.filter(pk=chosen), "unit", moment)


def sectors() -> list[Sector]:
    return list(Sector.objects.all())
