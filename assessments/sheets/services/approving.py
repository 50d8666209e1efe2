"""Approving freezes a sheet; sealing, exempting and verifying follow from it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.models import Cycle
from ...schemes.loading import engine_scheme
from .. import freezing
from ..choices import Action, ClaimStatus, Stage, Status, component_label
from ..gather import read_claims, read_marks, read_wholes, sheet_rows, whole_sources
from ..given import missing_wholes
from ..models import Claim, Sheet
from ..preliminary import missing_marks, with_standing
from ..reviewed import StageMarks, reviewed_total
from ..rules import reviewing as rules
from ..workflow import next_status

if TYPE_CHECKING:
    from members.models import User


class IncompleteSheet(PortalError):  # noqa: N818 - named like its siblings
    """A sheet that cannot be approved yet; `details` names the rows and claims."""

    code = "incomplete"


def changed() -> StaleState:
    """The sentence for a step that somebody else overtook."""
    return StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))


@transaction.atomic
def approve_sheet(*, sheet: Sheet, actor: "User", version: int, at: datetime | None = None) -> Sheet:
    """Approve the review by a second person and seal marks and claims in the sheet's frozen columns.

    Raises: PermissionDenied; StaleState; IncompleteSheet when a due row has no review mark or a claim is undecided.
    """
    require(rules.can_approve(actor, sheet))
    before, target = sheet.status, next_status(sheet.status, Action.APPROVE)
    lock = Sheet.objects.filter(pk=sheet.pk, status=before, version=version)
    if target is None or not lock.update(version=version + 1):  # takes the row before the marks are read
        raise changed()
    marks, claims = read_marks(sheet), read_claims(sheet)
    changes = {
        **sealed_columns(sheet, marks, claims).columns,
        **approval(target, actor, at),
        "review_total_up": reviewed_total(sheet, marks, claims),
    }
    Sheet.objects.filter(pk=sheet.pk).update(**changes)
    take_over(sheet, version=version + 1, **changes)
    audit.record(actor, "sheet.approved", sheet, before={"status": before}, after=told(sheet))
    return sheet


def sealed_columns(sheet: Sheet, marks: StageMarks, claims: list[Claim]) -> freezing.Frozen:
    """What an approval seals, one by one or by list. The caller holds the sheet's row since before these were read.

    Raises: IncompleteSheet with what is missing or undecided.
    """
    marks = with_standing(sheet, marks)
    _require_complete(sheet, marks, claims)
    return freezing.freeze(sheet, marks, claims)


def approval(target: str, actor: "User", at: datetime | None = None) -> dict[str, object]:
    """Who approved, and when, as columns of the sheet."""
    return {"status": target, "approved_by": actor, "approved_at": at or timezone.now()}


def told(sheet: Sheet) -> dict[str, object]:
    """What the audit row of an approval says of the sheet afterwards."""
    return {"status": sheet.status, "digest": sheet.digest, "total_up": sheet.review_total_up}


def take_over(sheet: Sheet, **changes: object) -> None:
    """The row's new values on the object in hand."""
    for name, value in changes.items():
        setattr(sheet, name, value)


def missing_rows(sheet: Sheet, marks: StageMarks) -> list[str]:
    """Codes of due rows without a review mark (poll and imported rows: without a value)."""
    present = {code for stage in (Stage.REVIEW, Stage.POLL, Stage.EXTERNAL) for code in marks.get(stage, {})}
    return [leaf.code for leaf in sheet_rows(sheet) if leaf.code not in present and leaf.due != "on_event"]


def missing_components(sheet: Sheet) -> list[str]:
    """Weighted components given as a whole that have no score yet: once approved, the sheet could not take them."""
    scheme = engine_scheme(sheet.scheme_version)
    weighted = {part.source for part in scheme.components if part.weight_up > 0}
    found = read_wholes(sheet)
    visits = [source for source in whole_sources(scheme) if source in weighted and source not in found]
    return visits + missing_wholes(scheme, sheet)


def _require_complete(sheet: Sheet, marks: StageMarks, claims: Iterable[Claim]) -> None:
    if parts := missing_components(sheet):
        message = _("Without a score yet: %(parts)s. The sheet can be approved once it is entered.")
        names = "、".join(str(component_label(source)) for source in parts)
        raise IncompleteSheet(message % {"parts": names}, components=parts)
    if missing := missing_rows(sheet, marks):
        message = _("%(count)d indicators have no review points yet: %(codes)s. Enter them first.")
        raise IncompleteSheet(message % {"count": len(missing), "codes": "、".join(missing)}, indicators=missing)
    if missing := missing_marks(sheet, marks):
        message = _(
            "The department has given no points for %(codes)s. Return these indicators: passing gives them points."
        )
        raise IncompleteSheet(message % {"codes": "、".join(missing)}, indicators=missing)
    undecided = sum(claim.status in (ClaimStatus.CLAIMED, ClaimStatus.RECORDED) for claim in claims)
    if undecided:
        message = _("%(count)d claims or records are undecided. Accept or refuse them first.")
        raise IncompleteSheet(message % {"count": undecided}, claims=undecided)


@transaction.atomic
def seal_sheets(*, cycle: Cycle, actor: "User") -> int:
    """Seal every approved sheet of a cycle; called by the publication, harmless when repeated. Returns how many."""
    sheets = list(Sheet.objects.filter(cycle=cycle, status=Status.APPROVED).select_related("branch", "cycle"))
    target = next_status(Status.APPROVED, Action.SEAL)
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in sheets], status=Status.APPROVED).update(
        status=target, version=F("version") + 1
    )
    audit.record_many(
        audit.entry(actor, "sheet.sealed", sheet, before={"status": sheet.status}, after={"status": target})
        for sheet in sheets
    )
    return len(sheets)


@transaction.atomic
def exempt_sheet(*, sheet: Sheet, actor: "User", version: int, reason: str) -> Sheet:
    """Take a branch out of the assessment (不参评): listed, not ranked. The reason is shown beside the result."""
    require(rules.can_exempt(actor, sheet))
    reason = written_reason(reason)
    target = next_status(sheet.status, Action.EXEMPT)
    before = sheet.status
    changes = {"status": target, "exempt_reason": reason[:200], "version": version + 1}
    if not Sheet.objects.filter(pk=sheet.pk, status=before, version=version).update(**changes):
        raise changed()
    take_over(sheet, **changes)
    audit.record(actor, "sheet.exempted", sheet, before={"status": before}, after={"status": target}, note=reason)
    return sheet


def written_reason(text: str) -> str:
    """A reason of at least five characters, or a refusal."""
    text = (text or "").strip()
    if len(text) < 5:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    return text
