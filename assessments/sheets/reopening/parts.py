"""Which rows of a revision may change: all, or those that a reopening granted in part; the others stay as sealed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from branchportal.errors import PortalError

from ...schemes.loading import indicator_index
from ...scoring.scheme import Indicator, Scheme
from ..gather import sheet_rows
from ..models import Sheet
from .models import ReopenedIndicator, Reopening

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

CLAIMS = "claims"  # beside the codes of indicators: bonus claims and records


@dataclass(frozen=True)
class Parts:
    """`codes`: the opened indicators, None where the whole sheet is open. `claims`: bonus claims and records."""

    codes: frozenset[str] | None = None
    claims: bool = True

    @property
    def is_partial(self) -> bool:
        return self.codes is not None

    def has_row(self, code: str) -> bool:
        return self.codes is None or code in self.codes

    def can_change_row(self, leaf: Indicator) -> Access:
        """Whether the indicator was opened."""
        if self.has_row(leaf.code):
            return YES
        return no(_("“%(name)s” was not reopened and stays as it was sealed.") % {"name": leaf.name})

    def can_change_claims(self) -> Access:
        """Whether bonus claims and records were opened."""
        if self.claims:
            return YES
        return no(_("Bonus claims and records were not reopened and stay as they were sealed."))


WHOLE = Parts()


def parts_of(sheet: Sheet) -> Parts:
    """What of a sheet may change. Asks nothing of a first revision, one query of a later one, once a sheet object:
    what was granted never changes."""
    if sheet.revision == 1:
        return WHOLE
    if "_parts" not in vars(sheet):
        granted = Reopening.objects.filter(revision=sheet.pk, is_partial=True)
        rows = list(granted.values_list("opens_claims", "opened__indicator__code"))
        sheet._parts = Parts(frozenset(code for _claims, code in rows if code), rows[0][0]) if rows else WHOLE
    return sheet._parts


def store_parts(reopening: Reopening, codes: "Collection[str]") -> dict[str, object]:
    """Write down which part is granted, before it is, and return it for the audit trail. A request that names a veto
    always opens the records.

    Raises: PortalError where nothing was chosen, or something that is not on the sheet.
    """
    sheet = reopening.sheet
    opened = [leaf.code for leaf in sheet_rows(sheet) if leaf.code in codes]
    if unknown := sorted(set(codes) - {*opened, CLAIMS}):
        raise PortalError(_("This sheet has no indicator %(code)s. Reload the page.") % {"code": unknown[0]})
    if not codes:
        raise PortalError(_("Tick the indicators to open, or grant the whole sheet."), field="codes")
    opens_claims = CLAIMS in codes or bool(reopening.veto_code)
    asked = Reopening.objects.filter(pk=reopening.pk, status=Reopening.Status.ASKED)
    asked.update(is_partial=True, opens_claims=opens_claims)
    reopening.is_partial, reopening.opens_claims = True, opens_claims
    indicators = indicator_index(sheet.scheme_version).indicators
    ReopenedIndicator.objects.bulk_create(
        ReopenedIndicator(reopening=reopening, indicator=indicators[code]) for code in opened
    )
    return {"indicators": opened, "claims": opens_claims}


def opened_part(reopening: Reopening) -> dict[str, object]:
    """What was granted, as `store_parts` gave it to the audit trail; empty for a whole sheet."""
    if not reopening.is_partial:
        return {}
    codes = reopening.opened.order_by("pk").values_list("indicator__code", flat=True)
    return {"indicators": list(codes), "claims": reopening.opens_claims}


def opened_names(reopening: Reopening) -> list[str]:
    """What was opened, in words: code and name of each indicator, then the claims. Empty for a whole sheet."""
    if not reopening.is_partial:
        return []
    rows = reopening.opened.order_by("pk").values_list("indicator__code", "indicator__name")
    names = [f"{code} {name}" for code, name in rows]
    return [*names, _("bonus claims and records")] if reopening.opens_claims else names


def told_part(after: "Mapping[str, Any] | None", scheme: Scheme) -> str:
    """The same from the audit row of a grant, for the course of the sheet. Empty for a whole sheet."""
    if not after or "indicators" not in after:
        return ""
    leaves = scheme.by_code
    names = [f"{code} {leaves[code].name}" if code in leaves else code for code in after["indicators"]]
    return "、".join([*names, _("bonus claims and records")] if after.get("claims") else names)
