"""Taking earlier results back. They come in through the imports (`branches.imports.services`)."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import plain, stale
from branchportal.errors import PortalError

from . import rules
from .models import EarlierResult

if TYPE_CHECKING:
    from members.models import User

SHORTEST_REASON = 5
KEPT = ("year", "score_up", "rank", "stars", "title", "upload")  # what the audit trail keeps of a removed row


@transaction.atomic
def remove_result(*, row: EarlierResult, actor: "User", version: int, reason: str) -> None:
    """Remove one row. Raises: PermissionDenied; PortalError without a reason; StaleState when it was changed."""
    require(rules.can_remove(actor))
    reason = _checked(reason)
    entry = _entry(row, actor, reason)
    deleted, _by_model = EarlierResult.objects.filter(pk=row.pk, version=version).delete()
    if not deleted:
        raise stale()
    audit.record_many([entry])


@transaction.atomic
def remove_year(*, year: int, actor: "User", reason: str) -> int:
    """Remove all rows of a year; returns how many. Raises: PermissionDenied; PortalError without reason or rows."""
    require(rules.can_remove(actor))
    reason = _checked(reason)
    rows = list(EarlierResult.objects.filter(year=year).for_table())
    if not rows:
        raise PortalError(_("There are no earlier results of %(year)d.") % {"year": year})
    entries = [_entry(row, actor, reason) for row in rows]
    EarlierResult.objects.filter(pk__in=[row.pk for row in rows]).delete()
    audit.record_many(entries)
    return len(rows)


def _checked(reason: str) -> str:
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Say in a few words why the earlier results are removed."))
    return reason


def _entry(row: EarlierResult, actor: "User", reason: str) -> object:
    before = {name: plain(getattr(row, name)) for name in KEPT}
    return audit.entry(actor, "earlier.removed", row, before=before, note=reason)
