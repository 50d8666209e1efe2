"""Schemes of single sectors in a year plan: which fit beside the plan's own, and how they are kept."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from branches.models import Sector
from branchportal.errors import PortalError

from ..models import PlanScheme, SchemeVersion, YearPlan

SectorSchemes = Mapping[Sector, SchemeVersion]


def require_published(version: SchemeVersion) -> None:
    """A year is measured by approved schemes only. Raises: PortalError."""
    if version.status != SchemeVersion.Status.PUBLISHED:
        message = _("“%(scheme)s” is a draft. A year needs a published scheme: have it approved first.")
        raise PortalError(message % {"scheme": version})


def require_fit(plan: YearPlan | None, default: SchemeVersion, chosen: SectorSchemes) -> None:
    """Whether the plan's own version and those of sectors can measure one year together. Raises: PortalError.

    Each must be published and know the periods of the cycles that are planned; a sector's must be meant for the
    sector, have the same periods, and make a year total where the plan's own does.
    """
    for version in (default, *chosen.values()):
        require_published(version)
        _require_periods(plan, version)
    for sector, version in chosen.items():
        _require_sector(sector, version)
        _require_same_year(sector, version, default)


def _require_periods(plan: YearPlan | None, version: SchemeVersion) -> None:
    known = version.content["year"]["periods"]
    planned = plan.cycles.order_by("starts_on").values_list("period", flat=True) if plan else ()
    strange = [period for period in planned if period not in known]
    if strange:
        message = _("“%(scheme)s” has no period %(periods)s, for which a cycle is planned. Choose another version.")
        raise PortalError(message % {"scheme": version, "periods": "、".join(strange)})


def _require_sector(sector: Sector, version: SchemeVersion) -> None:
    meant = version.content.get("sectors") or []
    if meant and sector.code not in meant:
        message = _("“%(scheme)s” is not meant for the sector “%(sector)s”. Choose another version for it.")
        raise PortalError(message % {"scheme": version, "sector": sector.name})


def _require_same_year(sector: Sector, version: SchemeVersion, default: SchemeVersion) -> None:
    year, whole = version.content["year"], default.content["year"]
    if set(year["periods"]) != set(whole["periods"]):
        message = _(
            "“%(scheme)s” for “%(sector)s” has the periods %(periods)s, the plan's own scheme has %(others)s. "
            "All schemes of a year have the same periods: choose another version."
        )
        said = {"periods": "、".join(year["periods"]), "others": "、".join(whole["periods"])}
        raise PortalError(message % {"scheme": version, "sector": sector.name, **said})
    if (year["method"] == "none") != (whole["method"] == "none"):
        message = _(
            "Either all schemes of a year make a year total or none does; “%(scheme)s” differs from the plan's."
        )
        raise PortalError(message % {"scheme": version})


def other_than(default: SchemeVersion, chosen: SectorSchemes) -> dict[Sector, SchemeVersion]:
    """Without the sectors whose version is the plan's own."""
    return {sector: version for sector, version in chosen.items() if version.pk != default.pk}


def standing(plan: YearPlan) -> dict[Sector, SchemeVersion]:
    """What is kept of the plan's sectors."""
    rows = plan.sector_schemes.select_related("sector", "scheme_version__scheme")
    return {row.sector: row.scheme_version for row in rows}


def write(plan: YearPlan, chosen: SectorSchemes) -> None:
    """Replace what is kept; the caller has asked `require_fit` and changes the plan in the same transaction."""
    plan.sector_schemes.all().delete()
    PlanScheme.objects.bulk_create(
        PlanScheme(plan=plan, sector=sector, scheme_version=version) for sector, version in chosen.items()
    )


def described(chosen: SectorSchemes) -> dict[str, str]:
    """For the audit trail: versions by the codes of sectors."""
    return {sector.code: str(version) for sector, version in sorted(chosen.items(), key=lambda pair: pair[0].code)}
