"""Bonus claims of the branch: entered, changed and withdrawn while the sheet is open."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...schemes.loading import engine_scheme
from ...scoring.scheme import Item
from ..choices import ClaimKind, ClaimStatus
from ..gather import read_claims
from ..models import Claim, Sheet
from ..preview import preview
from ..rules import filling as rules

if TYPE_CHECKING:
    from members.models import User

FIELDS = ("item_code", "level", "matter", "document", "happened_on", "count")


@dataclass(frozen=True)
class Matter:
    """What a bonus claim says. `item_code` and `level` are those of the scheme."""

    item_code: str
    level: str
    matter: str
    document: str
    happened_on: date
    count: int = 1


def add_claim(*, sheet: Sheet, said: Matter, actor: "User", at: datetime) -> Claim:
    """Enter a bonus claim; evidence is attached by `upload_evidence` and must be there before submitting.

    Raises: PermissionDenied; PortalError with the field; StaleState.
    """
    with transaction.atomic():
        _require_open(sheet, actor, at)
        _check(sheet, said, at)
        values = {name: getattr(said, name) for name in FIELDS}
        claim = Claim.objects.create(sheet=sheet, kind=ClaimKind.BONUS, entered_by=actor, entered_at=at, **values)
        _note_change(sheet)
        audit.record(actor, "claim.added", claim, after=_plain(values))
        return claim


@transaction.atomic
def change_claim(*, claim: Claim, sheet: Sheet, said: Matter, version: int, actor: "User", at: datetime) -> Claim:
    """Change a claim that nobody has decided yet. Raises: as `add_claim`."""
    _require_open(sheet, actor, at)
    _require_own(claim)
    _check(sheet, said, at)
    values = {name: getattr(said, name) for name in FIELDS}
    before = {name: getattr(claim, name) for name in FIELDS if getattr(claim, name) != values[name]}
    if not before:
        return claim
    rows = Claim.objects.filter(pk=claim.pk, version=version, status=ClaimStatus.CLAIMED)
    if not rows.update(**values, version=version + 1):
        raise StaleState(_("This claim was changed meanwhile. Read it again before saving."))
    _note_change(sheet)
    audit.record(actor, "claim.changed", claim, before=_plain(before), after=_plain({k: values[k] for k in before}))
    claim.refresh_from_db()
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, sheet: Sheet, version: int, actor: "User", at: datetime) -> None:
    """Take a claim back; it stays on record as withdrawn."""
    _require_open(sheet, actor, at)
    _require_own(claim)
    rows = Claim.objects.filter(pk=claim.pk, version=version, status=ClaimStatus.CLAIMED)
    if not rows.update(status=ClaimStatus.WITHDRAWN, version=version + 1):
        raise StaleState(_("This claim was changed meanwhile. Read it again before saving."))
    _note_change(sheet)
    audit.record(
        actor, "claim.withdrawn", claim, before={"status": claim.status}, after={"status": ClaimStatus.WITHDRAWN}
    )


def claimed_before(claim: Claim, others: Iterable[Claim]) -> Claim | None:
    """An earlier claim of the branch for the same matter or document, for a hint; `others` are read already."""
    mine = {_key(text) for text in (claim.matter, claim.document) if len(_key(text)) > 3}
    for other in others:
        if other.pk == claim.pk or other.status in (ClaimStatus.WITHDRAWN, ClaimStatus.REFUSED):
            continue
        if other.kind == ClaimKind.BONUS and mine & {_key(other.matter), _key(other.document)}:
            return other
    return None


def bonus_items(sheet: Sheet) -> dict[str, Item]:
    """The scheme's bonus items by code."""
    return {item.code: item for item in engine_scheme(sheet.scheme_version).bonus.items}


def _key(text: str) -> str:
    """Matters are compared without width, case, spaces and punctuation."""
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in text if char.isalnum())


def _require_open(sheet: Sheet, actor: "User", at: datetime) -> None:
    _ids, is_whole = rules.open_rows(sheet)
    require(rules.can_change_claims(actor, sheet, at, is_whole))


def _require_own(claim: Claim) -> None:
    if claim.kind != ClaimKind.BONUS or claim.status != ClaimStatus.CLAIMED:
        raise StaleState(_("This claim has been decided and stays as it is."))


def _check(sheet: Sheet, said: Matter, at: datetime) -> None:
    item = bonus_items(sheet).get(said.item_code)
    if item is None or (said.level not in item.levels_up if item.levels_up else said.level):
        raise PortalError(_("Choose one of the bonus items."), field="item")
    if len(said.matter.strip()) < 2:
        raise PortalError(_("Say in a few words what the bonus is claimed for."), field="matter")
    if said.happened_on > timezone.localdate(at):
        raise PortalError(_("The date cannot lie in the future."), field="happened_on")
    if not 1 <= said.count <= 1000:
        raise PortalError(_("The number must lie between 1 and 1000."), field="count")


def _plain(values: dict) -> dict:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _note_change(sheet: Sheet) -> None:
    """Take the sheet's row and add one to its version, with the total that follows from the claims."""
    seen = preview(sheet, claims=read_claims(sheet))
    rows = Sheet.objects.filter(pk=sheet.pk, status=sheet.status, version=sheet.version)
    if not rows.update(version=sheet.version + 1, self_total_up=seen.stored_total_up):
        raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
    sheet.version += 1
